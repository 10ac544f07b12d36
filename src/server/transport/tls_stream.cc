#include "server/transport/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/check.h"

namespace redkite::server {
namespace {

constexpr size_t kRecordBytes = 16 << 10;       // the most that a TLS record holds
constexpr size_t kWriteBytesPerCall = 1 << 20;  // then other connections have their turn

// A socket as OpenSSL sees it; its own kind would raise SIGPIPE, and could not say that the socket is empty.
struct Socket {
  int descriptor = -1;
  bool is_empty = false;  // the last read took all there was
  bool ended = false;
};

Socket* SocketOf(BIO* bio) { return static_cast<Socket*>(BIO_get_data(bio)); }

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int ReadSocket(BIO* bio, char* out, size_t capacity, size_t* taken) {
  Socket* socket = SocketOf(bio);
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::recv(socket->descriptor, out, capacity, 0);
  socket->is_empty = n < static_cast<ssize_t>(capacity);
  socket->ended = n == 0;
  if (n < 0 && WouldBlock(errno)) BIO_set_retry_read(bio);
  *taken = n > 0 ? static_cast<size_t>(n) : 0;
  return n > 0 ? 1 : 0;
}

int WriteSocket(BIO* bio, const char* bytes, size_t count, size_t* taken) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::send(SocketOf(bio)->descriptor, bytes, count, MSG_NOSIGNAL);
  if (n < 0 && WouldBlock(errno)) BIO_set_retry_write(bio);
  *taken = n > 0 ? static_cast<size_t>(n) : 0;
  return n > 0 ? 1 : 0;
}

long ControlSocket(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return SocketOf(bio)->ended ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "redkite socket");
    CHECK(m != nullptr);
    BIO_meth_set_read_ex(m, ReadSocket);
    BIO_meth_set_write_ex(m, WriteSocket);
    BIO_meth_set_ctrl(m, ControlSocket);
    return m;
  }();
  return method;
}

// Where writing stands in a list of pieces.
class PieceCursor {
 public:
  PieceCursor(const iovec* pieces, int count) : piece_(pieces), end_(pieces + count) { SkipEmpty(); }
  bool done() const { return piece_ == end_; }
  // The next bytes of one record: out of one piece if it fills a record, else put together in `gathered`.
  // Depends on nothing but the bytes to come, as a repeated write needs it: it never gives less than before.
  std::string_view NextRecord(char* gathered) const {
    const std::string_view front = Rest(piece_, offset_).substr(0, kRecordBytes);
    if (front.size() == kRecordBytes || piece_ + 1 == end_) return front;
    size_t filled = front.copy(gathered, kRecordBytes);
    for (const iovec* next = piece_ + 1; next != end_ && filled < kRecordBytes; ++next) {
      filled += Rest(next, 0).copy(gathered + filled, kRecordBytes - filled);
    }
    return {gathered, filled};
  }
  void Advance(size_t bytes) {
    while (bytes > 0) {
      const size_t step = std::min(bytes, piece_->iov_len - offset_);
      offset_ += step;
      bytes -= step;
      SkipEmpty();
    }
  }

 private:
  static std::string_view Rest(const iovec* piece, size_t offset) {
    return std::string_view(static_cast<const char*>(piece->iov_base), piece->iov_len).substr(offset);
  }
  void SkipEmpty() {
    while (piece_ != end_ && offset_ == piece_->iov_len) {
      ++piece_;
      offset_ = 0;
    }
  }
  const iovec* piece_;
  const iovec* const end_;
  size_t offset_ = 0;
};

