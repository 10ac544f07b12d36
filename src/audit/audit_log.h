// AuditLog: takes events from any thread and appends them to the hash chain of docs/formats/audit.md, in
// batches of one write and one sync on an executor. Append never waits for a disk; a line is durable soon
// after, not when Append returns.
//
// When the log cannot be written: a write that failed is tried again with the next event or Check, at most
// once a second, and what waits is kept in a bounded queue. `refuse`: Check fails from then on, and while the
// queue is more than half full, so that the server refuses what would have to be logged and nothing that
// passed Check is lost. `continue`: Check never fails; what does not fit into the queue is counted (metric
// redkite_audit_lost_total) and the log tells the number where those lines would stand. A failed sync is
// final (io/file_system.h): the log takes nothing until the next start.
//
// A start reads the file that is written to. A torn end, as a crash leaves it, is moved to PATH.damaged and a
// line says so. Damage further in is no crash: `refuse` fails the start, `continue` closes the file as it is
// and begins the next. Only one process at a time has a log (PATH.lock).
//
// Thread safety: thread-safe; Close once. Ownership: borrows its seams; the executor has run or dropped all
// tasks before the AuditLog is destroyed.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "audit/audit_event.h"
#include "audit/audit_line.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/status.h"
#include "io/file_system.h"

namespace redkite::audit {

enum class OnFailure : uint8_t { kRefuse, kContinue };

struct AuditLogOptions {
  std::string path = {};
  uint64_t file_bytes_max = 64 << 20;  // then the next file; one batch may exceed it
  OnFailure on_failure = OnFailure::kRefuse;
  size_t queue_events_max = 4096;
  size_t queue_bytes_max = 1 << 20;
};

/// Where the files of a log lie.
std::string AuditDirectory(const std::string& path);

class AuditLog {
 public:
  struct Seams {
    io::FileSystem* fs = nullptr;
    const Clock* clock = nullptr;
    Executor* executor = nullptr;  // may wait for the disk
    MetricsRegistry* metrics = nullptr;
    Logger* logger = nullptr;
  };
  /// Also creates the file, so that a path which cannot be written fails the start. kDataIntegrity: damage.
  static Result<std::unique_ptr<AuditLog>> Open(const Seams& seams, AuditLogOptions options);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  void Append(const Event& event) EXCLUDES(mutex_);
  /// Asked before an operation that has to be logged; kServiceUnavailable: refuse it with this Status.
  Status Check() EXCLUDES(mutex_);
  /// Writes what waits, in the calling thread. Later events are lost.
  void Close() EXCLUDES(mutex_, file_mutex_);

 private:
  struct Entry {
    int64_t wall_ms = 0;
    std::string fields;
  };
  struct Batch {
    std::vector<const Entry*> entries;  // of queue_; only a drain removes them
    uint64_t lost = 0;
  };

  AuditLog(const Seams& seams, AuditLogOptions options);
  Status OpenFiles() EXCLUDES(mutex_, file_mutex_);
  Status OpenCurrentFile() REQUIRES(file_mutex_) EXCLUDES(mutex_);
  Status CutTornEnd(uint64_t good_bytes, uint64_t size_bytes) EXCLUDES(mutex_);
  Result<Chain> EndOfFullFile(const std::string& path) EXCLUDES(mutex_);
  void PushOwn(std::string fields) EXCLUDES(mutex_);
  /// Whether the caller is to submit a drain.
  bool ClaimDrainLocked() REQUIRES(mutex_);
  void SubmitDrain();
  /// Until nothing waits or a write fails.
  Status Drain() EXCLUDES(mutex_, file_mutex_);
  void SettleLocked(const Batch& batch, const Status& status) REQUIRES(mutex_);
  Status Write(const Batch& batch) REQUIRES(file_mutex_);
  Status WriteBytes(std::string_view bytes) REQUIRES(file_mutex_);
  Status FinishFile() REQUIRES(file_mutex_);

  const Seams seams_;
  const AuditLogOptions options_;
  Counter* const lines_;
  Counter* const lost_total_;
  Counter* const failures_;
  std::unique_ptr<io::FileLock> lock_;

  // Held while writing; before mutex_.
  Mutex file_mutex_;
  std::unique_ptr<io::WritableFile> file_ GUARDED_BY(file_mutex_);  // null: the next write creates it
  uint64_t file_bytes_ GUARDED_BY(file_mutex_) = 0;                 // durable lines of it
  bool has_rest_ GUARDED_BY(file_mutex_) = false;                   // of a failed write, behind file_bytes_
  uint64_t next_number_ GUARDED_BY(file_mutex_) = 1;
  Chain chain_ GUARDED_BY(file_mutex_);
  Status dead_ GUARDED_BY(file_mutex_);  // of the first failed sync

  Mutex mutex_;
  std::deque<Entry> queue_ GUARDED_BY(mutex_);
  size_t queue_bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t lost_ GUARDED_BY(mutex_) = 0;  // that no line tells of yet
  bool draining_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  Status failure_ GUARDED_BY(mutex_);  // of the last write
  int64_t next_try_ns_ GUARDED_BY(mutex_) = 0;
};

}  // namespace redkite::audit
