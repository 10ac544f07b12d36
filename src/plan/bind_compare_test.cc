// Types of comparisons, ranges, lists and calculations.
#include "plan/bound.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(BindCompare, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
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
      {"i64 == 1 + 2 * 3 ** 2", "#105 == 19"},
      {"i64 == 7 / 2 - -1", "#105 == 4"},
      {"i64 == (1 | 6) & 3 ^ 1", "error 1100: arithmetic between Bool and Int64 is not supported"},
      {"i64 == ((1 | 6) & 3 ^ 1)", "#105 == 2"},
      {"1 == 1", "true"},
      {"1 < 0.5", "false"},
      {"'a' < 'b'", "true"},
      {"true", "true"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text), expected) << text;
}

TEST(BindCompare, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
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
      {"true < false", "comparisons between Bool and Bool are not supported"}};
  for (const auto& [text, phrase] : kCases) {
    const std::string outcome = CanonicalFilter(text);
    EXPECT_TRUE(outcome.starts_with("error 1100: ")) << text << ": " << outcome;
    EXPECT_NE(outcome.find(phrase), std::string::npos) << text << ": " << outcome;
  }
}

}  // namespace
}  // namespace redkite::plan
