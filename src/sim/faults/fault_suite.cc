#include "sim/faults/fault_suite.h"

#include "sim/faults/disk_fault_suites.h"
#include "sim/faults/flip_suites.h"
#include "sim/faults/truncate_suite.h"

namespace redkite::sim {

const std::vector<FaultSuiteInfo>& FaultSuites() {
  static const std::vector<FaultSuiteInfo> suites = {
      {"truncate", kTruncateRounds, "the log cut, zeroed and overwritten from each offset of its last 64 KiB",
       MakeTruncateSuite},
      {"flips", kFlipRounds, "single bits flipped at random, 1,000 in each kind of file", MakeFlipSuite},
      {"ends", kEndRounds, "every bit of the first and last 64 bytes of a file of each kind", MakeEndSuite},
      {"cuts", 2000, "power cuts, nested ones too, on a disk that forgets, tears and reorders", MakeCutSuite},
      {"aborts", kAbortRounds, "the process ends at each change of the disk, one after the other",
       MakeAbortSuite},
      {"eio", kEioRounds, "the n-th sync, write or other call fails, for each n", MakeEioSuite},
      {"full", 1000, "the disk fills up and is freed again", MakeFullSuite},
      {"clock", 1000, "the clock jumps, across restarts too", MakeClockSuite},
  };
  return suites;
}

}  // namespace redkite::sim
