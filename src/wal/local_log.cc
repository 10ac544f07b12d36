#include "wal/local_log.h"

#include <algorithm>

#include "base/planted.h"
#include "io/file_paths.h"
#include "wal/log_scanner.h"

namespace redkite::wal {
namespace {

constexpr size_t kGroupRecordsMax = 4096;
static_assert(kGroupRecordsMax <= kMaxBatchDepth);

}  // namespace

LocalLog::LocalLog(LocalLogOptions options)
    : options_(std::move(options)), writer_(options_.fs, options_.dir, options_.file_bytes) {
  if (MetricsRegistry* metrics = options_.metrics) {
    appends_ = metrics->GetCounter("redkite_log_appends_total", "Records made durable in the log.");
    bytes_ = metrics->GetCounter("redkite_log_bytes_total", "Bytes of records made durable in the log.");
    syncs_ = metrics->GetCounter("redkite_log_syncs_total", "Group commits of the log.");
    sync_latency_ = metrics->GetLatency("redkite_log_commit_seconds", "Time to write and sync one group.");
  }
}

LocalLog::~LocalLog() {
  bool started;
  {
    MutexLock lock(mutex_);
    started = state_ == State::kStarted;
    state_ = State::kStopping;
    wake_.NotifyOne();
  }
  thread_.Join();
  while (started && CommitWaiting()) continue;
}

Status LocalLog::Start() {
  {
    MutexLock lock(mutex_);
    if (state_ != State::kOpen) return Status::Internal("log is started already: " + options_.dir);
  }
  RK_RETURN_IF_ERROR(StartWriter());
  WarnUnless(StoreMark(first_position()));
  MutexLock lock(mutex_);
  state_ = State::kStarted;
  if (options_.has_thread) thread_ = Thread("log", [this] { CommitLoop(); });
  return Status::Ok();
}

// ---- append

void LocalLog::Append(AppendRequest request, DoneCallback done) {
  bool submit = false, taken = false;
  {
    MutexLock lock(mutex_);
    if (state_ == State::kStarted) {
      queue_.push_back({std::move(request), std::move(done), Status::Ok(), 0});
      if (queue_.size() == 1) wake_.NotifyOne();
      submit = options_.executor != nullptr && !commit_submitted_;
      commit_submitted_ = commit_submitted_ || submit;
      taken = true;
    }
  }
  if (submit) SubmitCommit();
  if (taken) return;
  done({Code::kServiceNotReady, "log is not started: " + options_.dir}, 0);
}

void LocalLog::CommitLoop() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && state_ == State::kStarted) wake_.Wait(mutex_);
      if (queue_.empty()) return;
    }
    CommitWaiting();
  }
}

void LocalLog::SubmitCommit() {
  options_.executor->Submit(Priority::kControl, [this] {
    CommitWaiting();
    {
      MutexLock lock(mutex_);
      commit_submitted_ = !queue_.empty();
      if (!commit_submitted_) return;
    }
    SubmitCommit();
  });
}

bool LocalLog::CommitWaiting() {
  Group group;
  {
    MutexLock lock(mutex_);
    group = TakeGroupLocked();
  }
  if (group.empty()) return false;
  CommitGroup(&group);
  for (Waiting& waiting : group) {
    waiting.request.payload = LogPayload();
    waiting.done(std::move(waiting.status), waiting.position);
    waiting.done = nullptr;
  }
  return true;
}

