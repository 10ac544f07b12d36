#include "proxy/rules/struct_rules.h"

#include <gtest/gtest.h>

#include <limits>

#include "proxy/insert_rules.h"
#include "proxy/name_rules.h"
#include "types/array_value.h"

namespace redkite::proxy {
namespace {

FieldSchema Sub(std::string name, DataType type, DataType element, Params params) {
  FieldSchema field;
  field.name = std::move(name);
  field.type = type;
  field.element_type = element;
  field.type_params = std::move(params);
  field.struct_id = FieldId(1);
  return field;
}

CollectionSchema Schema() {
  CollectionSchema schema;
  schema.name = "c";
  FieldSchema key;
  key.name = "id";
  key.type = DataType::kInt64;
  key.is_primary = true;
  StructSchema of;
  of.id = FieldId(1);
  of.name = "s";
  schema.structs = {of};
  schema.fields = {
      key, Sub("s[n]", DataType::kArray, DataType::kInt64, {{"max_capacity", "3"}}),
      Sub("s[v]", DataType::kArrayOfVector, DataType::kFloatVector, {{"max_capacity", "3"}, {"dim", "2"}})};
  return schema;
}

std::string Refusal(CollectionSchema schema) { return CompleteSchema(Limits(), &schema).message(); }

TEST(StructSchema, IdsAreTakenInSequence) {
  CollectionSchema schema = Schema();
  schema.enable_dynamic_field = true;
  schema.structs[0].nullable = true;
  ASSERT_TRUE(CompleteSchema(Limits(), &schema).ok());
  EXPECT_EQ(schema.structs[0].id, FieldId(101));
  EXPECT_EQ(schema.Find("s[n]")->id, FieldId(102));
  EXPECT_EQ(schema.Find("s[v]")->id, FieldId(103));
  EXPECT_EQ(schema.Find("s[v]")->struct_id, FieldId(101));
  EXPECT_EQ(schema.Find("s[v]")->dim, 2);
  EXPECT_EQ(schema.Find("s[v]")->max_capacity, 3);
  EXPECT_TRUE(schema.Find("s[n]")->nullable);
  EXPECT_EQ(schema.dynamic_field()->id, FieldId(104));
}

TEST(StructSchema, Refusals) {
  const auto with = [](auto change) {
    CollectionSchema schema = Schema();
    change(&schema);
    return Refusal(std::move(schema));
  };
  const auto expect = [](const std::string& message, const char* part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  EXPECT_EQ(Refusal(Schema()), "");
  expect(with([](auto* s) { s->structs[0].name = "1s"; }), "Invalid field name");
  expect(with([](auto* s) { s->structs[0].name = "id"; }), "duplicated field name id");
  expect(with([](auto* s) { s->fields[2].name = "s[n]"; }), "duplicated field name s[n]");
  expect(with([](auto* s) { s->fields[1].name = "s[a b]"; }), "Invalid field name");
  expect(with([](auto* s) { s->fields[1].nullable = true; }), "cannot be nullable");
  expect(with([](auto* s) { s->fields[1].is_partition_key = true; }), "cannot be partition key");
  expect(with([](auto* s) { s->fields[1].is_clustering_key = true; }), "cannot be clustering key");
  expect(with([](auto* s) { s->fields[1].is_primary = true; }), "cannot be primary key");
  expect(with([](auto* s) { s->fields[1].auto_id = true; }), "auto id");
  expect(with([](auto* s) { s->fields[1].default_value = DefaultValue::Long(1); }), "default value");
  expect(with([](auto* s) { s->fields[1].type = DataType::kInt64; }), "can only be Array or ArrayOfVector");
  expect(with([](auto* s) { s->fields[1].element_type = DataType::kArray; }), "element type Array");
  expect(with([](auto* s) { s->fields[2].element_type = DataType::kSparseFloatVector; }),
         "SparseFloatVector");
  expect(with([](auto* s) { s->fields[1].type_params[0].second = "4"; }), "same max_capacity");
  expect(with([](auto* s) { s->fields[2].type_params[1].second = "1"; }), "dim");
  expect(with([](auto* s) { s->fields[2].struct_id = FieldId(); }), "Invalid field name");
  expect(with([](auto* s) {
           s->fields[2].struct_id = FieldId();
           s->fields[2].name = "v";
         }),
         "can only be in the struct array field");
  expect(with([](auto* s) {
           StructSchema empty;
           empty.id = FieldId(2);
           empty.name = "e";
           s->structs.push_back(empty);
         }),
         "has no sub-fields");
}

FieldSchema Lists() {
  FieldSchema field = Sub("s[v]", DataType::kArrayOfVector, DataType::kFloatVector, {});
  field.id = FieldId(103);
  field.dim = 2;
  field.max_capacity = 2;
  return field;
}

std::string Floats(std::initializer_list<float> values) {
  std::string bytes;
  for (const float v : values) bytes.append(reinterpret_cast<const char*>(&v), sizeof v);
  return bytes;
}

TEST(TakeVectorLists, ChecksTypeLengthAndValues) {
  const auto take = [](std::string row, int dim = 2, DataType given = DataType::kFloatVector) {
    Column column(FieldId(), DataType::kArrayOfVector, dim);
    column.AppendText(row);
    column.AppendNull();
    return TakeVectorLists(Lists(), given, std::move(column));
  };
  const auto whole = take(Floats({1, 2, 3, 4}));
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  EXPECT_EQ(whole->view().TextAt(0).size(), 16U);
  EXPECT_NE(take(Floats({1, 2, 3, 4, 5, 6})).status().message().find("array length exceeds max capacity"),
            std::string::npos);
  EXPECT_NE(take(Floats({1, 2, 3}), 3).status().message().find("dim (3)"), std::string::npos);
  EXPECT_FALSE(take(Floats({1})).ok());
  EXPECT_NE(take(Floats({1, std::numeric_limits<float>::infinity()})).status().message().find("+Inf"),
            std::string::npos);
  EXPECT_NE(take("ab", 2, DataType::kInt8Vector).status().message().find("element type"), std::string::npos);
  const auto none = take("", 0, DataType::kNone);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->dim(), 2);
  EXPECT_TRUE(none->view().IsValid(0));
  EXPECT_FALSE(none->view().IsValid(1));
}

TEST(StructRows, AllSubFieldsAndEqualCounts) {
  CollectionSchema schema = Schema();
  ASSERT_TRUE(CompleteSchema(Limits(), &schema).ok());
  std::vector<InputColumn> sent(1);
  sent[0].name = "s[n]";
  sent[0].of_struct = true;
  EXPECT_NE(CheckWholeStructs(schema, sent).message().find("s[v]"), std::string::npos);
  sent.resize(2);
  sent[1].name = "s[v]";
  sent[1].of_struct = true;
  EXPECT_TRUE(CheckWholeStructs(schema, sent).ok());
  EXPECT_TRUE(CheckWholeStructs(schema, {}).ok());
  RowBatch rows;
  rows.row_count = 1;
  rows.columns.emplace_back(FieldId(102), DataType::kArray, 0);
  rows.columns.emplace_back(FieldId(103), DataType::kArrayOfVector, 2);
  rows.columns[0].AppendText(std::string(16, '\0'));
  rows.columns[1].AppendText(Floats({1, 2, 3, 4}));
  EXPECT_TRUE(CheckElementCounts(schema, rows).ok());
  rows.columns[1].Clear();
  rows.columns[1].AppendText(Floats({1, 2}));
  EXPECT_NE(CheckElementCounts(schema, rows).message().find("inconsistent struct element count"),
            std::string::npos);
  rows.columns[1].Clear();
  rows.columns[1].AppendNull();
  EXPECT_NE(CheckElementCounts(schema, rows).message().find("valid_data"), std::string::npos);
}

// What each of them does to a row depends on its values: the fields of a struct would not fit together.
TEST(StructRows, ArrayOperationsAreRefused) {
  CollectionSchema schema = Schema();
  ASSERT_TRUE(CompleteSchema(Limits(), &schema).ok());
  const auto refusal = [&](FieldOp op) {
    InsertRequest request;
    request.upsert = request.partial_update = true;
    request.row_count = 1;
    request.columns.push_back({"id", false, Column(FieldId(), DataType::kInt64, 0)});
    request.columns[0].column.Append<int64_t>(1);
    request.columns.push_back({"s[n]", false, Column(FieldId(), DataType::kArray, 0)});
    request.columns[1].column.AppendText(std::string(8, '\0'));
    request.columns[1].element_type = DataType::kInt64;
    request.columns.push_back({"s[v]", false, Column(FieldId(), DataType::kArrayOfVector, 2)});
    request.columns[2].column.AppendText(Floats({1, 2}));
    request.columns[2].element_type = DataType::kFloatVector;
    request.columns[1].of_struct = request.columns[2].of_struct = true;
    request.field_ops = {{"s[n]", op}};
    return CheckPartialRows(schema, Limits(), std::move(request)).status().message();
  };
  EXPECT_EQ(refusal(FieldOp::kReplace), "");
  EXPECT_NE(refusal(FieldOp::kArrayAppend).find("of a struct array"), std::string::npos);
  EXPECT_NE(refusal(FieldOp::kArrayRemove).find("of a struct array"), std::string::npos);
}

}  // namespace
}  // namespace redkite::proxy
