// LocalLog: the Log of one node, in files of one directory (docs/formats/log.md). One thread commits: it
// takes all waiting records as one group, writes them, syncs once and calls their callbacks; it sleeps while
// nothing waits.
//
// Recovery: Open compares the files with what the witness knows of them and reads the newest one. Bytes after
// the last good record are a torn tail, which Start removes, unless they show that a durable record is
// damaged: then Open (or Read, in an older file) answers kDataIntegrity with file and offset. Failure: the
// first failed write or sync stops the log for good; the same descriptor is never synced again. A full disk
// fails the records that found no space, takes their bytes back and goes on. Thread safety: see Log.
// Ownership: the seams in the options must outlive the log; the caller holds the lock of the data directory.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/thread.h"
#include "io/file_system.h"
#include "wal/log.h"
#include "wal/log_witness.h"
#include "wal/log_writer.h"
#include "wal/record_codec.h"

namespace redkite::wal {

struct LocalLogOptions {
  io::FileSystem* fs = nullptr;
  std::string dir;
  const Clock* clock = nullptr;
  Random* random = nullptr;            // used in Open only, for the uuid of a new log
  Logger* logger = nullptr;            // may be null
  MetricsRegistry* metrics = nullptr;  // may be null
  uint64_t file_bytes = uint64_t{64} << 20;
  uint64_t group_bytes_max = uint64_t{8} << 20;  // a group takes at least one record
  /// Goes on with the longest good prefix where Open or Read would refuse for damage. What is dropped is kept
  /// beside the log under the names of io/set_aside.h, with one warning for each; positions of dropped
  /// records are not given again.
  bool recover_truncate = false;
  LogWitness* witness = nullptr;  // may be null
  /// False: no thread; `executor` commits, or the owner by CommitWaiting (simulation, tests).
  bool has_thread = true;
  /// Without a thread: commits as tasks, one at a time. It must have dropped or run them before the log goes.
  Executor* executor = nullptr;
};

class LocalLog final : public Log {
 public:
  /// Changes nothing on disk. A missing directory is an empty log.
  static Result<std::unique_ptr<LocalLog>> Open(LocalLogOptions options);
  ~LocalLog() override;

  Status Start() override;
  void Append(AppendRequest request, DoneCallback done) override;
  Status Read(LogPosition from, const RecordCallback& callback) override;
  Status Trim(LogPosition keep_from) override;
  LogPosition last_position() const override;
  LogPosition first_position() const override;
  uint64_t BytesSince(LogPosition from) const override;
  Status health() const override;

  // For a rescue, before Start.
  /// No record gets a position below `next` from now on.
  Status SkipTo(LogPosition next);
  /// Copies the files with records from `first` to `last` aside.
  Status CopyAside(LogPosition first, LogPosition last);

  /// Commits one group in the calling thread; false when nothing waits. Only without a thread.
  bool CommitWaiting();

 private:
  struct Waiting {
    AppendRequest request;
    DoneCallback done;
    Status status;
    LogPosition position = 0;
  };
  using Group = std::vector<Waiting>;
  enum class State { kOpen, kStarted, kStopping };

  explicit LocalLog(LocalLogOptions options);
  Status Recover();
  Status ListFiles(std::vector<LogFileInfo>* files);
  Status CheckHeaders(std::vector<LogFileInfo>* files);
  Status CheckMark(const std::vector<LogFileInfo>& files);
  Status FindEnd(std::vector<LogFileInfo>* files);
  /// Reads all records of one file; sets its used_bytes and the position after it.
  Result<LogPosition> ScanFile(LogFileInfo* file);
  Status Drop(std::vector<LogFileInfo>* files, size_t first_dropped);
  Status SetDroppedAside();
  void Warn(std::string_view what, Logger::Fields fields);
  Status StartWriter();
  Status ReadFile(const LogFileInfo& info, LogPosition from, LogPosition end,
                  const RecordCallback& callback) const;

  void CommitLoop();
  void SubmitCommit();
  Group TakeGroupLocked() REQUIRES(mutex_);
  void CommitGroup(Group* group);
  Status PutRecord(Waiting* waiting);
  void SyncPut(Group* group, size_t first, size_t end);
  void FailPut(Group* group, size_t first, size_t end, Status status);
  Status RollFile(uint64_t payload_bytes);
  /// Tells the witness of the newest file, and that files before the one at `oldest` may go.
  Status StoreMark(LogPosition oldest) EXCLUDES(witness_mutex_, mutex_);
  void WarnUnless(const Status& stored);
  Status Poison(const Status& status);

  const LocalLogOptions options_;
  LogUuid uuid_{};
  Counter* appends_ = nullptr;
  Counter* bytes_ = nullptr;
  Counter* syncs_ = nullptr;
  LatencyHistogram* sync_latency_ = nullptr;

  // Recovery: set by Open, used up by Start.
  uint64_t unproven_offset_ = 0;    // in the newest file: records from here on may not be durable
  uint64_t dirty_end_ = 0;          // in the newest file
  LogPosition next_in_file_ = 1;    // after the newest file's last record
  LogPosition position_floor_ = 0;  // no record of a dropped file has a higher position
  std::vector<LogFileInfo> dropped_files_;
  std::string cut_file_;     // its end is dropped,
  uint64_t cut_offset_ = 0;  // from here on
  std::string missing_;      // what CheckMark found

  // The committing thread's own.
  LogWriter writer_;
  LogPosition next_position_ = 1;
  LogPosition synced_next_position_ = 1;
  bool broken_ = false;
  Status roll_failure_;  // in this group, for records from roll_failed_bytes_ on: not tried again for each of
                         // them
  uint64_t roll_failed_bytes_ = 0;

  // Order: trim_mutex_, witness_mutex_, mutex_.
  Mutex trim_mutex_;  // one Trim at a time
  bool removal_unsynced_ GUARDED_BY(trim_mutex_) = false;
  Mutex witness_mutex_;
  LogMark mark_ GUARDED_BY(witness_mutex_);  // as the witness has it; uuid of zeros: nothing
  mutable Mutex mutex_;
  CondVar wake_;
  State state_ GUARDED_BY(mutex_) = State::kOpen;
  std::deque<Waiting> queue_ GUARDED_BY(mutex_);
  bool commit_submitted_ GUARDED_BY(mutex_) = false;
  std::vector<LogFileInfo> files_ GUARDED_BY(mutex_);  // by position
  LogPosition durable_position_ GUARDED_BY(mutex_) = 0;
  Status health_ GUARDED_BY(mutex_);
  Thread thread_;
};

}  // namespace redkite::wal
