// The suite `truncate`: the log's last 64 KiB. Each round is an offset before the end of the log, and damages
// four copies there: cut short, which is refused, since a log knows its size; zeros to the end, and random
// sectors with zeros behind them, which are a torn tail, so what is before it is served; and one sector of
// zeros, which is refused when a whole record stands behind it. Thread safety: see FaultSuite.
#pragma once

#include "sim/faults/fault_suite.h"

namespace redkite::sim {

inline constexpr uint64_t kTruncateRounds = 65536;
std::unique_ptr<FaultSuite> MakeTruncateSuite();

}  // namespace redkite::sim
