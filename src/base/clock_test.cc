#include "base/clock.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(SystemClock, MonotonicNeverGoesBack) {
  const SystemClock clock;
  int64_t last = clock.MonotonicNs();
  for (int i = 0; i < 1000; ++i) {
    const int64_t now = clock.MonotonicNs();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, WallIsInThisCentury) {
  EXPECT_GT(SystemClock().WallMs(), 1'600'000'000'000);
  EXPECT_LT(SystemClock().WallMs(), 4'100'000'000'000);
}

TEST(ManualClock, MovesByHandOnly) {
  ManualClock clock(1000);
  EXPECT_EQ(clock.WallMs(), 1000);
  clock.AdvanceMs(5);
  EXPECT_EQ(clock.WallMs(), 1005);
  EXPECT_EQ(clock.MonotonicNs(), 5'000'000);
  clock.SetWallMs(10);
  EXPECT_EQ(clock.WallMs(), 10);
  EXPECT_EQ(clock.MonotonicNs(), 5'000'000);
}

}  // namespace
}  // namespace redkite
