// ByteStream: the bytes of one connection, below HTTP. A socket today; TLS goes in between here without any
// change above. Thread safety: none; the Connection serialises. Never blocks.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>

namespace redkite::server {

struct IoResult {
  enum class Kind { kBytes, kWouldBlock, kEnd, kFailed };
  Kind kind = Kind::kWouldBlock;
  size_t bytes = 0;
};

class ByteStream {
 public:
  /// Closes the descriptor.
  virtual ~ByteStream() = default;
  virtual IoResult Read(char* out, size_t capacity_bytes) = 0;
  virtual IoResult Write(const iovec* pieces, int count) = 0;
  /// Tells the peer that no more comes; reading goes on.
  virtual void EndWrites() = 0;
  /// Ends both directions; epoll reports the descriptor from then on.
  virtual void Abort() = 0;
  /// What epoll watches.
  virtual int descriptor() const = 0;
};

/// Takes over a connected, non-blocking socket.
std::unique_ptr<ByteStream> MakeSocketStream(int socket);

}  // namespace redkite::server
