#include "plan/filter_plan.h"

#include <gtest/gtest.h>

#include "plan/filter_templates_fixture.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(ParseFilter, BlankIsAlwaysTrue) {
  for (const char* text : {"", " ", "\n\t "})
    EXPECT_TRUE(ParseFilter(text, FilterTestSchema())->always_true());
  const std::string blanks(kMaxFilterBytes + 1, 'x');
  EXPECT_FALSE(ParseFilter(blanks, FilterTestSchema()).ok());
}

TEST(ParseFilter, UnbuiltConstructsAreNamed) {
  for (const char* text :
       {"text_match_fuzzy(s, 'x', max_edit_distance = 1)", "text_match_fuzzy(s, 'x') and i64 > 1"}) {
    Result<FilterPlan> plan = ParseFilter(text, FilterTestSchema());
    ASSERT_FALSE(plan.ok()) << text;
    EXPECT_EQ(plan.status().code(), Code::kUnimplemented) << text << ": " << plan.status().message();
    EXPECT_NE(plan.status().message().find("not implemented"), std::string::npos) << text;
  }
}

TEST(ParseFilter, Templates) {
  const std::pair<const char*, const char*> kCases[] = {
      {"i64 > {x}", "#105 > 5"},
      {"{x} <= i64", "#105 >= 5"},
      {"1 < i64 < {x}", "1 < #105 < 5"},
      {"{r} < d <= {x}", "0.5 < #107 <= 5"},
      {"i64 in {ints}", "#105 in [-2, 1, 5]"},
      {"s like {s}", "#108 like \"ap%\""},
      {"s =~ {s}", "#108 =~ \"ap%\""},
      {"s == {s}", "#108 == \"ap%\""},
      {"b == {t}", "#101 == true"},
      {"j['a'] == {s}", "#110[\"a\"] == \"ap%\""},
      {"i64 + {x} == {x}", "(#105 + 5) == 5"},
      {"(i64 > {x})", "#105 > 5"},
      {"1 < {x}", "error 1100: placeholder was not supported between two constants"},
      {"{x} == {x}", "error 1100: placeholder was not supported between two constants"},
      {"i64 == {x} + 1", "error 1100: placeholder was not supported between two constants"},
      {"i64 > {m}", "error 1100: the value of expression template variable name {m} is not found"},
      {"i64 == {r}", "error 1100: cannot cast value to Int64, value: 0.5"},
      {"i64 == {s}", "error 1100: comparisons between Int64 and VarChar are not supported"},
      {"5 < i64 < {x}", "error 1100: invalid range: lowerbound is greater than upperbound"},
      {"i64 / {x} == {r}", "error 1100: cannot cast value to Int64, value: 0.5"},
      {"i64 == -{x}", "error 1100: unary operators can only apply on constants"},
      {"s like {x}", "error 1100: the right-hand side of 'like' must be a string"},
      {"s =~ {x}", "error 1100: the right-hand side of a regex match must be a string"},
      {"{t}", "error 1100: predicate is not a boolean expression: {t}, data type: Bool"},
      {"{t} and i64 > 1", "error 1100: 'and' can only be used between boolean expressions"},
      {"not {t}", "error 1100: not op can only be applied on boolean expression"},
      {"random_sample({r})",
       "error 1100: the sample factor should be a float between 0 and 1 and not too close to 0 or 1"}};
  for (const auto& [text, expected] : kCases) {
    EXPECT_EQ(CanonicalFilter(text, FuzzTemplates()), expected) << text;
  }
}

