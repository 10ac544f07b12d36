#include "sim/script.h"

#include <gtest/gtest.h>

#include <set>

namespace redkite::sim {
namespace {

TEST(Script, TheSeedDecides) {
  std::set<size_t> lengths;
  std::set<int> kinds;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const Script a = MakeScript(seed), b = MakeScript(seed);
    ASSERT_EQ(a.steps.size(), b.steps.size());
    for (size_t i = 0; i < a.steps.size(); ++i) {
      ASSERT_EQ(a.steps[i].seed, b.steps[i].seed);
      kinds.insert(static_cast<int>(a.steps[i].kind));
    }
    lengths.insert(a.steps.size());
  }
  EXPECT_GT(lengths.size(), 1u);
  EXPECT_EQ(kinds.size(), static_cast<size_t>(kStepKindCount));
}

TEST(Script, ListsOfStepsComeBack) {
  const std::vector<size_t> kept = {0, 3, 4, 5, 9};
  EXPECT_EQ(FormatKept(kept), "0,3-5,9");
  EXPECT_EQ(*ParseKept("0,3-5,9", 10), kept);
  EXPECT_TRUE(ParseKept("", 10)->empty());
  for (const char* bad : {"x", "1-", "5-3", "10", "1,,2"}) EXPECT_FALSE(ParseKept(bad, 10).ok()) << bad;
}

}  // namespace
}  // namespace redkite::sim
