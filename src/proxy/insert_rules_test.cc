#include "proxy/insert_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace redkite::proxy {
namespace {

FieldSchema Field(int64_t id, const std::string& name, DataType type) {
  FieldSchema field;
  field.id = FieldId(id);
  field.name = name;
  field.type = type;
  return field;
}

CollectionSchema MakeSchema(bool dynamic = true) {
  CollectionSchema schema;
  schema.name = "c";
  schema.enable_dynamic_field = dynamic;
  schema.fields = {Field(100, "id", DataType::kInt64), Field(101, "text", DataType::kVarChar),
                   Field(102, "n", DataType::kFloat), Field(103, "vec", DataType::kFloatVector)};
  schema.fields[0].is_primary = true;
  schema.fields[1].max_length = 5;
  schema.fields[2].nullable = true;
  schema.fields[3].dim = 2;
  if (dynamic) {
    schema.fields.push_back(Field(104, "$meta", DataType::kJson));
    schema.fields.back().is_dynamic = true;
  }
  return schema;
}

InsertRequest MakeRequest() {
  InsertRequest request;
  request.row_count = 2;
  Column id(FieldId(), DataType::kInt64, 0), text(FieldId(), DataType::kVarChar, 0),
      n(FieldId(), DataType::kFloat, 0), vec(FieldId(), DataType::kFloatVector, 2);
  const float values[] = {1, 2, 3, 4};
  id.Append<int64_t>(1);
  id.Append<int64_t>(2);
  text.AppendText("a");
  text.AppendText("b");
  n.Append<float>(1);
  n.AppendNull();
  vec.AppendRaw(values, 2);
  // In another order than the schema's, as clients may send them.
  request.columns.push_back({"vec", false, std::move(vec)});
  request.columns.push_back({"id", false, std::move(id)});
  request.columns.push_back({"n", false, std::move(n), true});
  request.columns.push_back({"text", false, std::move(text)});
  return request;
}

InputColumn& ColumnOf(InsertRequest* request, const std::string& name) {
  for (InputColumn& c : request->columns) {
    if (c.name == name) return c;
  }
  ADD_FAILURE() << name;
  return request->columns[0];
}

std::string MessageOf(const CollectionSchema& schema, InsertRequest request) {
  auto rows = CheckInsertRows(schema, Limits(), std::move(request));
  return rows.ok() ? "" : rows.status().message();
}

#define EXPECT_HAS(text, phrase) EXPECT_NE((text).find(phrase), std::string::npos) << (text)

TEST(InsertRulesTest, ArraysAreTakenAsTheFieldHasThem) {
  CollectionSchema schema = MakeSchema();
  FieldSchema array = Field(105, "a", DataType::kArray);
  array.element_type = DataType::kInt8;
  array.max_capacity = 2;
  array.nullable = true;
  schema.fields.insert(schema.fields.begin() + 1, array);
  const auto with = [](std::initializer_list<const char*> rows) {
    InsertRequest request = MakeRequest();
    Column column(FieldId(), DataType::kArray, 0);
    for (const char* row : rows) row == nullptr ? column.AppendNull() : column.AppendText({row, 4});
    request.columns.push_back({"a", false, std::move(column), true, DataType::kInt32});
    return request;
  };
  const auto rows = CheckInsertRows(schema, Limits(), with({"\x05\0\0\0", nullptr}));
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_EQ(rows->rows.columns[1].field(), FieldId(105));
  EXPECT_EQ(rows->rows.columns[1].view().TextAt(0), "\x05");
  EXPECT_FALSE(rows->rows.columns[1].view().IsValid(1));
  EXPECT_HAS(MessageOf(schema, with({nullptr, "\0\1\0\0"})),
             "the 0th element (256) out of range: [-128, 127]");
  const auto absent = CheckInsertRows(schema, Limits(), MakeRequest());
  ASSERT_TRUE(absent.ok()) << absent.status().ToString();
  EXPECT_FALSE(absent->rows.columns[1].view().IsValid(0));
  schema.fields[1].nullable = false;
  EXPECT_HAS(MessageOf(schema, MakeRequest()), "fieldSchema(a) has no corresponding fieldData pass in");
}

TEST(InsertRulesTest, RowsComeInSchemaOrderWithTheirIds) {
  auto rows = CheckInsertRows(MakeSchema(), Limits(), MakeRequest());
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_EQ(rows->rows.columns.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rows->rows.columns[i].field(), FieldId(100 + i));
  EXPECT_EQ(rows->rows.columns[4].view().TextAt(1), "{}");
  EXPECT_FALSE(rows->rows.columns[2].view().IsValid(1));
}

TEST(InsertRulesTest, BadRows) {
  InsertRequest request = MakeRequest();
  ColumnOf(&request, "text").column.AppendText("third");
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)),
             "the num_rows (3) of field (text) is not equal to passed num_rows (2)");

  request = MakeRequest();
  Column longer(FieldId(), DataType::kVarChar, 0);
  longer.AppendText("ok");
  longer.AppendText("sixsix");
  ColumnOf(&request, "text").column = std::move(longer);
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)),
             "length of varchar field text exceeds max length, row number: 1, length: 6, max length: 5");

  request = MakeRequest();
  Column bad_text(FieldId(), DataType::kVarChar, 0);
  bad_text.AppendText("a");
  bad_text.AppendText("\xff");
  ColumnOf(&request, "text").column = std::move(bad_text);
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)), "not valid UTF-8");

  for (float v : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    request = MakeRequest();
    Column vec(FieldId(), DataType::kFloatVector, 2);
    const float values[] = {1, 2, v, 4};
    vec.AppendRaw(values, 2);
    ColumnOf(&request, "vec").column = std::move(vec);
    EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)), "is not a number or infinity");
  }

  request = MakeRequest();
  Column vec3(FieldId(), DataType::kFloatVector, 3);
  const float six[] = {1, 2, 3, 4, 5, 6};
  vec3.AppendRaw(six, 2);
  ColumnOf(&request, "vec").column = std::move(vec3);
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)),
             "the dim (3) of field data(vec) is not equal to schema dim (2)");

  request = MakeRequest();
  ColumnOf(&request, "text").name = "other";
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)), "field other not exist");

  request = MakeRequest();
  std::erase_if(request.columns, [](const InputColumn& c) { return c.name == "text"; });
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)),
             "fieldSchema(text) has no corresponding fieldData pass in");

  request = MakeRequest();
  Column wrong(FieldId(), DataType::kInt64, 0);
  wrong.Append<int64_t>(1);
  wrong.Append<int64_t>(2);
  ColumnOf(&request, "text").column = std::move(wrong);
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)),
             "invalid parameter[expected=VarChar][actual=Int64]");
}

