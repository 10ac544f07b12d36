// The suites `cuts`, `aborts`, `eio`, `full` and `clock`: the simulation's clients and their model, with
// faults at exact places instead of drawn ones. Thread safety: see FaultSuite.
#pragma once

#include "sim/faults/fault_suite.h"

namespace redkite::sim {

/// Of `aborts`: each of the first 400 changes of 20 scripts.
inline constexpr uint64_t kAbortSeeds = 20;
inline constexpr uint64_t kAbortRounds = 400 * kAbortSeeds;
/// Of `eio`: 500 syncs, 500 writes, and up to 100 calls of every other kind, some of them in a start.
inline constexpr uint64_t kEioRounds = 2105;

std::unique_ptr<FaultSuite> MakeCutSuite();
std::unique_ptr<FaultSuite> MakeAbortSuite();
std::unique_ptr<FaultSuite> MakeEioSuite();
std::unique_ptr<FaultSuite> MakeFullSuite();
std::unique_ptr<FaultSuite> MakeClockSuite();

}  // namespace redkite::sim
