#include "sim/faults/disk_fault_suites.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

// All of them: ./dev crash cuts aborts eio full clock.
void RunSome(FaultSuite* suite, uint64_t from, uint64_t step, int count) {
  for (uint64_t round = from; count > 0; --count, round += step) {
    EXPECT_EQ(suite->Run(round), "") << "round " << round;
  }
}

TEST(DiskFaultSuites, PowerCuts) {
  const auto suite = MakeCutSuite();
  RunSome(suite.get(), 0, 1, 5);
  EXPECT_GE(suite->counts["cuts"], 5u);
}

TEST(DiskFaultSuites, TheProcessEndsAtAChange) {
  const auto suite = MakeAbortSuite();
  RunSome(suite.get(), 3, 1501, 5);
  uint64_t points = 0;
  for (const auto& [name, count] : suite->counts) points += name.starts_with("at ") ? count : 0;
  EXPECT_EQ(points, 5u);
}

TEST(DiskFaultSuites, ACallFails) {
  const auto suite = MakeEioSuite();
  RunSome(suite.get(), 5, 250, 8);
  EXPECT_EQ(suite->counts["failed: sync"], 2u);
  EXPECT_EQ(suite->counts["faults that never struck"], 0u);
}

TEST(DiskFaultSuites, FullDisksAndClocks) {
  const auto full = MakeFullSuite();
  RunSome(full.get(), 0, 1, 2);
  EXPECT_GT(full->counts["full disks"], 0u);
  const auto clock = MakeClockSuite();
  RunSome(clock.get(), 0, 1, 2);
  EXPECT_GT(clock->counts["clock jumps"], 0u);
}

}  // namespace
}  // namespace redkite::sim
