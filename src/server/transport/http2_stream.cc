#include "server/transport/http2_stream.h"

#include <algorithm>

namespace redkite::server {

OutMessage::OutMessage(std::string body, bool with_prefix, MemoryReservation reservation)
    : prefix_bytes_(with_prefix ? 5 : 0) {
  if (with_prefix) EncodeMessagePrefix(static_cast<uint32_t>(body.size()), prefix_);
  if (body.size() > kCopiedBytesMax) {
    shared_ = ShareBody(std::move(body), std::move(reservation));
  } else {
    small_ = std::move(body);
    reservation_ = std::move(reservation);
  }
}

void OutMessage::Take(size_t count, OutputQueue* output) {
  if (offset_ < prefix_bytes_) {
    size_t n = std::min(count, prefix_bytes_ - offset_);
    output->Append({prefix_ + offset_, n});
    offset_ += n;
    count -= n;
  }
  if (count == 0) return;
  std::string_view bytes = std::string_view(body()).substr(offset_ - prefix_bytes_, count);
  if (shared_) {
    output->AppendShared(shared_, bytes);
  } else {
    output->Append(bytes);
  }
  offset_ += count;
  if (unsent_bytes_) unsent_bytes_->fetch_sub(static_cast<int64_t>(count), std::memory_order_relaxed);
}

void Http2Stream::IgnoreBody() {
  ignore_body = true;
  awaiting = false;
  held_body = std::string();
  held_memory.Release();
}

void Http2Stream::Take(size_t count, OutputQueue* output) {
  unsent_bytes -= count;
  while (count > 0) {
    OutMessage& message = messages[message_index];
    size_t n = std::min(count, message.left_bytes());
    message.Take(n, output);
    count -= n;
    if (message.left_bytes() == 0) ++message_index;
  }
  if (message_index == messages.size()) {
    messages.clear();
    message_index = 0;
  } else if (message_index >= 64) {
    messages.erase(messages.begin(), messages.begin() + static_cast<ptrdiff_t>(message_index));
    message_index = 0;
  }
}

}  // namespace redkite::server
