#include "plan/filter_plan.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

std::string Canonical(const std::string& text, const TemplateValues& templates = {}) {
  Result<FilterPlan> plan = ParseFilter(text, FilterTestSchema(), templates);
  return plan.ok() ? plan->ToString() : "error: " + plan.status().message();
}

TEST(ParseFilter, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "true"},
      {" \n\t", "true"},
      {"i64 == 5", "#105 == 5"},
      {"5 < i64", "#105 > 5"},
      {"5 >= i64", "#105 <= 5"},
      {"1 < i64 <= 5", "1 < #105 <= 5"},
      {"5 >= i64 > 1", "1 < #105 <= 5"},
      {"i64 == -9223372036854775808", "#105 == -9223372036854775808"},
      {"i8 < 1000", "#102 < 1000"},
      {"f == 0.1", "#106 == 0.10000000149011612"},
      {"f > 1", "#106 > 1"},
      {"f < 1e300", "#106 < inf"},
      {"d == 0.1", "#107 == 0.1"},
      {"b == true", "#101 == true"},
      {"s == 'x'", "#108 == \"x\""},
      {"s != r'\\x'", "#108 != \"\\x\""},
      {"i64 == 1 + 2 * 3 ** 2", "#105 == 19"},
      {"i64 == 7 / 2 - -1", "#105 == 4"},
      {"i64 == (1 | 6) & 3 ^ 1", "error: arithmetic between Bool and Int64 is not supported"},
      {"i64 == ((1 | 6) & 3 ^ 1)", "#105 == 2"},
      {"i64 + 1 == 3", "(#105 + 1) == 3"},
      {"1 + i64 == 3", "(#105 + 1) == 3"},
      {"3 == i64 % 4", "(#105 % 4) == 3"},
      {"(i64 & 4) != 0", "(#105 & 4) != 0"},
      {"f * 2 > 1", "(#106 * 2) > 1"},
      {"i64 < i32", "#105 < #104"},
      {"s == t", "#108 == #109"},
      {"i64 in [3, 1, 2, 1,]", "#105 in [1, 2, 3]"},
      {"i64 in []", "#105 in []"},
      {"i64 not in [1]", "not (#105 in [1])"},
      {"i64 NOT IN [1+1, -3]", "not (#105 in [-3, 2])"},
      {"d in [1, 2.5]", "#107 in [1, 2.5]"},
      {"b in [true]", "#101 in [true]"},
      {"s in ['b', \"a\"]", "#108 in [\"a\", \"b\"]"},
      {"s like 'ab%'", "#108 like \"ab%\""},
      {"not s like 'a%'", "not (#108 like \"a%\")"},
      {"empty(s)", "#108 == \"\""},
      {"STARTS_WITH(s, 'a_')", "#108 like \"a\\_%\""},
      {"not (i64 == 5)", "not (#105 == 5)"},
      {"! (i64 == 5)", "not (#105 == 5)"},
      {"not not (i64 == 5)", "#105 == 5"},
      {"i64 is null", "#105 is null"},
      {"i64 IS NOT NULL && i32 > 1", "(not (#105 is null) and #104 > 1)"},
      {"not i64 is null", "not (#105 is null)"},
      {"arr is null", "#111 is null"},
      {"i64 > 1 and i32 > 2 or i16 > 3", "(#103 > 3 or (#105 > 1 and #104 > 2))"},
      {"i64 > 1 and (i32 > 2 or i16 > 3)", "(#105 > 1 and (#104 > 2 or #103 > 3))"},
      {"i64 > 1 and (i32 > 2 and i16 > 3)", "(#105 > 1 and #104 > 2 and #103 > 3)"},
      {"s like 'a' and i64 > 1", "(#105 > 1 and #108 like \"a\")"},
      {"i64 == 1 or i64 == 3 or i64 in [2]", "#105 in [1, 2, 3]"},
      {"i64 == 1 or s == 'x' or i64 == 3", "(#105 in [1, 3] or #108 == \"x\")"},
      {"i64 != 1 and i64 not in [2]", "not (#105 in [1, 2])"},
      {"true or i64 > 1", "true"},
      {"false and i64 > 1", "false"},
      {"true and i64 > 1", "#105 > 1"},
      {"not true", "false"},
      {"1 == 1", "true"},
      {"1 < 0.5", "false"},
      {"'a' < 'b'", "true"},
      {"true", "true"},
      // JSON and dynamic keys
      {"j['a'] == 1", "#110[\"a\"] == 1"},
      {"j[\"a\"][0][r'b'] > 1.5", "#110[\"a\"][\"0\"][\"b\"] > 1.5"},
      {"color == 'red'", "#113[\"color\"] == \"red\""},
      {"color['x'] == 'red'", "#113[\"color\"][\"x\"] == \"red\""},
      {"$meta['color'] in ['red', 1]", "#113[\"color\"] in [1, \"red\"]"},
      {"j['a'] in [1, 2.5]", "#110[\"a\"] in [1, 2.5]"},
      {"exists j['a']", "exists #110[\"a\"]"},
      {"not exists color", "not (exists #113[\"color\"])"},
      {"j['a'] is null", "not (exists #110[\"a\"])"},
      {"j['a'] is not null", "exists #110[\"a\"]"},
      {"j['a'] like 'x%'", "#110[\"a\"] like \"x%\""},
      {"1 < j['a'] < 2.5", "1 < #110[\"a\"] < 2.5"},
      {"j['a'] + 1 == 2.5", "(#110[\"a\"] + 1) == 2.5"},
      {"j['a'] == 1 or j['a'] == 'x'", "(#110[\"a\"] == 1 or #110[\"a\"] == \"x\")"},
      {"_x1 > 5 && !(y == 3)", "(#113[\"_x1\"] > 5 and not (#113[\"y\"] == 3))"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(Canonical(text), expected) << text;
}

