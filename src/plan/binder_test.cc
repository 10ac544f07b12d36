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
      {"random_sample(0.5) or i64 > 1", "random_sample can only stand alone or as the last operand of 'and'"},
      {"random_sample(0.5) and i64 > 1",
       "random_sample can only stand alone or as the last operand of 'and'"},
      {"(i64 > 1 and random_sample(0.5)) and b == true", "random_sample can only stand alone"},
      {"i64 > 1 or (b == true and random_sample(0.5))", "random_sample can only stand alone"},
      {"not random_sample(0.5)", "random_sample can only stand alone"},
      {"i64 > 1 and not random_sample(0.5)", "random_sample can only stand alone"},
      {"random_sample(0.5) and random_sample(0.5)", "random_sample can only stand alone"},
      {"random_sample(0.5) == true", "random_sample can only stand alone"},
      {"random_sample(1)", "the sample factor should be a float between 0 and 1"},
      {"random_sample(0)", "the sample factor should be a float between 0 and 1"},
      {"random_sample(1.0)", "the sample factor should be a float between 0 and 1"},
      {"random_sample(0.0)", "the sample factor should be a float between 0 and 1"},
      {"random_sample(1e-11)", "the sample factor should be a float between 0 and 1"},
      {"random_sample(-0.5)", "the sample factor should be a float between 0 and 1"},
      {"random_sample('0.5')", "the sample factor should be a float between 0 and 1"},
      {"random_sample(d)", "the sample factor should be a float between 0 and 1"},
      {"random_sample()", "function random_sample takes 1 argument"},
      {"random_sample(0.5, 0.5)", "function random_sample takes 1 argument"},
      {"i64 and random_sample(0.5)", "'and' can only be used between boolean expressions"},
      {"Random_Sample(0.5)", "function Random_Sample not found"}};
  for (const auto& [text, phrase] : kCases) {
    const std::string outcome = CanonicalFilter(text);
    EXPECT_TRUE(outcome.starts_with("error 1100: ")) << text << ": " << outcome;
    EXPECT_NE(outcome.find(phrase), std::string::npos) << text << ": " << outcome;
  }
}

TEST(BindAst, Samples) {
  const std::pair<const char*, const char*> kCases[] = {
      {"random_sample(0.5)", "true and random_sample(0.5)"},
      {"RANDOM_SAMPLE(1.0 / 4)", "true and random_sample(0.25)"},
      {"i64 > 1 and random_sample(0.5)", "#105 > 1 and random_sample(0.5)"},
      {"i64 > 1 and (b == true and random_sample(0.5))",
       "(#105 > 1 and #101 == true) and random_sample(0.5)"},
      {"(i64 > 1 or s == 'x') && random_sample(.1)", "(#105 > 1 or #108 == \"x\") and random_sample(0.1)"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text), expected) << text;
  EXPECT_FALSE(ParseFilter("random_sample(0.5)", FilterTestSchema())->always_true());
  EXPECT_EQ(ParseFilter("random_sample(0.5)", FilterTestSchema())->sample(), 0.5);
  EXPECT_FALSE(ParseFilter("i64 > 1", FilterTestSchema())->sample());
}

TEST(BindAst, UnknownFieldWithoutDynamicField) {
  Result<FilterPlan> unknown = ParseFilter("nope == 1", FilterTestSchema(false));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().message(), "field nope not exist");
  EXPECT_FALSE(ParseFilter("$meta['a'] == 1", FilterTestSchema(false)).ok());
}

}  // namespace
}  // namespace redkite::plan
