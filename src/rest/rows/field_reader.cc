#include "rest/rows/field_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "rest/body_reader.h"
#include "rest/rows/vector_reader.h"
#include "types/json_text.h"

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kShownBytesMax = 64;

// The texts of these types are read where the time zone is known.
DataType HeldAs(DataType type) {
  return type == DataType::kTimestamptz || type == DataType::kGeometry ? DataType::kVarChar : type;
}

Status Wrong(DataType type, const JsonValue& value) {
  const bool scalar = value.is_number() || (value.is(Kind::kText) && value.text().size() <= kShownBytesMax);
  return {Code::kParameterInvalid, "not a value of type " + std::string(DataTypeName(type)) + ": " +
                                       (scalar ? ValueText(value) : std::string(value.KindName()))};
}

template <class T>
std::optional<T> NumberOf(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
std::optional<T> IntegerOf(const JsonValue& value) {
  if (value.is(Kind::kText)) return NumberOf<T>(value.text());
  if (!value.is(Kind::kInteger) || !std::in_range<T>(value.integer())) return std::nullopt;
  return static_cast<T>(value.integer());
}

// A number that the type cannot hold is none.
template <class T>
std::optional<T> RealOf(const JsonValue& value) {
  std::optional<double> number;
  if (value.is_number()) number = value.real();
  if (value.is(Kind::kText)) number = NumberOf<double>(value.text());
  if (!number || !std::isfinite(static_cast<T>(*number))) return std::nullopt;
  return static_cast<T>(*number);
}

std::optional<bool> BoolOf(const JsonValue& value) {
  if (value.is(Kind::kBool)) return value.boolean();
  if (!value.is(Kind::kText) && !value.is(Kind::kInteger)) return std::nullopt;
  const std::string text = ValueText(value);
  for (const std::string_view word : {"true", "True", "TRUE", "t", "T", "1"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"false", "False", "FALSE", "f", "F", "0"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

// An integer as its digits, since clients use them for keys that are texts.
std::optional<std::string> TextOf(const JsonValue& value) {
  if (value.is(Kind::kText) || value.is(Kind::kInteger) || value.is(Kind::kUnsigned)) return ValueText(value);
  return std::nullopt;
}

DataType ElementOf(const FieldSchema& field) {
  return field.type == DataType::kArray && IsArrayElement(field.element_type) ? field.element_type
                                                                              : DataType::kVarChar;
}

}  // namespace

FieldReader::FieldReader(const FieldSchema& field)
    : field_(field),
      column_(FieldId(), HeldAs(field.type),
              IsDenseVector(field.type) || field.type == DataType::kArrayOfVector ? field.dim : 0),
      elements_(ElementOf(field)) {}

size_t FieldReader::null_bytes() const {
  return std::max(sizeof(uint64_t), ValueBytes(column_.type(), column_.dim()));
}

template <class T>
Status FieldReader::AppendInteger(const JsonValue& value) {
  const auto number = IntegerOf<T>(value);
  if (!number) return Wrong(field_.type, value);
  column_.Append<T>(*number);
  return Status::Ok();
}

template <class T>
Status FieldReader::AppendReal(const JsonValue& value) {
  const auto number = RealOf<T>(value);
  if (!number) return Wrong(field_.type, value);
  column_.Append<T>(*number);
  return Status::Ok();
}

template <class T>
Status FieldReader::AddInteger(const JsonValue& value) {
  const auto number = IntegerOf<T>(value);
  if (!number) return Wrong(field_.element_type, value);
  elements_.Append<T>(*number);
  return Status::Ok();
}

template <class T>
Status FieldReader::AddReal(const JsonValue& value) {
  const auto number = RealOf<T>(value);
  if (!number) return Wrong(field_.element_type, value);
  elements_.Append<T>(*number);
  return Status::Ok();
}

Status FieldReader::Append(const JsonValue& value) {
  if (field_.type == DataType::kArray || field_.type == DataType::kArrayOfVector) return AppendArray(value);
  if (!IsVector(field_.type)) return AppendScalar(value);
  vectors_.clear();
  RK_RETURN_IF_ERROR(AppendVector(field_.type, field_.dim, value, &vectors_));
  if (field_.type == DataType::kSparseFloatVector) {
    column_.AppendText(vectors_);
  } else {
    column_.AppendRaw(vectors_.data(), 1);
  }
  return Status::Ok();
}

Status FieldReader::AppendScalar(const JsonValue& value) {
  switch (field_.type) {
    case DataType::kBool: {
      const auto truth = BoolOf(value);
      if (!truth) return Wrong(field_.type, value);
      column_.Append<uint8_t>(*truth ? 1 : 0);
      return Status::Ok();
    }
    case DataType::kInt8:
      return AppendInteger<int8_t>(value);
    case DataType::kInt16:
      return AppendInteger<int16_t>(value);
    case DataType::kInt32:
      return AppendInteger<int32_t>(value);
    case DataType::kInt64:
      return AppendInteger<int64_t>(value);
    case DataType::kFloat:
      return AppendReal<float>(value);
    case DataType::kDouble:
      return AppendReal<double>(value);
    case DataType::kJson:
      return AppendJson(value);
    default:
      return AppendText(value);
  }
}

Status FieldReader::AppendText(const JsonValue& value) {
  if (value.is(Kind::kText)) {  // without a copy
    column_.AppendText(value.text());
    return Status::Ok();
  }
  const auto text = column_.type() == field_.type ? TextOf(value) : std::nullopt;
  if (!text) return Wrong(field_.type, value);
  column_.AppendText(*text);
  return Status::Ok();
}

// A text that holds JSON is that JSON, any other one a JSON string.
Status FieldReader::AppendJson(const JsonValue& value) {
  if (value.is(Kind::kText) && CheckJson(value.text()).ok()) {
    column_.AppendText(value.text());
  } else {
    column_.AppendText(value.Json());
  }
  return Status::Ok();
}

Status FieldReader::AppendArray(const JsonValue& value) {
  if (value.is(Kind::kText)) {
    const auto inner = JsonBody::Parse(value.text());
    if (!inner.ok() || !inner->root().is(Kind::kArray)) return Wrong(field_.type, value);
    return AppendArray(inner->root());
  }
  if (!value.is(Kind::kArray)) return Wrong(field_.type, value);
  Status status;
  value.EachItem([&](const JsonValue& item) {
    status = AppendElement(item);
    return status.ok();
  });
  if (status.ok()) FinishRow();
  return status;
}

Status FieldReader::AppendElement(const JsonValue& value) {
  if (field_.type == DataType::kArrayOfVector)
    return AppendVector(field_.element_type, field_.dim, value, &vectors_);
  switch (field_.element_type) {
    case DataType::kBool: {
      const auto truth = BoolOf(value);
      if (!truth) return Wrong(DataType::kBool, value);
      elements_.Append<uint8_t>(*truth ? 1 : 0);
      return Status::Ok();
    }
    case DataType::kInt8:
      return AddInteger<int8_t>(value);
    case DataType::kInt16:
      return AddInteger<int16_t>(value);
    case DataType::kInt32:
      return AddInteger<int32_t>(value);
    case DataType::kInt64:
      return AddInteger<int64_t>(value);
    case DataType::kFloat:
      return AddReal<float>(value);
    case DataType::kDouble:
      return AddReal<double>(value);
    case DataType::kVarChar: {
      const auto text = TextOf(value);
      if (!text) return Wrong(DataType::kVarChar, value);
      elements_.AppendText(*text);
      return Status::Ok();
    }
    default:
      return Wrong(field_.element_type, value);
  }
}

void FieldReader::FinishRow() {
  if (field_.type == DataType::kArray) {
    column_.AppendText(elements_.Finish());
  } else {
    column_.AppendText(vectors_);
    vectors_.clear();
  }
}

InputColumn FieldReader::Take() {
  InputColumn out{field_.name, false, std::move(column_)};
  out.has_valid_data = field_.nullable || field_.default_value.given();
  if (HeldAs(field_.type) != field_.type) out.stands_for = field_.type;
  if (field_.type == DataType::kArray || field_.type == DataType::kArrayOfVector)
    out.element_type = field_.element_type;
  out.of_struct = field_.struct_id.value() != 0;
  return out;
}

}  // namespace redkite::rest
