#include "plan/like_pattern.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace redkite::plan {
namespace {

bool Like(std::string_view text, std::string_view pattern) {
  Result<LikePattern> parsed = LikePattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << pattern;
  return parsed.ok() && parsed->Matches(text);
}

/// The definition, by recursion; ASCII only.
bool Naive(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t i = 0; i <= text.size(); ++i) {
      if (Naive(text.substr(i), pattern.substr(1))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0] == '_') return Naive(text.substr(1), pattern.substr(1));
  if (pattern[0] == '\\') return text[0] == pattern[1] && Naive(text.substr(1), pattern.substr(2));
  return text[0] == pattern[0] && Naive(text.substr(1), pattern.substr(1));
}

TEST(LikePattern, Table) {
  EXPECT_TRUE(Like("abc", "abc"));
  EXPECT_FALSE(Like("abcd", "abc"));
  EXPECT_TRUE(Like("abc", "ab%"));
  EXPECT_TRUE(Like("abc", "%bc"));
  EXPECT_TRUE(Like("abc", "%b%"));
  EXPECT_TRUE(Like("", "%"));
  EXPECT_TRUE(Like("", ""));
  EXPECT_FALSE(Like("a", ""));
  EXPECT_TRUE(Like("a\nb", "a%b"));
  EXPECT_TRUE(Like("100%", "100\\%"));
  EXPECT_FALSE(Like("1000", "100\\%"));
  EXPECT_TRUE(Like("a_b", "a\\_b"));
  EXPECT_FALSE(Like("axb", "a\\_b"));
  EXPECT_TRUE(Like("a\\b", "a\\\\b"));
  EXPECT_FALSE(Like("ABC", "abc"));
  EXPECT_TRUE(Like("\xE4\xB8\xAD\xE6\x96\x87", "__"));
  EXPECT_FALSE(Like("\xE4\xB8\xAD\xE6\x96\x87", "___"));
  EXPECT_TRUE(Like("x\xE4\xB8\xADy", "%_y"));
  EXPECT_FALSE(LikePattern::Parse("abc\\").ok());
  EXPECT_FALSE(LikePattern::Parse("%" + std::string(5000, '_')).ok());
  EXPECT_EQ(LikePattern::Parse("ab_c%")->literal_prefix(), "ab");
  EXPECT_TRUE(LikePattern::Prefix("a%").Matches("a%b"));
  EXPECT_FALSE(LikePattern::Prefix("a%").Matches("axb"));
  EXPECT_TRUE(LikePattern::Prefix("").Matches("anything"));
}

TEST(LikePattern, AgreesWithTheDefinition) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  auto make = [&](std::string_view letters, size_t longest) {
    std::string out;
    for (size_t n = random.Below(longest + 1); n > 0; --n)
      out.push_back(letters[random.Below(letters.size())]);
    return out;
  };
  for (int round = 0; round < 20000; ++round) {
    std::string pattern = make("ab%_\\", 8);
    size_t slashes = 0;
    while (slashes < pattern.size() && pattern[pattern.size() - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 1) pattern.push_back('a');
    const std::string text = make("ab\\", 9);
    ASSERT_EQ(Like(text, pattern), Naive(text, pattern)) << "text " << text << " pattern " << pattern;
  }
}

}  // namespace
}  // namespace redkite::plan
