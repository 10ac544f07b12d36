#include "index/ranked.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/random.h"

namespace redkite::index {
namespace {

TEST(RankedTest, OrderIsDistanceThenRow) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> rising = {-inf, -3.5f, -1e-30f, 0.0f, 1e-30f, 0.25f, 7.0f, 1e30f, inf};
  for (size_t i = 0; i + 1 < rising.size(); ++i) {
    EXPECT_LT(MakeRanked(rising[i], 9), MakeRanked(rising[i + 1], 3)) << rising[i];
    EXPECT_EQ(DistanceOf(MakeRanked(rising[i], 9)), rising[i]);
  }
  EXPECT_LT(MakeRanked(1.0f, 3), MakeRanked(1.0f, 4));
  EXPECT_EQ(MakeRanked(-0.0f, 5), MakeRanked(0.0f, 5));
  EXPECT_EQ(RowOf(MakeRanked(1.0f, kMaxRows - 1)), kMaxRows - 1);
  EXPECT_LT(MakeRanked(inf, kMaxRows - 1), kWorstRanked);
}

TEST(RankedTest, NoNumberComesLast) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float odd : {nan, -nan, inf * 0.0f}) {
    EXPECT_LT(MakeRanked(1e30f, 9), MakeRanked(odd, 3));
    EXPECT_EQ(DistanceOf(MakeRanked(odd, 3)), inf);
  }
}

TEST(CandidatePoolTest, KeepsTheBestAndTakesThemInOrder) {
  const uint64_t seed = 12;
  SCOPED_TRACE(seed);
  Random random(seed);
  CandidatePool pool;
  for (const size_t capacity : {size_t{1}, size_t{2}, size_t{7}, size_t{64}}) {
    pool.Reset(capacity);
    std::vector<Ranked> offered;
    for (uint32_t row = 0; row < 500; ++row) {
      const Ranked key = MakeRanked(static_cast<float>(random.Below(50)), row);
      offered.push_back(key);
      if (key < pool.bound()) pool.Insert(key);
    }
    std::sort(offered.begin(), offered.end());
    ASSERT_EQ(pool.size(), capacity);
    for (size_t i = 0; i < capacity; ++i) EXPECT_EQ(pool.begin()[i], offered[i]);
    for (size_t i = 0; i < capacity; ++i) {
      ASSERT_TRUE(pool.HasNext());
      EXPECT_EQ(pool.TakeNext(), RowOf(offered[i]));
    }
    EXPECT_FALSE(pool.HasNext());
  }
}

TEST(CandidatePoolTest, ABetterCandidateComesNextAndTakenOnesDoNotReturn) {
  CandidatePool pool;
  pool.Reset(4);
  pool.Insert(MakeRanked(5, 1));
  pool.Insert(MakeRanked(3, 2));
  EXPECT_EQ(pool.TakeNext(), 2u);
  pool.Insert(MakeRanked(1, 3));
  EXPECT_EQ(pool.PeekNext(), 3u);
  EXPECT_EQ(pool.TakeNext(), 3u);
  EXPECT_EQ(pool.TakeNext(), 1u);
  EXPECT_FALSE(pool.HasNext());
}

}  // namespace
}  // namespace redkite::index
