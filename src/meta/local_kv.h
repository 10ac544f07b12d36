// LocalKv: the embedded Kv: a log of transactions and a checksummed snapshot, everything held in memory.
// Format: docs/formats/catalog.md.
//
// One record = one transaction, written into allocated space and synced before Commit returns. When the log
// is larger than the snapshot and kLogBytesBeforeSnapshot, a new snapshot and an empty log replace both.
// Recovery reads the newest snapshot and its log: an incomplete last record (the one transaction that may
// have been in flight) is dropped; anything else that does not verify is refused with file and offset, a
// single flipped bit in the last record and a file that lost its end too. Thread safety: any thread.
// Ownership: borrows the file system. One LocalKv per directory (the data directory's lock sees to it).
// Errors: after the first failed write or sync the store is fenced: every later Commit returns that error.
// What would make the store larger than a snapshot may be is kDiskLimitExceeded.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "io/file_system.h"
#include "meta/kv.h"
#include "meta/kv_log.h"

namespace redkite::meta {

inline constexpr uint64_t kLogBytesBeforeSnapshot = 1 << 20;

struct LocalKvOptions {
  uint64_t log_bytes_before_snapshot = kLogBytesBeforeSnapshot;  // smaller in tests
  /// Goes on with the transactions before the damage of a log where Open would refuse; a copy of the log
  /// stays under a name of io/set_aside.h, and a warning says so.
  bool recover_truncate = false;
  /// Open changes nothing on the disk; the first Commit or Start does what it would have done.
  bool starts_later = false;
  uint64_t snapshot_bytes_max = kSnapshotBytesMax;  // smaller in tests
  Logger* logger = nullptr;                         // may be null
};

class LocalKv final : public Kv {
 public:
  /// Creates `dir` and an empty store when there is none.
  static Result<std::unique_ptr<LocalKv>> Open(io::FileSystem* fs, const std::string& dir,
                                               LocalKvOptions options = {});
  Result<std::optional<KvEntry>> Get(std::string_view key) override EXCLUDES(mutex_);
  Result<std::vector<KvEntry>> List(std::string_view prefix) override EXCLUDES(mutex_);
  Result<KvTxnResult> Commit(const KvTxn& txn) override EXCLUDES(commit_mutex_, mutex_);
  uint64_t revision() const override EXCLUDES(mutex_);
  /// Makes what was read durable, repairs the end of the log, removes what a snapshot replaced. Once; before
  /// anything is answered from this store.
  Status Start() EXCLUDES(commit_mutex_, mutex_);
  /// There was no snapshot: an empty store, made by Start.
  bool is_new() const EXCLUDES(commit_mutex_);

 private:
  struct Value {
    std::string value;
    uint64_t revision = 0;
  };
  using Entries = std::map<std::string, Value, std::less<>>;

  LocalKv(io::FileSystem* fs, std::string dir, LocalKvOptions options)
      : fs_(fs), dir_(std::move(dir)), options_(options) {}
  Status Recover() REQUIRES(commit_mutex_) EXCLUDES(mutex_);
  Status StartLocked() REQUIRES(commit_mutex_) EXCLUDES(mutex_);
  Status ReadSnapshot(const std::string& path, uint64_t base) REQUIRES(commit_mutex_) EXCLUDES(mutex_);
  Status ReplayLog(const std::string& path, uint64_t base) REQUIRES(commit_mutex_) EXCLUDES(mutex_);
  Status CheckOtherLog(const std::string& path, uint64_t base);
  Status AppendRecord(const std::string& record) REQUIRES(commit_mutex_);
  Status ReopenLog(uint64_t dirty_end) REQUIRES(commit_mutex_);
  Status WriteSnapshot() REQUIRES(commit_mutex_) EXCLUDES(mutex_);
  void RemoveOthers(uint64_t base) REQUIRES(commit_mutex_);
  void Apply(const KvTxn& txn, uint64_t revision) REQUIRES(mutex_);
  /// entries_bytes_ when `txn` is applied.
  uint64_t BytesAfter(const KvTxn& txn) const REQUIRES(mutex_);

  io::FileSystem* fs_;
  std::string dir_;
  const LocalKvOptions options_;
  mutable Mutex commit_mutex_;  // held over the disk; always taken before mutex_
  bool started_ GUARDED_BY(commit_mutex_) = false;
  bool is_new_ GUARDED_BY(commit_mutex_) = false;
  // What Start has to do, from Recover.
  std::string log_read_ GUARDED_BY(commit_mutex_);  // bytes of the log
  uint64_t last_record_offset_ GUARDED_BY(commit_mutex_) = 0;
  uint64_t log_dirty_end_ GUARDED_BY(commit_mutex_) = 0;
  Status log_damage_ GUARDED_BY(commit_mutex_);
  std::unique_ptr<io::WritableFile> log_ GUARDED_BY(commit_mutex_);
  uint64_t log_base_ GUARDED_BY(commit_mutex_) = 0;
  uint64_t log_bytes_ GUARDED_BY(commit_mutex_) = 0;      // of records and header
  uint64_t log_allocated_ GUARDED_BY(commit_mutex_) = 0;  // as its header says
  uint64_t snapshot_bytes_ GUARDED_BY(commit_mutex_) = 0;
  Status fenced_ GUARDED_BY(commit_mutex_);
  mutable Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);
  uint64_t entries_bytes_ GUARDED_BY(mutex_) = 0;  // in a snapshot
  uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace redkite::meta
