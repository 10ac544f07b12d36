// JsonBody: the parsed text of a request; JsonValue: one value in it. RFC 8259; simdjson's tape behind it.
// Numbers are kept as they were written: an integer that fits is an integer. Of members with one name the
// last counts. Thread safety: immutable once parsed. Ownership: a value borrows from its body, and texts too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/status.h"

namespace redkite::rest {

class JsonValue {
 public:
  enum class Kind : uint8_t { kAbsent, kNull, kBool, kInteger, kUnsigned, kReal, kText, kArray, kObject };
  /// Absent: what Find gives for a member that is not there.
  JsonValue() = default;

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  /// Absent or null.
  bool empty() const { return kind_ <= Kind::kNull; }
  bool is_number() const { return kind_ >= Kind::kInteger && kind_ <= Kind::kReal; }
  /// "a number", "an object", for messages.
  std::string_view KindName() const;

  bool boolean() const;                        // of kBool
  int64_t integer() const;                     // of kInteger
  double real() const;                         // of any number
  std::string_view text() const;               // of kText
  size_t size() const;                         // items or members
  JsonValue Find(std::string_view key) const;  // of an object; absent for anything else
  /// Of an array of numbers all of which are finite floats: how many they are; the first `room` of them stand
  /// at `out` then.
  std::optional<size_t> CopyFloats(char* out, size_t room) const;
  /// As text, without blanks.
  std::string Json() const;

  /// Calls `each(JsonValue)` for the items of an array, until it returns false. False where it did.
  template <class F>
  bool EachItem(F each) const {
    return VisitItems([](void* f, const JsonValue& item) { return (*static_cast<F*>(f))(item); }, &each);
  }
  /// Calls `each(std::string_view key, JsonValue)` for the members of an object.
  template <class F>
  bool EachMember(F each) const {
    return VisitMembers([](void* f, std::string_view key,
                           const JsonValue& value) { return (*static_cast<F*>(f))(key, value); },
                        &each);
  }

 private:
  friend class JsonBody;
  friend struct JsonAccess;
  using ItemCall = bool (*)(void* f, const JsonValue& item);
  using MemberCall = bool (*)(void* f, std::string_view key, const JsonValue& value);
  bool VisitItems(ItemCall call, void* f) const;
  bool VisitMembers(MemberCall call, void* f) const;

  alignas(void*) unsigned char place_[2 * sizeof(void*)] = {};  // on simdjson's tape
  Kind kind_ = Kind::kAbsent;
};

class JsonBody {
 public:
  /// kRestBadFormat with what is wrong.
  static Result<JsonBody> Parse(std::string_view text);
  /// What Parse takes beside the text, about: of short numbers that is much more than the text.
  static int64_t ParsedBytes(std::string_view text);
  JsonBody(JsonBody&&) noexcept;
  JsonBody& operator=(JsonBody&&) noexcept;
  ~JsonBody();
  JsonValue root() const;

 private:
  struct Parsed;
  explicit JsonBody(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace redkite::rest
