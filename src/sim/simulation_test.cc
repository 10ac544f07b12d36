// More seeds run in the release build: ./dev sim. These are for the sanitizers.
#include "sim/simulation.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

TEST(Simulation, SeedsPassAndRepeat) {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    const SeedReport report = RunSeed({seed, std::nullopt, false});
    EXPECT_EQ(report.failure, "") << "seed " << seed << " at step " << report.failed_at;
    if (seed % 5 == 0) {
      EXPECT_EQ(RunSeed({seed, std::nullopt, false}).trace_hash, report.trace_hash) << "seed " << seed;
    }
  }
}

TEST(Simulation, StepsCanBeLeftOut) {
  const SeedReport report = RunSeed({4, std::vector<size_t>{0, 1, 2, 3, 10, 20, 30}, false});
  EXPECT_EQ(report.failure, "");
  EXPECT_GT(report.counters.requests, 2u);
}

}  // namespace
}  // namespace redkite::sim
