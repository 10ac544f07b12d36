#include "server/transport/output_queue.h"

namespace redkite::server {
namespace {
constexpr size_t kBlockBytes = 16 << 10;
constexpr size_t kKeptBlockBytes = 4 << 10;  // an idle connection keeps at most this
}  // namespace

std::shared_ptr<const std::string> ShareBody(std::string&& body, MemoryReservation reservation) {
  struct Held {
    std::string body;
    MemoryReservation reservation;
  };
  auto held = std::make_shared<Held>();
  held->body = std::move(body);
  held->reservation = std::move(reservation);
  return {held, &held->body};
}

void OutputQueue::Append(std::string_view bytes) {
  if (bytes.empty()) return;
  size_bytes_ += bytes.size();
  if (segments_.size() > head_ && !segments_.back().owner) {
    std::string& block = segments_.back().block;
    if (block.empty() || block.size() + bytes.size() <= kBlockBytes) {
      block.append(bytes);
      return;
    }
  }
  segments_.emplace_back();
  segments_.back().block.assign(bytes);
}

void OutputQueue::AppendShared(const std::shared_ptr<const std::string>& owner, std::string_view bytes) {
  if (bytes.empty()) return;
  size_bytes_ += bytes.size();
  Segment segment;
  segment.owner = owner;
  segment.shared = bytes;
  segments_.push_back(std::move(segment));
}

int OutputQueue::Gather(iovec* out, int count_max) const {
  int n = 0;
  size_t skip = head_offset_;
  for (size_t i = head_; i < segments_.size() && n < count_max; ++i) {
    std::string_view bytes = segments_[i].bytes().substr(skip);
    skip = 0;
    if (bytes.empty()) continue;
    out[n].iov_base = const_cast<char*>(bytes.data());
    out[n].iov_len = bytes.size();
    ++n;
  }
  return n;
}

void OutputQueue::Consume(size_t bytes) {
  size_bytes_ -= bytes;
  while (bytes > 0) {
    size_t left = segments_[head_].bytes().size() - head_offset_;
    if (bytes < left) {
      head_offset_ += bytes;
      return;
    }
    bytes -= left;
    head_offset_ = 0;
    segments_[head_].owner.reset();
    if (size_bytes_ > 0) segments_[head_].block = std::string();
    ++head_;
  }
  if (size_bytes_ > 0) {
    if (head_ > 256 && head_ * 2 > segments_.size()) {
      segments_.erase(segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(head_));
      head_ = 0;
    }
    return;
  }
  // Empty: keep one small block, so that the next answer needs no allocation.
  std::string kept = segments_.empty() ? std::string() : std::move(segments_.back().block);
  if (kept.capacity() > kKeptBlockBytes) kept = std::string();
  if (segments_.capacity() > 64) {
    std::vector<Segment>().swap(segments_);
  } else {
    segments_.clear();
  }
  head_ = 0;
  head_offset_ = 0;
  kept.clear();
  segments_.emplace_back();
  segments_.back().block = std::move(kept);
}

}  // namespace redkite::server
