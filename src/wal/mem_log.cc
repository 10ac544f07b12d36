#include "wal/mem_log.h"

namespace redkite::wal {

MemLog::~MemLog() {
  while (CommitOne(false)) continue;
}

Status MemLog::Start() {
  MutexLock lock(mutex_);
  if (started_) return Status::Internal("log is started already");
  started_ = true;
  return Status::Ok();
}

void MemLog::Append(AppendRequest request, DoneCallback done) {
  bool started;
  {
    MutexLock lock(mutex_);
    started = started_;
    if (started) {
      Record record{std::move(request), std::move(done), {}};
      // Not copied where it is refused in its turn.
      if (record.request.payload.size_bytes() <= kMaxPayloadBytes) {
        for (std::string_view piece : record.request.payload.pieces()) record.payload.append(piece);
      }
      waiting_.push_back(std::move(record));
    }
  }
  if (!started) return done({Code::kServiceNotReady, "log is not started"}, 0);
  while (!manual_ && CommitOne(true)) continue;
}

std::pair<Status, bool> MemLog::DrawFaultLocked() {
  if (!health_.ok()) return {health_, false};
  if (waiting_.front().request.payload.size_bytes() > kMaxPayloadBytes) {
    return {Status(Code::kParameterTooLarge,
                   "log record too large: " + std::to_string(waiting_.front().request.payload.size_bytes())),
            false};
  }
  Status error = std::exchange(next_error_, Status::Ok());
  Fate fate = next_fate_;
  if (error.ok() && random_.Below(1000) < faults_.full_per_mille) {
    error = Status(Code::kDiskLimitExceeded, "log has no space: injected");
  }
  if (error.ok() && random_.Below(1000) < faults_.fail_per_mille) {
    error = Status::Io("log could not be written: injected");
    fate = Fate::kUnknown;
  }
  if (error.ok() || error.code() == Code::kDiskLimitExceeded) return {error, false};
  health_ = error;
  return {error, fate == Fate::kPresent || (fate == Fate::kUnknown && random_.Below(2) == 0)};
}

void MemLog::PushLocked(Record record) {
  record.done = nullptr;
  record.request.payload = LogPayload();
  records_.push_back(std::move(record));
}

bool MemLog::CommitOne(bool may_delay) {
  DoneCallback done;
  Status status;
  LogPosition position = 0;
  {
    MutexLock lock(mutex_);
    if (committing_ || waiting_.empty()) return false;
    if (may_delay && random_.Below(1000) < faults_.delay_per_mille) return false;
    committing_ = true;
    const auto [error, is_written] = DrawFaultLocked();
    Record record = std::move(waiting_.front());
    waiting_.pop_front();
    done = std::move(record.done);
    status = error;
    if (status.ok()) {
      position = first_ + records_.size();
      PushLocked(std::move(record));
    } else if (is_written) {
      after_restart_.push_back(std::move(record));
    }
  }
  done(std::move(status), position);
  MutexLock lock(mutex_);
  committing_ = false;
  return true;
}

size_t MemLog::Commit(size_t count) {
  size_t committed = 0;
  while (committed < count && CommitOne(false)) ++committed;
  return committed;
}

Status MemLog::Read(LogPosition from, const RecordCallback& callback) {
  LogPosition position = from;
  {
    MutexLock lock(mutex_);
    if (from == 0) position = first_;
    if (position < first_)
      return Status::Corrupt("log records are trimmed: position " + std::to_string(from));
    if (position > first_ + records_.size()) {
      return Status::Corrupt("log ends before the position to read from: position " + std::to_string(from));
    }
  }
  for (;; ++position) {
    Record copy;
    {
      MutexLock lock(mutex_);
      if (position < first_)
        return Status::Corrupt("log records are trimmed: position " + std::to_string(position));
      if (position >= first_ + records_.size()) return Status::Ok();
      copy = records_[position - first_];
    }
    const AppendRequest& r = copy.request;
    RK_RETURN_IF_ERROR(callback({.position = position,
                                 .type = r.type,
                                 .flags = r.flags,
                                 .shard = r.shard,
                                 .epoch = r.epoch,
                                 .timestamp = r.timestamp,
                                 .schema_version = r.schema_version,
                                 .payload = copy.payload}));
  }
}

Status MemLog::Trim(LogPosition keep_from) {
  MutexLock lock(mutex_);
  if (!started_) return {Code::kServiceNotReady, "log is not started"};
  while (first_ < keep_from && !records_.empty()) {
    records_.pop_front();
    ++first_;
  }
  return Status::Ok();
}

LogPosition MemLog::last_position() const {
  MutexLock lock(mutex_);
  return first_ + records_.size() - 1;
}

LogPosition MemLog::first_position() const {
  MutexLock lock(mutex_);
  return first_;
}

uint64_t MemLog::BytesSince(LogPosition from) const {
  MutexLock lock(mutex_);
  uint64_t bytes = 0;
  for (size_t i = 0; i < records_.size(); ++i) {
    if (first_ + i >= from) bytes += records_[i].payload.size();
  }
  return bytes;
}

Status MemLog::health() const {
  MutexLock lock(mutex_);
  return health_;
}

size_t MemLog::waiting_count() const {
  MutexLock lock(mutex_);
  return waiting_.size();
}

void MemLog::FailNext(Status error, Fate fate) {
  MutexLock lock(mutex_);
  next_error_ = std::move(error);
  next_fate_ = fate;
}

void MemLog::SetFaults(MemLogFaults faults) {
  MutexLock lock(mutex_);
  faults_ = faults;
}

void MemLog::Restart(bool some_survive) {
  std::deque<Record> lost;  // destroyed without the lock
  MutexLock lock(mutex_);
  for (Record& record : after_restart_) PushLocked(std::move(record));
  after_restart_.clear();
  // After a failure nothing more was written.
  uint64_t survivors = some_survive && health_.ok() ? random_.Below(waiting_.size() + 1) : 0;
  for (; survivors > 0; --survivors) {
    if (waiting_.front().request.payload.size_bytes() <= kMaxPayloadBytes)
      PushLocked(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  lost.swap(waiting_);
  started_ = false;
  health_ = Status::Ok();
  next_error_ = Status::Ok();
}

}  // namespace redkite::wal
