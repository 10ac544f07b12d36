#include "meta/local_kv.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "base/planted.h"
#include "io/file_paths.h"
#include "meta/kv_log.h"

namespace redkite::meta {
namespace {

constexpr std::string_view kSnapshotPrefix = "SNAPSHOT-";
constexpr std::string_view kLogPrefix = "LOG-";
constexpr size_t kDigits = 20;
constexpr std::string_view kDamagedSuffix = ".damaged";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr uint64_t kAllocationStep = 4096;
constexpr uint64_t kLastRecordBytes = 4096;  // room for the usual record that makes a new snapshot due

std::string NameOf(std::string_view prefix, uint64_t base) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(base));
  return std::string(prefix) + digits;
}

std::optional<uint64_t> BaseOf(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix) || name.size() != prefix.size() + kDigits) return std::nullopt;
  name.remove_prefix(prefix.size());
  uint64_t base = 0;
  const auto [at, error] = std::from_chars(name.data(), name.data() + name.size(), base);
  if (error != std::errc() || at != name.data() + name.size()) return std::nullopt;
  return base;
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
  const std::string path = io::JoinPath(dir_, NameOf(kLogPrefix, log_base_));
  if (log_is_damaged_) {
    RK_RETURN_IF_ERROR(io::WriteFileAtomically(fs_, path + std::string(kDamagedSuffix), log_read_));
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
  for (const io::FileInfo& info : listing) base = std::max(base, BaseOf(kSnapshotPrefix, info.name));
  bool has_log = false;
  for (const io::FileInfo& info : listing) {
    const std::optional<uint64_t> log = BaseOf(kLogPrefix, info.name);
    if (!log.has_value()) continue;
    has_log = has_log || log == base;
    if (log > base) RK_RETURN_IF_ERROR(CheckOtherLog(io::JoinPath(dir_, info.name), *log));
  }
  is_new_ = !base.has_value();
  if (is_new_) return Status::Ok();
  RK_RETURN_IF_ERROR(ReadSnapshot(io::JoinPath(dir_, NameOf(kSnapshotPrefix, *base)), *base));
  const std::string log_path = io::JoinPath(dir_, NameOf(kLogPrefix, *base));
  if (!has_log) return Status::Corrupt("metadata log is missing: " + log_path);
  return ReplayLog(log_path, *base);
}

// A log is created, empty, before its snapshot: with records in it the snapshot was there and is lost.
Status LocalKv::CheckOtherLog(const std::string& path, uint64_t base) {
  RK_ASSIGN_OR_RETURN(const std::string bytes, fs_->ReadAll(path));
  if (bytes.find_first_not_of('\0', kLogHeaderBytes) == std::string::npos) return Status::Ok();
  return Status::Corrupt("metadata snapshot is missing: " +
                         io::JoinPath(dir_, NameOf(kSnapshotPrefix, base)) + "; " + path + " continues it");
}

Status LocalKv::ReadSnapshot(const std::string& path, uint64_t base) {
  RK_ASSIGN_OR_RETURN(const std::string bytes, fs_->ReadAll(path));
  Result<std::vector<KvEntry>> entries = DecodeSnapshot(bytes, base);
  if (!entries.ok()) return entries.status().WithContext(path);
  snapshot_bytes_ = bytes.size();
  MutexLock lock(mutex_);
  for (KvEntry& e : *entries) {
    entries_.insert_or_assign(std::move(e.key), Value{std::move(e.value), e.revision});
  }
  revision_ = base;
  return Status::Ok();
}

Status LocalKv::ReplayLog(const std::string& path, uint64_t base) {
  RK_ASSIGN_OR_RETURN(std::string bytes, fs_->ReadAll(path));
  Result<LogContent> log = ReadLog(bytes, base);
  if (!log.ok()) return log.status().WithContext(path);
  log_is_damaged_ = !log->damage.ok();
  if (log_is_damaged_ && !options_.recover_truncate) return log->damage.WithContext(path);
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
  for (const std::string& key : txn.deletes) entries_.erase(key);
  for (const KvPut& put : txn.puts) entries_.insert_or_assign(put.key, Value{put.value, revision});
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
  }
  ++revision;
  const std::string record = EncodeRecord(txn, log_base_, revision);
  if (record.size() > kMaxRecordBytes) return Status::Invalid("metadata transaction is too large");
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
  const std::string path = io::JoinPath(dir_, NameOf(kLogPrefix, log_base_));
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
  const std::string log_path = io::JoinPath(dir_, NameOf(kLogPrefix, base));
  RK_ASSIGN_OR_RETURN(auto log, fs_->Create(log_path));
  RK_RETURN_IF_ERROR(log->Allocate(allocated));
  RK_RETURN_IF_ERROR(log->WriteAt(0, EncodeLogHeader(base, allocated)));
  fenced_ = log->Sync();
  if (fenced_.ok()) fenced_ = fs_->SyncDir(dir_);
  RK_RETURN_IF_ERROR(fenced_);
  const std::string path = io::JoinPath(dir_, NameOf(kSnapshotPrefix, base));
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
    if (info.is_dir || info.name == NameOf(kSnapshotPrefix, base) || info.name == NameOf(kLogPrefix, base))
      continue;
    const bool own = BaseOf(kSnapshotPrefix, info.name).has_value() ||
                     BaseOf(kLogPrefix, info.name).has_value() || info.name.ends_with(kTemporarySuffix);
    if (own) (void)fs_->Remove(io::JoinPath(dir_, info.name));
  }
}

}  // namespace redkite::meta