TEST(ParseFilter, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"i64 >", "line 1:5 unexpected end of the expression"},
      {"i64 > > 1", "line 1:6 mismatched input '>'"},
      {"i64 ==\n 5 5", "line 2:3 mismatched input '5'"},
      {"i64 = 5", "line 1:4 mismatched input '='"},
      {"(i64 == 5", "line 1:9 unexpected end"},
      {"i64 == 5)", "line 1:8 mismatched input ')'"},
      {"i64 == \"a", "line 1:7 string is not closed"},
      {"s == \"\\q\"", "line 1:6 invalid escape sequence"},
      {"i64 == 9223372036854775808", "line 1:7 integer is out of range"},
      {"i64 == #", "line 1:7 token recognition error"},
      {"i64 in [1, 2", "unexpected end"},
      {"i64 is  null", "line 1:4 mismatched input 'is'"},
      {"i64 and", "unexpected end"},
      {"and", "line 1:0 mismatched input 'and'"},
      {"s like 5", "line 1:7 mismatched input"},
      {"s like t", "line 1:7 mismatched input"},
      {"{}", "line 1:0 invalid template variable"},
      {"$meta", "predicate is not a boolean expression: $meta, data type: JSON"},
      {"b", "predicate is not a boolean expression: b, data type: Bool"},
      {"i64 + 1", "predicate is not a boolean expression: i64 + 1, data type: Int64"},
      {"5", "predicate is not a boolean expression: 5, data type: Int64"},
      {"'a'", "data type: VarChar"},
      {"[1]", "data type: Array"},
      {"b and i64 > 1", "'and' can only be used between boolean expressions"},
      {"i64 > 1 or 1", "'or' can only be used between boolean expressions"},
      {"not i64 == 1", "not op can only be applied on boolean expression"},
      {"not b", "not op can only be applied on boolean expression"},
      {"i64 == 'a'", "comparisons between Int64 and VarChar are not supported"},
      {"s > 1", "comparisons between VarChar and Int64 are not supported"},
      {"b == 1", "comparisons between Bool and Int64 are not supported"},
      {"s == i64", "comparisons between VarChar and Int64 are not supported"},
      {"v == 1", "comparisons between FloatVector and Int64 are not supported"},
      {"(i64 == 1) == 1", "comparisons between Bool and Int64 are not supported"},
      {"i64 == 1.5", "cannot cast value to Int64, value: 1.5"},
      {"i64 > 1.5", "cannot cast value to Int64"},
      {"i64 + 1.5 == 1", "cannot cast value to Int64"},
      {"i64 + 1 == 1.5", "cannot cast value to Int64"},
      {"i64 in [1, 2.5]", "value 2.5 in list cannot be casted to Int64"},
      {"s in [1]", "value 1 in list cannot be casted to VarChar"},
      {"i64 in [i32]", "in list cannot be casted to Int64"},
      {"i64 in 5", "the right-hand side of 'in' must be a list"},
      {"i64 + 1 in [5]", "'term' can only be used on single field"},
      {"not i64 in [5]", "not op can only be applied on boolean expression"},
      {"5 in [5]", "'term' can only be used on single field"},
      {"5 < i64 < 1", "invalid range: lowerbound is greater than upperbound"},
      {"1 < i64 < 1", "invalid range: lowerbound is greater than upperbound"},
      {"1 < i64 < 2.5", "cannot cast value to Int64"},
      {"true < b < false", "invalid range operations on boolean expr"},
      {"1 < i64 < i32", "the bounds of a range must be constants"},
      {"1 < i64 > 5", "comparisons between Bool and Int64 are not supported"},
      {"'a' < j['a'] < 5", "comparisons between VarChar and Int64 are not supported"},
      {"j['a'] == j['b']", "two column comparison with JSON type is not supported"},
      {"i64 == j['b']", "two column comparison with JSON type is not supported"},
      {"i64 + i32 == 5", "not supported to do arithmetic operations between multiple fields"},
      {"i64 + 1 == i32", "not supported to do arithmetic operations between multiple fields"},
      {"i64 + 1 + 2 == 5", "complicated arithmetic operations are not supported"},
      {"5 - i64 == 5", "complicated arithmetic operations are not supported"},
      {"i64 / 0 == 5", "division or modulus by zero"},
      {"i64 % 0 == 5", "division or modulus by zero"},
      {"i64 == 5 / 0", "cannot divide by zero"},
      {"f % 2 == 1", "modulo can only apply on integer types"},
      {"i64 << 2 == 1", "shift is not supported"},
      {"i64 == 1 << 2", "shift is not supported"},
      {"s + 1 == 1", "arithmetic between VarChar and Int64 is not supported"},
      {"-i64 == 1", "unary operators can only apply on constants"},
      {"true < false", "comparisons between Bool and Bool are not supported"},
      {"i64 like 'a'", "like operation on non-string or no-json field is unsupported"},
      {"s like r'a\\'", "lone backslash"},
      {"i64['a'] == 1", "Int64 data type not supported accessed with []"},
      {"j[a] == 1", "json key must be enclosed in double quotes or single quotes"},
      {"exists j", "exists operations are only supportted on json field"},
      {"exists i64", "exists operations are only supportted on json field"},
      {"exists (i64 == 1)", "exists operations are only supportted on json field"},
      {"v is null", "IsNull/IsNotNull operations are not supported on vector fields"},
      {"i64 == null", "NULL literal is not supported"},
      {"i64 == {x}", "the value of expression template variable name {x} is not found"},
      {"nosuch(i64)", "function nosuch not found"},
      {"Json_Contains(j, 1)", "function Json_Contains not found"},
      {"starts_with(s)", "function starts_with takes 2 arguments"},
      {"empty(i64)", "function empty needs a VarChar field"},
  };
  for (const auto& [text, phrase] : kCases) {
    CollectionSchema schema = FilterTestSchema();
    Result<FilterPlan> plan = ParseFilter(text, schema);
    ASSERT_FALSE(plan.ok()) << text << " gives " << plan->ToString();
    EXPECT_EQ(plan.status().code(), Code::kParameterInvalid) << text;
    EXPECT_NE(plan.status().message().find(phrase), std::string::npos)
        << text << ": " << plan.status().message();
  }
  Result<FilterPlan> unknown = ParseFilter("nope == 1", FilterTestSchema(false));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().message(), "field nope not exist");
}

