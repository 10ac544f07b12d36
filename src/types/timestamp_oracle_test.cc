#include "types/timestamp_oracle.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(TimestampOracleTest, GrowsAcrossRestartsWhateverTheClockDoes) {
  ManualClock clock(1'000'000);
  Timestamp mark = 0, last = 0;
  const auto persist = [&mark](Timestamp m) {
    EXPECT_GT(m, mark);
    mark = m;
    return Status::Ok();
  };
  for (int run = 0; run < 5; ++run) {
    TimestampOracle oracle(&clock, mark, persist);
    for (int i = 0; i < 100; ++i) {
      auto next = oracle.Next(i % 3 == 0 ? 1000 : 1);
      ASSERT_TRUE(next.ok());
      ASSERT_GT(*next, last);
      last = *next + (i % 3 == 0 ? 999 : 0);
      ASSERT_LT(last, mark);
      clock.AdvanceMs(i % 7);
    }
    clock.SetWallMs(1'000'000 - run * 50'000);  // the clock goes back while the node is down
  }
}

TEST(TimestampOracleTest, RestartsDoNotAddUp) {
  ManualClock clock(1'000'000);
  Timestamp mark = 0;
  for (int run = 0; run < 100; ++run) {
    TimestampOracle oracle(&clock, mark, [&mark](Timestamp m) {
      mark = m;
      return Status::Ok();
    });
    for (int i = 0; i < 10; ++i) {
      const Timestamp next = oracle.Next(1000).value();
      EXPECT_LE(WallMsOf(next), clock.WallMs() + TimestampOracle::kMarkStepMs + 100);  // a millisecond each
      EXPECT_EQ(WallMsOf(oracle.Now()), clock.WallMs());
    }
    clock.AdvanceMs(run % 3);
  }
}

TEST(TimestampOracleTest, NowIsNotBehindWhatWasGivenByTheClock) {
  ManualClock clock(1'000'000);
  TimestampOracle oracle(&clock, 0, [](Timestamp) { return Status::Ok(); });
  const Timestamp given = oracle.Next(5).value() + 4;
  EXPECT_EQ(oracle.Now(), given);
  clock.AdvanceMs(10);
  const Timestamp now = oracle.Now();
  EXPECT_EQ(now, MakeTimestamp(1'000'010));
  clock.SetWallMs(900'000);
  EXPECT_GE(oracle.Now(), now);
  oracle.Observe(MakeTimestamp(2'000'000, 7));
  EXPECT_EQ(WallMsOf(oracle.Now()), 1'000'010);
}

TEST(TimestampOracleTest, AStopLeavesNoGap) {
  ManualClock clock(1'000'000);
  Timestamp mark = 0;
  const auto persist = [&mark](Timestamp m) {
    mark = m;
    return Status::Ok();
  };
  Timestamp last = 0;
  for (int run = 0; run < 5; ++run) {
    TimestampOracle oracle(&clock, mark, persist);
    const Timestamp next = oracle.Next().value();
    EXPECT_GT(next, last);
    EXPECT_EQ(WallMsOf(next), 1'000'000);
    last = next;
    ASSERT_TRUE(oracle.Close(persist).ok());
    EXPECT_EQ(oracle.Next().status().code(), Code::kServiceUnavailable);
  }
  TimestampOracle idle(&clock, mark, persist);
  const Timestamp before = mark;
  ASSERT_TRUE(idle.Close(persist).ok());
  EXPECT_EQ(mark, before);
}

TEST(TimestampOracleTest, FollowsTheClockButNotItsJumps) {
  ManualClock clock(1'000'000);
  TimestampOracle oracle(&clock, 0, [](Timestamp) { return Status::Ok(); });
  EXPECT_EQ(WallMsOf(*oracle.Next()), 1'000'000);
  clock.AdvanceMs(5'000);
  EXPECT_EQ(WallMsOf(*oracle.Next()), 1'005'000);
  clock.SetWallMs(1'005'000 + 10LL * 365 * 86'400'000);  // ten years ahead at once
  EXPECT_LE(WallMsOf(*oracle.Next()), 1'005'000 + TimestampOracle::kMaxJumpMs);
}

TEST(TimestampOracleTest, NothingIsGivenBeyondAMarkThatIsNotDurable) {
  ManualClock clock(1'000'000);
  bool disk_works = true;
  TimestampOracle oracle(&clock, 0,
                         [&](Timestamp) { return disk_works ? Status::Ok() : Status::Io("disk"); });
  ASSERT_TRUE(oracle.Next().ok());
  disk_works = false;
  EXPECT_TRUE(oracle.Next().ok());  // below the mark
  clock.AdvanceMs(TimestampOracle::kMarkStepMs + 1);
  EXPECT_FALSE(oracle.Next().ok());
}

TEST(TimestampOracleTest, ObservedTimestampsArePassed) {
  ManualClock clock(1'000);
  TimestampOracle oracle(&clock, 0, [](Timestamp) { return Status::Ok(); });
  oracle.Observe(MakeTimestamp(9'000, 5));
  EXPECT_GT(*oracle.Next(), MakeTimestamp(9'000, 5));
}

}  // namespace
}  // namespace redkite
