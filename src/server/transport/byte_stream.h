// ByteStream: the bytes of one connection, below HTTP: a socket, or TLS over one (tls_stream.h).
// Thread safety: none; the Connection serialises. Never blocks.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>

namespace redkite::server {

struct IoResult {
  enum class Kind { kBytes, kWouldBlock, kEnd, kFailed };
  Kind kind = Kind::kWouldBlock;
  size_t bytes = 0;
};

/// What both sides agreed to speak, below HTTP.
enum class Agreed { kNothing, kHttp1, kHttp2 };

class ByteStream {
 public:
  /// Closes the descriptor.
  virtual ~ByteStream() = default;
  /// Less than `capacity_bytes`: there is no more now.
  virtual IoResult Read(char* out, size_t capacity_bytes) = 0;
  /// May take less than there is, also when the peer takes more: the socket's being writable says so at once.
  virtual IoResult Write(const iovec* pieces, int count) = 0;
  /// The last Read left bytes behind that are no longer in the socket: epoll will not tell of them.
  virtual bool has_buffered_input() const { return false; }
  /// The last Read goes on when the socket is writable.
  virtual bool read_wants_write() const { return false; }
  virtual Agreed agreed() const { return Agreed::kNothing; }
  /// Why it failed, for the log; may be empty.
  virtual std::string failure() const { return {}; }
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
