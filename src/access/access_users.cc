// AccessControl: users and their passwords.
#include <algorithm>

#include "access/access_control.h"
#include "access/name_rules.h"

namespace redkite::access {
namespace {

// What root's password is in the examples of clients.
constexpr std::string_view kCustomaryRootPassword = "Milvus";

// Of an unknown user too, so that nobody learns from it who is there.
Status WrongOldPassword(const std::string& user) {
  return {Code::kNotAuthenticated, "old password not correct for " + user + ": not authenticated"};
}

Status CheckRoomForUser(const AccessState& state, const std::string& user, size_t users_max) {
  if (state.users.contains(user)) return Status::Invalid("user already exists: " + user);
  if (state.users.size() < users_max) return Status::Ok();
  return {Code::kQuotaExceeded,
          "unable to add user because the number of users has reached the limit: quota exceeded"};
}

UserDescription DescriptionOf(const UserRecord& user, bool with_roles) {
  UserDescription description{user.name, user.description, {}};
  if (with_roles) description.roles = user.roles;
  return description;
}

}  // namespace

Status AccessControl::CreateCredential(const CreateCredentialRequest& request) {
  RK_RETURN_IF_ERROR(CheckUsername(request.user));
  RK_RETURN_IF_ERROR(CheckNewPassword(request.password));
  RK_RETURN_IF_ERROR(CheckDescription("user", request.description));
  // Before the work of the hash, and once more with it done.
  RK_RETURN_IF_ERROR(CheckRoomForUser(snapshot()->state(), request.user, options_.users_max));
  RK_ASSIGN_OR_RETURN(const std::string hash, HashPassword(request.password, options_.password_cost));
  return Commit([&](AccessState* state) {
    RK_RETURN_IF_ERROR(CheckRoomForUser(*state, request.user, options_.users_max));
    PutRecord(&state->users, request.user,
              UserRecord{.name = request.user,
                         .password_hash = hash,
                         .description = request.description,
                         .roles = {},
                         .generation = FreshGeneration(),
                         .created_ms = seams_.clock->WallMs()});
    return Status::Ok();
  });
}

Status AccessControl::UpdateCredential(const UpdateCredentialRequest& request, bool by_superuser) {
  RK_RETURN_IF_ERROR(CheckDescription("user", request.description.value_or("")));
  const std::shared_ptr<const AccessSnapshot> current = snapshot();
  const UserRecord* user = current->FindUser(request.user);
  if (request.old_password.empty() && request.password.empty()) {
    if (!request.description.has_value())
      return Status::Invalid("credential update must change password or description");
    if (user == nullptr) return UserNotFound();
    return ChangePassword(request.user, nullptr, "", request.description);
  }
  RK_RETURN_IF_ERROR(CheckNewPassword(request.password));
  const std::string_view old = request.old_password.Reveal();
  const bool trusted = by_superuser && old.empty();
  const bool has_password = user != nullptr && !user->password_hash.empty();
  const bool customary = request.user == kRootUser && !has_password && old == kCustomaryRootPassword;
  if (!trusted && !customary) {
    const std::string hash = has_password ? user->password_hash : UnmatchedHash(options_.password_cost);
    if (!VerifyPassword(hash, old)) return WrongOldPassword(request.user);
  }
  if (user == nullptr) return UserNotFound();
  RK_ASSIGN_OR_RETURN(std::string hash, HashPassword(request.password, options_.password_cost));
  return ChangePassword(request.user, user, std::move(hash), request.description);
}

/// An empty hash: the description only. `verified` is the record whose password was checked: when the user is
/// another one by now, so is the old password.
Status AccessControl::ChangePassword(const std::string& user, const UserRecord* verified, std::string hash,
                                     const std::optional<std::string>& description) {
  return Commit([&](AccessState* state) {
    const UserRecord* before = FindRecord(state->users, user);
    if (before == nullptr) return UserNotFound();
    if (verified != nullptr && before->generation != verified->generation) return WrongOldPassword(user);
    UserRecord after = *before;
    if (!hash.empty()) {
      after.password_hash = hash;
      after.generation = FreshGeneration();
    }
    if (description.has_value()) after.description = *description;
    PutRecord(&state->users, user, std::move(after));
    return Status::Ok();
  });
}

Status AccessControl::DeleteCredential(std::string_view user) {
  if (user.empty()) return Status::Invalid("username is empty");
  if (user == kRootUser)
    return {Code::kNotPermitted, "the user root can't be dropped: privilege not permitted"};
  return Commit([&](AccessState* state) {
    const auto found = state->users.find(user);
    if (found != state->users.end()) state->users.erase(found);
    std::erase_if(state->api_keys, [&](const auto& entry) { return entry.second->user == user; });
    return Status::Ok();
  });
}

std::vector<std::string> AccessControl::ListUsers() const {
  std::vector<std::string> names;
  const auto current = snapshot();
  for (const auto& [name, user] : current->state().users) names.push_back(name);
  return names;
}

std::vector<UserDescription> AccessControl::SelectUser(const SelectUserRequest& request) const {
  const auto current = snapshot();
  if (request.user.has_value()) {
    const UserRecord* user = current->FindUser(*request.user);
    if (user == nullptr) return {};
    return {DescriptionOf(*user, request.with_roles)};
  }
  std::vector<UserDescription> users;
  for (const auto& [name, user] : current->state().users)
    users.push_back(DescriptionOf(*user, request.with_roles));
  return users;
}

bool AccessControl::root_has_password() const {
  return !snapshot()->FindUser(kRootUser)->password_hash.empty();
}

Status AccessControl::SetRootPassword(const Secret& password) {
  RK_RETURN_IF_ERROR(CheckNewPassword(password));
  RK_ASSIGN_OR_RETURN(std::string hash, HashPassword(password, options_.password_cost));
  return ChangePassword(std::string(kRootUser), nullptr, std::move(hash), std::nullopt);
}

}  // namespace redkite::access