TEST(ParseFilter, UnbuiltConstructsAreNamed) {
  for (const char* text :
       {"json_contains(j['a'], 1)", "ARRAY_CONTAINS_ALL(arr, [1, [2]])", "array_length(arr) == 2",
        "text_match(s, 'x')", "phrase_match(s, 'x', 2)", "random_sample(0.5)", "st_within(g, 'POINT(1 1)')",
        "arr[0] == 1", "arr == 1", "s =~ 'a+'", "s !~ 'a'", "g > ISO '2025-01-01T00:00:00Z'",
        "MATCH_LEAST(st, $[x] > 1, threshold=2)",
        "text_match(s, 'x', minimum_should_match = 2) and i64 > 1"}) {
    Result<FilterPlan> plan = ParseFilter(text, FilterTestSchema());
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_EQ(plan.status().code(), Code::kUnimplemented) << text << ": " << plan.status().message();
    EXPECT_NE(plan.status().message().find("not implemented"), std::string::npos) << text;
  }
}

TEST(ParseFilter, Templates) {
  TemplateValues values;
  values["n"] = {Literal(int64_t{5})};
  values["s"] = {Literal(std::string("ab%"))};
  values["list"] = {std::vector<Literal>{int64_t{3}, int64_t{1}}};
  values["mixed"] = {std::vector<Literal>{int64_t{3}, std::string("x")}};
  EXPECT_EQ(Canonical("i64 > {n}", values), "#105 > 5");
  EXPECT_EQ(Canonical("{n} <= i64", values), "#105 >= 5");
  EXPECT_EQ(Canonical("1 < i64 < {n}", values), "1 < #105 < 5");
  EXPECT_EQ(Canonical("i64 in {list}", values), "#105 in [1, 3]");
  EXPECT_EQ(Canonical("s like {s}", values), "#108 like \"ab%\"");
  EXPECT_EQ(Canonical("i64 + {n} == {n}", values), "(#105 + 5) == 5");
  EXPECT_EQ(Canonical("i64 in {n}", values), "error: the right-hand side of 'in' must be a list");
  EXPECT_EQ(Canonical("i64 in {mixed}", values), "error: value \"x\" in list cannot be casted to Int64");
  EXPECT_EQ(Canonical("1 < {n}", values), "error: placeholder was not supported between two constants");
  EXPECT_EQ(Canonical("i64 > {m}", values),
            "error: the value of expression template variable name {m} is not found");
}

