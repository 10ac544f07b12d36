// The two ways of rows into the server, JSON and protobuf, against each other: random rows of random schemas
// are written as JSON by rest and as columns by wire, read back by both, and must be the same to the proxy.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "proxy/insert_rules.h"
#include "rest/rows/row_reader.h"
#include "rest/rows/row_writer.h"
#include "types/array_value.h"
#include "wire/insert_codec.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/search_codec.h"

namespace redkite::server {
namespace {

constexpr DataType kScalars[] = {DataType::kBool,   DataType::kInt8,        DataType::kInt16,
                                 DataType::kInt32,  DataType::kInt64,       DataType::kFloat,
                                 DataType::kDouble, DataType::kVarChar,     DataType::kJson,
                                 DataType::kArray,  DataType::kTimestamptz, DataType::kGeometry};
constexpr DataType kVectors[] = {DataType::kFloatVector,   DataType::kBinaryVector,
                                 DataType::kFloat16Vector, DataType::kBFloat16Vector,
                                 DataType::kInt8Vector,    DataType::kSparseFloatVector};
constexpr DataType kElements[] = {DataType::kBool,  DataType::kInt8,  DataType::kInt16,  DataType::kInt32,
                                  DataType::kInt64, DataType::kFloat, DataType::kDouble, DataType::kVarChar};

class RandomRows {
 public:
  explicit RandomRows(uint64_t seed) : random_(seed) {}

  CollectionSchema Schema() {
    CollectionSchema schema;
    schema.name = "c";
    schema.enable_dynamic_field = Chance(2);
    Add(Pick({DataType::kInt64, DataType::kVarChar}), &schema).is_primary = true;
    for (const DataType type : kScalars) {
      if (Chance(2)) Add(type, &schema).nullable = Chance(2);
    }
    for (const DataType type : kVectors) {
      if (Chance(2)) Add(type, &schema).nullable = Chance(3);
    }
    return schema;
  }

  /// A column of the field's values, some of them null.
  OutputColumn ColumnOf(const FieldSchema& field, size_t rows) {
    const bool texts = field.type == DataType::kTimestamptz || field.type == DataType::kGeometry;
    OutputColumn out{field.name, field.is_dynamic,
                     Column(FieldId(), texts ? DataType::kVarChar : field.type, field.dim), field.nullable,
                     field.element_type};
    if (texts) out.stands_for = field.type;
    for (size_t row = 0; row < rows; ++row) {
      if (field.nullable && !field.is_dynamic && Chance(3))
        out.column.AppendNull();
      else
        AppendValue(field, row, &out.column);
    }
    return out;
  }
  size_t Below(size_t n) { return static_cast<size_t>(random_.Below(n)); }
  bool Chance(size_t n) { return Below(n) == 0; }

 private:
  FieldSchema& Add(DataType type, CollectionSchema* schema) {
    FieldSchema& field = schema->fields.emplace_back();
    field.name = "f" + std::to_string(schema->fields.size());
    field.id = FieldId(100 + static_cast<int64_t>(schema->fields.size()));
    field.type = type;
    field.max_length = 100;
    if (IsDenseVector(type)) field.dim = 8;
    if (type == DataType::kArray) {
      field.element_type = kElements[Below(std::size(kElements))];
      field.max_capacity = 10;
    }
    return field;
  }
  DataType Pick(std::initializer_list<DataType> types) { return types.begin()[Below(types.size())]; }

  template <class T>
  T Integer() {
    if (Chance(8)) return Chance(2) ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
    return static_cast<T>(random_.Next() >> Below(64));
  }
  double Real() {
    return (static_cast<double>(random_.Next() >> 11) - 4e15) / static_cast<double>(1 + Below(1 << 20));
  }
  std::string Text() {
    static const char* const parts[] = {"a", "\"", "\\", "\n", "ä", " ", "€", "\t", "7", "{", "]", "\x01"};
    std::string text;
    for (size_t n = Below(6); n > 0; --n) text += parts[Below(std::size(parts))];
    return text;
  }
  std::string Json() {
    static const char* const texts[] = {"{}", "[1,2.5,\"x\"]", "true", R"({"a":{"b":[null]},"c":"ä"})",
                                        "-7", "\"t\""};
    return texts[Below(std::size(texts))];
  }
  std::string Keys() {
    static const char* const texts[] = {"{}", R"({"a":1})", R"({"k\"":[1,{}],"z":null})",
                                        R"({"d":0.5,"e":"x"})"};
    return texts[Below(std::size(texts))];
  }

