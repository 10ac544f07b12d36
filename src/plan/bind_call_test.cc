// Functions: names, numbers and types of arguments.
#include <gtest/gtest.h>

#include "plan/bound.h"
#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(BindFunction, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"empty(s)", "#108 == \"\""},
      {"Empty(s)", "#108 == \"\""},
      {"STARTS_WITH(s, 'a_')", "#108 like \"a\\_%\""},
      {"Starts_With(s, t)", "starts_with(#108, #109)"},
      {"not starts_with(t, s)", "not (starts_with(#109, #108))"},
      {"starts_with(s, {s})", "#108 like \"ap\\%%\""},
      {"array_length(j['a']) == 2", "array_length(#110[\"a\"]) == 2"},
      {"2 < ARRAY_LENGTH(j)", "array_length(#110) > 2"},
      {"array_length(color) != 1 + 1", "array_length(#113[\"color\"]) != 2"},
      {"array_length(j['a']) >= {x}", "array_length(#110[\"a\"]) >= 5"},
      {"i64 > 1 and array_length(j['a']) == 2", "(#105 > 1 and array_length(#110[\"a\"]) == 2)"}};
  for (const auto& [text, expected] : kCases) {
    EXPECT_EQ(CanonicalFilter(text, FuzzTemplates()), expected) << text;
  }
}

TEST(BindFunction, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"nosuch(i64)", "function nosuch not found"},
      {"nosuch()", "function nosuch not found"},
      {"Json_Contains(j, 1)", "function Json_Contains not found"},
      {"Array_length(j) == 1", "function Array_length not found"},
      {"starts_with(s)", "function starts_with takes 2 arguments"},
      {"starts_with(s, 'a', 'b')", "function starts_with takes 2 arguments"},
      {"json_contains(j)", "function json_contains takes 2 arguments"},
      {"json_contains(j, 1, 2)", "function json_contains takes 2 arguments"},
      {"array_length() == 1", "function array_length takes 1 argument"},
      {"json_contains(j, x = 1)", "function json_contains takes no arguments with names"},
      {"empty(i64)", "function empty needs a VarChar field"},
      {"empty(j['a'])", "function empty needs a VarChar field"},
      {"empty('a')", "function empty needs a VarChar field"},
      {"starts_with(s, 5)", "the prefix of starts_with must be a string or a VarChar field"},
      {"starts_with(s, i64)", "the prefix of starts_with must be a string or a VarChar field"},
      {"starts_with(s, j['a'])", "the prefix of starts_with must be a string or a VarChar field"},
      {"json_contains(s, 1)", "contains operation are only supported on json or array fields now"},
      {"json_contains(5, 1)", "contains operation are only supported on json or array fields now"},
      {"array_contains_any(i64, [1])", "contains operation are only supported on json or array fields now"},
      {"json_contains(j['a'] + 1, 1)", "contains operation are only supported on json or array fields now"},
      {"array_length(s) == 1", "array_length operation are only supported on json or array fields now"},
      {"array_length([1]) == 1", "array_length operation are only supported on json or array fields now"},
      {"array_length(j)", "predicate is not a boolean expression: array_length(j), data type: Int64"},
      {"array_length(j) == 1.5", "cannot cast value to Int64, value: 1.5"},
      {"array_length(j) == 'a'", "comparisons between Int64 and VarChar are not supported"},
      {"array_length(j) == true", "comparisons between Int64 and Bool are not supported"},
      {"array_length(j) == [1]", "comparisons between Int64 and Array are not supported"},
      {"array_length(j) == i64", "not supported to do arithmetic operations between multiple fields"},
      {"array_length(j) == array_length(j)",
       "not supported to do arithmetic operations between multiple fields"},
      {"array_length(j) + 1 == 2", "complicated arithmetic operations are not supported"},
      {"1 + array_length(j) == 2", "complicated arithmetic operations are not supported"},
      {"array_length(j) in [1]", "'term' can only be used on single field"},
      {"1 < array_length(j) < 3", "comparisons between Bool and Int64 are not supported"},
      {"array_length(j) like 'a'", "like operation on non-string or no-json field is unsupported"},
      {"not array_length(j)", "not op can only be applied on boolean expression"}};
  for (const auto& [text, phrase] : kCases) {
    const std::string outcome = CanonicalFilter(text, FuzzTemplates());
    EXPECT_TRUE(outcome.starts_with("error 1100: ")) << text << ": " << outcome;
    EXPECT_NE(outcome.find(phrase), std::string::npos) << text << ": " << outcome;
  }
}

}  // namespace
}  // namespace redkite::plan
