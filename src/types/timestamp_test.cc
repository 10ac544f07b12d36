#include "types/timestamp.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(Timestamp, HoldsMillisecondsAndCounter) {
  constexpr int64_t kWallMs = 1'700'000'000'123;
  const Timestamp ts = MakeTimestamp(kWallMs, 5);
  EXPECT_EQ(WallMsOf(ts), kWallMs);
  EXPECT_EQ(ts & ((Timestamp{1} << kLogicalBits) - 1), 5u);
  EXPECT_LT(ts, MakeTimestamp(kWallMs, 6));
  EXPECT_LT(MakeTimestamp(kWallMs, (1 << kLogicalBits) - 1), MakeTimestamp(kWallMs + 1));
}

}  // namespace
}  // namespace redkite
