// Array fields: elements as columns of their type, membership, whole arrays, and what is refused.
#include <gtest/gtest.h>

#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(BindArray, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"arr[0] == 5", "#111[0] == 5"},
      {"5 < arr[1]", "#111[1] > 5"},
      {"1 < arr[2] <= {x}", "1 < #111[2] <= 5"},
      {"arr[0] in [3, 1]", "#111[0] in [1, 3]"},
      {"arr[0] not in {ints}", "not (#111[0] in [-2, 1, 5])"},
      {"arr[0] % 2 == 1", "(#111[0] % 2) == 1"},
      {"af[3] * 2 < 1", "(#124[3] * 2) < 1"},
      {"ai8[0] == 300", "#121[0] == 300"},
      {"af[0] == 1", "#124[0] == 1"},
      {"ab[0] == true", "#120[0] == true"},
      {"as[0] like 'a%'", "#126[0] like \"a%\""},
      {"as[1] =~ 'a'", "#126[1] =~ \"a\""},
      {"as[0] == {s}", "#126[0] == \"ap%\""},
      {"starts_with(as[0], as[1])", "starts_with(#126[0], #126[1])"},
      {"empty(as[0])", "#126[0] == \"\""},
      {"arr[0] < i64", "#111[0] < #105"},
      {"arr[9223372036854775807] == 1", "#111[2147483647] == 1"},
      {"arr == [1, 2]", "#111 == [1, 2]"},
      {"[1, 2] == arr", "#111 == [1, 2]"},
      {"arr != [1]", "not (#111 == [1])"},
      {"arr == []", "#111 == []"},
      {"arr == {ints}", "#111 == [1, -2, 5, 1]"},
      {"arr == {none}", "#111 == []"},
      {"ad == [1, 2.5]", "#125 == [1, 2.5]"},
      {"as == ['b', 'a', 'b']", "#126 == [\"b\", \"a\", \"b\"]"},
      {"ab == {bools}", "#120 == [true]"},
      {"ai8 == [1, 128]", "#121 == nothing"},
      {"array_contains(arr, 1)", "array_contains_any(#111, [1])"},
      {"JSON_CONTAINS(arr, {x})", "array_contains_any(#111, [5])"},
      {"ARRAY_CONTAINS_ANY(arr, [3, 1, 3])", "array_contains_any(#111, [1, 3])"},
      {"json_contains_all(arr, {ints})", "array_contains_all(#111, [-2, 1, 5])"},
      {"array_contains_all(af, [1, 2.5])", "array_contains_all(#124, [1, 2.5])"},
      {"array_contains_any(as, {texts})", "array_contains_any(#126, [\"\", \"apple\", \"é\"])"},
      {"array_contains(ab, {t})", "array_contains_any(#120, [true])"},
      {"array_contains_all(arr, [])", "array_contains_all(#111, [])"},
      {"array_contains_any(arr, {none})", "array_contains_any(#111, [])"},
      {"array_length(arr) >= {x}", "array_length(#111) >= 5"},
      {"3 > ARRAY_LENGTH(as)", "array_length(#126) < 3"},
      {"arr is not null", "not (#111 is null)"}};
  for (const auto& [text, expected] : kCases) {
    EXPECT_EQ(CanonicalFilter(text, FuzzTemplates()), expected) << text;
  }
}

