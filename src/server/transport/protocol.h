// Protocol: what a Connection speaks once its first bytes have been seen: HTTP/2 or HTTP/1.1.
// Thread safety: none; the Connection calls it by one thread at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "server/transport/output_queue.h"
#include "server/transport/rpc_handler.h"

namespace redkite::server {

inline constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();

/// How far a connection is with what it is held open for; decides which one makes room for another.
enum class Occupancy {
  kNothingWhole,  // no whole request yet, or half a header
  kIdle,          // between requests
  kArriving,      // a request's header came, its body not yet; also while a verdict on it is awaited
  kInWork,        // a whole request waits for its answer, or an answer for the client: never given up
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  /// Takes received bytes; calls handlers for complete requests. False: nothing more is read; what is queued
  /// is still sent, then the connection ends.
  virtual bool OnInput(std::string_view bytes, int64_t now_ns) = 0;
  /// False: the client sends faster than it is served; TCP holds it back.
  virtual bool WantsInput() const { return true; }
  /// The most that OnInput shall be given at a time; above 0 while it wants input.
  virtual size_t InputBytesMax() const { return std::numeric_limits<size_t>::max(); }
  /// The client has closed its direction. True when an answer is still owed to it.
  virtual bool OnInputEnd() = 0;
  /// False as OnInput.
  virtual bool OnReply(Reply reply, int64_t now_ns) = 0;  // also verdicts of admission
  /// Adds to `output` what may be sent now, up to about kOutputHighBytes in the queue. False as OnInput.
  virtual bool FillOutput(OutputQueue* output) = 0;
  /// True while an answer is under way that the client's flow control holds back.
  virtual bool OutputBlocked() const = 0;
  /// When OnDeadline wants to be called; kNoDeadline while nothing is incomplete.
  virtual int64_t NextDeadlineNs() const = 0;
  /// False: the deadline is missed, the connection ends.
  virtual bool OnDeadline(int64_t now_ns) = 0;
  /// No new requests; the connection ends when those in progress are answered.
  virtual void StartDrain() = 0;
  /// Nothing is or will be in progress: the connection may end once its output is sent.
  virtual bool finished() const = 0;
  virtual Occupancy occupancy() const = 0;
  /// The connection is gone: cancels what is in progress.
  virtual void OnClosed() = 0;
};

inline constexpr size_t kOutputHighBytes = 1 << 20;
/// Of a request's body, held while its verdict is awaited.
inline constexpr size_t kAwaitingBytesMax = 64 << 10;

}  // namespace redkite::server