TEST(ParseFilter, AValueThatIsNoneIsRefusedEvenUnused) {
  TemplateValues values = FuzzTemplates();
  values["bytes"] = {};
  EXPECT_EQ(CanonicalFilter("i64 > 5", values), "error 1100: expression elements can only be scalars");
  EXPECT_EQ(CanonicalFilter("i64 in {bytes}", values), "error 1100: expression elements can only be scalars");
  EXPECT_TRUE(ParseFilter("", FilterTestSchema(), values).ok());
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
  const Result<FilterPlan> plan = ParseFilter("s == 'x' and (i64 > 1 or i32 < i64) and s like 'x%'", schema);
  EXPECT_EQ(plan->fields(), (std::vector<FieldId>{FieldId(104), FieldId(105), FieldId(108)}));
  EXPECT_EQ(plan->node_count(), 6u);
  EXPECT_FALSE(plan->always_true());
  const Result<FilterPlan> calls = ParseFilter(
      "starts_with(s, t) and json_contains(j, 1) and array_length(color) == 1 and s =~ 'x'", schema);
  EXPECT_EQ(calls->fields(), (std::vector<FieldId>{FieldId(108), FieldId(109), FieldId(110), FieldId(113)}));
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
  const auto sampled = find("id in [3, 1] and random_sample(0.5)", 100);
  ASSERT_TRUE(sampled);
  EXPECT_TRUE(sampled->exact);
  const auto none = find("id in []", 100);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->exact);
  EXPECT_TRUE(none->ints.empty());
  for (const char* text : {"id != 7", "id > 7", "not (id == 7)", "id == 7 or s == 'x'", "id + 1 == 7",
                           "i64 == 7", "id not in [1]", "random_sample(0.5)", ""}) {
    EXPECT_FALSE(find(text, 100)) << text;
  }
}

TEST(FindKeyFloor, Cases) {
  const CollectionSchema schema = FilterTestSchema();
  const auto floor = [&](const char* text, int64_t field) {
    return FindKeyFloor(*ParseFilter(text, schema), FieldId(field));
  };
  EXPECT_EQ(floor("id > 7", 100), Literal(int64_t{7}));
  EXPECT_EQ(floor("id >= 7 and s == 'x'", 100), Literal(int64_t{7}));
  EXPECT_EQ(floor("(id >= 0) and id > 41", 100), Literal(int64_t{42}));
  EXPECT_EQ(floor("5 <= id < 9", 100), Literal(int64_t{5}));
  EXPECT_EQ(floor("t > 'b' and i64 > 3", 109), Literal(std::string("b")));
  for (const char* text : {"id < 7", "id > 7 or s == 'x'", "id + 1 > 7", "i64 > 7", "not (id > 7)", ""}) {
    EXPECT_FALSE(floor(text, 100)) << text;
  }
}

TEST(FindKeyValues, ThroughAndAndOr) {
  const auto values = [](const char* text) -> std::string {
    const auto plan = ParseFilter(text, FilterTestSchema());
    EXPECT_TRUE(plan.ok()) << text << ": " << plan.status().message();
    const auto found = FindKeyValues(*plan, FieldId(109));
    if (!found) return "any";
    std::string out;
    for (const std::string& value : found->texts) out += value + " ";
    return out;
  };
  EXPECT_EQ(values("t == 'a'"), "a ");
  EXPECT_EQ(values("t in ['b', 'a']"), "a b ");
  EXPECT_EQ(values("t == 'a' or t == 'b'"), "a b ");
  EXPECT_EQ(values("i64 > 1 and t == 'a'"), "a ");
  EXPECT_EQ(values("i64 > 1 and (b == true and t in ['a', 'b'])"), "a b ");
  EXPECT_EQ(values("(t == 'a' and i64 > 1) or (t == 'c' and i64 < 0)"), "a c ");
  EXPECT_EQ(values("i64 > 1 and ((t == 'a' and f > 1) or t == 'b')"), "a b ");
  EXPECT_EQ(values("t in ['a', 'b'] and (i64 > 1 or t == 'c')"), "a b ");
  EXPECT_EQ(values("t == 'a' or i64 > 1"), "any");
  EXPECT_EQ(values("not (t == 'a')"), "any");
  EXPECT_EQ(values("t != 'a'"), "any");
  EXPECT_EQ(values("t > 'a'"), "any");
  EXPECT_EQ(values("s == 'a'"), "any");
  EXPECT_EQ(values(""), "any");
}

}  // namespace
}  // namespace redkite::plan