  void AppendValue(const FieldSchema& field, size_t row, Column* column) {
    switch (field.type) {
      case DataType::kBool:
        return column->Append<uint8_t>(Chance(2) ? 1 : 0);
      case DataType::kInt8:
        return column->Append(Integer<int8_t>());
      case DataType::kInt16:
        return column->Append(Integer<int16_t>());
      case DataType::kInt32:
        return column->Append(Integer<int32_t>());
      case DataType::kInt64:
        return column->Append(Integer<int64_t>());
      case DataType::kFloat:
        return column->Append(static_cast<float>(Real()));
      case DataType::kDouble:
        return column->Append(Real());
      case DataType::kVarChar:
        return column->AppendText(Text());
      case DataType::kJson:
        return column->AppendText(field.is_dynamic ? Keys() : Json());
      case DataType::kTimestamptz:
        return column->AppendText("2025-01-0" + std::to_string(1 + Below(9)) + "T00:00:0" +
                                  std::to_string(Below(9)) + "Z");
      case DataType::kGeometry:
        return column->AppendText("POINT (" + std::to_string(Below(9)) + " " + std::to_string(Below(9)) +
                                  ")");
      case DataType::kArray:
        return column->AppendText(Array(field.element_type));
      case DataType::kSparseFloatVector:
        return column->AppendText(Sparse());
      default:
        AppendDense(field, column);
    }
  }
  std::string Array(DataType element) {
    ArrayBuilder builder(element);
    FieldSchema field;
    field.type = element;
    const size_t count = Below(5);
    for (size_t i = 0; i < count; ++i) {
      Column one(FieldId(), element, 0);
      AppendValue(field, i, &one);
      if (element == DataType::kVarChar)
        builder.AppendText(one.view().TextAt(0));
      else if (ValueBytes(element, 0) == 1)
        builder.Append(one.view().At<uint8_t>(0));
      else if (ValueBytes(element, 0) == 2)
        builder.Append(one.view().At<int16_t>(0));
      else if (element == DataType::kFloat)
        builder.Append(one.view().At<float>(0));
      else if (ValueBytes(element, 0) == 4)
        builder.Append(one.view().At<int32_t>(0));
      else if (element == DataType::kDouble)
        builder.Append(one.view().At<double>(0));
      else
        builder.Append(one.view().At<int64_t>(0));
    }
    return std::string(builder.Finish());
  }
  std::string Sparse() {
    std::string bytes;
    uint32_t index = 0;
    for (size_t n = Below(4); n > 0; --n) {
      index += 1 + static_cast<uint32_t>(Below(1 << 20));
      const auto value = static_cast<float>(Below(1000)) / 7.0f;
      bytes.append(reinterpret_cast<const char*>(&index), 4).append(reinterpret_cast<const char*>(&value), 4);
    }
    return bytes;
  }
  void AppendDense(const FieldSchema& field, Column* column) {
    std::string bytes;
    for (size_t i = 0; i < ValueBytes(field.type, field.dim); ++i) {
      // Exponents of halves stay below that of infinity.
      bytes.push_back(static_cast<char>(random_.Next() & (i % 2 == 1 ? 0xbf : 0xff)));
    }
    if (field.type == DataType::kFloatVector) {
      for (int i = 0; i < field.dim; ++i) {
        const auto value = static_cast<float>(Real());
        std::memcpy(bytes.data() + i * 4, &value, 4);
      }
    }
    column->AppendRaw(bytes.data(), 1);
  }

  Random random_;
};

