// Names, paths, like, exists, is null, calls.
#include "plan/binder.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(BindAst, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"s like 'ab%'", "#108 like \"ab%\""},
      {"not s like 'a%'", "not (#108 like \"a%\")"},
      {"empty(s)", "#108 == \"\""},
      {"STARTS_WITH(s, 'a_')", "#108 like \"a\\_%\""},
      {"i64 is null", "#105 is null"},
      {"i64 IS NOT NULL && i32 > 1", "(not (#105 is null) and #104 > 1)"},
      {"not i64 is null", "not (#105 is null)"},
      {"arr is null", "#111 is null"},
      {"s like 'a' and i64 > 1", "(#105 > 1 and #108 like \"a\")"},
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
      {"_x1 > 5 && !(y == 3)", "(#113[\"_x1\"] > 5 and not (#113[\"y\"] == 3))"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text), expected) << text;
}

TEST(BindAst, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"$meta", "predicate is not a boolean expression: $meta, data type: JSON"},
      {"b", "predicate is not a boolean expression: b, data type: Bool"},
      {"i64 + 1", "predicate is not a boolean expression: i64 + 1, data type: Int64"},
      {"5", "predicate is not a boolean expression: 5, data type: Int64"},
      {"'a'", "data type: VarChar"},
      {"[1]", "data type: Array"},
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
      {"empty(i64)", "function empty needs a VarChar field"}};
  for (const auto& [text, phrase] : kCases) {
    const std::string outcome = CanonicalFilter(text);
    EXPECT_TRUE(outcome.starts_with("error 1100: ")) << text << ": " << outcome;
    EXPECT_NE(outcome.find(phrase), std::string::npos) << text << ": " << outcome;
  }
}

TEST(BindAst, UnknownFieldWithoutDynamicField) {
  Result<FilterPlan> unknown = ParseFilter("nope == 1", FilterTestSchema(false));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().message(), "field nope not exist");
  EXPECT_FALSE(ParseFilter("$meta['a'] == 1", FilterTestSchema(false)).ok());
}

}  // namespace
}  // namespace redkite::plan
