#include "audit/audit_log.h"

#include <algorithm>
#include <span>
#include <utility>

#include "audit/audit_files.h"
#include "io/file_paths.h"
#include "io/set_aside.h"

namespace redkite::audit {
namespace {

constexpr int64_t kRetryNs = 1'000'000'000;
// With what AppendLine adds, a whole queue stays below kBatchBytesMax.
constexpr size_t kQueueEventsLimit = 8192;
constexpr size_t kQueueBytesLimit = 2 << 20;

// So that a mistyped path never cuts the end of somebody else's file. The begin may be torn: zeros.
Status CheckOurs(io::FileSystem* fs, const std::string& path, uint64_t size_bytes) {
  constexpr std::string_view kBegin = "{\"seq\":";
  std::string begin(std::min<uint64_t>(size_bytes, kBegin.size()), '\0');
  RK_ASSIGN_OR_RETURN(const auto file, fs->OpenForRead(path));
  RK_RETURN_IF_ERROR(file->ReadAt(0, std::as_writable_bytes(std::span(begin))));
  begin.erase(std::find(begin.begin(), begin.end(), '\0'), begin.end());
  if (kBegin.starts_with(begin)) return Status::Ok();
  return Status::Corrupt("not an audit log: " + path);
}

Status Damaged(const std::string& path, const FileStart& start) {
  return Status::Corrupt("audit log damaged behind its line " + std::to_string(start.lines) + " (" +
                         start.problem + "); `redkite audit verify` lists it all, audit.on_failure " +
                         "\"continue\" starts in spite of it: " + path);
}

}  // namespace

std::string AuditDirectory(const std::string& path) { return io::DirName(path); }

AuditLog::AuditLog(const Seams& seams, AuditLogOptions options)
    : seams_(seams),
      options_(std::move(options)),
      lines_(seams.metrics->GetCounter("redkite_audit_lines_total", "Lines written to the audit log.")),
      lost_total_(seams.metrics->GetCounter("redkite_audit_lost_total",
                                            "Events that the audit log had no room for.")),
      failures_(seams.metrics->GetCounter("redkite_audit_write_failures_total",
                                          "Failed writes of the audit log; each is tried again.")) {
  CHECK(options_.queue_events_max <= kQueueEventsLimit && options_.queue_bytes_max <= kQueueBytesLimit);
}

AuditLog::~AuditLog() { Close(); }

Result<std::unique_ptr<AuditLog>> AuditLog::Open(const Seams& seams, AuditLogOptions options) {
  RK_RETURN_IF_ERROR(seams.fs->CreateDirs(io::DirName(options.path)));
  RK_ASSIGN_OR_RETURN(auto lock, seams.fs->Lock(options.path + ".lock"));
  std::unique_ptr<AuditLog> log(new AuditLog(seams, std::move(options)));
  log->lock_ = std::move(lock);
  RK_RETURN_IF_ERROR(log->OpenFiles());
  return log;
}

Status AuditLog::OpenFiles() {
  Status status;
  {
    MutexLock lock(file_mutex_);
    RK_ASSIGN_OR_RETURN(const auto numbers, FullFileNumbers(seams_.fs, options_.path));
    if (!numbers.empty()) {
      next_number_ = numbers.back() + 1;
      RK_ASSIGN_OR_RETURN(chain_, EndOfFullFile(FullFilePath(options_.path, numbers.back())));
    }
    RK_RETURN_IF_ERROR(OpenCurrentFile());
    // A new file: its head shows now whether it can be written.
    if (!file_) status = Write({});
  }
  if (status.ok()) status = Drain();
  // A full disk may be freed; everything else is a wrong path.
  if (options_.on_failure == OnFailure::kRefuse || status.code() != Code::kDiskLimitExceeded) return status;
  MutexLock lock(mutex_);
  SettleLocked({}, status);
  return Status::Ok();
}

Result<Chain> AuditLog::EndOfFullFile(const std::string& path) {
  RK_ASSIGN_OR_RETURN(const FileStart start, ReadFileStart(seams_.fs, path));
  if (start.problem.empty() && start.chain) return *start.chain;
  if (options_.on_failure == OnFailure::kRefuse) return Damaged(path, start);
  seams_.logger->Error("audit log damaged", {{"path", path}, {"problem", start.problem}});
  PushOwn(EncodeDamage(io::BaseName(path)));
  return start.chain.value_or(Chain());
}

// Reads PATH and opens it behind its last good line; nothing is open when there is no such line.
Status AuditLog::OpenCurrentFile() {
  const std::string& path = options_.path;
  RK_ASSIGN_OR_RETURN(const bool exists, seams_.fs->Exists(path));
  if (!exists) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const FileStart start, ReadFileStart(seams_.fs, path));
  RK_RETURN_IF_ERROR(CheckOurs(seams_.fs, path, start.size_bytes));
  if (start.chain) chain_ = *start.chain;
  const uint64_t rest = start.size_bytes - start.good_bytes;
  if (rest > kBatchBytesMax) {
    if (options_.on_failure == OnFailure::kRefuse) return Damaged(path, start);
    seams_.logger->Error("audit log damaged", {{"path", path}, {"problem", start.problem}});
    PushOwn(EncodeDamage(io::BaseName(FullFilePath(path, next_number_))));
    return FinishFile();
  }
  if (rest > 0) RK_RETURN_IF_ERROR(CutTornEnd(start.good_bytes, start.size_bytes));
  if (!start.chain) return Status::Ok();
  RK_ASSIGN_OR_RETURN(file_, seams_.fs->OpenForWrite(path));
  file_bytes_ = start.good_bytes;
  return Status::Ok();
}

