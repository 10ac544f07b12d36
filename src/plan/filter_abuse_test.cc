// Texts made to exhaust the parser: each must give a plan or an error, soon and without a deep stack.
#include <gtest/gtest.h>

#include "base/random.h"
#include "plan/filter_fuzz_entry.h"
#include "plan/filter_plan.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

std::string Repeat(std::string_view piece, size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) out += piece;
  return out;
}

Status Parse(const std::string& text) {
  Result<FilterPlan> plan = ParseFilter(text, FilterTestSchema());
  if (plan.ok()) return Status::Ok();
  EXPECT_LT(FilterError(FilterUse::kQuery, text, plan.status()).message().size(), 4096u);
  return plan.status();
}

TEST(FilterAbuse, NestingIsLimited) {
  constexpr size_t kMany = 100000;
  for (const std::string& text :
       {Repeat("(", 10 * kMany), Repeat("(", kMany) + "i64 == 1" + Repeat(")", kMany),
        Repeat("not ", kMany) + "(i64 == 1)", Repeat("!", kMany), Repeat("-", kMany) + "1 == i64",
        Repeat("[", kMany), Repeat("exists ", kMany), "i64 == 1" + Repeat(" == 1", kMany),
        "s" + Repeat(" like 'a'", kMany), "i64" + Repeat(" + i64", kMany) + " == 1",
        "i64" + Repeat(" in [1]", kMany), "j" + Repeat("['a']", kMany) + " == 1", Repeat("empty(", kMany),
        "1" + Repeat(" ** 2", kMany) + "x", Repeat("i64 == 1 and (", kMany), Repeat("i64 < ", kMany)}) {
    EXPECT_FALSE(Parse(text).ok()) << text.substr(0, 40);
  }
  const size_t depth = kMaxFilterDepth - 2;
  EXPECT_TRUE(Parse(Repeat("(", depth) + "i64 == 1" + Repeat(")", depth)).ok());
  EXPECT_TRUE(
      Parse(Repeat("(i64 > 1 and (i32 > 2 or ", depth / 4) + "i64 == 1" + Repeat("))", depth / 4)).ok());
}

TEST(FilterAbuse, LongChainsAndLists) {
  EXPECT_TRUE(Parse("i64 == 1" + Repeat(" or i64 == 1", 700000)).ok());
  EXPECT_TRUE(Parse("i64 != 1" + Repeat(" and i64 != 2", 100000)).ok());
  EXPECT_TRUE(Parse("i64 == 1" + Repeat(" + 1", 100000)).ok());
  EXPECT_TRUE(Parse("s == 'x'" + Repeat(" or (i64 == 5 and s == 'ab')", 30000)).ok());
  EXPECT_TRUE(Parse("i64 > 1" + Repeat(" or i64 > 1", 100000)).ok());
  const Status too_many = Parse("i64 + 1 > 1" + Repeat(" or i64 + 1 > 1", kMaxFilterPredicates));
  EXPECT_NE(too_many.message().find("predicates"), std::string::npos) << too_many.message();
  std::string list = "id in [0";
  for (int i = 1; i < 100000; ++i) list += ", " + std::to_string(int64_t{i} * 1000003);
  Result<FilterPlan> plan = ParseFilter(list + "]", FilterTestSchema());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(FindKeyEquality(*plan, FieldId(100))->ints.size(), 100000u);
  EXPECT_FALSE(Parse(list + ", ").ok());
  EXPECT_FALSE(Parse(std::string(kMaxFilterBytes + 1, '1')).ok());
  EXPECT_FALSE(Parse(std::string(1 << 20, '1')).ok());
  EXPECT_TRUE(Parse("s == '" + std::string(1 << 20, 'x') + "'").ok());
}

