// JobScheduler: decides which background job runs next: at most one flush per shard, one index build at a
// time (it uses all idle threads); compactions by its CompactionScheduler, whose commits take turns with the
// shard's flushes. Driven by events only; nothing wakes up by time. Thread safety: thread-safe; its lock
// comes before that of the CompactionScheduler. Ownership: shares the shards it works on; executors, catalog
// and logger outlive it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "jobs/compaction_scheduler.h"
#include "jobs/index_job.h"
#include "jobs/quantize_job.h"

namespace redkite::jobs {

struct IndexProgress {
  int64_t total_rows = 0;    // in sealed segments
  int64_t indexed_rows = 0;  // of them, in segments that need no (further) index
  bool building = false;
  std::string failure;  // of the last build, empty when none failed
};

class JobScheduler {
 public:
  struct Seams {
    Executor* executor = nullptr;
    Executor* file_executor = nullptr;
    meta::Catalog* catalog = nullptr;
    Logger* logger = nullptr;
    std::function<void()> flushed;  // after each flush that succeeded; from a task
    size_t index_rows_min = kMinIndexedRows;
    MetricsRegistry* metrics = nullptr;  // may be nullptr
    CompactionOptions compaction;
    MemoryLedger* memory = nullptr;  // nullptr: segments that wait for an index are not quantized
  };
  explicit JobScheduler(Seams seams);
  /// Stop must have been called.
  ~JobScheduler() = default;

  using FlushDone = std::function<void(Status)>;
  /// Flushes everything that was applied before the call; `done` (may be empty) is called once, from a task.
  void RequestFlush(const std::shared_ptr<shard::Shard>& shard, FlushDone done = {}) EXCLUDES(mutex_);
  /// Calls `task` from a task when neither a flush nor a compaction of the shard runs (any more). For shards
  /// that take no further ones.
  void RunLast(const std::shared_ptr<shard::Shard>& shard, std::function<void()> task) EXCLUDES(mutex_);
  CompactionScheduler& compactions() { return compactions_; }
  /// Queues a build for every segment that lacks an index which the catalog defines.
  void RequestIndexes(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  /// Asks again for the builds that found no room: in memory, when there is enough of it now; on the disk,
  /// after a pause that doubles from 10 s to 10 min. `now_ms` is of a monotonic clock.
  void RetryRefused(int64_t now_ms) EXCLUDES(mutex_);
  IndexProgress Progress(const shard::Shard& shard, const meta::IndexMeta& index,
                         const FieldSchema& field) const EXCLUDES(mutex_);
  /// Drops the queued builds of a shard (of one index, or of all when `index` is 0) and cancels the running
  /// one.
  void CancelIndexes(ShardId shard, IndexId index) EXCLUDES(mutex_);
  /// Builds and compactions of what is about to be dropped.
  void CancelPartition(ShardId shard, PartitionId partition) EXCLUDES(mutex_);
  void CancelShard(ShardId shard) EXCLUDES(mutex_);
  /// Cancels builds, lets running file work end, starts nothing more.
  void BeginStop() EXCLUDES(mutex_);
  /// BeginStop, and waits until nothing runs.
  void Stop() EXCLUDES(mutex_);

 private:
  /// What writes down state of one shard, in turns.
  struct Turns {
    bool running = false;
    std::vector<FlushDone> flushes;            // for the next one
    std::vector<std::function<void()>> alone;  // while no flush is under way
    std::vector<std::function<void()>> last;   // when nothing else is left
  };
  CompactionScheduler::Seams CompactionSeams();
  void RunAlone(const std::shared_ptr<shard::Shard>& shard, std::function<void()> task) EXCLUDES(mutex_);
  /// Begins to take turns, where nobody does.
  void TakeTurns(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  void RunTurns(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  void Flush(const std::shared_ptr<shard::Shard>& shard, const std::vector<FlushDone>& waiting);
  void CompactionEnded(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  void BuildForCompaction(const CompactionTask& compaction,
                          const std::shared_ptr<const segment::SegmentSnapshot>& output,
                          std::function<void(Result<std::vector<BuiltIndex>>)> built) EXCLUDES(mutex_);
  /// Queued builds that nobody needs any more are told so.
  void DropQueued(const std::function<bool(const IndexTask&)>& is_dropped) EXCLUDES(mutex_);
  /// Those of segments that have left the shard.
  void DropGone(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  void StartNextIndex() EXCLUDES(mutex_);
  /// Whether a job for it is to be started; then it counts as running.
  bool EnterQuantizeLocked(const segment::SegmentSnapshot& segment, ShardId shard, const FieldSchema& field,
                           Metric metric) REQUIRES(mutex_);
  void StartQuantize(QuantizeTask task) EXCLUDES(mutex_);
  void IndexDone(const IndexTask& task, Status status) EXCLUDES(mutex_);

  const Seams seams_;
  mutable Mutex mutex_;
  CondVar idle_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  int running_ GUARDED_BY(mutex_) = 0;  // turns and builds
  std::map<ShardId, Turns> turns_ GUARDED_BY(mutex_);
  std::deque<IndexTask> queued_ GUARDED_BY(mutex_);
  std::optional<IndexTask> building_ GUARDED_BY(mutex_);
  std::map<IndexId, std::string> failures_ GUARDED_BY(mutex_);
  void NoteRefusedLocked(const IndexTask& task, const Status& status) REQUIRES(mutex_);
  /// Builds of a shard for want of memory or disk.
  struct Refused {
    std::weak_ptr<shard::Shard> shard;
    int64_t bytes = 0;      // of memory, that the smallest one needs
    int disk_failures = 0;  // one after the other
    bool waits = false;     // for the next look
    int64_t not_before_ms = 0;
  };
  std::map<ShardId, Refused> refused_ GUARDED_BY(mutex_);
  std::set<std::tuple<ShardId, SegmentId, FieldId>> quantizing_ GUARDED_BY(mutex_);
  CancelToken quantize_cancel_;  // of all, when the server stops
  CompactionScheduler compactions_;
  Counter* flushes_ = nullptr;
  Counter* indexed_rows_ = nullptr;
};

}  // namespace redkite::jobs