Status AuditLog::CutTornEnd(uint64_t good_bytes, uint64_t size_bytes) {
  const std::string& path = options_.path;
  std::string rest(size_bytes - good_bytes, '\0');
  {
    RK_ASSIGN_OR_RETURN(const auto file, seams_.fs->OpenForRead(path));
    RK_RETURN_IF_ERROR(file->ReadAt(good_bytes, std::as_writable_bytes(std::span(rest))));
  }
  RK_ASSIGN_OR_RETURN(const std::string kept, io::SetAsidePath(seams_.fs, path));
  RK_ASSIGN_OR_RETURN(auto copy, seams_.fs->CreatePrivate(kept));
  RK_RETURN_IF_ERROR(copy->Append(rest));
  RK_RETURN_IF_ERROR(copy->Sync());
  RK_RETURN_IF_ERROR(copy->Close());
  RK_RETURN_IF_ERROR(seams_.fs->SyncDir(io::DirName(path)));
  RK_RETURN_IF_ERROR(seams_.fs->Truncate(path, good_bytes));
  seams_.logger->Warn("torn end of the audit log set aside", {{"path", kept}, {"bytes", rest.size()}});
  PushOwn(EncodeTorn(rest.size(), io::BaseName(kept)));
  return Status::Ok();
}

void AuditLog::PushOwn(std::string fields) {
  MutexLock lock(mutex_);
  queue_bytes_ += fields.size();
  queue_.push_back({seams_.clock->WallMs(), std::move(fields)});
}

void AuditLog::Append(const Event& event) {
  std::string fields = EncodeEvent(event);
  {
    MutexLock lock(mutex_);
    if (closed_ || queue_.size() >= options_.queue_events_max ||
        queue_bytes_ + fields.size() > options_.queue_bytes_max) {
      ++lost_;
      lost_total_->Add();
    } else {
      queue_bytes_ += fields.size();
      queue_.push_back({seams_.clock->WallMs(), std::move(fields)});
    }
    if (!ClaimDrainLocked()) return;
  }
  SubmitDrain();
}

Status AuditLog::Check() {
  if (options_.on_failure == OnFailure::kContinue) return Status::Ok();
  Status status;
  {
    MutexLock lock(mutex_);
    if (!failure_.ok()) {
      status = failure_.WithContext("the audit log cannot be written");
    } else if (queue_.size() > options_.queue_events_max / 2 || queue_bytes_ > options_.queue_bytes_max / 2) {
      status = Status(Code::kServiceUnavailable,
                      "the audit log is behind: " + std::to_string(queue_.size()) + " events wait");
    }
    if (status.ok()) return status;
    if (!ClaimDrainLocked()) return status.WithCode(Code::kServiceUnavailable);
  }
  SubmitDrain();
  return status.WithCode(Code::kServiceUnavailable);
}

bool AuditLog::ClaimDrainLocked() {
  if (draining_ || closed_) return false;
  if (!failure_.ok() && seams_.clock->MonotonicNs() < next_try_ns_) return false;
  draining_ = true;
  return true;
}

