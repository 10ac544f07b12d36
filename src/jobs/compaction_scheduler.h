// CompactionScheduler: decides which compaction runs next: one per shard, a few on the node. Asked after each
// event that may have made one due; nothing wakes up by time. After failures it skips events, more each time.
// Compactions that a client asked for keep what they do in memory: after a restart nobody knows them any
// more. Thread safety: thread-safe. Ownership: shares the shards it works on; the seams outlive it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/metrics.h"
#include "jobs/compaction_job.h"
#include "jobs/compaction_policy.h"
#include "meta/catalog.h"
#include "types/collection_requests.h"

namespace redkite::jobs {

/// What a client asks to be merged. Empty and 0 mean no restriction.
struct CompactionScope {
  uint64_t target_bytes = 0;
  PartitionId partition{0};
  std::vector<SegmentId> segments;
};

class CompactionScheduler {
 public:
  struct Seams {
    CompactionHooks hooks;  // without done
    meta::Catalog* catalog = nullptr;
    Logger* logger = nullptr;
    MetricsRegistry* metrics = nullptr;  // may be nullptr
    /// A compaction of the shard has ended, and for a moment none runs; from a task.
    std::function<void(const std::shared_ptr<shard::Shard>&)> ended;
  };
  CompactionScheduler(Seams seams, CompactionOptions options);

  /// Looks whether a compaction of the shard is due.
  void Request(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  /// Brings the shard's segments to as few as possible.
  Result<CompactionStart> RequestFull(const std::shared_ptr<shard::Shard>& shard,
                                      const CompactionScope& scope = {}) EXCLUDES(mutex_);
  /// Of one request; of a collection when `trigger` is 0. The newest some thousand are known.
  std::vector<CompactionPlan> Plans(int64_t trigger, CollectionId collection) const EXCLUDES(mutex_);
  /// Cancels what runs and waits for the shard, or for one partition of it.
  void Cancel(ShardId shard, std::optional<PartitionId> partition) EXCLUDES(mutex_);
  bool IsRunning(ShardId shard) const EXCLUDES(mutex_);
  /// Whether the segment is on its way into another one.
  bool IsInput(ShardId shard, SegmentId segment) const EXCLUDES(mutex_);
  void BeginStop() EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

 private:
  struct Running {
    CompactionTask task;
    int64_t plan = 0;
  };
  struct Pending {  // of a client's request
    std::shared_ptr<shard::Shard> shard;
    segment::DropRule drop;
    int64_t plan = 0;
  };
  void StartSome() EXCLUDES(mutex_);
  void StartOne(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  segment::DropRule RuleAt(Timestamp now, TimestampOracle* oracle,
                           const std::vector<shard::SealedSize>& sizes, const Params& properties) const;
  std::optional<CompactionTask> Due(const std::shared_ptr<shard::Shard>& shard) const;
  std::optional<Running> TakePending(const std::shared_ptr<shard::Shard>& shard) EXCLUDES(mutex_);
  void Done(const std::shared_ptr<shard::Shard>& shard, const CompactionOutcome& outcome) EXCLUDES(mutex_);
  /// Not for a plan that is forgotten.
  void EndPlanLocked(int64_t id, CompactionPlanState state, SegmentId target, std::string failure)
      REQUIRES(mutex_);
  CompactionPlan& AddPlanLocked(const shard::Shard& shard, PartitionId partition) REQUIRES(mutex_);
  void WaitLocked(const std::shared_ptr<shard::Shard>& shard) REQUIRES(mutex_);
  CompactionHooks HooksFor(const std::shared_ptr<shard::Shard>& shard);
  bool SkipsLocked(ShardId shard) REQUIRES(mutex_);

  const Seams seams_;
  const CompactionOptions options_;
  Counter* done_count_ = nullptr;
  Counter* failed_count_ = nullptr;
  Counter* rows_read_ = nullptr;
  Counter* rows_written_ = nullptr;
  Counter* bytes_written_ = nullptr;

  mutable Mutex mutex_;
  CondVar idle_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  int active_ GUARDED_BY(mutex_) = 0;  // shards being looked at, jobs, calls of `ended`
  std::map<ShardId, Running> running_ GUARDED_BY(mutex_);
  std::map<ShardId, bool> starting_ GUARDED_BY(mutex_);  // being looked at; true: cancelled
  std::deque<std::shared_ptr<shard::Shard>> waiting_ GUARDED_BY(mutex_);
  std::deque<Pending> pending_ GUARDED_BY(mutex_);
  std::deque<CompactionPlan> plans_ GUARDED_BY(mutex_);  // oldest first
  int64_t last_plan_ GUARDED_BY(mutex_) = 0;
  struct Failures {
    int count = 0;
    int skipped = 0;
  };
  std::map<ShardId, Failures> failures_ GUARDED_BY(mutex_);
};

}  // namespace redkite::jobs
