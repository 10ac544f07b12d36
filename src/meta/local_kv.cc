#include "meta/local_kv.h"

#include <algorithm>
#include <utility>

#include "base/planted.h"
#include "io/file_paths.h"
#include "io/set_aside.h"
#include "meta/kv_log.h"

namespace redkite::meta {
namespace {

constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr uint64_t kAllocationStep = 4096;
constexpr uint64_t kSnapshotFrameBytes = 64;  // at least header, count and checksum of a snapshot
constexpr uint64_t kLastRecordBytes = 4096;   // room for the usual record that makes a new snapshot due

/// At least what an entry takes in a snapshot.
uint64_t EntryBytes(std::string_view key, std::string_view value) {
  constexpr uint64_t kLengthsAndRevision = 10 + 10 + 8;
  return key.size() + value.size() + kLengthsAndRevision;
}

}  // namespace

Result<std::unique_ptr<LocalKv>> LocalKv::Open(io::FileSystem* fs, const std::string& dir,
                                               LocalKvOptions options) {
  std::unique_ptr<LocalKv> kv(new LocalKv(fs, dir, options));
  MutexLock lock(kv->commit_mutex_);
  RK_RETURN_IF_ERROR(kv->Recover());
  if (!options.starts_later) RK_RETURN_IF_ERROR(kv->StartLocked());
  return kv;
}

Status LocalKv::Start() {
  MutexLock lock(commit_mutex_);
  return StartLocked();
}

bool LocalKv::is_new() const {
  MutexLock lock(commit_mutex_);
  return is_new_;
}

Status LocalKv::StartLocked() {
  if (started_) return Status::Ok();
  started_ = true;
  RK_RETURN_IF_ERROR(fs_->CreateDirs(dir_));
  if (is_new_) return WriteSnapshot();
  const std::string path = io::JoinPath(dir_, LogName(log_base_));
  if (!log_damage_.ok()) {
    RK_ASSIGN_OR_RETURN(const std::string copy, io::CopyAside(fs_, path, log_dirty_end_));
    if (options_.logger != nullptr) {
      options_.logger->Warn("rescue: the metadata log was cut at damage",
                            {{"file", path},
                             {"offset", log_bytes_},
                             {"bytes", log_dirty_end_ - log_bytes_},
                             {"damage", log_damage_.message()},
                             {"copy", copy}});
    }
  }
  RK_RETURN_IF_ERROR(ReopenLog(log_dirty_end_));
  // What was replayed is about to be answered from: it must not vanish in a later power cut. The last record
  // is written again, since a sync that failed before this start may have left it in memory only, where a
  // further sync would not touch it.
  const std::string_view last =
      std::string_view(log_read_).substr(last_record_offset_, log_bytes_ - last_record_offset_);
  RK_RETURN_IF_ERROR(log_->WriteAt(last_record_offset_, last));
  RK_RETURN_IF_ERROR(log_->Sync());
  log_read_ = std::string();
  // The snapshot's name may not be durable yet, when the process that made it was ended before it could sync.
  RK_RETURN_IF_ERROR(fs_->SyncDir(dir_));
  RemoveOthers(log_base_);
  return Status::Ok();
}

Status LocalKv::Recover() {
  RK_ASSIGN_OR_RETURN(const bool exists, fs_->Exists(dir_));
  std::vector<io::FileInfo> listing;
  if (exists) {
    RK_ASSIGN_OR_RETURN(listing, fs_->List(dir_));
  }
  std::optional<uint64_t> base;
  for (const io::FileInfo& info : listing) base = std::max(base, ParseSnapshotName(info.name));
  bool has_log = false;
  for (const io::FileInfo& info : listing) {
    const std::optional<uint64_t> log = ParseLogName(info.name);
    if (!log.has_value()) continue;
    has_log = has_log || log == base;
    if (log > base) RK_RETURN_IF_ERROR(CheckOtherLog(io::JoinPath(dir_, info.name), *log));
  }
  is_new_ = !base.has_value();
  if (is_new_) return Status::Ok();
  RK_RETURN_IF_ERROR(ReadSnapshot(io::JoinPath(dir_, SnapshotName(*base)), *base));
  const std::string log_path = io::JoinPath(dir_, LogName(*base));
  if (!has_log) return Status::Corrupt("metadata log is missing: " + log_path);
  return ReplayLog(log_path, *base);
}

// A log is created, empty, before its snapshot: with records in it the snapshot was there and is lost.
Status LocalKv::CheckOtherLog(const std::string& path, uint64_t base) {
  RK_ASSIGN_OR_RETURN(const std::string bytes, fs_->ReadAll(path, LogBytesMax(options_.snapshot_bytes_max)));
  if (bytes.find_first_not_of('\0', kLogHeaderBytes) == std::string::npos) return Status::Ok();
  return Status::Corrupt("metadata snapshot is missing: " + io::JoinPath(dir_, SnapshotName(base)) + "; " +
                         path + " continues it");
}

Status LocalKv::ReadSnapshot(const std::string& path, uint64_t base) {
  RK_ASSIGN_OR_RETURN(const std::string bytes, fs_->ReadAll(path, options_.snapshot_bytes_max));
  Result<std::vector<KvEntry>> entries = DecodeSnapshot(bytes, base);
  if (!entries.ok()) return entries.status().WithContext(path);
  snapshot_bytes_ = bytes.size();
  MutexLock lock(mutex_);
  for (KvEntry& e : *entries) {
    entries_bytes_ += EntryBytes(e.key, e.value);
    entries_.insert_or_assign(std::move(e.key), Value{std::move(e.value), e.revision});
  }
  revision_ = base;
  return Status::Ok();
}

Status LocalKv::ReplayLog(const std::string& path, uint64_t base) {
  RK_ASSIGN_OR_RETURN(std::string bytes, fs_->ReadAll(path, LogBytesMax(options_.snapshot_bytes_max)));
  Result<LogContent> log = ReadLog(bytes, base);
  if (!log.ok()) return log.status().WithContext(path);
  log_damage_ = log->damage;
  if (!log_damage_.ok() && !options_.recover_truncate) return log_damage_.WithContext(path);
  {
    MutexLock lock(mutex_);
    for (const KvTxn& txn : log->txns) {
      Apply(txn, revision_ + 1);
      ++revision_;
    }
  }
  log_base_ = base;
  log_bytes_ = log->valid_bytes;
  log_allocated_ = log->allocated_bytes;
  last_record_offset_ = log->last_offset;
  log_dirty_end_ = log->dirty_end;
  log_read_ = std::move(bytes);
  return Status::Ok();
}

Result<std::optional<KvEntry>> LocalKv::Get(std::string_view key) {
  MutexLock lock(mutex_);
  auto it = entries_.find(key);
  if (it == entries_.end()) return std::optional<KvEntry>();
  return std::optional<KvEntry>(KvEntry{it->first, it->second.value, it->second.revision});
}

Result<std::vector<KvEntry>> LocalKv::List(std::string_view prefix) {
  MutexLock lock(mutex_);
  std::vector<KvEntry> out;
  for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it) {
    out.push_back({it->first, it->second.value, it->second.revision});
  }
  return out;
}

