#include "proxy/output_fields.h"

#include <gtest/gtest.h>

#include <tuple>

namespace redkite::proxy {
namespace {

CollectionSchema MakeSchema(bool dynamic) {
  CollectionSchema schema;
  schema.enable_dynamic_field = dynamic;
  const std::pair<const char*, DataType> fields[] = {
      {"vec", DataType::kFloatVector}, {"id", DataType::kInt64}, {"j", DataType::kJson}};
  int64_t next = 100;
  for (const auto& [name, type] : fields) {
    FieldSchema field;
    field.id = FieldId(next++);
    field.name = name;
    field.type = type;
    field.is_primary = type == DataType::kInt64;
    schema.fields.push_back(field);
  }
  if (dynamic) {
    FieldSchema field;
    field.id = FieldId(next);
    field.name = kDynamicFieldName;
    field.type = DataType::kJson;
    field.is_dynamic = true;
    schema.fields.push_back(field);
  }
  return schema;
}

using Names = std::vector<std::string>;

TEST(OutputFieldsTest, StructArraysWholeAndInPart) {
  CollectionSchema schema = MakeSchema(false);
  StructSchema of;
  of.id = FieldId(110);
  of.name = "s";
  schema.structs = {of};
  for (int64_t id : {111, 112}) {
    FieldSchema field;
    field.id = FieldId(id);
    field.name = id == 111 ? "s[n]" : "s[m]";
    field.type = DataType::kArray;
    field.element_type = DataType::kInt64;
    field.struct_id = of.id;
    schema.fields.push_back(field);
  }
  const auto shaped = [&](const Names& asked) {
    const auto plan = PlanOutput(schema, asked, OutputUse::kSearch);
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    std::vector<Column> columns;
    for (const FieldId id : plan->fields) columns.emplace_back(id, schema.Find(id)->type, 0);
    return std::pair(plan->names, ShapeOutput(schema, *plan, std::move(columns)));
  };
  auto [names, columns] = shaped({"s"});
  EXPECT_EQ(names, Names{"s"});
  ASSERT_EQ(columns.size(), 1U);
  EXPECT_EQ(columns[0].name, "s");
  EXPECT_EQ(columns[0].column.field(), FieldId(110));
  ASSERT_EQ(columns[0].fields.size(), 2U);
  EXPECT_EQ(columns[0].fields[1].name, "m");
  EXPECT_EQ(columns[0].fields[1].element_type, DataType::kInt64);
  std::tie(names, columns) = shaped({"s[m]"});
  EXPECT_EQ(names, Names{"s[m]"});
  ASSERT_EQ(columns[0].fields.size(), 1U);
  std::tie(names, columns) = shaped({"*"});
  EXPECT_EQ(names, (Names{"vec", "id", "j", "s"}));
  EXPECT_FALSE(PlanOutput(schema, {"s[x]"}, OutputUse::kSearch).ok());
}

TEST(OutputFieldsTest, KeyIsFetchedAlwaysAndReturnedWhenAsked) {
  const CollectionSchema schema = MakeSchema(false);
  auto search = PlanOutput(schema, {}, OutputUse::kSearch);
  ASSERT_TRUE(search.ok());
  EXPECT_EQ(search->fields, std::vector<FieldId>{FieldId(101)});
  EXPECT_FALSE(search->return_primary);
  auto query = PlanOutput(schema, {"j"}, OutputUse::kQuery);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->fields, (std::vector<FieldId>{FieldId(101), FieldId(102)}));
  EXPECT_EQ(query->names, (Names{"j", "id"}));
  EXPECT_TRUE(query->return_primary);
}

TEST(OutputFieldsTest, StarMeansEverything) {
  auto plan = PlanOutput(MakeSchema(true), {"*"}, OutputUse::kSearch);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->fields.size(), 4u);
  EXPECT_TRUE(plan->whole_dynamic);
  EXPECT_TRUE(plan->return_primary);
}

TEST(OutputFieldsTest, UnknownNamesAreDynamicKeysOrErrors) {
  auto plan = PlanOutput(MakeSchema(true), {"color", "$meta[\"size\"]"}, OutputUse::kQuery);
  ASSERT_TRUE(plan.ok()) << plan.status().ToString();
  EXPECT_EQ(plan->dynamic_keys, (Names{"color", "size"}));
  std::vector<Column> columns;
  columns.emplace_back(FieldId(101), DataType::kInt64, 0);
  columns.back().Append<int64_t>(5);
  columns.emplace_back(FieldId(103), DataType::kJson, 0);
  columns.back().AppendText(R"({"color":"red","size":3,"other":1})");
  auto shaped = ShapeOutput(MakeSchema(true), *plan, std::move(columns));
  ASSERT_EQ(shaped.size(), 2u);
  EXPECT_TRUE(shaped[1].is_dynamic);
  EXPECT_EQ(shaped[1].column.view().TextAt(0), R"({"color":"red","size":3})");

  auto unknown = PlanOutput(MakeSchema(false), {"color"}, OutputUse::kQuery);
  EXPECT_EQ(unknown.status().message(), "field color not exist: invalid parameter");
  auto sub_key = PlanOutput(MakeSchema(true), {"j[\"a\"]"}, OutputUse::kQuery);
  EXPECT_EQ(sub_key.status().message(), "parse output field name failed: j[\"a\"]: invalid parameter");
}

TEST(OutputFieldsTest, ArraysCarryTheirElementType) {
  CollectionSchema schema = MakeSchema(false);
  schema.fields[2].type = DataType::kArray;
  schema.fields[2].element_type = DataType::kInt8;
  const auto plan = PlanOutput(schema, {"j"}, OutputUse::kQuery);
  ASSERT_TRUE(plan.ok());
  std::vector<Column> columns;
  columns.emplace_back(FieldId(101), DataType::kInt64, 0);
  columns.emplace_back(FieldId(102), DataType::kArray, 0);
  const auto shaped = ShapeOutput(schema, *plan, std::move(columns));
  ASSERT_EQ(shaped.size(), 2u);
  EXPECT_EQ(shaped[0].element_type, DataType::kNone);
  EXPECT_EQ(shaped[1].element_type, DataType::kInt8);
}

TEST(OutputFieldsTest, Count) {
  auto plan = PlanOutput(MakeSchema(true), {"count(*)"}, OutputUse::kQuery);
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->count_only);
  EXPECT_TRUE(plan->names.empty());
  for (const char* aggregate : {"count(*)", "sum(id)"}) {
    EXPECT_EQ(PlanOutput(MakeSchema(true), {aggregate}, OutputUse::kSearch).status().message(),
              "aggregates are not supported in search request: invalid parameter");
  }
}

TEST(OutputFieldsTest, AggregateCalls) {
  const auto call = ParseAggregateCall(" Sum ( price ) ");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->op, plan::AggregateOp::kSum);
  EXPECT_EQ(call->field, "price");
  EXPECT_EQ(ParseAggregateCall("count(*)")->field, "*");
  EXPECT_EQ(ParseAggregateCall("max()")->field, "");
  for (const char* other :
       {"", "sum", "sum(", "sum(a", "sum(a)b", "median(a)", "sum(a b)", "sum((a))", "(a)"}) {
    EXPECT_FALSE(ParseAggregateCall(other)) << other;
  }
}

}  // namespace
}  // namespace redkite::proxy
