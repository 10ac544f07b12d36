// CompactionJob: merges some sealed segments of one partition into one: choose rows → write column by column
// → open and verify → build the indexes that the inputs had → one manifest edit that swaps them. Restartable:
// what is not committed is garbage that is removed at its end or by the next start. Each step is a task of
// its own, so that flushes on the same executor wait for one step at most. Thread safety: Start from any
// thread; `done` is called once, from a task. Ownership: the job keeps itself alive until then.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/cancel.h"
#include "shard/shard.h"

namespace redkite::jobs {

struct CompactionTask {
  std::shared_ptr<shard::Shard> shard;
  std::vector<std::shared_ptr<const segment::SegmentSnapshot>> inputs;  // of one partition, not none
  segment::DropRule drop;
  std::shared_ptr<CancelToken> cancel = std::make_shared<CancelToken>();
};

struct BuiltIndex {
  storage::IndexRef ref;
  segment::FieldIndex index;
};

struct CompactionOutcome {
  Status status;
  SegmentId output{0};  // 0: there is none, no row was kept
  uint64_t rows_read = 0;
  uint64_t rows_written = 0;
  uint64_t bytes_written = 0;
};

/// What a job asks of whoever schedules it.
struct CompactionHooks {
  Executor* file_executor = nullptr;
  /// Builds the indexes of a segment that is not the shard's yet; `built` is called once, from any thread. An
  /// error ends the compaction.
  std::function<void(const CompactionTask& task,
                     const std::shared_ptr<const segment::SegmentSnapshot>& output,
                     std::function<void(Result<std::vector<BuiltIndex>>)> built)>
      build_indexes;
  /// Calls `task` on the file executor while no flush of the shard is under way.
  std::function<void(const std::shared_ptr<shard::Shard>& shard, std::function<void()> task)> run_alone;
  std::function<void(const CompactionOutcome&)> done;
  MemoryLedger* memory = nullptr;  // may be nullptr: what a job holds is not accounted then
};

/// A piece of work after which others get their turn.
inline constexpr size_t kCompactionStepBytes = size_t{4} << 20;

void StartCompaction(CompactionTask task, CompactionHooks hooks);

}  // namespace redkite::jobs
