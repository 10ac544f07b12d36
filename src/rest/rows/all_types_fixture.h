// For tests of rows in JSON: a schema with a field of every type, and ways to parse and to take columns
// apart. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "rest/json_value.h"
#include "types/requests.h"

namespace redkite::rest {

inline FieldSchema FieldOf(std::string name, DataType type, int dim = 0) {
  FieldSchema field;
  field.name = std::move(name);
  field.type = type;
  field.dim = dim;
  if (type == DataType::kVarChar) field.max_length = 64;
  return field;
}

inline FieldSchema ArrayOf(std::string name, DataType element, int dim = 0) {
  FieldSchema field =
      FieldOf(std::move(name), IsVector(element) ? DataType::kArrayOfVector : DataType::kArray, dim);
  field.element_type = element;
  field.max_capacity = 8;
  field.max_length = 64;
  return field;
}

/// The key `id`; all others but `s`, a struct array, and those of the key are nullable.
inline CollectionSchema AllTypes() {
  CollectionSchema schema;
  schema.name = "all";
  schema.enable_dynamic_field = true;
  schema.fields = {FieldOf("id", DataType::kInt64),
                   FieldOf("bool", DataType::kBool),
                   FieldOf("int8", DataType::kInt8),
                   FieldOf("int16", DataType::kInt16),
                   FieldOf("int32", DataType::kInt32),
                   FieldOf("int64", DataType::kInt64),
                   FieldOf("float", DataType::kFloat),
                   FieldOf("double", DataType::kDouble),
                   FieldOf("text", DataType::kVarChar),
                   FieldOf("json", DataType::kJson),
                   FieldOf("time", DataType::kTimestamptz),
                   FieldOf("shape", DataType::kGeometry),
                   ArrayOf("bools", DataType::kBool),
                   ArrayOf("bytes", DataType::kInt8),
                   ArrayOf("longs", DataType::kInt64),
                   ArrayOf("reals", DataType::kFloat),
                   ArrayOf("texts", DataType::kVarChar),
                   FieldOf("vec", DataType::kFloatVector, 2),
                   FieldOf("bits", DataType::kBinaryVector, 16),
                   FieldOf("half", DataType::kFloat16Vector, 2),
                   FieldOf("brain", DataType::kBFloat16Vector, 2),
                   FieldOf("tiny", DataType::kInt8Vector, 2),
                   FieldOf("sparse", DataType::kSparseFloatVector)};
  for (size_t i = 1; i < schema.fields.size(); ++i) schema.fields[i].nullable = true;
  schema.fields[0].is_primary = true;
  StructSchema& of = schema.structs.emplace_back();
  of.name = "s";
  of.nullable = true;
  for (FieldSchema sub : {ArrayOf("s[n]", DataType::kInt32), ArrayOf("s[t]", DataType::kVarChar),
                          ArrayOf("s[v]", DataType::kFloatVector, 2)}) {
    sub.nullable = true;
    sub.struct_id = FieldId(90);
    schema.fields.push_back(std::move(sub));
  }
  of.id = FieldId(90);
  for (size_t i = 0; i < schema.fields.size(); ++i)
    schema.fields[i].id = FieldId(100 + static_cast<int64_t>(i));
  return schema;
}

inline JsonBody ParseBody(std::string_view text) {
  auto body = JsonBody::Parse(text);
  CHECK(body.ok());
  return std::move(body).value();
}

inline const InputColumn* FindColumn(const InsertRequest& request, std::string_view name) {
  for (const InputColumn& column : request.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

template <class T>
std::vector<T> ValuesOf(const InputColumn* column) {
  if (column == nullptr) return {};
  const auto values = column->column.view().Values<T>();
  return {values.begin(), values.end()};
}

inline std::vector<std::string> TextsOf(const InputColumn* column) {
  std::vector<std::string> texts;
  for (size_t row = 0; column != nullptr && row < column->column.row_count(); ++row)
    texts.emplace_back(column->column.view().TextAt(row));
  return texts;
}

/// The bytes of values as they lie in a column.
template <class T>
std::string BytesOf(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

}  // namespace redkite::rest