// The FieldData of a request, which has the values that there are and says for each row whether it has one.
std::string FieldData(const OutputColumn& column) {
  QueryResult result;
  const ColumnView view = column.column.view();
  OutputColumn& compact = result.columns.emplace_back(
      OutputColumn{column.name, column.is_dynamic, Column(FieldId(), view.type, view.dim), false,
                   column.element_type, column.stands_for});
  std::string valid;
  for (size_t row = 0; row < view.row_count; ++row) {
    valid.push_back(view.IsValid(row) ? 1 : 0);
    if (view.IsValid(row)) compact.column.AppendFrom(view, row);
  }
  const std::string message = wire::EncodeQuery(result);
  std::string field;
  for (wire::PbReader r(message); r.Next();) {
    if (r.tag() == wire::PbLen(2)) field = r.bytes();
  }
  if (column.nullable && !column.is_dynamic) wire::PbWriter(&field).Bytes(7, valid);
  return field;
}

Result<InsertRequest> ThroughProtobuf(const std::vector<OutputColumn>& columns, size_t rows) {
  std::string message;
  wire::PbWriter w(&message);
  w.Bytes(3, "c");
  for (const OutputColumn& column : columns) w.Bytes(5, FieldData(column));
  w.Varint(7, rows);
  return wire::DecodeInsert(message);
}

Result<InsertRequest> ThroughJson(const std::vector<OutputColumn>& columns, const CollectionSchema& schema,
                                  bool int64_as_text) {
  QueryResult result;
  for (const OutputColumn& column : columns) {
    const ColumnView view = column.column.view();
    OutputColumn& copy = result.columns.emplace_back(
        OutputColumn{column.name, column.is_dynamic, Column(FieldId(), view.type, view.dim), column.nullable,
                     column.element_type, column.stands_for});
    copy.column.AppendAll(view);
  }
  std::string text;
  rest::JsonWriter writer(&text, int64_as_text);
  writer.BeginObject().Key("collectionName").Text("c");
  rest::WriteQuery(result, &writer);  // `data`
  writer.EndObject();
  auto body = rest::JsonBody::Parse(text);
  RK_RETURN_IF_ERROR(body.status());
  return rest::ReadInsert(body->root(), schema);
}

void ExpectEqual(const RowBatch& a, const RowBatch& b) {
  ASSERT_EQ(a.row_count, b.row_count);
  ASSERT_EQ(a.columns.size(), b.columns.size());
  for (size_t c = 0; c < a.columns.size(); ++c) {
    const ColumnView x = a.columns[c].view(), y = b.columns[c].view();
    SCOPED_TRACE("column " + std::to_string(c) + " " + std::string(DataTypeName(x.type)));
    ASSERT_EQ(x.type, y.type);
    ASSERT_EQ(x.row_count, y.row_count);
    const size_t bytes = ValueBytes(x.type, x.dim);
    for (size_t row = 0; row < x.row_count; ++row) {
      ASSERT_EQ(x.IsValid(row), y.IsValid(row)) << row;
      if (x.offsets != nullptr)
        ASSERT_EQ(x.TextAt(row), y.TextAt(row)) << row;
      else
        ASSERT_EQ(std::memcmp(x.data + row * bytes, y.data + row * bytes, bytes), 0) << row;
    }
  }
}

TEST(RowCodecs, JsonAndProtobufMakeTheSameRows) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRows random(seed);
    CollectionSchema schema = random.Schema();
    const CollectionSchema described = schema;  // without the dynamic field
    if (schema.enable_dynamic_field) {
      FieldSchema& dynamic = schema.fields.emplace_back();
      dynamic.name = kDynamicFieldName;
      dynamic.id = FieldId(999);
      dynamic.type = DataType::kJson;
      dynamic.is_dynamic = true;
    }
    const size_t rows = 1 + random.Below(8);
    std::vector<OutputColumn> columns;
    for (const FieldSchema& field : schema.fields) columns.push_back(random.ColumnOf(field, rows));
    auto a = ThroughProtobuf(columns, rows);
    auto b = ThroughJson(columns, described, random.Chance(2));
    ASSERT_TRUE(a.ok()) << a.status().ToString();
    ASSERT_TRUE(b.ok()) << b.status().ToString();
    const auto left = proxy::CheckInsertRows(schema, Limits(), std::move(*a));
    const auto right = proxy::CheckInsertRows(schema, Limits(), std::move(*b));
    ASSERT_TRUE(left.ok()) << left.status().ToString();
    ASSERT_TRUE(right.ok()) << right.status().ToString();
    ExpectEqual(left->rows, right->rows);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace redkite::server