TEST(FilterAbuse, LongListsOfSeveralKinds) {
  const auto refusal = [](const std::string& text) { return Parse(text).message(); };
  EXPECT_EQ(refusal("s in ['a', 'b']"), "");
  EXPECT_NE(refusal("s in ['a', 1]").find("value 1 in list cannot be casted to VarChar"), std::string::npos);
  EXPECT_NE(refusal("i64 in [1, 'a']").find("value \"a\" in list cannot be casted to Int64"),
            std::string::npos);
  EXPECT_NE(refusal("i64 in ['a', 'b']").find("value \"a\" in list cannot be casted to Int64"),
            std::string::npos);
  std::string list = "j['a'] in ['t0'";
  for (int i = 1; i < 20000; ++i)
    list += (i % 7 == 0 ? ", " : ", 't") + std::to_string(i) + (i % 7 == 0 ? "" : "'");
  Result<FilterPlan> plan = ParseFilter(list + "]", FilterTestSchema());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  const ValueSet& values = *std::get<InExpr>(plan->root().node).values;
  EXPECT_EQ(values.ints().size(), 19999u / 7);
  EXPECT_EQ(values.size(), 20000u);
}

// Sorting by cost goes in rings of places; a long chain has many.
TEST(FilterAbuse, ALongChainIsOrderedByCost) {
  std::string text = "j['a'] == 1";
  for (int i = 0; i < 3000; ++i) {
    text += i % 3 == 0   ? " or (i64 + 1 == 5 and i32 == " + std::to_string(i) + ")"
            : i % 3 == 1 ? " or i64 + " + std::to_string(i) + " == 7"
                         : " or j['b" + std::to_string(i) + "'] == 'x'";
  }
  Result<FilterPlan> plan = ParseFilter(text, FilterTestSchema());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  const auto& operands = std::get<OrExpr>(plan->root().node).operands;
  ASSERT_EQ(operands.size(), 3001u);
  const auto rank = [](const Expr& e) {
    if (std::holds_alternative<AndExpr>(e.node)) return 1;
    return std::get<CompareExpr>(e.node).column.type == DataType::kJson ? 2 : 0;
  };
  for (size_t i = 1; i < operands.size(); ++i) ASSERT_LE(rank(operands[i - 1]), rank(operands[i])) << i;
  // Of equal cost, in the order of the text.
  for (size_t i = 1; i < 1000; ++i) {
    ASSERT_EQ(std::get<int64_t>(std::get<CompareExpr>(operands[i].node).arithmetic->operand),
              static_cast<int64_t>(3 * i + 1));
  }
}

