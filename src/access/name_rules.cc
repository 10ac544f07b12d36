#include "access/name_rules.h"

#include <string>

#include "access/privilege.h"

namespace redkite::access {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Only a character that is one by itself: half of one would make the message malformed.
std::string ButGot(char c) { return c > ' ' && c < 0x7f ? std::string(", but got ") + c : std::string(); }

// Empty when the name is one: letters, digits, '_' and `extra`, not beginning with a digit.
std::string NameProblem(std::string_view what, std::string_view name, std::string_view extra) {
  const std::string kind(what);
  if (name.empty()) return kind + " name should not be empty";
  if (name.size() > kNameBytesMax)
    return "the length of a " + kind + " name must be at most " + std::to_string(kNameBytesMax);
  const std::string invalid = "Invalid " + kind + " name: " + std::string(name) + ". ";
  if (!IsLetter(name[0]) && name[0] != '_')
    return invalid + "The first character of a " + kind + " name must be an underscore or letter.";
  for (const char c : name) {
    if (!IsLetter(c) && !IsDigit(c) && c != '_' && extra.find(c) == std::string_view::npos)
      return invalid + "A " + kind + " name can only contain numbers, letters, underscores and " +
             std::string(extra) + ".";
  }
  return {};
}

Status InvalidIf(std::string problem) {
  return problem.empty() ? Status::Ok() : Status::Invalid(std::move(problem));
}

}  // namespace

Status CheckUsername(std::string_view name) {
  if (name.empty()) return Status::Invalid("username must be not empty");
  const std::string text(name);
  if (name.size() > kUsernameBytesMax) {
    return Status::Invalid("invalid username " + text + " with length " + std::to_string(name.size()) +
                           ", the length of username must be less than " + std::to_string(kUsernameBytesMax));
  }
  if (!IsLetter(name[0])) {
    return Status::Invalid("invalid user name " + text + ", the first character must be a letter" +
                           ButGot(name[0]));
  }
  for (const char c : name) {
    if (IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '.') continue;
    return Status::Invalid("invalid user name " + text +
                           ", username must contain only numbers, letters and underscores, hyphens or dots" +
                           ButGot(c));
  }
  return Status::Ok();
}

Status CheckNewPassword(const Secret& password) {
  if (password.size() >= kPasswordBytesMin && password.size() <= kPasswordBytesMax) return Status::Ok();
  return {Code::kParameterInvalid,
          "invalid password length: invalid parameter[" + std::to_string(password.size()) + " out of range " +
              std::to_string(kPasswordBytesMin) + " <= value <= " + std::to_string(kPasswordBytesMax) + "]"};
}

Status CheckDescription(std::string_view what, std::string_view description) {
  if (description.size() <= kDescriptionBytesMax) return Status::Ok();
  return Status::Invalid("the length of a " + std::string(what) + " description must be at most " +
                         std::to_string(kDescriptionBytesMax) + ", but got " +
                         std::to_string(description.size()));
}

Status CheckRoleName(std::string_view name) { return InvalidIf(NameProblem("role", name, "$")); }

Status CheckGroupName(std::string_view name) {
  const std::string problem = NameProblem("privilege group", name, "$");
  if (problem.empty()) return Status::Ok();
  return {Code::kPrivilegeGroupInvalidName,
          problem + ": invalid privilege group name[privilegeGroupName=" + std::string(name) + "]"};
}

Status CheckObjectName(std::string_view name) {
  if (name.empty()) return Status::Invalid("the object name in the grant entity is empty");
  return name == kAny ? Status::Ok() : InvalidIf(NameProblem("object", name, "$-."));
}

Status CheckGrantDatabase(std::string_view name) {
  return name == kAny ? Status::Ok() : InvalidIf(NameProblem("database", name, "$"));
}

}  // namespace redkite::access