// The usual request with these vectors.
InsertRequest WithVectors(Column column, bool has_valid_data) {
  InsertRequest request = MakeRequest();
  InputColumn& input = ColumnOf(&request, "vec");
  input.column = std::move(column);
  input.has_valid_data = has_valid_data;
  return request;
}

TEST(InsertRulesTest, SparseRowsAreChecked) {
  CollectionSchema schema = MakeSchema(false);
  schema.fields[3] = Field(103, "vec", DataType::kSparseFloatVector);
  Column rows(FieldId(), DataType::kSparseFloatVector, 0), bad(FieldId(), DataType::kSparseFloatVector, 0);
  rows.AppendText("");
  rows.AppendText(std::string("\x05\0\0\0\0\0\x80\x3f", 8));
  EXPECT_TRUE(CheckInsertRows(schema, Limits(), WithVectors(std::move(rows), false)).ok());
  bad.AppendText("");
  bad.AppendText("1234567");
  const Status status = CheckInsertRows(schema, Limits(), WithVectors(std::move(bad), false)).status();
  EXPECT_EQ(status.code(), Code::kParameterInvalid);
  EXPECT_NE(status.message().find("invalid data length in sparse float vector"), std::string::npos);
  EXPECT_NE(status.message().find("field vec, row number: 1"), std::string::npos) << status.message();
}

TEST(InsertRulesTest, VectorsMayBeNull) {
  CollectionSchema schema = MakeSchema(false);
  schema.fields[3].nullable = true;
  const auto some = [] {
    Column column(FieldId(), DataType::kFloatVector, 2);
    const float vector[] = {1, 2};
    column.AppendNull();
    column.AppendVector(vector);
    return column;
  };
  EXPECT_EQ(CheckInsertRows(schema, Limits(), WithVectors(some(), false)).status().code(),
            Code::kParameterInvalid);
  const auto rows = CheckInsertRows(schema, Limits(), WithVectors(some(), true));
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  EXPECT_FALSE(rows->rows.columns[3].view().IsValid(0));
  EXPECT_EQ(rows->rows.columns[3].view().VectorAt(1)[1], 2.0f);
  for (const bool there : {true, false}) {
    Column column(FieldId(), DataType::kFloatVector, 0);  // no dimension where there is no vector
    column.AppendNull();
    column.AppendNull();
    InsertRequest request = WithVectors(std::move(column), true);
    if (!there) std::erase_if(request.columns, [](const InputColumn& c) { return c.name == "vec"; });
    const auto none = CheckInsertRows(schema, Limits(), std::move(request));
    ASSERT_TRUE(none.ok()) << none.status().message();
    EXPECT_EQ(none->rows.columns[3].dim(), 2);
    EXPECT_FALSE(none->rows.columns[3].view().IsValid(0) || none->rows.columns[3].view().IsValid(1));
  }
  schema.fields[3].nullable = false;
  EXPECT_FALSE(CheckInsertRows(schema, Limits(), WithVectors(some(), true)).ok());
}

