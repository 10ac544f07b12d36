#include "meta/mem_kv.h"

#include <utility>

#include "meta/kv_log.h"

namespace redkite::meta {
namespace {

uint64_t BytesOf(const KvTxn& txn) {
  uint64_t bytes = 0;
  for (const KvPut& put : txn.puts) bytes += put.key.size() + put.value.size();
  for (const std::string& key : txn.deletes) bytes += key.size();
  return bytes;
}

}  // namespace

Result<std::optional<KvEntry>> MemKv::Get(std::string_view key) {
  MutexLock lock(mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end()) return std::optional<KvEntry>();
  return std::optional<KvEntry>(KvEntry{it->first, it->second.value, it->second.revision});
}

Result<std::vector<KvEntry>> MemKv::List(std::string_view prefix) {
  MutexLock lock(mutex_);
  std::vector<KvEntry> out;
  for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it) {
    out.push_back({it->first, it->second.value, it->second.revision});
  }
  return out;
}

uint64_t MemKv::revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

void MemKv::ApplyLocked(const KvTxn& txn) {
  ++revision_;
  for (const std::string& key : txn.deletes) entries_.erase(key);
  for (const KvPut& put : txn.puts) entries_.insert_or_assign(put.key, Value{put.value, revision_});
}

Status MemKv::DrawFaultLocked(const KvTxn& txn) {
  Status error = std::exchange(next_error_, Status::Ok());
  Fate fate = next_fate_;
  if (error.ok() && random_.Below(1000) < faults_.full_per_mille) {
    error = Status(Code::kDiskLimitExceeded, "metadata store has no space: injected");
  }
  if (error.ok() && random_.Below(1000) < faults_.fail_per_mille) {
    error = Status::Io("metadata store could not be written: injected");
    fate = Fate::kUnknown;
  }
  if (error.ok() || error.code() == Code::kDiskLimitExceeded) return error;
  fenced_ = error;
  if (fate == Fate::kPresent || (fate == Fate::kUnknown && random_.Below(2) == 0)) after_restart_ = txn;
  return error;
}

Result<KvTxnResult> MemKv::Commit(const KvTxn& txn) {
  MutexLock lock(mutex_);
  RK_RETURN_IF_ERROR(fenced_);
  for (const KvCompare& compare : txn.compares) {
    const auto it = entries_.find(compare.key);
    if ((it == entries_.end() ? 0 : it->second.revision) != compare.revision)
      return KvTxnResult{false, revision_};
  }
  if (BytesOf(txn) > kMaxRecordBytes) return Status::Invalid("metadata transaction is too large");
  RK_RETURN_IF_ERROR(DrawFaultLocked(txn));
  ApplyLocked(txn);
  return KvTxnResult{true, revision_};
}

void MemKv::FailNext(Status error, Fate fate) {
  MutexLock lock(mutex_);
  next_error_ = std::move(error);
  next_fate_ = fate;
}

void MemKv::SetFaults(MemKvFaults faults) {
  MutexLock lock(mutex_);
  faults_ = faults;
}

void MemKv::Restart() {
  MutexLock lock(mutex_);
  fenced_ = Status::Ok();
  next_error_ = Status::Ok();
  if (after_restart_) ApplyLocked(*std::exchange(after_restart_, std::nullopt));
}

}  // namespace redkite::meta
