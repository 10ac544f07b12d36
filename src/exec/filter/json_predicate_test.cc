#include "exec/filter/json_predicate.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::exec {
namespace {

/// The predicate of a filter on j['k'] against {"k": value}.
Truth Evaluate(const std::string& filter, const std::string& value) {
  const auto plan = plan::ParseFilter(filter, plan::FilterTestSchema());
  EXPECT_TRUE(plan.ok()) << filter;
  const std::string json = "{\"k\":" + value + "}";
  const JsonValue found = FindJson(json, {{"k", -1}});
  std::string scratch;
  const auto& node = plan->root().node;
  if (const auto* compare = std::get_if<plan::CompareExpr>(&node))
    return JsonCompare(*compare, found, &scratch);
  if (const auto* range = std::get_if<plan::RangeExpr>(&node)) return JsonInRange(*range, found, &scratch);
  if (const auto* length = std::get_if<plan::ArrayLengthExpr>(&node)) return JsonLength(*length, found);
  if (const auto* contains = std::get_if<plan::ContainsExpr>(&node)) {
    static JsonContains json_contains;  // one for many predicates, as in a filter
    return json_contains.Of(*contains, found);
  }
  return JsonIn(*std::get<plan::InExpr>(node).values, found, &scratch);
}

struct Case {
  const char* filter;
  const char* value;
  Truth expected;
};
constexpr Truth kTrue = Truth::kTrue, kFalse = Truth::kFalse, kUnknown = Truth::kUnknown;

TEST(JsonPredicate, Table) {
  const Case kCases[] = {
      {"j['k'] == 5", "5", kTrue},
      {"j['k'] == 5", "5.0", kTrue},
      {"j['k'] == 5", "\"5\"", kUnknown},
      {"j['k'] != 5", "null", kUnknown},
      {"j['k'] != 5", "true", kUnknown},
      {"j['k'] > 5", "18446744073709551615", kTrue},
      {"j['k'] == 9223372036854775807", "9223372036854775806", kFalse},
      {"j['k'] == 9223372036854775807", "9223372036854775808", kFalse},
      {"j['k'] < 5.5", "5", kTrue},
      {"j['k'] == 'a\"b'", "\"a\\\"b\"", kTrue},
      {"j['k'] == true", "true", kTrue},
      {"j['k'] == true", "false", kFalse},
      {"j['k'] + 1 == 6", "5", kTrue},
      {"j['k'] / 2 == 2", "5", kTrue},
      {"j['k'] / 2 == 2.5", "5.0", kTrue},
      {"j['k'] % 2 == 1", "5", kTrue},
      {"j['k'] % 2 == 1", "5.0", kUnknown},
      {"j['k'] + 1 == 6", "\"5\"", kUnknown},
      {"1 < j['k'] <= 5", "5", kTrue},
      {"1 < j['k'] < 5", "5", kFalse},
      {"1 < j['k'] < 5", "\"2\"", kUnknown},
      {"'a' <= j['k'] < 'c'", "\"b\"", kTrue},
      {"'a' <= j['k'] < 'c'", "1", kUnknown},
      {"j['k'] in [1, 2]", "2.0", kTrue},
      {"j['k'] in [1, 2]", "2.5", kFalse},
      {"j['k'] in [1, 2]", "1e300", kFalse},
      {"j['k'] in [1, 2.5]", "1", kTrue},
      {"j['k'] in [1, 2]", "18446744073709551615", kFalse},
      {"j['k'] in [1, 2]", "\"1\"", kUnknown},
      {"j['k'] in [1, '1']", "\"1\"", kTrue},
      {"j['k'] in [true]", "false", kFalse},
      {"j['k'] in [true]", "1", kUnknown},
      {"j['k'] in []", "1", kFalse},
      {"j['k'] in []", "null", kUnknown},
      {"j['k'] in [1]", "[1]", kUnknown},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(Evaluate(c.filter, c.value), c.expected) << c.filter << " on " << c.value;
}

TEST(JsonPredicate, Arrays) {
  const Case kCases[] = {
      {"json_contains(j['k'], 1)", "[0, 1]", kTrue},
      {"json_contains(j['k'], 1)", "[1.0]", kTrue},
      {"json_contains(j['k'], 1.0)", "[ 1 ]", kTrue},
      {"json_contains(j['k'], 1)", "[\"1\", true, [1], null, {}]", kFalse},
      {"json_contains(j['k'], 1.5)", "[15e-1]", kTrue},
      {"json_contains(j['k'], true)", "[1, true]", kTrue},
      {"json_contains(j['k'], 'a\"b')", "[\"a\\\"b\"]", kTrue},
      {"json_contains(j['k'], 'é')", "[\"\\u00e9\"]", kTrue},
      {"json_contains(j['k'], 1)", "[]", kFalse},
      {"json_contains(j['k'], 1)", "1", kFalse},
      {"json_contains(j['k'], 1)", "null", kFalse},
      {"json_contains(j['k'], 1)", "{\"a\":[1]}", kFalse},
      {"json_contains(j['k'], 'a')", "\"a\"", kFalse},
      {"json_contains(j['k'], [1, 2])", "[[1, 2.0]]", kTrue},
      {"json_contains(j['k'], [1, 2])", "[1, 2]", kFalse},
      {"json_contains(j['k'], [1, 2])", "[[2, 1], [1, 2, 3], [1], [[1, 2]]]", kFalse},
      {"json_contains(j['k'], [])", "[[ ]]", kTrue},
      {"json_contains(j['k'], [])", "[]", kFalse},
      {"json_contains(j['k'], [1, ['a']])", "[{\"x\":[1]}, [1, [\"a\"]]]", kTrue},
      {"json_contains(j['k'], [1])", "[[{}], [null], [1, null]]", kFalse},
      {"json_contains_any(j['k'], [5, 'a'])", "[1, \"a\"]", kTrue},
      {"json_contains_any(j['k'], [5, 'b'])", "[1, \"a\"]", kFalse},
      {"json_contains_any(j['k'], [])", "[1]", kFalse},
      {"json_contains_any(j['k'], [[1], 2])", "[3, [1]]", kTrue},
      {"json_contains_all(j['k'], [1, 'a'])", "[\"a\", 2, 1.0]", kTrue},
      {"json_contains_all(j['k'], [1, 'a'])", "[\"a\", \"a\", 2]", kFalse},
      {"json_contains_all(j['k'], [1, 1.0])", "[1]", kTrue},
      {"json_contains_all(j['k'], [1, 2, 3, 4, 5, 6, 7])", "[1]", kFalse},
      {"json_contains_all(j['k'], [])", "[]", kTrue},
      {"json_contains_all(j['k'], [])", "1", kFalse},
      {"json_contains_all(j['k'], [[1], [2]])", "[[2], [1], [3]]", kTrue},
      {"array_length(j['k']) == 0", "[]", kTrue},
      {"array_length(j['k']) == 3", "[1, [2, 3], {\"a\":[1]}]", kTrue},
      {"array_length(j['k']) > 3", "[1, [2, 3], {\"a\":[1]}]", kFalse},
      {"array_length(j['k']) != 3", "{\"a\":1}", kUnknown},
      {"array_length(j['k']) == 0", "null", kUnknown},
      {"array_length(j['k']) == 1", "\"a\"", kUnknown},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(Evaluate(c.filter, c.value), c.expected) << c.filter << " on " << c.value;
}

}  // namespace
}  // namespace redkite::exec