TEST(BindArray, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"arr['a'] == 1", "can only access array field with integer index"},
      {"arr['0'] == 1", "can only access array field with integer index"},
      {"arr[x] == 1", "can only access array field with integer index"},
      {"arr[1.5] == 1", "can only access array field with integer index"},
      {"arr[9223372036854775808] == 1", "mismatched input '9223372036854775808'"},
      {"arr[0x1] == 1", "can only access array field with integer index"},
      {"arr[0][1] == 1", "Int64 data type not supported accessed with []"},
      {"arr[-1] == 1", "mismatched input '-'"},
      {"arr[0] == 'a'", "comparisons between Int64 and VarChar are not supported"},
      {"arr[0] == 1.5", "cannot cast value to Int64, value: 1.5"},
      {"as[0] == 1", "comparisons between VarChar and Int64 are not supported"},
      {"arr[0] in ['a']", "value \"a\" in list cannot be casted to Int64"},
      {"arr[0] like 'a'", "like operation on non-string or no-json field is unsupported"},
      {"as like 'a'", "like operation on non-string or no-json field is unsupported"},
      {"arr[0] is null", "IsNull/IsNotNull operations are not supported on array elements"},
      {"exists arr[0]", "exists operations are only supportted on json field"},
      {"exists arr", "exists operations are only supportted on json field"},
      {"arr == 1", "comparisons between Array and Int64 are not supported"},
      {"arr == {x}", "comparisons between Array and Int64 are not supported"},
      {"arr == arr", "can not comparisons array fields directly"},
      {"arr == i64", "can not comparisons array fields directly"},
      {"arr < [1]", "can not comparisons array fields directly"},
      {"1 < arr < 3", "can not comparisons array fields directly"},
      {"arr == j", "can not comparisons array fields directly"},
      {"arr == [1, 'a']", "Equal operation can't compare between array element type: Int64 and VarChar"},
      {"arr == [1.5]", "Equal operation can't compare between array element type: Int64 and Double"},
      {"arr == [[1]]", "Equal operation can't compare between array element type: Int64 and Array"},
      {"arr == [i64]", "the elements of an array must be constants"},
      {"arr + 1 == 2", "arithmetic between Array and Int64 is not supported"},
      {"arr in [[1]]", "value in list cannot be casted to Array"},
      {"arr in [1]", "value 1 in list cannot be casted to Array"},
      {"arr in []", "value in list cannot be casted to Array"},
      {"arr", "predicate is not a boolean expression: arr, data type: Array"},
      {"ab[0]", "predicate is not a boolean expression: ab[0], data type: Bool"},
      {"empty(arr)", "function empty needs a VarChar field"},
      {"empty(as)", "function empty needs a VarChar field"},
      {"starts_with(as, 'a')", "function starts_with needs a VarChar field"},
      {"array_contains(arr, 'a')",
       "Contains operation can't compare between array element type: Int64 and VarChar"},
      {"array_contains(arr, [1])",
       "Contains operation can't compare between array element type: Int64 and Array"},
      {"array_contains(as, {x})",
       "Contains operation can't compare between array element type: VarChar and Int64"},
      {"array_contains_any(arr, [1, true])",
       "ContainsAny operation can't compare between array element type: Int64 and Bool"},
      {"json_contains_all(ab, {ints})",
       "ContainsAll operation can't compare between array element type: Bool and Int64"},
      {"array_contains_all(arr, [1, [2]])",
       "ContainsAll operation can't compare between array element type: Int64 and Array"},
      {"array_contains_any(arr, 1)", "operation element must be an array"},
      {"array_contains_all(arr, {x})", "{x} is not array"},
      {"array_contains(arr, i64)", "the element of a contains operation must be a constant"},
      {"array_contains(arr[0], 1)", "contains operation are only supported on json or array fields now"},
      {"array_length(arr[0]) == 1", "array_length operation are only supported on json or array fields now"},
      {"Array_Contains(arr, 1)", "function Array_Contains not found"}};
  for (const auto& [text, phrase] : kCases) {
    const std::string outcome = CanonicalFilter(text, FuzzTemplates());
    EXPECT_TRUE(outcome.starts_with("error 1100: ")) << text << ": " << outcome;
    EXPECT_NE(outcome.find(phrase), std::string::npos) << text << ": " << outcome;
  }
}

TEST(BindArray, ElementsAreColumnsOfTheirOwn) {
  EXPECT_EQ(CanonicalFilter("arr[0] == 1 or arr[1] == 2 or arr[0] == 3"),
            "(#111[1] == 2 or #111[0] in [1, 3])");
  EXPECT_EQ(CanonicalFilter("arr[0] > 1 and arr[1] > 2 and arr[0] < 3"), "(#111[1] > 2 and #111[0] == 2)");
  EXPECT_EQ(CanonicalFilter("as[0] != 'a' and as[1] != 'b' and as[0] != 'c'"),
            "(#126[1] != \"b\" and not (#126[0] in [\"a\", \"c\"]))");
}

}  // namespace
}  // namespace redkite::plan