TEST(FilterAbuse, ListsWithinLists) {
  constexpr size_t kMany = 100'000;
  EXPECT_FALSE(Parse("json_contains(j, " + Repeat("[", kMany) + Repeat("]", kMany) + ")").ok());
  const size_t depth = kMaxFilterDepth - 3;
  EXPECT_TRUE(Parse("json_contains(j, " + Repeat("[", depth) + Repeat("]", depth) + ")").ok());
  EXPECT_TRUE(Parse("json_contains_any(j, [" + Repeat("[1, 'a'], ", 100'000) + "])").ok());
  EXPECT_NE(Parse("json_contains_any(j, [" + Repeat("[], ", 1'000'000) + "])").message().find("lists"),
            std::string::npos);
  std::string list = "json_contains_all(j, [0";
  for (int i = 1; i < 200'000; ++i) list += i % 2 == 0 ? ", 'x'" : ", " + std::to_string(i);
  Result<FilterPlan> plan = ParseFilter(list + "])", FilterTestSchema());
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(std::get<ContainsExpr>(plan->root().node).elements->size(), 100'002u);
}

TEST(FilterAbuse, ManyRegexes) {
  std::string chain = "s =~ 'a+'";
  for (int i = 0; i < 10'000; ++i) chain += " or s =~ 'a+'";
  EXPECT_TRUE(Parse(chain).ok());
  for (int i = 0; i < 100; ++i) chain += " or s =~ 'b" + std::to_string(i) + "'";
  EXPECT_NE(Parse(chain).message().find("more than 32 different regex patterns"), std::string::npos);
  EXPECT_FALSE(Parse("s =~ '" + std::string(1 << 20, 'x') + "'").ok());
  EXPECT_FALSE(Parse("s =~ '" + Repeat("(", 10'000) + "'").ok());
  EXPECT_FALSE(Parse("s =~ '" + Repeat("(a", 5'000) + Repeat(")*", 5'000) + "'").ok());
}

TEST(FilterAbuse, LargeTemplates) {
  TemplateArray numbers;
  numbers.values = Column(FieldId(), DataType::kInt64, 0);
  for (int64_t i = 0; i < 1'000'000; ++i) numbers.values.Append<int64_t>(i * 1'000'003);
  TemplateArray json;
  json.values = Column(FieldId(), DataType::kJson, 0);
  for (int i = 0; i < 100'000; ++i) json.values.AppendText(i % 2 == 0 ? "[1,[2,[3]]]" : "1.5");
  TemplateArray deep;
  for (int i = 0; i < 64; ++i) deep = ArrayOfArrays(std::move(deep));
  const TemplateValues values = {{"numbers", Given(std::move(numbers))},
                                 {"json", Given(std::move(json))},
                                 {"deep", Given(std::move(deep))},
                                 {"text", {std::string(1 << 20, 'x')}}};
  const auto refusal = [&](const std::string& text) {
    Result<FilterPlan> plan = ParseFilter(text, FilterTestSchema(), values);
    return plan.ok() ? "" : plan.status().message();
  };
  EXPECT_EQ(refusal("id in {numbers}"), "");
  EXPECT_EQ(refusal("json_contains_all(j, {numbers})"), "");
  EXPECT_EQ(refusal("json_contains_any(j, {json}) or json_contains(j, {deep})"), "");
  // A short text that uses a large value many times.
  const std::string_view many = "bytes of expression template values";
  EXPECT_NE(refusal("id in {numbers}" + Repeat(" or id in {numbers}", 20)).find(many), std::string::npos);
  EXPECT_NE(refusal("s == {text}" + Repeat(" or s == {text}", 100'000)).find(many), std::string::npos);
  EXPECT_NE(refusal("s like {text}" + Repeat(" or s like {text}", 100'000)).find(many), std::string::npos);
}

TEST(FilterAbuse, MutatedTexts) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const std::string_view kSeeds[] = {
      "i64 > 1 and (i32 <= 2 or not (s like 'a%_\\\\%'))",
      "1 < i64 <= 5 && f * 2 > 1.5e3 || b == true",
      "i64 in [1, 2, -3,] and s not in ['a', \"\\u4e2d\\n\"]",
      "j['a'][0][\"b\"] != 5 and exists $meta['k'] and color is not null",
      "json_contains(j['a'], [1, [2.5, 'x']]) and s =~ '^a\\.' and random_sample(0.5)",
      "array_length(j['a']) > 1 or starts_with(s, t) or JSON_CONTAINS_ALL(color, {list})",
      "i64 % 7 == 0x1F and (i8 & 4) != 0b11 and d == .5 and t == r'\\x'",
      "text_match(s, 'x', minimum_should_match = 2) and g > ISO '2025-01-01T00:00:00Z' and a == {x}",
  };
  const std::string_view kPieces[] = {
      "(",     ")", "[", "]",        "not ", " in ", " and ",  "{", "}",  "\"", "'", "\\",
      "1e999", "$", ",", " is null", "i64",  "s",    "j['a']", "<", "==", "**", "-", "9223372036854775808",
      "%"};
  for (int round = 0; round < 20000; ++round) {
    std::string text(kSeeds[random.Below(std::size(kSeeds))]);
    for (uint64_t edits = 1 + random.Below(6); edits > 0; --edits) {
      const size_t at = random.Below(text.size() + 1);
      switch (random.Below(5)) {
        case 0:
          text.insert(at, kPieces[random.Below(std::size(kPieces))]);
          break;
        case 1:
          text.erase(at, random.Below(8));
          break;
        case 2:
          if (at < text.size()) text[at] = static_cast<char>(random.Below(256));
          break;
        case 3:
          text.insert(at, kSeeds[random.Below(std::size(kSeeds))].substr(0, random.Below(40)));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    ParseAnything(text);
  }
}

}  // namespace
}  // namespace redkite::plan
