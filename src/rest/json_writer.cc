#include "rest/json_writer.h"

#include <charconv>
#include <cmath>

#include "types/json_text.h"

namespace redkite::rest {
namespace {

template <class T>
void AppendNumber(T value, std::string* out) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out->append(digits, end.ptr);
}

void AppendEscaped(std::string_view text, bool valid, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && (valid || c < 0x80)) continue;
    out->append(text, from, i - from);
    from = i + 1;
    if (c >= 0x80) {
      out->append("\\ufffd");
    } else if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(static_cast<char>(c));
    } else if (c == '\n') {
      out->append("\\n");
    } else {
      out->append("\\u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
    }
  }
  out->append(text, from);
}

}  // namespace

void JsonWriter::Begin() {
  if (comma_) out_->push_back(',');
  comma_ = true;
}

void JsonWriter::AppendQuoted(std::string_view text) {
  out_->push_back('"');
  AppendEscaped(text, IsValidUtf8(text), out_);
  out_->push_back('"');
}

JsonWriter& JsonWriter::BeginObject() {
  Begin();
  out_->push_back('{');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  out_->push_back('}');
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::BeginArray() {
  Begin();
  out_->push_back('[');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndArray() {
  out_->push_back(']');
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  Begin();
  AppendQuoted(key);
  out_->push_back(':');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::Text(std::string_view text) {
  Begin();
  AppendQuoted(text);
  return *this;
}

JsonWriter& JsonWriter::Integer(int64_t value) {
  Begin();
  AppendNumber(value, out_);
  return *this;
}

JsonWriter& JsonWriter::Int64(int64_t value) {
  if (!int64_as_text_) return Integer(value);
  Begin();
  out_->push_back('"');
  AppendNumber(value, out_);
  out_->push_back('"');
  return *this;
}

JsonWriter& JsonWriter::Real(double value) {
  if (!std::isfinite(value)) return Null();
  Begin();
  AppendNumber(value, out_);
  return *this;
}

JsonWriter& JsonWriter::Real(float value) {
  if (!std::isfinite(value)) return Null();
  Begin();
  AppendNumber(value, out_);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Begin();
  out_->append(json);
  return *this;
}

JsonWriter& JsonWriter::RawMembers(std::string_view json) { return json.empty() ? *this : Raw(json); }

}  // namespace redkite::rest
