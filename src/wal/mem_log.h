// MemLog: the Log in memory, for tests of what stands on it. Records are durable at once, or when the test
// says so. Thread safety: see Log; the controls may be called from any thread. Callbacks run in the thread
// that commits: the appending one, or the caller of Commit.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "wal/log.h"

namespace redkite::wal {

class MemLog final : public Log {
 public:
  /// `manual`: records wait for Commit.
  explicit MemLog(bool manual = false) : manual_(manual) {}
  ~MemLog() override;

  Status Start() override;
  void Append(AppendRequest request, DoneCallback done) override;
  Status Read(LogPosition from, const RecordCallback& callback) override;
  Status Trim(LogPosition keep_from) override;
  LogPosition last_position() const override;
  LogPosition first_position() const override;
  uint64_t BytesSince(LogPosition from) const override;
  Status health() const override;

  /// Makes up to `count` waiting records durable, oldest first; returns how many.
  size_t Commit(size_t count = SIZE_MAX);
  size_t waiting_count() const;
  /// The next record to be committed fails. With kDiskLimitExceeded the log goes on, with any other code it
  /// stops.
  void FailNext(Status error);
  /// A crash: what waits is gone, its callbacks never called; the log must be started again.
  void Restart();

 private:
  struct Record {
    AppendRequest request;
    DoneCallback done;
    std::string payload;
  };
  /// Commits one record and calls its callback; false when none waits or another thread is at it.
  bool CommitOne();

  const bool manual_;
  mutable Mutex mutex_;
  bool started_ GUARDED_BY(mutex_) = false;
  bool committing_ GUARDED_BY(mutex_) = false;
  std::deque<Record> waiting_ GUARDED_BY(mutex_);
  std::deque<Record> records_ GUARDED_BY(mutex_);
  LogPosition first_ GUARDED_BY(mutex_) = 1;
  Status next_error_ GUARDED_BY(mutex_);
  Status health_ GUARDED_BY(mutex_);
};

}  // namespace redkite::wal