TEST(FilterError, HasTheClientsForm) {
  const Status reason = ParseFilter("nope == 1", FilterTestSchema(false)).status();
  const Status query = FilterError(FilterUse::kQuery, "nope == 1", reason);
  EXPECT_EQ(query.code(), Code::kParameterInvalid);
  EXPECT_EQ(query.message(),
            "failed to create query plan: cannot parse expression: nope == 1, error: field nope not exist: "
            "invalid parameter");
  const Status drop = FilterError(FilterUse::kDelete, std::string(5000, 'x'), reason);
  EXPECT_TRUE(drop.message().starts_with("failed to create delete plan: cannot parse expression: xxx"));
  EXPECT_LT(drop.message().size(), 2000u);
  EXPECT_NE(FilterError(FilterUse::kQuery, "a\xFFz", reason).message().find("a?z"), std::string::npos);
  EXPECT_EQ(
      FilterError(FilterUse::kQuery, "x", Status::Unimplemented("text_match is not implemented")).code(),
      Code::kUnimplemented);
}

TEST(FilterPlan, Facts) {
  const CollectionSchema schema = FilterTestSchema();
  EXPECT_TRUE(FilterPlan().always_true());
  EXPECT_TRUE(ParseFilter("1 == 1 or i64 > 2", schema)->always_true());
  EXPECT_TRUE(ParseFilter("1 == 2", schema)->always_false());
  const Result<FilterPlan> plan = ParseFilter("s == 'x' and (i64 > 1 or i32 < i64) and s != 'y'", schema);
  EXPECT_EQ(plan->fields(), (std::vector<FieldId>{FieldId(104), FieldId(105), FieldId(108)}));
  EXPECT_EQ(plan->node_count(), 6u);
  EXPECT_FALSE(plan->always_true());
}

TEST(FindKeyEquality, Cases) {
  const CollectionSchema schema = FilterTestSchema();
  auto find = [&](const char* text, int64_t field) {
    Result<FilterPlan> plan = ParseFilter(text, schema);
    EXPECT_TRUE(plan.ok()) << text;
    return FindKeyEquality(*plan, FieldId(field));
  };
  const auto one = find("id == 7", 100);
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->exact);
  EXPECT_FALSE(one->is_list);
  EXPECT_EQ(one->ints, std::vector<int64_t>{7});
  const auto list = find("id in [3, 1, 3] and s like 'a%'", 100);
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->exact);
  EXPECT_TRUE(list->is_list);
  EXPECT_EQ(list->ints, (std::vector<int64_t>{1, 3}));
  const auto merged = find("id == 1 or 2 == id", 100);
  ASSERT_TRUE(merged);
  EXPECT_TRUE(merged->exact);
  EXPECT_EQ(merged->ints, (std::vector<int64_t>{1, 2}));
  const auto texts = find("i64 > 1 and (t in ['b', 'a'] and i32 > 5)", 109);
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->texts, (std::vector<std::string>{"a", "b"}));
  const auto none = find("id in []", 100);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->exact);
  EXPECT_TRUE(none->ints.empty());
  for (const char* text : {"id != 7", "id > 7", "not (id == 7)", "id == 7 or s == 'x'", "id + 1 == 7",
                           "i64 == 7", "id not in [1]", ""}) {
    EXPECT_FALSE(find(text, 100)) << text;
  }
}

}  // namespace
}  // namespace redkite::plan
