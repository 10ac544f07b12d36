#include "rest/body_reader.h"

#include <algorithm>
#include <charconv>

namespace redkite::rest {

using Kind = JsonValue::Kind;

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameLetters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace

Status BadFormat(const std::string& what) {
  return {Code::kRestBadFormat, std::string(CodeText(Code::kRestBadFormat)) + ", error: " + what};
}

// Clients look for the validator's words.
Status MissingParameter(std::string_view key) {
  std::string name(key);
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return {Code::kRestMissingParameter, std::string(CodeText(Code::kRestMissingParameter)) +
                                           ", error: Key: '" + name + "' Error:Field validation for '" +
                                           name + "' failed on the 'required' tag"};
}

std::string ValueText(const JsonValue& value) {
  return value.is(Kind::kText) ? std::string(value.text()) : value.Json();
}

BodyReader::BodyReader(JsonValue object) : object_(object) {
  if (!object_.is(Kind::kObject))
    Fail(BadFormat("the body must be an object, got " + std::string(object.KindName())));
}

void BodyReader::Fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

void BodyReader::MissingMember(std::string_view key) { Fail(MissingParameter(key)); }

void BodyReader::WrongType(std::string_view key, std::string_view expected, const JsonValue& value) {
  Fail(BadFormat(std::string(key) + " must be " + std::string(expected) + ", got " +
                 std::string(value.KindName())));
}

JsonValue BodyReader::Value(std::string_view key) {
  if (!status_.ok()) return JsonValue();
  const JsonValue exact = object_.Find(key);
  if (!exact.is(Kind::kAbsent)) return exact;
  JsonValue found;
  object_.EachMember([&](std::string_view name, const JsonValue& value) {
    if (SameLetters(name, key)) found = value;
    return true;
  });
  return found;
}

std::string BodyReader::Text(std::string_view key) {
  const JsonValue value = Value(key);
  if (!value.empty() && !value.is(Kind::kText)) WrongType(key, "a string", value);
  return std::string(value.text());
}

std::string BodyReader::NeedText(std::string_view key) {
  std::string text = Text(key);
  if (text.empty()) MissingMember(key);
  return text;
}

int64_t BodyReader::Integer(std::string_view key, int64_t absent) {
  const JsonValue value = Value(key);
  if (value.empty()) return absent;
  if (!value.is(Kind::kInteger)) WrongType(key, "an integer", value);
  return value.integer();
}

int64_t BodyReader::NeedInteger(std::string_view key) {
  if (Value(key).empty()) MissingMember(key);
  return Integer(key, 0);
}

int64_t BodyReader::NeedInt64(std::string_view key) {
  const JsonValue value = Value(key);
  if (!value.is(Kind::kText)) return NeedInteger(key);
  const std::string_view text = value.text();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) WrongType(key, "an integer", value);
  return number;
}

bool BodyReader::Bool(std::string_view key, bool absent) {
  const JsonValue value = Value(key);
  if (value.empty()) return absent;
  if (!value.is(Kind::kBool)) WrongType(key, "a boolean", value);
  return value.boolean();
}

std::vector<std::string> BodyReader::Texts(std::string_view key) {
  std::vector<std::string> texts;
  Array(key).EachItem([&](const JsonValue& item) {
    if (!item.is(Kind::kText)) WrongType(key, "an array of strings", item);
    texts.emplace_back(item.text());
    return item.is(Kind::kText);
  });
  return texts;
}

std::vector<std::string> BodyReader::NeedTexts(std::string_view key) {
  std::vector<std::string> texts = Texts(key);
  if (texts.empty()) MissingMember(key);
  return texts;
}

Params BodyReader::Texts(std::string_view key, bool required) {
  Params params;
  const JsonValue object = Object(key);
  if (required && object.empty()) MissingMember(key);
  object.EachMember([&](std::string_view name, const JsonValue& value) {
    params.emplace_back(name, ValueText(value));
    return true;
  });
  return params;
}

JsonValue BodyReader::Object(std::string_view key) {
  const JsonValue value = Value(key);
  if (!value.empty() && !value.is(Kind::kObject)) WrongType(key, "an object", value);
  return value;
}

JsonValue BodyReader::Array(std::string_view key) {
  const JsonValue value = Value(key);
  if (!value.empty() && !value.is(Kind::kArray)) WrongType(key, "an array", value);
  return value;
}

JsonValue BodyReader::NeedArray(std::string_view key) {
  const JsonValue value = Array(key);
  if (value.empty() || (value.is(Kind::kArray) && value.size() == 0)) MissingMember(key);
  return value;
}

CollectionName BodyReader::NeedCollection() {
  CollectionName name;
  name.database = Text("dbName");
  name.collection = NeedText("collectionName");
  return name;
}

}  // namespace redkite::rest
