#include "rest/rows/value_writer.h"

#include <cstring>
#include <string>

#include "base/base64.h"
#include "types/array_value.h"
#include "types/sparse_vector.h"

namespace redkite::rest {
namespace {

void WriteFloats(std::string_view bytes, JsonWriter* writer) {
  writer->BeginArray();
  for (size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    float number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    writer->Real(number);
  }
  writer->EndArray();
}

void WriteSparse(std::string_view bytes, JsonWriter* writer) {
  const SparseRow row(bytes);
  writer->BeginObject();
  for (size_t i = 0; i < row.size(); ++i) writer->Key(std::to_string(row.Index(i))).Real(row.Value(i));
  writer->EndObject();
}

void WriteVector(DataType type, std::string_view bytes, JsonWriter* writer) {
  if (type == DataType::kFloatVector)
    WriteFloats(bytes, writer);
  else if (type == DataType::kSparseFloatVector)
    WriteSparse(bytes, writer);
  else
    writer->Text(EncodeBase64(bytes));
}

void WriteItem(const ArrayValue& array, size_t i, JsonWriter* writer) {
  switch (array.element()) {
    case DataType::kBool:
      writer->Bool(array.At<uint8_t>(i) != 0);
      break;
    case DataType::kInt8:
      writer->Integer(array.At<int8_t>(i));
      break;
    case DataType::kInt16:
      writer->Integer(array.At<int16_t>(i));
      break;
    case DataType::kInt32:
      writer->Integer(array.At<int32_t>(i));
      break;
    case DataType::kInt64:
      writer->Int64(array.At<int64_t>(i));
      break;
    case DataType::kFloat:
      writer->Real(array.At<float>(i));
      break;
    case DataType::kDouble:
      writer->Real(array.At<double>(i));
      break;
    default:
      writer->Text(array.TextAt(i));
  }
}

ArrayValue ArrayAt(const ColumnView& rows, size_t row, DataType element) {
  if (!IsArrayElement(element)) return {};
  return ArrayValue::Parse(element, rows.TextAt(row)).value_or(ArrayValue());
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What stands between the braces of an object.
std::string_view MembersOf(std::string_view object) {
  while (!object.empty() && IsBlank(object.back())) object.remove_suffix(1);
  while (!object.empty() && IsBlank(object.front())) object.remove_prefix(1);
  if (object.size() < 2 || object.front() != '{' || object.back() != '}') return {};
  object = object.substr(1, object.size() - 2);
  while (!object.empty() && IsBlank(object.back())) object.remove_suffix(1);
  while (!object.empty() && IsBlank(object.front())) object.remove_prefix(1);
  return object;
}

}  // namespace

ValueWriter::ValueWriter(const OutputColumn& column) : column_(column), rows_(column.column.view()) {
  for (const OutputColumn& sub_field : column.fields) sub_fields_.emplace_back(sub_field);
  if (!sub_fields_.empty()) rows_ = column.fields[0].column.view();
}

void ValueWriter::Write(size_t row, JsonWriter* writer) const {
  if (!rows_.IsValid(row)) {
    writer->Null();
  } else if (!sub_fields_.empty()) {
    WriteStructs(row, writer);
  } else if (rows_.type == DataType::kArray || rows_.type == DataType::kArrayOfVector) {
    WriteList(row, writer);
  } else if (rows_.type == DataType::kSparseFloatVector) {
    WriteVector(rows_.type, rows_.TextAt(row), writer);
  } else if (IsVector(rows_.type)) {
    const size_t bytes = ValueBytes(rows_.type, rows_.dim);
    WriteVector(rows_.type, {reinterpret_cast<const char*>(rows_.data) + row * bytes, bytes}, writer);
  } else {
    WriteScalar(row, writer);
  }
}

void ValueWriter::WriteScalar(size_t row, JsonWriter* writer) const {
  switch (rows_.type) {
    case DataType::kBool:
      writer->Bool(rows_.At<uint8_t>(row) != 0);
      break;
    case DataType::kInt8:
      writer->Integer(rows_.At<int8_t>(row));
      break;
    case DataType::kInt16:
      writer->Integer(rows_.At<int16_t>(row));
      break;
    case DataType::kInt32:
      writer->Integer(rows_.At<int32_t>(row));
      break;
    case DataType::kInt64:
    case DataType::kTimestamptz:
      writer->Int64(rows_.At<int64_t>(row));
      break;
    case DataType::kFloat:
      writer->Real(rows_.At<float>(row));
      break;
    case DataType::kDouble:
      writer->Real(rows_.At<double>(row));
      break;
    case DataType::kJson:
      writer->Raw(rows_.TextAt(row).empty() ? std::string_view("null") : rows_.TextAt(row));
      break;
    default:
      if (rows_.offsets == nullptr)
        writer->Null();
      else
        writer->Text(rows_.TextAt(row));
  }
}

void ValueWriter::WriteList(size_t row, JsonWriter* writer) const {
  writer->BeginArray();
  if (rows_.type == DataType::kArray) {
    const ArrayValue array = ArrayAt(rows_, row, column_.element_type);
    for (size_t i = 0; i < array.size(); ++i) WriteItem(array, i, writer);
  } else {
    for (size_t i = 0, count = CountElements(row); i < count; ++i) WriteElement(row, i, writer);
  }
  writer->EndArray();
}

size_t ValueWriter::CountElements(size_t row) const {
  if (rows_.type == DataType::kArray) return ArrayAt(rows_, row, column_.element_type).size();
  const size_t bytes = ValueBytes(column_.element_type, rows_.dim);
  return bytes == 0 ? 0 : rows_.TextAt(row).size() / bytes;
}

void ValueWriter::WriteElement(size_t row, size_t element, JsonWriter* writer) const {
  if (rows_.type == DataType::kArray) {
    const ArrayValue array = ArrayAt(rows_, row, column_.element_type);
    if (element < array.size())
      WriteItem(array, element, writer);
    else
      writer->Null();
    return;
  }
  const size_t bytes = ValueBytes(column_.element_type, rows_.dim);
  const std::string_view vectors = rows_.TextAt(row);
  if (bytes == 0 || (element + 1) * bytes > vectors.size())
    writer->Null();
  else
    WriteVector(column_.element_type, vectors.substr(element * bytes, bytes), writer);
}

void ValueWriter::WriteStructs(size_t row, JsonWriter* writer) const {
  writer->BeginArray();
  for (size_t i = 0, count = sub_fields_[0].CountElements(row); i < count; ++i) {
    writer->BeginObject();
    for (const ValueWriter& sub_field : sub_fields_) {
      writer->Key(sub_field.name());
      sub_field.WriteElement(row, i, writer);
    }
    writer->EndObject();
  }
  writer->EndArray();
}

void ValueWriter::WriteKeys(size_t row, JsonWriter* writer) const {
  if (rows_.IsValid(row)) writer->RawMembers(MembersOf(rows_.TextAt(row)));
}

}  // namespace redkite::rest
