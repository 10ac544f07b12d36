// Scrubber: reads the files of all sealed segments again, once in an interval and not faster than its rate,
// so that damage is found while there is still a copy somewhere and not when somebody needs the rows. A
// damaged index is left out and built again; a segment whose rows, keys or deletes are damaged is set aside,
// and reads that need it fail by name (see shard::DamagedSegment).
//
// Driven by Maintain alone. Thread safety: Maintain from one thread, the rest from any. Ownership: keeps a
// shard alive only while a file of it is being read; the seams outlive it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/metrics.h"
#include "shard/shard.h"
#include "storage/block_file.h"

namespace redkite::jobs {

struct ScrubOptions {
  int64_t interval_ms = 24 * 3'600'000;  // from the beginning of one pass to the next, 0: never
  int64_t bytes_per_second = int64_t{20} << 20;
};

class Scrubber {
 public:
  struct Seams {
    Executor* file_executor = nullptr;
    Logger* logger = nullptr;
    MetricsRegistry* metrics = nullptr;  // may be nullptr
    std::function<void(const std::shared_ptr<shard::Shard>&)> rebuild_indexes;
  };
  Scrubber(Seams seams, ScrubOptions options);

  /// Goes on with a pass, or begins one when it is due; `now_ms` is of a monotonic clock. The first is due
  /// soon after the first call: a start reads little, and nobody may ever ask for what is not loaded.
  void Maintain(int64_t now_ms, const std::vector<std::shared_ptr<shard::Shard>>& shards) EXCLUDES(mutex_);
  void BeginStop() EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

 private:
  struct File {
    std::shared_ptr<shard::Shard> shard;
    SegmentId segment;
    storage::FileRef ref;
    storage::FileKind kind{};
    IndexId index{0};
  };
  /// One task: some megabytes.
  void Step() EXCLUDES(mutex_);
  /// Bytes that were read; the file under way is done with, or not.
  int64_t ReadSome();
  bool NextFile() EXCLUDES(mutex_);
  void Damaged(const Status& error);

  const Seams seams_;
  const ScrubOptions options_;
  Counter* bytes_ = nullptr;
  Counter* damaged_ = nullptr;

  Mutex mutex_;
  CondVar idle_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  int64_t allowance_bytes_ GUARDED_BY(mutex_) = 0;
  std::deque<std::weak_ptr<shard::Shard>> shards_ GUARDED_BY(mutex_);  // of this pass, not begun yet
  int64_t last_call_ms_ = -1;                                          // Maintain alone
  int64_t pass_due_ms_ = 0;
  // Of the task under way.
  std::deque<File> files_;
  std::unique_ptr<storage::BlockFileReader> reader_;
  uint64_t next_block_ = 0;
};

}  // namespace redkite::jobs
