#include "text/text_query.h"

#include <algorithm>

#include "base/random.h"
#include "gtest/gtest.h"

namespace redkite::text {
namespace {

AnalyzerPtr Standard() { return Analyzer::Make("").value(); }

TEST(TermQuery, CountsDifferentWords) {
  const AnalyzerPtr analyzer = Standard();
  Analysis analysis(*analyzer);
  MatchScratch scratch;
  const auto matches = [&](std::string query, uint32_t least, std::string_view text) {
    return TermQuery(analyzer, std::move(query), least).Matches(text, &analysis, &scratch);
  };
  EXPECT_TRUE(matches("red kite", 1, "A RED house"));
  EXPECT_FALSE(matches("red kite", 2, "a red, red house"));
  EXPECT_TRUE(matches("red kite", 2, "kite of red"));
  EXPECT_FALSE(matches("red kite", 3, "red kite red"));  // it has two words
  EXPECT_FALSE(matches("red", 1, "redder"));
  EXPECT_FALSE(matches("", 1, "red"));
  EXPECT_FALSE(matches("...", 1, "..."));
  EXPECT_FALSE(matches("red", 1, ""));
}

// What moving costs, by trying every choice of places.
std::optional<uint64_t> NaiveSlop(const std::vector<char>& phrase, const std::vector<char>& text) {
  std::optional<uint64_t> best;
  std::vector<size_t> chosen;
  const auto choose = [&](const auto& self) -> void {
    if (chosen.size() == phrase.size()) {
      uint64_t cost = 0;
      for (size_t i = 1; i < chosen.size(); ++i) {
        const int64_t a = static_cast<int64_t>(chosen[i - 1]) - static_cast<int64_t>(i - 1);
        const int64_t b = static_cast<int64_t>(chosen[i]) - static_cast<int64_t>(i);
        cost += static_cast<uint64_t>(std::abs(a - b));
      }
      if (!best || cost < *best) best = cost;
      return;
    }
    for (size_t at = 0; at < text.size(); ++at) {
      if (text[at] != phrase[chosen.size()]) continue;
      chosen.push_back(at);
      self(self);
      chosen.pop_back();
    }
  };
  choose(choose);
  return best;
}

std::string Spaced(const std::vector<char>& letters) {
  std::string out;
  for (const char c : letters) out += std::string(1, c) + " ";
  return out;
}

TEST(PhraseQuery, LeastSlopIsThatOfTheBestPlaces) {
  const AnalyzerPtr analyzer = Standard();
  Analysis analysis(*analyzer);
  MatchScratch scratch;
  Random random(3);
  for (int round = 0; round < 3000; ++round) {
    std::vector<char> phrase, text;
    for (uint64_t n = 1 + random.Below(4); n > 0; --n)
      phrase.push_back(static_cast<char>('a' + random.Below(3)));
    for (uint64_t n = random.Below(9); n > 0; --n) text.push_back(static_cast<char>('a' + random.Below(4)));
    const PhraseQuery query(analyzer, Spaced(phrase), 0);
    ASSERT_EQ(query.LeastSlop(Spaced(text), &analysis, &scratch), NaiveSlop(phrase, text))
        << Spaced(phrase) << "in " << Spaced(text);
  }
}

TEST(PhraseQuery, SlopOfMovedWords) {
  const AnalyzerPtr analyzer = Standard();
  Analysis analysis(*analyzer);
  MatchScratch scratch;
  const auto matches = [&](std::string phrase, uint32_t slop, std::string_view text) {
    return PhraseQuery(analyzer, std::move(phrase), slop).Matches(text, &analysis, &scratch);
  };
  EXPECT_TRUE(matches("machine learning", 0, "On machine learning."));
  EXPECT_FALSE(matches("machine learning", 0, "machine deep learning"));
  EXPECT_TRUE(matches("machine learning", 1, "machine deep learning"));
  EXPECT_FALSE(matches("machine learning", 1, "learning machine"));
  EXPECT_TRUE(matches("machine learning", 2, "learning machine"));
  EXPECT_TRUE(matches("machine", 0, "a machine"));
  EXPECT_FALSE(matches("machine learning", 9, "machine"));
  EXPECT_FALSE(matches("", 9, "machine"));
}

TEST(PhraseQuery, WordsThatAreDroppedKeepTheirPlaces) {
  const AnalyzerPtr analyzer = Analyzer::Make(R"({"type":"standard","stop_words":["of","in"]})").value();
  Analysis analysis(*analyzer);
  MatchScratch scratch;
  const PhraseQuery query(analyzer, "sea of stars", 0);
  EXPECT_TRUE(query.Matches("sea in stars", &analysis, &scratch));
  EXPECT_FALSE(query.Matches("sea stars", &analysis, &scratch));
}

// A row that repeats the words must not take time by its square.
TEST(PhraseQuery, LongTextsTakeLinearTime) {
  const AnalyzerPtr analyzer = Standard();
  Analysis analysis(*analyzer);
  MatchScratch scratch;
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "a b ";
  const PhraseQuery query(analyzer, "b b a a b", 0);
  EXPECT_EQ(query.LeastSlop(text, &analysis, &scratch), 2u);
}

}  // namespace
}  // namespace redkite::text
