// The suites `flips` and `ends`: a single bit of one file is other than it was written. The start, or a
// question after it, must say so with the file's name, or every answer must be the right one; `redkite check`
// must tell what a start or a question tells, and it must live. Thread safety: see FaultSuite.
#pragma once

#include "sim/faults/fault_suite.h"

namespace redkite::sim {

/// The kinds of file that there are in a data directory, in a fixed order.
inline constexpr std::string_view kFileKinds[] = {
    "FORMAT", "catalog log", "catalog snapshot", "log",     "older log", "manifest",
    "column", "timestamps",  "key order",        "deletes", "index",
};
inline constexpr uint64_t kFileKindCount = std::size(kFileKinds);
inline constexpr uint64_t kFlipRounds = 1000 * kFileKindCount;
inline constexpr uint64_t kEndBytes = 64;
inline constexpr uint64_t kEndRounds = 2 * 8 * kEndBytes * kFileKindCount;

std::unique_ptr<FaultSuite> MakeFlipSuite();
std::unique_ptr<FaultSuite> MakeEndSuite();

}  // namespace redkite::sim
