// Struct arrays in filters: sub-fields, elements, predicates over elements, and what is refused.
#include <gtest/gtest.h>

#include "plan/bound.h"
#include "plan/filter_plan.h"
#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

CollectionSchema Schema() {
  CollectionSchema schema = FilterTestSchema();
  StructSchema of;
  of.id = FieldId(150);
  of.name = "st";
  of.nullable = true;
  schema.structs = {of};
  const auto add = [&](int64_t id, const char* name, DataType type, DataType element) {
    FieldSchema field;
    field.id = FieldId(id);
    field.name = SubFieldName("st", name);
    field.type = type;
    field.element_type = element;
    field.dim = type == DataType::kArrayOfVector ? 4 : 0;
    field.nullable = true;
    field.struct_id = FieldId(150);
    schema.fields.insert(schema.fields.end() - 1, field);
  };
  add(151, "t", DataType::kArray, DataType::kVarChar);
  add(152, "n", DataType::kArray, DataType::kInt16);
  add(153, "b", DataType::kArray, DataType::kBool);
  add(154, "v", DataType::kArrayOfVector, DataType::kFloatVector);
  return schema;
}

std::string Canonical(const std::string& text) {
  const auto plan = ParseFilter(text, Schema(), FuzzTemplates());
  return plan.ok() ? plan->ToString() : plan.status().message();
}

TEST(BindStruct, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"match_any(st, $[n] > 1)", "match_any(#150, #152 > 1)"},
      {"MATCH_ALL(st, $[n] == 1 or $[n] == 2)", "match_all(#150, #152 in [1, 2])"},
      {"match_least(st, $[t] like 'a%', threshold = 2)", "match_least(#150, #151 like \"a%\", threshold=2)"},
      {"match_most(st, $[b] == true, threshold=0)", "match_most(#150, #153 == true, threshold=0)"},
      {"MATCH_EXACT(st, 1 < $[n] <= 5, threshold=3)", "match_exact(#150, 1 < #152 <= 5, threshold=3)"},
      {"not match_any(st, $[n] != 1) and i64 > 1", "(#105 > 1 and not (match_any(#150, #152 != 1)))"},
      {"element_filter(st, $[n] == 3)", "match_any(#150, #152 == 3)"},
      {"i64 > 1 && element_filter(st, $[n] == 3)", "(#105 > 1 and match_any(#150, #152 == 3))"},
      {"st[0][n] == 3", "#152[0] == 3"},
      {"st[1][t] == 'x'", "#151[1] == \"x\""},
      {"array_contains(st[n], 3)", "array_contains_any(#152, [3])"},
      {"array_length(st) > 1", "array_length(#152) > 1"},
      {"array_length(st[v]) > 1", "array_length(#154) > 1"},
      {"st is null", "#152 is null"},
      {"st is not null", "not (#152 is null)"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(Canonical(text), expected) << text;
}

TEST(BindStruct, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"$[n] == 1", "can only be used inside element_filter"},
      {"match_any(st, n == 1)", "only their sub-fields $[sub] can"},
      {"match_any(st, $[x] == 1)", "field st[x] not exist"},
      {"match_any(st, $[v] == 1)", "cannot be used in a filter"},
      {"match_any(st, $[n])", "not a boolean expression"},
      {"match_any(st, $ == 1)", "is written $[sub]"},
      {"match_any(st, $[0][n] == 1)", "is written $[sub]"},
      {"match_any(i64, $[n] == 1)", "must be a struct array field"},
      {"match_any(st[n], $[n] == 1)", "must be a struct array field"},
      {"match_any(st)", "takes a struct array field and a predicate"},
      {"match_any(st, $[n] == 1, 3)", "the only option of match_any is threshold"},
      {"match_any(st, $[n] == 1, threshold=3)", "takes no threshold"},
      {"match_least(st, $[n] == 1)", "needs a threshold"},
      {"match_least(st, $[n] == 1, threshold=0)", "at least 1"},
      {"match_most(st, $[n] == 1, threshold=-1)", "at least 0"},
      {"match_exact(st, $[n] == 1, threshold=1.5)", "must be an integer"},
      {"match_any(st, match_any(st, $[n] == 1))", "cannot stand inside"},
      {"match_any(st, $[n] is null)", "not supported on elements"},
      {"element_filter(st, $[n] == 1) or i64 > 1", "last operand of 'and'"},
      {"not element_filter(st, $[n] == 1)", "last operand of 'and'"},
      {"element_filter(st, $[n] == 1) and i64 > 1", "last operand of 'and'"},
      {"element_filter(st)", "takes 2 arguments"},
      {"Match_Any(st, $[n] == 1)", "function Match_Any not found"},
      {"st == 1", "followed by one of its sub-fields"},
      {"st[nothing] == 1", "field st[nothing] not exist"},
      {"st[n][0] == 1", "followed by one of its sub-fields"},
      {"st[0][v] == 1", "cannot be used in a filter"},
      {"st['a'][n] == 1", "integer index"},
      {"st[v] == 1", "comparisons between ArrayOfVector and Int64 are not supported"},
      {"match_any(st, $[n] = 1)", "takes a struct array field and a predicate"}};
  for (const auto& [text, expected] : kCases)
    EXPECT_NE(Canonical(text).find(expected), std::string::npos) << text << ": " << Canonical(text);
}

TEST(BindStruct, TheElementFilterIsKeptApart) {
  const CollectionSchema schema = Schema();
  const auto plan = ParseFilter("i64 > 1 and element_filter(st, $[t] == 'a' and $[n] > 2)", schema);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_NE(plan->elements(), nullptr);
  EXPECT_EQ(plan->elements()->struct_id, FieldId(150));
  EXPECT_EQ(plan->elements()->counted.field, FieldId(152));  // its values have one length
  ASSERT_EQ(plan->elements()->read.size(), 2U);
  EXPECT_EQ(plan->elements()->read[0].element_type, DataType::kVarChar);
  EXPECT_EQ(plan->fields(), (std::vector<FieldId>{FieldId(105), FieldId(151), FieldId(152)}));
  EXPECT_EQ(ParseFilter("match_any(st, $[n] > 2)", schema)->elements(), nullptr);
  // No sub-field is read, and has to be loaded, that is not asked for.
  EXPECT_EQ(ParseFilter("match_any(st, $[b] == true)", schema)->fields(), std::vector<FieldId>{FieldId(153)});
  EXPECT_EQ(ParseFilter("element_filter(st, $[t] == 'a')", schema)->elements()->counted.field, FieldId(151));
  EXPECT_NE(WithoutExpired(*ParseFilter("element_filter(st, $[n] > 2)", schema), FieldId(105), 5).elements(),
            nullptr);
}

}  // namespace
}  // namespace redkite::plan
