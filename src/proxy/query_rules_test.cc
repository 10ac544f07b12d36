#include "proxy/query_rules.h"

#include <gtest/gtest.h>

namespace redkite::proxy {
namespace {

// id (key), b, f, n (nullable), tag, j, vec; and, when asked for, $meta.
CollectionSchema MakeSchema(bool dynamic = false) {
  CollectionSchema schema;
  const std::pair<const char*, DataType> fields[] = {
      {"id", DataType::kInt64},        {"b", DataType::kBool},      {"f", DataType::kFloat},
      {"n", DataType::kInt32},         {"tag", DataType::kVarChar}, {"j", DataType::kJson},
      {"vec", DataType::kFloatVector}, {"$meta", DataType::kJson}};
  for (const auto& [name, type] : fields) {
    FieldSchema field;
    field.id = FieldId(100 + static_cast<int64_t>(schema.fields.size()));
    field.name = name;
    field.type = type;
    field.is_primary = field.name == "id";
    field.nullable = field.name == "n";
    field.is_dynamic = field.name == "$meta";
    if (dynamic || !field.is_dynamic) schema.fields.push_back(field);
  }
  return schema;
}

using Names = std::vector<std::string>;

Result<QueryOutput> Plan(const Names& asked, const QueryParams& params, bool dynamic = false) {
  return PlanQueryOutput(MakeSchema(dynamic), asked, params, Limits());
}

QueryParams With(Names group_by, std::vector<OrderByParam> order_by = {}, int64_t limit = 10) {
  QueryParams params;
  params.group_by = std::move(group_by);
  params.order_by = std::move(order_by);
  params.limit = limit;
  return params;
}

std::string Refusal(const Names& asked, const QueryParams& params, bool dynamic = false) {
  const auto output = Plan(asked, params, dynamic);
  return output.ok() ? "" : output.status().message();
}

#define EXPECT_PHRASE(text, phrase) EXPECT_NE((text).find(phrase), std::string::npos) << (text)

TEST(QueryRulesTest, RowsAndCountsHaveNoGroups) {
  const auto rows = Plan({"tag"}, With({}));
  ASSERT_TRUE(rows.ok());
  EXPECT_FALSE(rows->groups || rows->is_aggregate());
  const auto count = Plan({" count(*)"}, With({}, {}, -1));
  ASSERT_TRUE(count.ok());
  EXPECT_FALSE(count->groups);
  EXPECT_TRUE(count->is_aggregate());
  EXPECT_PHRASE(Refusal({"count(*)"}, With({})), "count entities with pagination is not allowed");
  EXPECT_PHRASE(Refusal({"count(*)", "tag"}, With({}, {}, -1)), "output field 'tag' is not allowed");
}

TEST(QueryRulesTest, GroupsAndWhereTheirNamesAre) {
  const auto output = Plan({"sum(f)", "tag", "COUNT( * )", "sum(f)"}, With({"b", "tag", "b"}));
  ASSERT_TRUE(output.ok()) << output.status().ToString();
  ASSERT_TRUE(output->groups && output->is_aggregate());
  const plan::GroupPlan& plan = output->groups->plan;
  EXPECT_EQ(plan.keys, (std::vector<FieldId>{FieldId(101), FieldId(104)}));
  EXPECT_EQ(plan.aggregates, (std::vector<plan::Aggregate>{{plan::AggregateOp::kSum, FieldId(102)},
                                                           {plan::AggregateOp::kCount, FieldId(0)}}));
  EXPECT_EQ(plan.count_max, Limits().group_count_max);
  plan::QueryPlan query;
  PutOutput(*output, With({}, {}, 10), &query);
  EXPECT_EQ(query.rows.also_read, (std::vector<FieldId>{FieldId(101), FieldId(104), FieldId(102)}));
  EXPECT_TRUE(query.rows.output_fields.empty());
  std::vector<Column> columns;
  for (const DataType type : {DataType::kBool, DataType::kVarChar, DataType::kDouble, DataType::kInt64}) {
    columns.emplace_back(FieldId(), type, 0);
  }
  const auto answer = AnswerQuery(MakeSchema(), *output, 0, std::move(columns));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->output_fields, (Names{"sum(f)", "tag", "COUNT( * )"}));
  ASSERT_EQ(answer->columns.size(), 3u);
  EXPECT_EQ(answer->columns[0].column.type(), DataType::kDouble);
  EXPECT_EQ(answer->columns[1].name, "tag");
  EXPECT_EQ(answer->columns[2].column.type(), DataType::kInt64);
  EXPECT_EQ(AnswerQuery(MakeSchema(), *output, 0, {}).status().code(), Code::kInternal);
}

TEST(QueryRulesTest, WithoutAWishTheKeysAreAnswered) {
  const auto output = Plan({}, With({"n", "b"}));
  ASSERT_TRUE(output.ok());
  std::vector<Column> columns;
  columns.emplace_back(FieldId(), DataType::kInt32, 0);
  columns.emplace_back(FieldId(), DataType::kBool, 0);
  const auto answer = AnswerQuery(MakeSchema(), *output, 0, std::move(columns));
  EXPECT_EQ(answer->output_fields, (Names{"n", "b"}));
  EXPECT_TRUE(answer->columns[0].nullable);
  EXPECT_FALSE(answer->columns[1].nullable);
}

TEST(QueryRulesTest, BadGroups) {
  EXPECT_EQ(Plan({"count(*)"}, With({"nothing"})).status().code(), Code::kFieldNotFound);
  EXPECT_PHRASE(Refusal({"count(*)"}, With({"nothing"})), "groupBy field not found in schema[field=nothing]");
  EXPECT_PHRASE(Refusal({"count(*)"}, With({"color"}), true), "groupBy field not found in schema");
  for (const auto& [name, type] : {std::pair{"f", "Float"}, {"j", "JSON"}, {"vec", "FloatVector"}}) {
    EXPECT_PHRASE(Refusal({"count(*)"}, With({name})),
                  std::string("group by field ") + name + " has unsupported data type " + type);
  }
  EXPECT_PHRASE(Refusal({"tag", "count(*)"}, With({"b"})), "output field 'tag' is not allowed");
  EXPECT_PHRASE(Refusal({"*"}, With({"b"})), "output field '*' is not allowed");
  EXPECT_PHRASE(Refusal({"tag", "max(n)"}, With({})), "output field 'tag' is not allowed");
  EXPECT_PHRASE(Refusal({"sum(*)"}, With({})), "only count(*) is allowed");
  EXPECT_PHRASE(Refusal({"sum(tag)"}, With({})),
                "aggregation operator sum does not support data type VarChar");
  EXPECT_PHRASE(Refusal({"avg(b)"}, With({})), "aggregation operator avg does not support data type Bool");
  EXPECT_PHRASE(Refusal({"min(vec)"}, With({})), "does not support data type FloatVector");
  EXPECT_PHRASE(Refusal({"max(nothing)"}, With({})), "field nothing not exist");
  EXPECT_PHRASE(Refusal({"count(n)", "sum(n)"}, With({})), "count entities with pagination is not allowed");
  EXPECT_PHRASE(Refusal({"sum(n)", "SUM(n)"}, With({})), "output field 'SUM(n)' is the same as: sum(n)");
  QueryParams page = With({}, {}, -1);
  page.iterator = true;
  EXPECT_PHRASE(Refusal({"sum(n)"}, page), "aggregates are not allowed with an iterator");
}

TEST(QueryRulesTest, OrdersOfRows) {
  const auto output = Plan({"id"}, With({}, {{"n", {true, true}}, {"tag", {}}, {"n", {}}}));
  ASSERT_TRUE(output.ok());
  ASSERT_EQ(output->order.size(), 2u) << "the second time it decides nothing";
  EXPECT_EQ(output->order[0].field, FieldId(103));
  EXPECT_TRUE(output->order[0].direction.descending);
  plan::QueryPlan plan;
  PutOutput(*output, With({}), &plan);
  EXPECT_EQ(plan.rows.also_read, (std::vector<FieldId>{FieldId(103), FieldId(104)}));
  EXPECT_EQ(plan.order.size(), 2u);
  EXPECT_PHRASE(Refusal({"id"}, With({}, {{"nothing", {}}})),
                "order_by field 'nothing' does not exist in collection schema");
  EXPECT_PHRASE(Refusal({"id"}, With({}, {{"vec", {}}})),
                "order_by field 'vec' has unsortable type FloatVector");
  EXPECT_PHRASE(Refusal({"id"}, With({}, {{"j", {}}})), "has unsortable type JSON");
  for (const char* path : {"j[\"a\"]", "color", "$meta[\"color\"]"}) {
    EXPECT_EQ(Plan({"id"}, With({}, {{path, {}}}), true).status().code(), Code::kUnimplemented) << path;
  }
}

TEST(QueryRulesTest, OrdersOfGroups) {
  const auto output =
      Plan({"tag", "count(*)"}, With({"b", "tag"}, {{"count(*)", {true, true}}, {"sum(n)", {}}, {"b", {}}}));
  ASSERT_TRUE(output.ok()) << output.status().ToString();
  const plan::GroupPlan& plan = output->groups->plan;
  ASSERT_EQ(plan.order.size(), 3u);
  EXPECT_EQ(plan.order[0].column, 2u);
  EXPECT_EQ(plan.order[1].column, 3u);
  EXPECT_EQ(plan.order[2].column, 0u);
  EXPECT_EQ(plan.aggregates.size(), 2u) << "one is not shown";
  EXPECT_TRUE(output->order.empty());
  EXPECT_PHRASE(Refusal({"count(*)"}, With({"b"}, {{"tag", {}}})),
                "order_by field 'tag' is neither one of group_by_fields nor an aggregate");
}

}  // namespace
}  // namespace redkite::proxy
