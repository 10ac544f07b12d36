// Clients and a server for the transport's tests: a raw socket, a blocking HTTP/2 client on nghttp2, an echo
// service. Thread safety: a client belongs to one thread; the service is thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "server/transport/listener.h"

namespace redkite::server {

/// Long enough for a loaded machine under a sanitizer; a test that waits this long fails.
inline constexpr int kTestPatienceMs = 30'000;

class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  int socket() const { return socket_; }
  int ReleaseSocket() { return std::exchange(socket_, -1); }
  bool connected() const { return socket_ >= 0; }
  /// False when the server has closed.
  bool Send(std::string_view bytes);
  /// What is there now or within `timeout_ms`; empty at the end or timeout.
  std::string Receive(int timeout_ms = kTestPatienceMs);
  std::string ReceiveUntil(std::string_view end);
  /// Everything until the server closes. `closed` tells a close (also a reset) from running out of patience.
  std::string ReceiveAll(bool* closed);
  void EndWrites();
  void Close();

 private:
  int socket_ = -1;
};

/// The gRPC view of a message: prefix and bytes.
std::string WithPrefix(std::string_view message, bool compressed = false);

struct TestStream {
  std::map<std::string, std::string> headers;  // with ":status"; trailers included
  std::string body;
  bool closed = false;
  uint32_t error = 0;  // of RST_STREAM
  /// Messages of the body, without prefixes.
  std::vector<std::string> Messages() const;
};

class TestHttp2Client {
 public:
  struct Options {
    uint32_t stream_window_bytes = 16 << 20;
    bool auto_window_update = true;
  };
  explicit TestHttp2Client(int port) : TestHttp2Client(port, Options()) {}
  TestHttp2Client(int port, Options options);
  ~TestHttp2Client();

  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// Starts a gRPC call with this body (already with prefix); `finish`: with END_STREAM behind it.
  int32_t Call(const std::string& path, std::string body, Headers extra = {}, bool finish = true);
  /// Starts any request; `headers` has the pseudo headers.
  int32_t Request(const Headers& headers, std::string body, bool finish = true);
  TestStream& stream(int32_t id);
  void Reset(int32_t id);
  void Ping();
  void Settings();
  /// Gives the stream's received bytes back to the server's window (without auto_window_update).
  void Consume(int32_t id, size_t bytes);
  /// Exchanges bytes until `done` or the connection ends; false when patience or the connection ended first.
  bool PumpUntil(const std::function<bool()>& done);
  bool Finish(int32_t id);
  /// Sends what is queued and reads what is there, without waiting.
  void Pump();

  bool connection_ended() const { return ended_; }
  bool goaway() const { return goaway_; }
  uint32_t goaway_error() const { return goaway_error_; }
  int pings_answered() const { return pings_answered_; }
  uint32_t max_header_list_bytes() const;
  RawClient& raw() { return raw_; }

 private:
  friend struct TestHttp2Callbacks;
  bool Exchange(int timeout_ms);
  bool TakeInput();
  RawClient raw_;
  void* session_ = nullptr;  // nghttp2_session
  std::map<int32_t, TestStream> streams_;
  std::map<int32_t, std::pair<std::string, size_t>> bodies_;
  std::map<int32_t, bool> unfinished_;
  bool ended_ = false;
  bool goaway_ = false;
  uint32_t goaway_error_ = 0;
  int pings_answered_ = 0;
};

/// The methods of the tests: /t.T/Echo, Bytes (reply of the decimal size in the request), Stream (as many
/// messages), Hold (kept until Release), Drop, Fail, Deadline. Refused is refused by Admit; one with the
/// header "later" is decided by Decide, which names it as its caller. HTTP alike: /refused, "later".
class TestService final : public RpcHandler, public HttpHandler {
 public:
  explicit TestService(Executor* executor) : executor_(executor) {}
  RpcVerdict Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) override;
  HttpVerdict Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) override;
  void Handle(std::shared_ptr<RpcCall> call, Responder responder) override;
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override;

  int held_count() EXCLUDES(mutex_);
  std::shared_ptr<RpcCall> held_call(int i) EXCLUDES(mutex_);
  void ReleaseAll() EXCLUDES(mutex_);
  int undecided_count() EXCLUDES(mutex_);
  /// All that wait for a verdict, in this thread.
  void Decide(bool admit) EXCLUDES(mutex_);
  /// Destroys their tickets.
  void Forget() EXCLUDES(mutex_);
  std::shared_ptr<RequestBase> undecided(int i) EXCLUDES(mutex_);
  int64_t handled_count() const { return handled_; }
  int64_t stream_unsent_bytes_max() const { return stream_unsent_bytes_max_; }

 private:
  void Answer(const std::shared_ptr<RpcCall>& call, Responder responder);
  void AnswerStream(const RpcCall& call, Responder responder);
  struct Undecided {
    std::shared_ptr<RequestBase> request;
    RpcTicket rpc;
    HttpTicket http;
  };
  std::vector<Undecided> TakeUndecided() EXCLUDES(mutex_);
  void Keep(Undecided undecided) EXCLUDES(mutex_);

  Executor* executor_;
  std::atomic<int64_t> handled_{0};
  std::atomic<int64_t> stream_unsent_bytes_max_{0};
  Mutex mutex_;
  std::vector<std::pair<std::shared_ptr<RpcCall>, Responder>> held_ GUARDED_BY(mutex_);
  std::vector<Undecided> undecided_ GUARDED_BY(mutex_);
};

/// A listener with a TestService on a port of its own.
struct TestServer {
  explicit TestServer(ListenerOptions options = {}, int workers = 2, const TlsReloader* tls = nullptr);
  ~TestServer();
  int port() const { return listener->port(); }
  /// Waits until `done`; false when patience ended.
  bool WaitFor(const std::function<bool()>& done);
  SystemClock clock;
  std::unique_ptr<ThreadPool> pool;
  TestService service;
  std::unique_ptr<Listener> listener;
};

}  // namespace redkite::server