uint64_t LocalKv::revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

void LocalKv::Apply(const KvTxn& txn, uint64_t revision) {
  entries_bytes_ = BytesAfter(txn);
  for (const std::string& key : txn.deletes) entries_.erase(key);
  for (const KvPut& put : txn.puts) entries_.insert_or_assign(put.key, Value{put.value, revision});
}

uint64_t LocalKv::BytesAfter(const KvTxn& txn) const {
  uint64_t bytes = entries_bytes_;
  const auto take_out = [&](const std::string& key) REQUIRES(mutex_) {
    const auto it = entries_.find(key);
    if (it != entries_.end()) bytes -= EntryBytes(key, it->second.value);
  };
  for (const std::string& key : txn.deletes) take_out(key);
  for (const KvPut& put : txn.puts) {
    take_out(put.key);
    bytes += EntryBytes(put.key, put.value);
  }
  return bytes;
}

Result<KvTxnResult> LocalKv::Commit(const KvTxn& txn) {
  MutexLock commit_lock(commit_mutex_);
  RK_RETURN_IF_ERROR(fenced_);
  if (!started_) {
    fenced_ = StartLocked();
    RK_RETURN_IF_ERROR(fenced_);
  }
  uint64_t revision = 0;
  {
    MutexLock lock(mutex_);
    revision = revision_;
    for (const KvCompare& c : txn.compares) {
      auto it = entries_.find(c.key);
      if ((it == entries_.end() ? 0 : it->second.revision) != c.revision) return KvTxnResult{false, revision};
    }
    const uint64_t bytes = BytesAfter(txn);
    if (bytes > entries_bytes_ && bytes + kSnapshotFrameBytes > options_.snapshot_bytes_max) {
      return Status(Code::kDiskLimitExceeded, "metadata is full: " + dir_ + ": " + std::to_string(bytes) +
                                                  " bytes, at most " +
                                                  std::to_string(options_.snapshot_bytes_max));
    }
  }
  ++revision;
  const std::string record = EncodeRecord(txn, log_base_, revision);
  if (record.size() > kMaxRecordBytes) return Status::Invalid("metadata transaction is too large");
  if (log_bytes_ + record.size() > LogBytesMax(options_.snapshot_bytes_max)) {
    return Status(Code::kDiskLimitExceeded,
                  "metadata log is full, there was no space for a snapshot: " + dir_);
  }
  RK_RETURN_IF_ERROR(AppendRecord(record));
  {
    MutexLock lock(mutex_);
    Apply(txn, revision);
    revision_ = revision;
  }
  // The transaction is durable: a snapshot that fails fences the store for the next one or leaves the old log
  // in use.
  if (log_bytes_ > std::max(options_.log_bytes_before_snapshot, snapshot_bytes_)) (void)WriteSnapshot();
  return KvTxnResult{true, revision};
}

