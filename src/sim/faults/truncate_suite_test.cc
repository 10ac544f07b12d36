#include "sim/faults/truncate_suite.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

// All of them: ./dev crash truncate.
TEST(TruncateSuite, OffsetsNearTheEndAndFarFromIt) {
  const auto suite = MakeTruncateSuite();
  for (const uint64_t round : {0, 1, 2, 7, 8, 63, 100, 511, 512, 700, 5000, 33333, 65535}) {
    EXPECT_EQ(suite->Run(round), "") << "round " << round;
  }
  EXPECT_EQ(suite->counts["cut"], 13u);
  EXPECT_GT(suite->counts["refused with records behind the damage"], 0u);
  EXPECT_GT(suite->counts["served what is before the torn tail"], 26u);
}

}  // namespace
}  // namespace redkite::sim
