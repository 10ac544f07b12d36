#include "plan/regex_pattern.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

bool Matches(std::string_view pattern, std::string_view text) {
  const auto regex = RegexPattern::Compile(pattern);
  EXPECT_TRUE(regex.ok()) << pattern << ": " << regex.status().message();
  return regex.ok() && (*regex)->Matches(text);
}

TEST(RegexPattern, AMatchAnywhereCounts) {
  EXPECT_TRUE(Matches("b+", "abbc"));
  EXPECT_FALSE(Matches("^b+", "abbc"));
  EXPECT_TRUE(Matches("^a.*c$", "abbc"));
  EXPECT_FALSE(Matches("^b+$", "abbc"));
  EXPECT_TRUE(Matches("", ""));
  EXPECT_TRUE(Matches("", "x"));
  EXPECT_TRUE(Matches(R"(\d{3}-\d{4})", "call 555-1234 now"));
  EXPECT_FALSE(Matches(R"(\d{3}-\d{4})", "call 555-123"));
  EXPECT_FALSE(Matches("ABC", "abc"));
  EXPECT_TRUE(Matches("(?i)ABC", "abc"));
  EXPECT_TRUE(Matches("^.$", "é"));  // a character, not a byte
  EXPECT_TRUE(Matches(R"(^\pL+$)", "äß中"));
  EXPECT_FALSE(Matches("a.b", "a\nb"));
  EXPECT_TRUE(Matches("(?s)a.b", "a\nb"));
  EXPECT_FALSE(Matches("^.*$", "a\xff"));  // a text that is no UTF-8
  EXPECT_TRUE(Matches(std::string_view("a\0b", 3), std::string_view("xa\0bx", 5)));
}

TEST(RegexPattern, Refusals) {
  const std::pair<std::string, const char*> kCases[] = {
      {"(", "missing ): ("},
      {"a**", "bad repetition operator: **"},
      {"[b-a]", "invalid character class range: b-a"},
      {R"(\y)", "invalid escape sequence: \\y"},
      {R"((a)\1)", "invalid escape sequence: \\1"},
      {"(?=a)", "invalid perl operator: (?="},
      {"a{1001}", "invalid repetition size: {1001}"},
      {"((a{100}){100}){100}", "invalid repetition size"},
      {"(\\pL{1000}){1}", "pattern too large"},
      {"\xff", "invalid UTF-8"},
      {std::string(kRegexBytesMax + 1, 'a'), "more than 16384"}};
  for (const auto& [pattern, phrase] : kCases) {
    const Status status = RegexPattern::Compile(pattern).status();
    EXPECT_EQ(status.code(), Code::kParameterInvalid) << pattern;
    EXPECT_TRUE(status.message().starts_with("invalid regex pattern: ")) << status.message();
    EXPECT_NE(status.message().find(phrase), std::string::npos) << status.message();
    EXPECT_LT(status.message().size(), 600u);
  }
}

// Patterns that take a backtracking engine exponential time.
TEST(RegexPattern, TimeIsLinear) {
  const std::string text(60'000, 'a');
  for (const char* pattern : {"(a+)+$x", "(a|aa)+$x", "(a*)*b", "(.*)*(.*)*(.*)*b", "(a|a?)+b",
                              "^(a?){500}a{500}b", "(x+x+)+y", "(a|b)*a(a|b){14}c"}) {
    EXPECT_FALSE(Matches(pattern, text)) << pattern;
  }
}

TEST(RegexPattern, InAFilter) {
  EXPECT_EQ(CanonicalFilter(R"(s =~ "a\d+")"), R"(#108 =~ "a\d+")");
  EXPECT_EQ(CanonicalFilter(R"(s !~ r"\.txt$")"), R"(not (#108 =~ "\.txt$"))");
  EXPECT_EQ(CanonicalFilter("j['a'] =~ 'x' and i64 > 1"), "(#105 > 1 and #110[\"a\"] =~ \"x\")");
  EXPECT_EQ(CanonicalFilter("not s =~ 'x'"), "not (#108 =~ \"x\")");
  EXPECT_EQ(CanonicalFilter("s =~ '('"), "error 1100: invalid regex pattern: \"(\": missing ): (");
  EXPECT_EQ(CanonicalFilter("i64 =~ 'a'"),
            "error 1100: regex operation on non-string or no-json field is unsupported");
  EXPECT_EQ(CanonicalFilter("s =~ t"), "error 1100: line 1:5 mismatched input, a string is expected");
  // One for all uses of a pattern.
  Result<FilterPlan> plan = ParseFilter("s =~ 'a+' or t =~ 'a+'", FilterTestSchema());
  ASSERT_TRUE(plan.ok());
  const auto& operands = std::get<OrExpr>(plan->root().node).operands;
  EXPECT_EQ(std::get<RegexExpr>(operands[0].node).pattern, std::get<RegexExpr>(operands[1].node).pattern);
}

}  // namespace
}  // namespace redkite::plan
