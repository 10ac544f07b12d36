// DefaultValue: what a field holds where a client gives no value. The kind is the one of the wire (Int8 to
// Int32 share kInt); whether it fits the field's type is checked when the collection is created. Thread
// safety: plain data.
#pragma once

#include <cstdint>
#include <string>

#include "types/column.h"

namespace redkite {

struct DefaultValue {
  /// The numbers are those of the catalog.
  enum class Kind : uint8_t { kNone = 0, kBool = 1, kInt = 2, kLong = 3, kFloat = 4, kDouble = 5, kText = 6 };
  Kind kind = Kind::kNone;
  int64_t integer = 0;  // kBool (0 or 1), kInt, kLong
  double real = 0;      // kFloat, kDouble
  std::string text;     // kText
  bool operator==(const DefaultValue&) const = default;

  bool given() const { return kind != Kind::kNone; }
  static DefaultValue Bool(bool value) { return {Kind::kBool, value ? 1 : 0, 0, {}}; }
  static DefaultValue Int(int32_t value) { return {Kind::kInt, value, 0, {}}; }
  static DefaultValue Long(int64_t value) { return {Kind::kLong, value, 0, {}}; }
  static DefaultValue Float(float value) { return {Kind::kFloat, 0, static_cast<double>(value), {}}; }
  static DefaultValue Double(double value) { return {Kind::kDouble, 0, value, {}}; }
  static DefaultValue Text(std::string value) { return {Kind::kText, 0, 0, std::move(value)}; }
};

/// One more row with `value`, which fits the column's type.
void AppendDefault(const DefaultValue& value, Column* column);

}  // namespace redkite
