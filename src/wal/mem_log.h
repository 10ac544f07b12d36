// MemLog: the Log in memory, for tests of what stands on it and for the simulation. Records are durable at
// once, or when the test says so. The same seed and the same calls give the same faults. What a failure
// leaves behind is what log.h allows: a record that failed with kDiskLimitExceeded is certainly absent; one
// that failed otherwise may be there after Restart, and the log takes no further record before it. Thread
// safety: see Log; the controls may be called from any thread. Callbacks run in the thread that commits: the
// appending one, or the caller of Commit.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "wal/log.h"

namespace redkite::wal {

/// How often the commit of a record meets a fault, drawn from the seed.
struct MemLogFaults {
  uint32_t full_per_mille = 0;   // kDiskLimitExceeded
  uint32_t fail_per_mille = 0;   // kIoFailed; half of the records are there after Restart
  uint32_t delay_per_mille = 0;  // this record and what follows wait for a later Append or Commit
};

class MemLog final : public Log {
 public:
  /// Whether a record whose commit failed is there after Restart.
  enum class Fate { kAbsent, kPresent, kUnknown };

  /// `manual`: records wait for Commit.
  explicit MemLog(bool manual = false, uint64_t seed = 1) : manual_(manual), random_(seed) {}
  ~MemLog() override;

  Status Start() override;
  void Append(AppendRequest request, DoneCallback done) override;
  Status Read(LogPosition from, const RecordCallback& callback) override;
  Status Trim(LogPosition keep_from) override;
  LogPosition last_position() const override;
  LogPosition first_position() const override;
  uint64_t BytesSince(LogPosition from) const override;
  Status health() const override;

  /// Makes up to `count` waiting records durable, oldest first; returns how many. Delays do not hold it up.
  size_t Commit(size_t count = SIZE_MAX);
  size_t waiting_count() const;
  /// The next record to be committed fails. With kDiskLimitExceeded the log goes on and the record is absent,
  /// whatever `fate` says; with any other code the log stops.
  void FailNext(Status error, Fate fate = Fate::kAbsent);
  void SetFaults(MemLogFaults faults);
  /// A crash: callbacks of what waits are never called, and the log must be started again. Of what waits, the
  /// records on their way to the disk, nothing survives, or with `some_survive` the first few.
  void Restart(bool some_survive = false);

 private:
  struct Record {
    AppendRequest request;
    DoneCallback done;
    std::string payload;
  };
  /// Commits one record and calls its callback; false when none waits, it is delayed, or another thread is at
  /// it.
  bool CommitOne(bool may_delay);
  /// Ok, or why this record is not committed; with it whether it is there after Restart.
  std::pair<Status, bool> DrawFaultLocked() REQUIRES(mutex_);
  void PushLocked(Record record) REQUIRES(mutex_);

  const bool manual_;
  mutable Mutex mutex_;
  Random random_ GUARDED_BY(mutex_);
  MemLogFaults faults_ GUARDED_BY(mutex_);
  bool started_ GUARDED_BY(mutex_) = false;
  bool committing_ GUARDED_BY(mutex_) = false;
  std::deque<Record> waiting_ GUARDED_BY(mutex_);
  std::deque<Record> records_ GUARDED_BY(mutex_);
  std::deque<Record> after_restart_ GUARDED_BY(mutex_);  // written, but not known to be
  LogPosition first_ GUARDED_BY(mutex_) = 1;
  Status next_error_ GUARDED_BY(mutex_);
  Fate next_fate_ GUARDED_BY(mutex_) = Fate::kAbsent;
  Status health_ GUARDED_BY(mutex_);
};

}  // namespace redkite::wal