LocalLog::Group LocalLog::TakeGroupLocked() {
  Group group;
  uint64_t bytes = 0;
  while (!queue_.empty() && group.size() < kGroupRecordsMax) {
    bytes += RecordBytes(queue_.front().request.payload.size_bytes());
    if (!group.empty() && bytes > options_.group_bytes_max) break;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void LocalLog::CommitGroup(Group* group) {
  const int64_t start_ns = options_.clock->MonotonicNs();
  size_t first_unsynced = 0;
  roll_failure_ = Status::Ok();
  for (size_t i = 0; i < group->size(); ++i) {
    Waiting& waiting = (*group)[i];
    const uint64_t payload_bytes = waiting.request.payload.size_bytes();
    if (broken_) {
      waiting.status = health();
      continue;
    }
    if (payload_bytes > kMaxPayloadBytes) {
      waiting.status = {Code::kParameterTooLarge, "log record too large: " + std::to_string(payload_bytes)};
      continue;
    }
    if (writer_.MustRoll(payload_bytes)) {
      SyncPut(group, first_unsynced, i);
      first_unsynced = i;
      waiting.status = broken_ ? health() : RollFile(payload_bytes);
      if (!waiting.status.ok()) continue;
    }
    const Status status = PutRecord(&waiting);
    if (status.ok()) continue;
    FailPut(group, first_unsynced, i + 1, status);
    first_unsynced = i + 1;
  }
  SyncPut(group, first_unsynced, group->size());
  if (sync_latency_ != nullptr) sync_latency_->ObserveNs(options_.clock->MonotonicNs() - start_ns);
}

Status LocalLog::PutRecord(Waiting* waiting) {
  const AppendRequest& request = waiting->request;
  waiting->position = next_position_++;
  RecordHeader header;
  header.position = waiting->position;
  header.shard = request.shard;
  header.epoch = request.epoch;
  header.timestamp = request.timestamp;
  header.payload_sum = request.payload.word_sum();
  header.payload_bytes = static_cast<uint32_t>(request.payload.size_bytes());
  header.payload_crc = request.payload.crc();
  header.schema_version = request.schema_version;
  header.type = request.type;
  header.flags = request.flags;
  header.batch_depth = static_cast<uint16_t>(next_position_ - synced_next_position_);
  return writer_.Put(header, uuid_, request.payload);
}

void LocalLog::SyncPut(Group* group, size_t first, size_t end) {
  if (next_position_ == synced_next_position_ || broken_) return;
  const Status status = writer_.Commit();
  if (!status.ok()) return FailPut(group, first, end, status);
  const auto records = static_cast<int64_t>(next_position_ - synced_next_position_);
  synced_next_position_ = next_position_;
  uint64_t bytes;
  {
    MutexLock lock(mutex_);
    durable_position_ = next_position_ - 1;
    bytes = writer_.tail() - files_.back().used_bytes;
    files_.back().used_bytes = writer_.tail();
    files_.back().last = durable_position_;
  }
  if (appends_ == nullptr) return;
  appends_->Add(records);
  bytes_->Add(static_cast<int64_t>(bytes));
  syncs_->Add();
}

void LocalLog::FailPut(Group* group, size_t first, size_t end, Status status) {
  // Only a full disk is survived, and only when the bytes can be taken back.
  if (status.code() == Code::kDiskLimitExceeded) {
    const Status taken_back = writer_.TakeBack();
    if (taken_back.ok()) {
      next_position_ = synced_next_position_;
    } else {
      status = Poison(taken_back.WithCode(Code::kIoFailed));
    }
  } else {
    status = Poison(status);
  }
  for (size_t i = first; i < end; ++i) {
    Waiting& waiting = (*group)[i];
    waiting.position = 0;
    if (waiting.status.ok()) waiting.status = status;
  }
}

Status LocalLog::RollFile(uint64_t payload_bytes) {
  if (!roll_failure_.ok() && payload_bytes >= roll_failed_bytes_) return roll_failure_;
  LogPosition previous;
  bool replaces_newest;
  {
    MutexLock lock(mutex_);
    // A newest file without a record is replaced: the record is too large for it.
    replaces_newest = !files_.empty() && files_.back().first == next_position_;
    previous = replaces_newest ? files_.back().previous : durable_position_;
  }
  bool broken = false;
  const LogFileHeader header{.uuid = uuid_, .first = next_position_, .previous = previous};
  Result<LogFileInfo> info = writer_.Roll(header, payload_bytes, &broken);
  if (broken) return Poison(info.status());
  if (!info.ok()) {
    // Nothing of the record was written: out of descriptors, say, or mounted read-only for a while.
    const bool full = info.status().code() == Code::kDiskLimitExceeded;
    roll_failure_ = full ? info.status() : info.status().WithCode(Code::kServiceUnavailable);
    roll_failed_bytes_ = payload_bytes;
    return roll_failure_;
  }
  {
    MutexLock lock(mutex_);
    if (replaces_newest) files_.pop_back();
    files_.push_back(*info);
  }
  WarnUnless(StoreMark(first_position()));
  return Status::Ok();
}

Status LocalLog::StoreMark(LogPosition oldest) {
  if (options_.witness == nullptr) return Status::Ok();
  MutexLock lock(witness_mutex_);
  LogMark next{uuid_, mark_.uuid == uuid_ ? std::max(mark_.oldest, oldest) : oldest, 0};
  {
    MutexLock files_lock(mutex_);
    if (files_.empty()) return Status::Ok();  // the disk was full at the first start
    next.newest = files_.back().first;
  }
  next.oldest = std::min(next.oldest, next.newest);
  if (next == mark_) return Status::Ok();
  RK_RETURN_IF_ERROR(options_.witness->Store(EncodeLogMark(next)));
  mark_ = next;
  return Status::Ok();
}

// The log goes on without: it is less certain to find out that somebody removed a file.
void LocalLog::WarnUnless(const Status& stored) {
  if (stored.ok() || options_.logger == nullptr) return;
  options_.logger->Warn("the log's newest file could not be noted in the catalog",
                        {{"error", stored.message()}});
}

Status LocalLog::Poison(const Status& status) {
  broken_ = true;
  Status health =
      status.WithCode(Code::kIoFailed).WithContext("log stopped after a failed write, restart to recover");
  if (options_.logger != nullptr) options_.logger->Error("log stopped", {{"error", health.message()}});
  MutexLock lock(mutex_);
  health_ = health;
  return health;
}

// ---- read, trim

Status LocalLog::Read(LogPosition from, const RecordCallback& callback) {
  std::vector<LogFileInfo> files;
  LogPosition end;
  {
    MutexLock lock(mutex_);
    files = files_;
    end = durable_position_;
  }
  const LogPosition first = files.empty() ? end + 1 : files.front().first;
  if (from == 0) from = first;
  if (from < first) {
    return Status::Corrupt("log records are trimmed: position " + std::to_string(from) + ", first kept " +
                           std::to_string(first));
  }
  if (from > end + 1) {
    return Status::Corrupt("log ends before the position to read from: position " + std::to_string(from) +
                           ", last " + std::to_string(end));
  }
  for (size_t i = 0; i < files.size(); ++i) {
    const bool is_last = i + 1 == files.size();
    if (!is_last && files[i + 1].first <= from) continue;
    RK_RETURN_IF_ERROR(ReadFile(files[i], from, is_last ? files[i].last : files[i + 1].previous, callback));
  }
  return Status::Ok();
}

Status LocalLog::ReadFile(const LogFileInfo& info, LogPosition from, LogPosition end,
                          const RecordCallback& callback) const {
  RK_ASSIGN_OR_RETURN(const auto file, options_.fs->OpenForRead(info.path));
  LogScanner scanner(file.get(), {.uuid = uuid_, .first = info.first, .previous = info.previous});
  while (scanner.next_position() <= end) {
    const bool wanted = scanner.next_position() >= from;
    RK_ASSIGN_OR_RETURN(const auto outcome, wanted ? scanner.Next() : scanner.Skip());
    if (outcome == LogScanner::Outcome::kNoRecord) {
      return Status::Corrupt("log is damaged: " + info.path + ": offset " + std::to_string(scanner.offset()) +
                             ": no valid record at position " + std::to_string(scanner.next_position()) +
                             ", or the file that begins with it is missing: " +
                             io::JoinPath(options_.dir, LogFileName(scanner.next_position())));
    }
    if (!wanted) continue;
    const RecordHeader& h = scanner.header();
    RK_RETURN_IF_ERROR(callback({.position = h.position,
                                 .type = h.type,
                                 .flags = h.flags,
                                 .shard = h.shard,
                                 .epoch = h.epoch,
                                 .timestamp = h.timestamp,
                                 .schema_version = h.schema_version,
                                 .payload = scanner.payload()}));
  }
  return Status::Ok();
}

Status LocalLog::Trim(LogPosition keep_from) {
  MutexLock trim_lock(trim_mutex_);
  LogPosition oldest = 0;  // of the files that stay
  {
    MutexLock lock(mutex_);
    for (size_t i = 1; i < files_.size() && files_[i].first <= keep_from; ++i) oldest = files_[i].first;
  }
  if (oldest != 0) RK_RETURN_IF_ERROR(StoreMark(oldest));
  keep_from = oldest;  // a file that was made meanwhile frees no other one now
  for (;;) {
    // One by one: were a newer removal durable before an older one, the log would have a hole.
    if (removal_unsynced_) RK_RETURN_IF_ERROR(options_.fs->SyncDir(options_.dir));
    removal_unsynced_ = false;
    std::string path;
    {
      MutexLock lock(mutex_);
      if (state_ == State::kOpen) return {Code::kServiceNotReady, "log is not started: " + options_.dir};
      if (files_.size() < 2 || files_[1].first > keep_from) return Status::Ok();
      path = files_.front().path;
    }
    const Status status = options_.fs->Remove(path);
    const bool is_gone = status.ok() || status.code() == Code::kKeyNotFound;
    if (!is_gone && !RK_PLANTED("trim_leaves_hole")) return status;
    removal_unsynced_ = true;
    MutexLock lock(mutex_);
    files_.erase(files_.begin());
    if (!is_gone) return status;
  }
}

LogPosition LocalLog::last_position() const {
  MutexLock lock(mutex_);
  return durable_position_;
}

LogPosition LocalLog::first_position() const {
  MutexLock lock(mutex_);
  return files_.empty() ? durable_position_ + 1 : files_.front().first;
}

uint64_t LocalLog::BytesSince(LogPosition from) const {
  MutexLock lock(mutex_);
  uint64_t bytes = 0;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (i + 1 == files_.size() || files_[i + 1].first > from) bytes += files_[i].used_bytes;
  }
  return bytes;
}

Status LocalLog::health() const {
  MutexLock lock(mutex_);
  return health_;
}

}  // namespace redkite::wal
