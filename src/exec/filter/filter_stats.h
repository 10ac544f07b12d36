// FilterStats: what a filter had to do. Thread safety: plain data.
#pragma once

#include <cstdint>

namespace redkite::exec {

/// Work done, for EXPLAIN; counters add up over calls.
struct FilterStats {
  uint64_t rows = 0;              // rows offered
  uint64_t rows_passed = 0;       // rows left after the filter, without those that were excluded before
  uint64_t node_evaluations = 0;  // node times block
  uint64_t zones_decided = 0;     // of those, by the bounds of the values alone
  uint64_t json_lookups = 0;      // JSON texts searched for a path
  uint64_t json_kept = 0;         // values at a path that an earlier search had kept
};

}  // namespace redkite::exec
