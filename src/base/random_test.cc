#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace redkite {
namespace {

TEST(Random, ASeedIsASequence) {
  Random a(7);
  Random b(7);
  Random c(8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const uint64_t v = a.Next();
    ASSERT_EQ(v, b.Next());
    differs = differs || v != c.Next();
  }
  EXPECT_TRUE(differs);
}

TEST(Random, BelowStaysInRangeAndReachesAll) {
  Random random(1);
  std::array<int, 7> hits{};
  for (int i = 0; i < 7000; ++i) {
    const uint64_t v = random.Below(hits.size());
    ASSERT_LT(v, hits.size());
    ++hits[v];
  }
  for (int n : hits) EXPECT_NEAR(n, 1000, 200);
  EXPECT_EQ(random.Below(1), 0u);
}

TEST(Random, UnitIsHalfOpen) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double v = random.Unit();
    ASSERT_GE(v, 0.0);
    ASSERT_LT(v, 1.0);
    sum += v;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);
}

TEST(Random, SystemSeedsDiffer) {
  Random a = Random::FromSystem();
  Random b = Random::FromSystem();
  EXPECT_FALSE(a.Next() == b.Next() && a.Next() == b.Next());
}

}  // namespace
}  // namespace redkite
