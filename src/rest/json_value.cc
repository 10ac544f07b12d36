#include "rest/json_value.h"

#include <simdjson.h>

#include <cmath>
#include <cstring>

namespace redkite::rest {

// Between a value and its place on the tape.
struct JsonAccess {
  using Element = simdjson::dom::element;
  static_assert(sizeof(Element) == sizeof(JsonValue::place_) && std::is_trivially_copyable_v<Element>);

  static JsonValue::Kind KindOf(const Element& element) {
    using Type = simdjson::dom::element_type;
    switch (element.type()) {
      case Type::NULL_VALUE:
        return JsonValue::Kind::kNull;
      case Type::BOOL:
        return JsonValue::Kind::kBool;
      case Type::INT64:
        return JsonValue::Kind::kInteger;
      case Type::UINT64:
        return JsonValue::Kind::kUnsigned;
      case Type::DOUBLE:
        return JsonValue::Kind::kReal;
      case Type::STRING:
        return JsonValue::Kind::kText;
      case Type::ARRAY:
        return JsonValue::Kind::kArray;
      case Type::OBJECT:
        return JsonValue::Kind::kObject;
    }
    return JsonValue::Kind::kAbsent;
  }
  static JsonValue Wrap(const Element& element) {
    JsonValue value;
    std::memcpy(value.place_, &element, sizeof element);
    value.kind_ = KindOf(element);
    return value;
  }
  static Element Unwrap(const JsonValue& value) {
    Element element;
    std::memcpy(&element, value.place_, sizeof element);
    return element;
  }
};

std::string_view JsonValue::KindName() const {
  switch (kind_) {
    case Kind::kAbsent:
      return "nothing";
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "a boolean";
    case Kind::kInteger:
    case Kind::kUnsigned:
    case Kind::kReal:
      return "a number";
    case Kind::kText:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "nothing";
}

bool JsonValue::boolean() const {
  return is(Kind::kBool) && JsonAccess::Unwrap(*this).get_bool().value_unsafe();
}

int64_t JsonValue::integer() const {
  return is(Kind::kInteger) ? JsonAccess::Unwrap(*this).get_int64().value_unsafe() : 0;
}

double JsonValue::real() const {
  return is_number() ? JsonAccess::Unwrap(*this).get_double().value_unsafe() : 0;
}

std::string_view JsonValue::text() const {
  return is(Kind::kText) ? JsonAccess::Unwrap(*this).get_string().value_unsafe() : std::string_view();
}

size_t JsonValue::size() const {
  size_t count = 0;
  if (is(Kind::kArray)) EachItem([&](const JsonValue&) { return ++count, true; });
  if (is(Kind::kObject)) EachMember([&](std::string_view, const JsonValue&) { return ++count, true; });
  return count;
}

JsonValue JsonValue::Find(std::string_view key) const {
  JsonValue found;
  if (!is(Kind::kObject)) return found;
  EachMember([&](std::string_view name, const JsonValue& value) {
    if (name == key) found = value;
    return true;
  });
  return found;
}

std::string JsonValue::Json() const {
  return kind_ == Kind::kAbsent ? std::string() : simdjson::minify(JsonAccess::Unwrap(*this));
}

bool JsonValue::VisitItems(ItemCall call, void* f) const {
  simdjson::dom::array items;
  if (!is(Kind::kArray) || JsonAccess::Unwrap(*this).get(items) != simdjson::SUCCESS) return true;
  for (const simdjson::dom::element item : items) {
    if (!call(f, JsonAccess::Wrap(item))) return false;
  }
  return true;
}

bool JsonValue::VisitMembers(MemberCall call, void* f) const {
  simdjson::dom::object members;
  if (!is(Kind::kObject) || JsonAccess::Unwrap(*this).get(members) != simdjson::SUCCESS) return true;
  for (const simdjson::dom::key_value_pair member : members) {
    if (!call(f, member.key, JsonAccess::Wrap(member.value))) return false;
  }
  return true;
}

std::optional<size_t> JsonValue::CopyFloats(char* out, size_t room) const {
  simdjson::dom::array items;
  if (!is(Kind::kArray) || JsonAccess::Unwrap(*this).get(items) != simdjson::SUCCESS) return std::nullopt;
  size_t count = 0;
  for (const simdjson::dom::element item : items) {
    double number = 0;
    if (item.get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
    const auto value = static_cast<float>(number);
    if (!std::isfinite(value)) return std::nullopt;
    if (count++ < room) std::memcpy(out + (count - 1) * sizeof value, &value, sizeof value);
  }
  return count;
}

struct JsonBody::Parsed {
  simdjson::dom::document document;  // without its parser, whose index of the text is as large
  simdjson::dom::element root;
};

JsonBody::JsonBody(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
JsonBody::JsonBody(JsonBody&&) noexcept = default;
JsonBody& JsonBody::operator=(JsonBody&&) noexcept = default;
JsonBody::~JsonBody() = default;

Result<JsonBody> JsonBody::Parse(std::string_view text) {
  const std::string context(CodeText(Code::kRestBadFormat));
  if (text.empty()) return Status(Code::kRestBadFormat, context + ", error: the body is empty");
  auto parsed = std::make_unique<Parsed>();
  simdjson::dom::parser parser;
  if (const auto error =
          parser.parse_into_document(parsed->document, text.data(), text.size()).get(parsed->root);
      error != simdjson::SUCCESS) {
    return Status(Code::kRestBadFormat, context + ", error: " + simdjson::error_message(error));
  }
  return JsonBody(std::move(parsed));
}

int64_t JsonBody::ParsedBytes(std::string_view text) {
  // A number takes two words on the tape, and the index has each sign of structure and the value behind it.
  constexpr int64_t kBytesOfValue = 28;
  int64_t values = 1;
  for (const char c : text) values += c == ',' || c == ':' || c == '[' || c == '{' ? 1 : 0;
  return static_cast<int64_t>(text.size()) + values * kBytesOfValue;
}

JsonValue JsonBody::root() const { return JsonAccess::Wrap(parsed_->root); }

}  // namespace redkite::rest
