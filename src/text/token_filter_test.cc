#include "text/token_filter.h"

#include "gtest/gtest.h"

namespace redkite::text {
namespace {

// The filters themselves are tested by what analyzers make of texts (analyzer_test.cc).
TEST(TokenFilter, AStateServesManyWords) {
  const auto filter = TokenFilter::MakeStemmer("English").value();
  FilterState state = filter->NewState();
  for (const auto& [word, stem] : {std::pair("running", "run"), {"kites", "kite"}, {"", ""}, {"x", "x"}}) {
    std::string changed = word;
    EXPECT_TRUE(filter->Apply(&changed, &state));
    EXPECT_EQ(changed, stem);
  }
}

TEST(TokenFilter, StopWordsAreComparedWhole) {
  const auto filter = TokenFilter::EnglishStop();
  FilterState state = filter->NewState();
  std::string word = "the";
  EXPECT_FALSE(filter->Apply(&word, &state));
  word = "The";
  EXPECT_TRUE(filter->Apply(&word, &state));
  word = "them";
  EXPECT_TRUE(filter->Apply(&word, &state));
}

}  // namespace
}  // namespace redkite::text