Status LocalKv::AppendRecord(const std::string& record) {
  const Status appended = log_->WriteAt(log_bytes_, record);
  if (appended.code() == Code::kDiskLimitExceeded) {
    // Nothing was synced: remove what was written, so that the store works again when there is space.
    fenced_ = ReopenLog(log_bytes_ + record.size());
    return appended;
  }
  fenced_ = appended;
  if (fenced_.ok() && !RK_PLANTED("catalog_ack_before_sync")) fenced_ = log_->Sync();
  RK_RETURN_IF_ERROR(fenced_);
  log_bytes_ += record.size();
  return Status::Ok();
}

// With nothing but zeros between the records and the end of the allocated space, and no byte behind both.
Status LocalKv::ReopenLog(uint64_t dirty_end) {
  const std::string path = io::JoinPath(dir_, LogName(log_base_));
  if (log_ != nullptr) (void)log_->Close();
  RK_ASSIGN_OR_RETURN(log_, fs_->OpenForWrite(path));
  const uint64_t end = std::max(log_bytes_, log_allocated_);
  RK_RETURN_IF_ERROR(log_->Allocate(end));
  if (dirty_end > end) RK_RETURN_IF_ERROR(fs_->Truncate(path, end));
  const uint64_t zeros_end = std::min(dirty_end, end);
  if (zeros_end > log_bytes_)
    RK_RETURN_IF_ERROR(log_->WriteAt(log_bytes_, std::string(zeros_end - log_bytes_, '\0')));
  return log_->Sync();
}

Status LocalKv::WriteSnapshot() {
  std::vector<KvEntry> entries;
  uint64_t base = 0;
  {
    MutexLock lock(mutex_);
    base = revision_;
    entries.reserve(entries_.size());
    for (const auto& [key, value] : entries_) entries.push_back({key, value.value, value.revision});
  }
  const std::string snapshot = EncodeSnapshot(entries, base);
  const uint64_t records_max = std::max<uint64_t>(options_.log_bytes_before_snapshot, snapshot.size());
  const uint64_t allocated =
      (records_max + kLastRecordBytes + kAllocationStep - 1) / kAllocationStep * kAllocationStep;
  const std::string log_path = io::JoinPath(dir_, LogName(base));
  RK_ASSIGN_OR_RETURN(auto log, fs_->Create(log_path));
  RK_RETURN_IF_ERROR(log->Allocate(allocated));
  RK_RETURN_IF_ERROR(log->WriteAt(0, EncodeLogHeader(base, allocated)));
  fenced_ = log->Sync();
  if (fenced_.ok()) fenced_ = fs_->SyncDir(dir_);
  RK_RETURN_IF_ERROR(fenced_);
  const std::string path = io::JoinPath(dir_, SnapshotName(base));
  const Status written =
      io::WriteFileAtomically(fs_, path, snapshot);  // the rename inside is the commit point
  if (written.code() == Code::kDiskLimitExceeded) {
    const Result<bool> renamed = fs_->Exists(path);
    if (renamed.ok() && !*renamed) return written;  // the old snapshot and log are still the ones
  }
  fenced_ = written;
  RK_RETURN_IF_ERROR(fenced_);
  log_ = std::move(log);
  log_base_ = base;
  log_bytes_ = kLogHeaderBytes;
  log_allocated_ = allocated;
  snapshot_bytes_ = snapshot.size();
  RemoveOthers(base);
  return Status::Ok();
}

void LocalKv::RemoveOthers(uint64_t base) {
  // What fails here is garbage, and the next snapshot tries again.
  const Result<std::vector<io::FileInfo>> listing = fs_->List(dir_);
  if (!listing.ok()) return;
  for (const io::FileInfo& info : *listing) {
    if (info.is_dir || info.name == SnapshotName(base) || info.name == LogName(base)) continue;
    const bool own = ParseSnapshotName(info.name).has_value() || ParseLogName(info.name).has_value() ||
                     info.name.ends_with(kTemporarySuffix);
    if (own) (void)fs_->Remove(io::JoinPath(dir_, info.name));
  }
}

}  // namespace redkite::meta