class TlsStream final : public ByteStream {
 public:
  TlsStream(int socket, const TlsCredentials& credentials) : ssl_(SSL_new(credentials.context())) {
    socket_.descriptor = socket;
    BIO* bio = BIO_new(SocketMethod());
    if (ssl_ == nullptr || bio == nullptr) {
      BIO_free(bio);
      broken_ = true;
      ERR_clear_error();
      return;
    }
    BIO_set_data(bio, &socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_accept_state(ssl_);
  }
  ~TlsStream() override {
    SSL_free(ssl_);
    ::close(socket_.descriptor);
  }

  IoResult Read(char* out, size_t capacity_bytes) override;
  IoResult Write(const iovec* pieces, int count) override;
  void EndWrites() override;
  void Abort() override { ::shutdown(socket_.descriptor, SHUT_RDWR); }
  int descriptor() const override { return socket_.descriptor; }
  bool has_buffered_input() const override { return has_buffered_input_; }
  bool read_wants_write() const override { return read_wants_write_; }
  Agreed agreed() const override;
  std::string failure() const override { return failure_; }

 private:
  IoResult::Kind WhyRead(int result);
  void Break();

  Socket socket_;
  SSL* const ssl_;
  bool broken_ = false;  // OpenSSL must not be called any more
  bool has_buffered_input_ = false;
  bool read_wants_write_ = false;
  std::string failure_;
};

IoResult TlsStream::Read(char* out, size_t capacity_bytes) {
  has_buffered_input_ = read_wants_write_ = false;
  if (broken_) return {IoResult::Kind::kFailed, 0};
  size_t taken = 0;
  while (taken < capacity_bytes) {
    size_t n = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_, out + taken, capacity_bytes - taken, &n);
    if (result != 1) {
      const IoResult::Kind kind = WhyRead(result);
      if (taken == 0) return {kind, 0};
      has_buffered_input_ = kind != IoResult::Kind::kWouldBlock;  // the end is told by the next Read
      return {IoResult::Kind::kBytes, taken};
    }
    taken += n;
    if (socket_.is_empty && SSL_has_pending(ssl_) == 0) return {IoResult::Kind::kBytes, taken};
  }
  has_buffered_input_ = SSL_has_pending(ssl_) == 1;
  return {IoResult::Kind::kBytes, taken};
}

IoResult::Kind TlsStream::WhyRead(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_WRITE:
      read_wants_write_ = true;
      [[fallthrough]];
    case SSL_ERROR_WANT_READ:
      return IoResult::Kind::kWouldBlock;
    case SSL_ERROR_ZERO_RETURN:
      return IoResult::Kind::kEnd;
    default:
      Break();
      return IoResult::Kind::kFailed;
  }
}

void TlsStream::Break() {
  broken_ = true;
  const unsigned long code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  failure_ = reason != nullptr ? reason : "the peer has gone";
  ERR_clear_error();
}

IoResult TlsStream::Write(const iovec* pieces, int count) {
  if (broken_) return {IoResult::Kind::kFailed, 0};
  if (!SSL_is_init_finished(ssl_)) return {IoResult::Kind::kWouldBlock, 0};
  size_t written = 0;
  char gathered[kRecordBytes];
  for (PieceCursor cursor(pieces, count); !cursor.done() && written < kWriteBytesPerCall;) {
    const std::string_view record = cursor.NextRecord(gathered);
    size_t n = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_, record.data(), record.size(), &n);
    if (result != 1) {
      if (SSL_get_error(ssl_, result) == SSL_ERROR_WANT_WRITE) break;
      Break();  // that it wants to read cannot be: there is no renegotiation
      return {IoResult::Kind::kFailed, 0};
    }
    written += n;
    cursor.Advance(n);
  }
  return {written > 0 ? IoResult::Kind::kBytes : IoResult::Kind::kWouldBlock, written};
}

void TlsStream::EndWrites() {
  if (!broken_ && SSL_is_init_finished(ssl_)) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  ::shutdown(socket_.descriptor, SHUT_WR);
}

Agreed TlsStream::agreed() const {
  const unsigned char* name = nullptr;
  unsigned int bytes = 0;
  if (!broken_) SSL_get0_alpn_selected(ssl_, &name, &bytes);
  if (bytes == 0) return Agreed::kNothing;
  return bytes == 2 ? Agreed::kHttp2 : Agreed::kHttp1;
}

}  // namespace

std::unique_ptr<ByteStream> MakeTlsStream(int socket, const TlsCredentials& credentials) {
  return std::make_unique<TlsStream>(socket, credentials);
}

}  // namespace redkite::server
