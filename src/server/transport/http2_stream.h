// Http2Stream: one request and its answer on an HTTP/2 connection. Internal to the HTTP/2 session.
// Thread safety: none; belongs to its session. The answer is a queue of messages, read front to back by the
// session.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/transport/grpc_framing.h"
#include "server/transport/output_queue.h"
#include "server/transport/rpc_handler.h"

namespace redkite::server {

/// One message of an answer: an optional gRPC prefix and a body, small bodies by value, large ones shared
/// with the output queue.
class OutMessage {
 public:
  OutMessage(std::string body, bool with_prefix, MemoryReservation reservation);
  /// Counts down as bytes are taken.
  void SetCounter(std::shared_ptr<std::atomic<int64_t>> unsent_bytes) {
    unsent_bytes_ = std::move(unsent_bytes);
  }
  size_t left_bytes() const { return prefix_bytes_ + body().size() - offset_; }
  /// Moves the next `count` bytes (at most left_bytes()) to `output`.
  void Take(size_t count, OutputQueue* output);

 private:
  static constexpr size_t kCopiedBytesMax = 8 << 10;
  const std::string& body() const { return shared_ ? *shared_ : small_; }

  std::string small_;
  MemoryReservation reservation_;  // of a small body
  std::shared_ptr<const std::string> shared_;
  std::shared_ptr<std::atomic<int64_t>> unsent_bytes_;
  char prefix_[5] = {};
  size_t prefix_bytes_;
  size_t offset_ = 0;  // into prefix and body
};

struct Http2Stream {
  enum class Kind { kUnknown, kRpc, kHttp };
  Http2Stream(int32_t stream_id, int64_t now_ns, int64_t message_bytes_max)
      : id(stream_id), begun_ns(now_ns), body_begun_ns(now_ns), assembler(message_bytes_max) {}

  const int32_t id;
  const int64_t begun_ns;
  Http2Stream* previous = nullptr;
  Http2Stream* next = nullptr;

  // Request.
  Kind kind = Kind::kUnknown;
  std::string method;
  std::string path;
  std::string authority;
  HeaderBlock headers;
  int64_t header_bytes = 0;
  bool headers_complete = false;
  bool headers_too_large = false;
  bool receiving = true;     // the end of the request has not come
  bool ignore_body = false;  // refused early
  bool awaiting = false;     // the verdict on its headers
  bool window_is_wide = false;
  std::string held_body;  // arrived while the verdict is awaited, at most kAwaitingBytesMax
  MemoryReservation held_memory;
  int64_t body_bytes = 0;
  int64_t body_begun_ns;  // since when its rate is measured
  MessageAssembler assembler;
  std::shared_ptr<RpcCall> call;
  std::shared_ptr<HttpRequest> http;

  // Answer.
  bool headers_sent = false;
  bool answered = false;  // nothing is added to the answer any more
  bool deferred = false;  // nghttp2 has been told that there is nothing to send now
  std::vector<OutMessage> messages;
  size_t message_index = 0;
  size_t unsent_bytes = 0;
  RpcStatus status;
  HeaderList trailing;

  /// It is refused: nothing of its body is kept any more, nor is its verdict awaited.
  void IgnoreBody();
  /// Moves the next `count` bytes (at most unsent_bytes) to `output`.
  void Take(size_t count, OutputQueue* output);
  RequestBase* request() { return call ? static_cast<RequestBase*>(call.get()) : http.get(); }
};

}  // namespace redkite::server
