// Script: what one seed does. The seed draws which operations and faults take part and how often ("swarm"),
// how small the engine's sizes are, and a list of steps. Each step carries a seed of its own for everything
// that it draws, so that steps can be left out while the others stay what they were: that is how a failing
// seed is made small. Thread safety: plain data and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sim/sim_scheduler.h"

namespace redkite::sim {

enum class StepKind : int {
  // Requests of clients.
  kInsert,
  kUpsert,
  kDeleteKeys,
  kDeleteFilter,
  kQueryAll,
  kQueryFilter,
  kQueryPage,
  kCount,
  kSearch,
  kReadPast,  // a query, count or search exactly at an older timestamp
  kFlush,
  kCreate,
  kDrop,
  kLoad,
  kRelease,
  kCreateIndex,
  kDropIndex,
  kCreatePartition,
  kDropPartition,
  kLoadPartitions,
  kReleasePartitions,
  kCreateAlias,
  kAlterAlias,
  kDropAlias,
  kRename,
  kCreateDatabase,
  kDropDatabase,
  kDescribe,
  kAllocTimestamp,
  kMaintain,  // what a server does every few seconds
  // What happens to the machine.
  kCutPower,  // at a random change of the disk from now
  kCrashNow,  // the same between two requests
  kRestart,   // clean
  kFailOp,    // one call of the file system fails, or all from then on
  kFillDisk,  // next to no space left
  kFreeDisk,
  kClockBack,
  kClockAhead,
  kClockFar,  // ten years
  kSettle,    // background work ends
  // Requests that some seeds have in the place of others.
  kTruncate,
  kUpsertPartially,
};
inline constexpr int kStepKindCount = 42;
inline constexpr int kDrawnKindCount = 40;
inline constexpr int kRequestKindCount = 30;
inline bool IsRequest(StepKind kind) {
  return static_cast<int>(kind) < kRequestKindCount || kind >= StepKind::kTruncate;
}
std::string_view StepName(StepKind kind);

struct Step {
  StepKind kind = StepKind::kInsert;
  uint64_t seed = 0;  // its remainder by slot_count is the collection that it is about
};

struct SimConfig {
  // Data.
  int slot_count = 2;  // collections
  int dim = 4;
  int64_t key_space = 100;
  int batch_max = 8;
  bool repeats_keys = false;  // inserts take keys that are there
  // Names. In per mille of the requests: those through an alias, and those that name partitions.
  int database_count = 1;
  int shared_names = 0;  // names that any collection or alias may take
  int alias_permille = 0;
  int partition_permille = 0;
  // Engine.
  size_t seal_bytes = 4096;
  int64_t seal_age_ms = 600'000;
  int64_t seal_idle_ms = 60'000;
  int64_t scan_rows_min = 4096;
  int64_t scans_per_row = 5000;
  uint64_t resident_bytes_min = 1 << 20;
  uint64_t log_file_bytes = 8192;
  uint64_t log_group_bytes_max = 4096;
  uint64_t log_pin_bytes_max = 1 << 16;
  uint64_t catalog_log_bytes = 512;
  size_t index_rows_min = 16;
  size_t compaction_fan_in = 2;
  uint64_t compaction_target_bytes = 1 << 20;
  int64_t retention_ms = 0;
  uint64_t retention_bytes = 0;
  double retention_ratio = 0.2;  // infinite: retention_ms alone counts
  int compute_width = 2;
  int file_width = 1;
  // Scheduling.
  SchedulerOptions scheduler;
  int picks_max = 12;    // tasks that go on between two steps
  int requests_max = 6;  // under way at once
  // Faults beside those among the steps, in per mille of the places where they may be.
  int nested_cut_permille = 0;
  int open_fault_permille = 0;
  int flip_permille = 0;
};

struct Script {
  SimConfig config;
  std::vector<Step> steps;
};
Script MakeScript(uint64_t seed);

/// "3,7-12,90" and back. An empty text keeps nothing; a missing one everything.
std::string FormatKept(const std::vector<size_t>& kept);
Result<std::vector<size_t>> ParseKept(std::string_view text, size_t step_count);

}  // namespace redkite::sim