void AuditLog::SubmitDrain() {
  seams_.executor->Submit(Priority::kControl, [this] { static_cast<void>(Drain()); });
}

Status AuditLog::Drain() {
  MutexLock file_lock(file_mutex_);
  while (true) {
    Batch batch;
    {
      MutexLock lock(mutex_);
      for (const Entry& entry : queue_) batch.entries.push_back(&entry);
      batch.lost = lost_;
      if (batch.entries.empty() && batch.lost == 0) {
        draining_ = false;
        return Status::Ok();
      }
    }
    const Status status = Write(batch);
    MutexLock lock(mutex_);
    SettleLocked(batch, status);
    if (!status.ok()) return status;
  }
}

void AuditLog::SettleLocked(const Batch& batch, const Status& status) {
  if (status.ok()) {
    for (size_t i = 0; i < batch.entries.size(); ++i) {
      queue_bytes_ -= queue_.front().fields.size();
      queue_.pop_front();
    }
    lost_ -= batch.lost;
    if (!failure_.ok()) seams_.logger->Warn("audit log is written again", {{"lost", batch.lost}});
  } else {
    failures_->Add();
    if (failure_.ok()) seams_.logger->Error("audit log failed", {{"reason", status.message()}});
    next_try_ns_ = seams_.clock->MonotonicNs() + kRetryNs;
    draining_ = false;
  }
  failure_ = status;
}

// All of a batch or, as far as the log knows afterwards, nothing of it.
Status AuditLog::Write(const Batch& batch) {
  RK_RETURN_IF_ERROR(dead_);
  if (file_ && file_bytes_ >= options_.file_bytes_max) RK_RETURN_IF_ERROR(FinishFile());
  Chain chain = chain_;
  std::string bytes;
  if (!file_) {
    RK_ASSIGN_OR_RETURN(file_, seams_.fs->CreatePrivate(options_.path));
    file_bytes_ = 0;
    has_rest_ = false;
  }
  if (file_bytes_ == 0) AppendLine(seams_.clock->WallMs(), EncodeHead(chain.hash), &chain, &bytes);
  for (const Entry* entry : batch.entries) AppendLine(entry->wall_ms, entry->fields, &chain, &bytes);
  if (batch.lost > 0) AppendLine(seams_.clock->WallMs(), EncodeLost(batch.lost), &chain, &bytes);
  RK_RETURN_IF_ERROR(WriteBytes(bytes));
  lines_->Add(static_cast<int64_t>(chain.next_seq - chain_.next_seq));
  chain_ = std::move(chain);
  return Status::Ok();
}

Status AuditLog::WriteBytes(std::string_view bytes) {
  const std::string& path = options_.path;
  if (has_rest_) {
    RK_RETURN_IF_ERROR(seams_.fs->Truncate(path, file_bytes_));
    has_rest_ = false;
  }
  const Status written = file_->WriteAt(file_bytes_, bytes);
  if (!written.ok()) {
    // At once, so that a full disk gets its room back.
    has_rest_ = !seams_.fs->Truncate(path, file_bytes_).ok();
    return written;
  }
  dead_ = file_->Sync();
  if (dead_.ok() && file_bytes_ == 0) dead_ = seams_.fs->SyncDir(io::DirName(path));
  if (dead_.ok()) file_bytes_ += bytes.size();
  return dead_;
}

// The name goes first: from then on a start finds the end of the chain in the full file.
Status AuditLog::FinishFile() {
  const std::string& path = options_.path;
  RK_RETURN_IF_ERROR(seams_.fs->Rename(path, FullFilePath(path, next_number_)));
  ++next_number_;
  const std::unique_ptr<io::WritableFile> full = std::move(file_);
  file_bytes_ = 0;
  dead_ = seams_.fs->SyncDir(io::DirName(path));
  RK_RETURN_IF_ERROR(dead_);
  return full ? full->Close() : Status::Ok();
}

void AuditLog::Close() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(closed_, true)) return;
  }
  const Status drained = Drain();
  if (!drained.ok()) seams_.logger->Error("audit log lost its last events", {{"reason", drained.message()}});
  MutexLock lock(file_mutex_);
  if (file_) static_cast<void>(file_->Close());
  file_.reset();
  if (dead_.ok()) dead_ = Status(Code::kServiceUnavailable, "the audit log is closed");
}

}  // namespace redkite::audit
