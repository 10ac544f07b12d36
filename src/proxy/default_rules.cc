#include "proxy/default_rules.h"

#include <cmath>
#include <limits>

#include "types/json_text.h"

namespace redkite::proxy {
namespace {

using Kind = DefaultValue::Kind;

Kind KindOf(DataType type) {
  switch (type) {
    case DataType::kBool:
      return Kind::kBool;
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32:
      return Kind::kInt;
    case DataType::kInt64:
    case DataType::kTimestamptz:  // from here on; its text was read before
      return Kind::kLong;
    case DataType::kFloat:
      return Kind::kFloat;
    case DataType::kDouble:
      return Kind::kDouble;
    case DataType::kVarChar:
    case DataType::kGeometry:  // from here on a shape; its text was read before
      return Kind::kText;
    default:
      return Kind::kNone;
  }
}

std::string_view KindName(Kind kind) {
  static constexpr std::string_view kNames[] = {
      "none",           "DataType_Bool",   "DataType_Int",    "DataType_Int64",
      "DataType_Float", "DataType_Double", "DataType_VarChar"};
  return kNames[static_cast<size_t>(kind)];
}

template <class T>
Status CheckRange(int64_t value) {
  constexpr int64_t lowest = std::numeric_limits<T>::min(), highest = std::numeric_limits<T>::max();
  if (value >= lowest && value <= highest) return Status::Ok();
  const std::string text = std::to_string(value);
  return {Code::kParameterInvalid, "default value out of range: invalid parameter[" + text +
                                       " out of range " + std::to_string(lowest) +
                                       " <= value <= " + std::to_string(highest) + "]"};
}

Status CheckFinite(double value) {
  if (std::isfinite(value)) return Status::Ok();
  return Status::Invalid("default value is not a number or infinity");
}

Status CheckText(const FieldSchema& field, const std::string& text) {
  if (text.size() > static_cast<size_t>(field.max_length)) {
    return {
        Code::kParameterInvalid,
        "the length (" + std::to_string(text.size()) + ") of string exceeds max length (" +
            std::to_string(field.max_length) +
            "): invalid parameter[expected=valid length string][actual=string length exceeds max length]"};
  }
  if (IsValidUtf8(text)) return Status::Ok();
  return Status::Invalid("default value of field " + field.name + " is not valid UTF-8");
}

}  // namespace

Status CheckDefaultValue(const FieldSchema& field) {
  const DefaultValue& value = field.default_value;
  if (!value.given()) return Status::Ok();
  const std::string type(DataTypeName(field.type));
  if (field.is_primary)
    return Status::Invalid("primary field not support default_value, type:" + type + ", name:" + field.name);
  if (IsVector(field.type) || field.type == DataType::kJson || field.type == DataType::kArray ||
      field.type == DataType::kText)
    return Status::Invalid("type not support default_value, type:" + type + ", name:" + field.name);
  if (KindOf(field.type) != value.kind) {
    return Status::Invalid("type (" + type + ") of field (" + field.name + ") is not equal to the type(" +
                           std::string(KindName(value.kind)) + ") of default_value");
  }
  switch (field.type) {
    case DataType::kInt8:
      return CheckRange<int8_t>(value.integer);
    case DataType::kInt16:
      return CheckRange<int16_t>(value.integer);
    case DataType::kFloat:
    case DataType::kDouble:
      return CheckFinite(value.real);
    case DataType::kVarChar:
      return CheckText(field, value.text);
    default:
      return Status::Ok();
  }
}

int64_t FilledRowBytes(const FieldSchema& field) {
  if (!IsVariableLength(field.type)) return static_cast<int64_t>(ValueBytes(field.type, field.dim));
  return static_cast<int64_t>(sizeof(uint64_t) + field.default_value.text.size());
}

Column DefaultColumn(const FieldSchema& field, uint64_t rows) {
  Column column(field.id, field.type, field.dim);
  column.Reserve(rows, rows * field.default_value.text.size());
  for (uint64_t r = 0; r < rows; ++r) AppendDefault(field.default_value, &column);
  return column;
}

Column WithDefaults(const FieldSchema& field, Column column) {
  if (!column.has_nulls()) return column;
  const ColumnView from = column.view();
  Column filled(field.id, field.type, field.dim);
  filled.Reserve(from.row_count, from.offsets == nullptr ? 0 : from.data_bytes());
  for (size_t r = 0; r < from.row_count; ++r) {
    if (from.IsValid(r)) {
      filled.AppendFrom(from, r);
    } else {
      AppendDefault(field.default_value, &filled);
    }
  }
  return filled;
}

}  // namespace redkite::proxy
