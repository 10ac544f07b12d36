#include "wal/log.h"

#include <cstring>

#include "base/crc32c.h"
#include "base/mutex.h"

namespace redkite::wal {

void WordSum::Add(std::string_view piece) {
  while (word_bytes_ != 0 && !piece.empty()) {
    value_ += uint64_t{static_cast<uint8_t>(piece[0])} << (8 * word_bytes_);
    word_bytes_ = (word_bytes_ + 1) % 8;
    piece.remove_prefix(1);
  }
  uint64_t sum = 0;
  for (; piece.size() >= 8; piece.remove_prefix(8)) {
    uint64_t word;
    std::memcpy(&word, piece.data(), sizeof word);
    sum += word;
  }
  value_ += sum;
  for (char c : piece) value_ += uint64_t{static_cast<uint8_t>(c)} << (8 * word_bytes_++);
}

LogPayload::LogPayload(std::string bytes) {
  auto owned = std::make_shared<const std::string>(std::move(bytes));
  size_bytes_ = owned->size();
  crc_ = Crc32c(*owned);
  word_sum_.Add(*owned);
  pieces_.push_back(*owned);
  owner_ = std::move(owned);
}

LogPayload::LogPayload(std::vector<std::string_view> pieces, std::shared_ptr<const void> owner)
    : pieces_(std::move(pieces)), owner_(std::move(owner)) {
  for (std::string_view piece : pieces_) {
    size_bytes_ += piece.size();
    crc_ = Crc32c(piece, crc_);
    word_sum_.Add(piece);
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