TEST(InsertRulesTest, DynamicColumn) {
  const auto with = [](const std::string& json) {
    InsertRequest request = MakeRequest();
    Column meta(FieldId(), DataType::kJson, 0);
    meta.AppendText("{\"k\": 1}");
    meta.AppendText(json);
    request.columns.push_back({"", true, std::move(meta)});
    return request;
  };
  EXPECT_EQ(MessageOf(MakeSchema(), with("{\"x\": [1]}")), "");
  EXPECT_HAS(MessageOf(MakeSchema(), with("[1]")), "a JSON object is expected");
  EXPECT_HAS(MessageOf(MakeSchema(), with("{")), "invalid JSON");
  EXPECT_HAS(MessageOf(MakeSchema(), with("{\"text\": 1}")),
             "dynamic field name cannot include the static field name: text");
  EXPECT_HAS(MessageOf(MakeSchema(), with("{\"a\":\"" + std::string(70'000, 'x') + "\"}")),
             "exceeds max length");
  EXPECT_HAS(MessageOf(MakeSchema(false), with("{}")),
             "without dynamic schema enabled, the field name cannot be set to $meta");
}

TEST(InsertRulesTest, DefaultsTakeThePlaceOfNullsAndOfAbsentColumns) {
  CollectionSchema schema = MakeSchema();
  schema.fields[1].default_value = DefaultValue::Text("none");
  schema.fields[2].default_value =
      DefaultValue::Float(2.5f);  // nullable with a default: a null becomes the default
  auto rows = CheckInsertRows(schema, Limits(), [] {
    InsertRequest request = MakeRequest();
    std::erase_if(request.columns, [](const InputColumn& c) { return c.name == "text"; });
    return request;
  }());
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  const ColumnView text = rows->rows.columns[1].view(), n = rows->rows.columns[2].view();
  EXPECT_EQ(text.TextAt(0), "none");
  EXPECT_EQ(text.TextAt(1), "none");
  EXPECT_EQ(n.At<float>(0), 1.0f);
  EXPECT_EQ(n.At<float>(1), 2.5f);
  EXPECT_TRUE(n.IsValid(1));
}

TEST(InsertRulesTest, ValidData) {
  InsertRequest request = MakeRequest();
  ColumnOf(&request, "n").has_valid_data = false;
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)), "the length of valid_data of field(n) is wrong");
  CollectionSchema schema = MakeSchema();
  schema.fields[2].nullable = false;
  EXPECT_HAS(MessageOf(schema, MakeRequest()), "the length of valid_data of field(n) is wrong");
  schema.fields[1].default_value = DefaultValue::Text("");
  EXPECT_HAS(MessageOf(schema, MakeRequest()), "the length of valid_data of field(text) is wrong");
}

TEST(InsertRulesTest, RowsThatAreOnlyClaimedAreNotFilled) {
  CollectionSchema schema = MakeSchema();
  std::swap(schema.fields[1], schema.fields[2]);  // the nullable field stands before one that is missing
  schema.fields[0].auto_id = true;
  InsertRequest request;
  request.row_count = 4'000'000'000;
  EXPECT_HAS(MessageOf(schema, std::move(request)),
             "fieldSchema(text) has no corresponding fieldData pass in");
  for (FieldSchema& field : schema.fields) field.nullable = !field.is_primary;
  request = {};
  request.row_count = 4'000'000'000;
  auto rows = CheckInsertRows(schema, Limits(), std::move(request));
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.status().code(), Code::kParameterTooLarge);
}

TEST(InsertRulesTest, Keys) {
  CollectionSchema schema = MakeSchema();
  schema.fields[0].auto_id = true;
  EXPECT_HAS(MessageOf(schema, MakeRequest()),
             "can not assign primary field data when auto id enabled and allow_insert_auto_id is false");
  InsertRequest request = MakeRequest();
  std::erase_if(request.columns, [](const InputColumn& c) { return c.name == "id"; });
  auto rows = CheckInsertRows(schema, Limits(), std::move(request));
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_EQ(rows->rows.Find(FieldId(100)), nullptr);
  AddGeneratedKeys(schema, 500, &rows->rows);
  EXPECT_EQ(rows->rows.columns[0].view().At<int64_t>(1), 501);

  request = MakeRequest();
  request.upsert = true;
  Column same(FieldId(), DataType::kInt64, 0);
  same.Append<int64_t>(4);
  same.Append<int64_t>(4);
  ColumnOf(&request, "id").column = std::move(same);
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)),
             "duplicate primary keys are not allowed in the same batch");
  request = MakeRequest();
  request.upsert = true;
  std::erase_if(request.columns, [](const InputColumn& c) { return c.name == "id"; });
  EXPECT_HAS(MessageOf(MakeSchema(), std::move(request)), "must assign pk when upsert, primary field: id");
}

}  // namespace
}  // namespace redkite::proxy
