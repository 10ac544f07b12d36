// JsonWriter: appends JSON text, value by value; commas are its business. Texts that are not UTF-8 get U+FFFD
// for each wrong byte, numbers that JSON does not have become null. Thread safety: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace redkite::rest {

class JsonWriter {
 public:
  /// `int64_as_text`: for clients whose numbers are doubles.
  explicit JsonWriter(std::string* out, bool int64_as_text = false)
      : out_(out), int64_as_text_(int64_as_text) {}
  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);
  JsonWriter& Text(std::string_view text);
  JsonWriter& Integer(int64_t value);
  /// An id or a value of an Int64 field.
  JsonWriter& Int64(int64_t value);
  JsonWriter& Real(double value);
  JsonWriter& Real(float value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  /// A whole value that is JSON already.
  JsonWriter& Raw(std::string_view json);
  /// Members of an object that are JSON already, without its braces; there may be none.
  JsonWriter& RawMembers(std::string_view json);

 private:
  void Begin();
  void AppendQuoted(std::string_view text);
  std::string* out_;
  bool int64_as_text_;
  bool comma_ = false;
};

}  // namespace redkite::rest
