// NaiveValue: a value of a row as NaiveFilter compares it. For fuzzers only; slow. Thread safety: pure
// functions.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "types/array_value.h"
#include "types/testing/naive_json.h"

namespace redkite::exec {

/// The value of a column or of a place in a JSON column; kNone: null, missing, or nothing that can be
/// compared.
struct NaiveValue {
  enum class Kind { kNone, kBool, kInt, kBeyondInt, kReal, kText, kOther };
  Kind kind = Kind::kNone;
  bool truth = false;
  int64_t integer = 0;
  double real = 0;  // of kInt too
  std::string text;
  bool is_number() const { return kind == Kind::kInt || kind == Kind::kBeyondInt || kind == Kind::kReal; }
};

inline NaiveValue NaiveNumber(int64_t v) {
  NaiveValue out;
  out.kind = NaiveValue::Kind::kInt;
  out.integer = v;
  out.real = static_cast<double>(v);
  return out;
}
inline NaiveValue NaiveNumber(double v) {
  NaiveValue out;
  out.kind = NaiveValue::Kind::kReal;
  out.real = v;
  return out;
}

inline NaiveValue NaiveOfJson(const NaiveJson& json) {
  NaiveValue out;
  const char* begin = json.text.data();
  const char* end = begin + json.text.size();
  switch (json.kind) {
    case NaiveJson::Kind::kNull:
      return out;
    case NaiveJson::Kind::kBool:
      out.kind = NaiveValue::Kind::kBool;
      out.truth = json.truth;
      return out;
    case NaiveJson::Kind::kString:
      out.kind = NaiveValue::Kind::kText;
      out.text = json.text;
      return out;
    case NaiveJson::Kind::kNumber:
      break;
    default:
      out.kind = NaiveValue::Kind::kOther;
      return out;
  }
  const bool whole = json.text.find_first_of(".e") == std::string::npos;
  int64_t integer = 0;
  if (whole && std::from_chars(begin, end, integer).ec == std::errc()) return NaiveNumber(integer);
  double real = 0;
  if (std::from_chars(begin, end, real).ec != std::errc()) return out;
  out = NaiveNumber(real);
  if (whole && real > 0 && real <= 0x1p64) out.kind = NaiveValue::Kind::kBeyondInt;
  return out;
}

/// The elements of an ArrayValue.
inline std::vector<NaiveValue> NaiveElements(DataType type, std::string_view bytes) {
  std::vector<NaiveValue> out;
  ArrayValue::Parse(type, bytes)->ForEach([&]<class T>(T element) {
    NaiveValue value;
    if constexpr (std::is_same_v<T, bool>) {
      value.kind = NaiveValue::Kind::kBool;
      value.truth = element;
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      value.kind = NaiveValue::Kind::kText;
      value.text = std::string(element);
    } else if constexpr (std::is_floating_point_v<T>) {
      value = NaiveNumber(static_cast<double>(element));
    } else {
      value = NaiveNumber(static_cast<int64_t>(element));
    }
    out.push_back(std::move(value));
  });
  return out;
}

}  // namespace redkite::exec
