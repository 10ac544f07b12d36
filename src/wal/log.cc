#include "wal/log.h"

#include "base/crc32c.h"
#include "base/mutex.h"

namespace redkite::wal {

LogPayload::LogPayload(std::string bytes) {
  auto owned = std::make_shared<const std::string>(std::move(bytes));
  size_bytes_ = owned->size();
  crc_ = Crc32c(*owned);
  pieces_.push_back(*owned);
  owner_ = std::move(owned);
}

LogPayload::LogPayload(std::vector<std::string_view> pieces, std::shared_ptr<const void> owner)
    : pieces_(std::move(pieces)), owner_(std::move(owner)) {
  for (std::string_view piece : pieces_) {
    size_bytes_ += piece.size();
    crc_ = Crc32c(piece, crc_);
  }
}

Result<LogPosition> AppendAndWait(Log* log, AppendRequest request) {
  struct Wait {
    Mutex mutex;
    CondVar ready;
    bool done GUARDED_BY(mutex) = false;
    Status status GUARDED_BY(mutex);
    LogPosition position GUARDED_BY(mutex) = 0;
  };
  // Shared: the callback may still be inside Unlock when the waiter returns.
  auto wait = std::make_shared<Wait>();
  log->Append(std::move(request), [wait](Status status, LogPosition position) {
    MutexLock lock(wait->mutex);
    wait->done = true;
    wait->status = std::move(status);
    wait->position = position;
    wait->ready.NotifyOne();
  });
  MutexLock lock(wait->mutex);
  while (!wait->done) wait->ready.Wait(wait->mutex);
  if (!wait->status.ok()) return wait->status;
  return wait->position;
}

}  // namespace redkite::wal
