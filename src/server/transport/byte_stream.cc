#include "server/transport/byte_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace redkite::server {
namespace {

IoResult FromErrno() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::Kind::kWouldBlock, 0};
  return {IoResult::Kind::kFailed, 0};
}

class SocketStream final : public ByteStream {
 public:
  explicit SocketStream(int socket) : socket_(socket) {}
  ~SocketStream() override { ::close(socket_); }

  IoResult Read(char* out, size_t capacity_bytes) override {
    for (;;) {
      ssize_t n = ::recv(socket_, out, capacity_bytes, 0);
      if (n > 0) return {IoResult::Kind::kBytes, static_cast<size_t>(n)};
      if (n == 0) return {IoResult::Kind::kEnd, 0};
      if (errno != EINTR) return FromErrno();
    }
  }

  IoResult Write(const iovec* pieces, int count) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);
    message.msg_iovlen = static_cast<size_t>(count);
    for (;;) {
      ssize_t n = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
      if (n >= 0) return {IoResult::Kind::kBytes, static_cast<size_t>(n)};
      if (errno != EINTR) return FromErrno();
    }
  }

  void EndWrites() override { ::shutdown(socket_, SHUT_WR); }
  void Abort() override { ::shutdown(socket_, SHUT_RDWR); }
  int descriptor() const override { return socket_; }

 private:
  const int socket_;
};

}  // namespace

std::unique_ptr<ByteStream> MakeSocketStream(int socket) { return std::make_unique<SocketStream>(socket); }

}  // namespace redkite::server
