// Lists of constants, in the text and from templates.
#include <gtest/gtest.h>

#include "plan/bound.h"
#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TemplateValues Values() {
  TemplateValues values = FuzzTemplates();
  values["keys"] = Given(ArrayOf({int64_t{3}, int64_t{1}}));
  values["reals"] = Given(ArrayOf({0.1, 2.0}));
  values["words"] = Given(ArrayOf({std::string_view("b"), std::string_view("a")}));
  values["mixed"] = Given(ArrayOf({"3", "\"x\"", "1.5"}, DataType::kJson));
  values["broken"] = Given(ArrayOf({"3", "{"}, DataType::kJson));
  values["object"] = Given(ArrayOf({"{}"}, DataType::kJson));
  return values;
}

TEST(BindIn, ListsOfTemplates) {
  const std::pair<const char*, const char*> kCases[] = {
      {"i64 in {keys}", "#105 in [1, 3]"},
      {"i64 not in {keys}", "not (#105 in [1, 3])"},
      {"d in {keys}", "#107 in [1, 3]"},
      {"f in {reals}", "#106 in [0.10000000149011612, 2]"},
      {"d in {list}", "#107 in [-0, 1.5, 2]"},  // not-a-number equals nothing
      {"s in {words}", "#108 in [\"a\", \"b\"]"},
      {"b in {bools}", "#101 in [true]"},
      {"j['a'] in {words}", "#110[\"a\"] in [\"a\", \"b\"]"},
      {"j['a'] in {mixed}", "#110[\"a\"] in [1.5, 3, \"x\"]"},
      {"color in {keys}", "#113[\"color\"] in [1, 3]"},
      {"i64 in {none}", "#105 in []"},
      {"s in {none}", "#108 in []"},
      {"i64 in {keys} or i64 == 7", "#105 in [1, 3, 7]"},
      {"i64 in {x}", "error 1100: the value of expression template variable name {x} is not array"},
      {"s in {s}", "error 1100: the value of expression template variable name {s} is not array"},
      {"i64 in {missing}",
       "error 1100: the value of expression template variable name {missing} is not found"},
      {"i64 in {reals}", "error 1100: value 0.1 in list cannot be casted to Int64"},
      {"i64 in {words}", "error 1100: value \"b\" in list cannot be casted to Int64"},
      {"s in {keys}", "error 1100: value 3 in list cannot be casted to VarChar"},
      {"i64 in {bools}", "error 1100: value true in list cannot be casted to Int64"},
      {"i64 in {mixed}", "error 1100: value \"x\" in list cannot be casted to Int64"},
      {"i64 in {nested}", "error 1100: value in list cannot be casted to Int64: it is an array"},
      {"j['a'] in {json}", "error 1100: value in list cannot be casted to JSON: it is an array"},
      {"i64 in [{x}]", "error 1100: value in list cannot be casted to Int64: it is no constant"},
      {"i64 == {keys}", "error 1100: comparisons between Int64 and Array are not supported"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text, Values()), expected) << text;
  EXPECT_NE(CanonicalFilter("j['a'] in {broken}", Values()).find("error 1100: invalid JSON"),
            std::string::npos);
  EXPECT_NE(CanonicalFilter("j['a'] in {object}", Values()).find("error 1100: a JSON constant is"),
            std::string::npos);
}

TEST(BindElements, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"json_contains(j, 1)", "json_contains_any(#110, [1])"},
      {"json_contains(j['a'], 'x')", "json_contains_any(#110[\"a\"], [\"x\"])"},
      {"array_contains(j['a'], 2.0)", "json_contains_any(#110[\"a\"], [2])"},
      {"JSON_CONTAINS(color, true)", "json_contains_any(#113[\"color\"], [true])"},
      {"json_contains($meta['a']['b'], -1 + 2 ** 3)", "json_contains_any(#113[\"a\"][\"b\"], [7])"},
      {"json_contains(j, [])", "json_contains_any(#110, [[]])"},
      {"json_contains(j, [1, [2, 'x'], 3.5, [[]]])", "json_contains_any(#110, [[1, [2, \"x\"], 3.5, [[]]]])"},
      {"json_contains(j, [[1], 2, 3, ['a'], 'b', true])",
       "json_contains_any(#110, [[[1], 2, 3, [\"a\"], \"b\", true]])"},
      {"json_contains_any(j, [1, 1.0, 2])", "json_contains_any(#110, [1, 2])"},
      {"json_contains_all(j, ['b', 'a'])", "json_contains_all(#110, [\"a\", \"b\"])"},
      {"ARRAY_CONTAINS_ALL(j, [[1], [2]])", "json_contains_all(#110, [[1], [2]])"},
      {"array_contains_any(j, [])", "json_contains_any(#110, [])"},
      {"not json_contains(j, 1)", "not (json_contains_any(#110, [1]))"},
      {"json_contains(j, {x})", "json_contains_any(#110, [5])"},
      {"json_contains(j, {s})", "json_contains_any(#110, [\"ap%\"])"},
      {"json_contains(j, {keys})", "json_contains_any(#110, [[3, 1]])"},
      {"json_contains(j, {nested})", "json_contains_any(#110, [[[1, 2], [[true]]]])"},
      {"json_contains_all(j, {keys})", "json_contains_all(#110, [1, 3])"},
      {"json_contains_any(j, {reals})", "json_contains_any(#110, [0.1, 2])"},
      {"json_contains_any(j, {nested})", "json_contains_any(#110, [[[true]], [1, 2]])"},
      {"json_contains_any(j, {json})", "json_contains_any(#110, [[1, [2]], true, 2.5, 1, \"apple\"])"},
      {"json_contains_any(j, {none})", "json_contains_any(#110, [])"},
      {"json_contains_any(j, {bools})", "json_contains_any(#110, [true])"},
      {"json_contains_any(j, {x})",
       "error 1100: operation element must be an array: the value of expression template variable name {x} "
       "is "
       "not array"},
      {"json_contains_any(j, 1)", "error 1100: operation element must be an array"},
      {"json_contains_all(j, 'a')", "error 1100: operation element must be an array"},
      {"json_contains(j, i64)", "error 1100: the element of a contains operation must be a constant"},
      {"json_contains(j, [i64])", "error 1100: the elements of an array must be constants"},
      {"json_contains_any(j, [1, {x}])", "error 1100: the elements of an array must be constants"},
      {"json_contains_any(j, [[1, i64 > 1]])", "error 1100: the elements of an array must be constants"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text, Values()), expected) << text;
  EXPECT_NE(CanonicalFilter("json_contains_any(j, {broken})", Values()).find("error 1100: invalid JSON"),
            std::string::npos);
}

}  // namespace
}  // namespace redkite::plan
