#include "base/cancel.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(CancelToken, WithoutADeadlineOnlyCancelStops) {
  CancelToken token;
  EXPECT_TRUE(token.Check().ok());
  token.Cancel();
  EXPECT_EQ(token.Check().code(), Code::kCanceled);
}

TEST(CancelToken, TheDeadlineItselfIsTooLate) {
  ManualClock clock;
  const CancelToken token(&clock, clock.MonotonicNs() + 5'000'000);
  clock.AdvanceMs(4);
  EXPECT_TRUE(token.Check().ok());
  clock.AdvanceMs(1);
  EXPECT_EQ(token.Check().code(), Code::kTimeout);
}

TEST(CancelToken, ACancelledRequestSaysSoAfterItsDeadlineToo) {
  ManualClock clock;
  CancelToken token(&clock, 0);
  token.Cancel();
  EXPECT_EQ(token.Check().code(), Code::kCanceled);
}

}  // namespace
}  // namespace redkite
