#include "server/transport/testing_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace redkite::server {

RawClient::RawClient(int port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) Close();
  int on = 1;
  if (socket_ >= 0) ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void RawClient::EndWrites() { ::shutdown(socket_, SHUT_WR); }

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string RawClient::Receive(int timeout_ms) {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, timeout_ms) <= 0) return "";
  std::string out(64 << 10, '\0');
  ssize_t n = ::recv(socket_, out.data(), out.size(), 0);
  out.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return out;
}

std::string RawClient::ReceiveUntil(std::string_view end) {
  std::string all;
  while (all.find(end) == std::string::npos) {
    std::string part = Receive();
    if (part.empty()) break;
    all += part;
  }
  return all;
}

std::string RawClient::ReceiveAll(bool* closed) {
  std::string all;
  for (;;) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, kTestPatienceMs) <= 0) {
      *closed = false;
      return all;
    }
    std::string part = Receive(0);
    if (part.empty()) {
      *closed = true;
      return all;
    }
    all += part;
  }
}

std::string WithPrefix(std::string_view message, bool compressed) {
  std::string out(1, compressed ? '\1' : '\0');
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(message.size() >> shift));
  return out.append(message);
}

std::vector<std::string> TestStream::Messages() const {
  std::vector<std::string> out;
  size_t at = 0;
  while (at + 5 <= body.size()) {
    size_t length = 0;
    for (size_t i = 1; i <= 4; ++i) length = length << 8 | static_cast<unsigned char>(body[at + i]);
    out.push_back(body.substr(at + 5, length));
    at += 5 + length;
  }
  return out;
}

// ---- HTTP/2 client ----

namespace {
nghttp2_session* Session(void* session) { return static_cast<nghttp2_session*>(session); }
std::string Text(const uint8_t* data, size_t bytes) { return {reinterpret_cast<const char*>(data), bytes}; }
}  // namespace

struct TestHttp2Callbacks {
  static TestHttp2Client* Self(void* user) { return static_cast<TestHttp2Client*>(user); }
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_bytes,
                      const uint8_t* value, size_t value_bytes, uint8_t, void* user) {
    Self(user)->streams_[frame->hd.stream_id].headers[Text(name, name_bytes)] = Text(value, value_bytes);
    return 0;
  }
  static int OnData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t bytes, void* user) {
    Self(user)->streams_[id].body += Text(data, bytes);
    return 0;
  }
  static int OnClose(nghttp2_session*, int32_t id, uint32_t error, void* user) {
    Self(user)->streams_[id].closed = true;
    Self(user)->streams_[id].error = error;
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      Self(user)->goaway_ = true;
      Self(user)->goaway_error_ = frame->goaway.error_code;
    }
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK)) ++Self(user)->pings_answered_;
    return 0;
  }
  static ssize_t Read(nghttp2_session*, int32_t id, uint8_t* out, size_t capacity, uint32_t* flags,
                      nghttp2_data_source*, void* user) {
    auto& [body, offset] = Self(user)->bodies_[id];
    size_t n = std::min(capacity, body.size() - offset);
    std::memcpy(out, body.data() + offset, n);
    offset += n;
    if (offset == body.size()) {
      if (Self(user)->unfinished_[id]) {
        if (n == 0) return NGHTTP2_ERR_DEFERRED;
      } else {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
      }
    }
    return static_cast<ssize_t>(n);
  }
};

TestHttp2Client::TestHttp2Client(int port, Options options) : raw_(port) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, TestHttp2Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, TestHttp2Callbacks::OnData);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, TestHttp2Callbacks::OnClose);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, TestHttp2Callbacks::OnFrame);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, options.auto_window_update ? 0 : 1);
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new2(&session, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  session_ = session;
  nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window_bytes};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &window, 1);
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, 64 << 20);
}

TestHttp2Client::~TestHttp2Client() { nghttp2_session_del(Session(session_)); }

int32_t TestHttp2Client::Call(const std::string& path, std::string body, Headers extra, bool finish) {
  Headers headers = {{":method", "POST"}, {":scheme", "http"}, {":path", path},
                     {":authority", "h"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  headers.insert(headers.end(), extra.begin(), extra.end());
  return Request(headers, std::move(body), finish);
}

int32_t TestHttp2Client::Request(const Headers& headers, std::string body, bool finish) {
  std::vector<nghttp2_nv> fields;
  for (const auto& [name, value] : headers) {
    fields.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                      NGHTTP2_NV_FLAG_NONE});
  }
  nghttp2_data_provider provider{};
  provider.read_callback = TestHttp2Callbacks::Read;
  bool with_body = !body.empty() || !finish;
  int32_t id = nghttp2_submit_request(Session(session_), nullptr, fields.data(), fields.size(),
                                      with_body ? &provider : nullptr, nullptr);
  bodies_[id] = {std::move(body), 0};
  unfinished_[id] = !finish;
  return id;
}

TestStream& TestHttp2Client::stream(int32_t id) { return streams_[id]; }

void TestHttp2Client::Reset(int32_t id) {
  nghttp2_submit_rst_stream(Session(session_), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

void TestHttp2Client::Ping() { nghttp2_submit_ping(Session(session_), NGHTTP2_FLAG_NONE, nullptr); }

void TestHttp2Client::Settings() {
  nghttp2_submit_settings(Session(session_), NGHTTP2_FLAG_NONE, nullptr, 0);
}

void TestHttp2Client::Consume(int32_t id, size_t bytes) {
  nghttp2_session_consume(Session(session_), id, bytes);
}

uint32_t TestHttp2Client::max_header_list_bytes() const {
  return nghttp2_session_get_remote_settings(Session(session_), NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
}

bool TestHttp2Client::Exchange(int timeout_ms) {
  const uint8_t* out = nullptr;
  ssize_t n = 0;
  std::string pending;
  while ((n = nghttp2_session_mem_send(Session(session_), &out)) > 0)
    pending += Text(out, static_cast<size_t>(n));
  for (size_t offset = 0; offset < pending.size();) {
    ssize_t sent =
        ::send(raw_.socket(), pending.data() + offset, pending.size() - offset, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) {
      ended_ = true;
      break;
    }
    if (sent > 0) offset += static_cast<size_t>(sent);
    if (offset == pending.size()) break;
    // Reads meanwhile: the server may be waiting for us to take something.
    pollfd waiting{raw_.socket(), POLLIN | POLLOUT, 0};
    ::poll(&waiting, 1, kTestPatienceMs);
    if ((waiting.revents & POLLIN) && !TakeInput()) return false;
  }
  pollfd waiting{raw_.socket(), POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) > 0 && TakeInput();
}

bool TestHttp2Client::TakeInput() {
  std::string in = raw_.Receive(0);
  auto* bytes = reinterpret_cast<const uint8_t*>(in.data());
  if (in.empty() || nghttp2_session_mem_recv(Session(session_), bytes, in.size()) < 0) ended_ = true;
  return !ended_;
}

bool TestHttp2Client::PumpUntil(const std::function<bool()>& done) {
  SystemClock clock;
  int64_t end_ns = clock.MonotonicNs() + kTestPatienceMs * 1'000'000LL;
  while (!done()) {
    if (ended_ || clock.MonotonicNs() > end_ns) return done();
    Exchange(20);
  }
  return true;
}

bool TestHttp2Client::Finish(int32_t id) {
  return PumpUntil([&] { return streams_[id].closed; });
}

void TestHttp2Client::Pump() {
  while (Exchange(0)) {
  }
}

// ---- Service ----

RpcVerdict TestService::Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) {
  if (call->method == "/t.T/Refused")
    return RpcVerdict::Refused({RpcCode::kUnauthenticated, "no credentials"});
  if (!call->Find("later")) return RpcVerdict::Admitted();
  Keep({call, std::move(ticket), HttpTicket()});
  return RpcVerdict::Later();
}

HttpVerdict TestService::Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) {
  if (request->path == "/refused") return HttpVerdict::Refused({401, {{"x-why", "test"}}, "no credentials"});
  if (!request->Find("later")) return HttpVerdict::Admitted();
  Keep({request, RpcTicket(), std::move(ticket)});
  return HttpVerdict::Later();
}

void TestService::Keep(Undecided undecided) {
  MutexLock lock(mutex_);
  undecided_.push_back(std::move(undecided));
}

int TestService::undecided_count() {
  MutexLock lock(mutex_);
  return static_cast<int>(undecided_.size());
}

std::shared_ptr<RequestBase> TestService::undecided(int i) {
  MutexLock lock(mutex_);
  return undecided_.at(static_cast<size_t>(i)).request;
}

std::vector<TestService::Undecided> TestService::TakeUndecided() {
  MutexLock lock(mutex_);
  std::vector<Undecided> taken;
  taken.swap(undecided_);
  return taken;
}

void TestService::Decide(bool admit) {
  for (Undecided& one : TakeUndecided()) {
    one.request->caller = std::make_shared<std::string>("decided later");
    if (!one.rpc.decided()) {
      admit ? one.rpc.Admit() : one.rpc.Refuse({RpcCode::kUnauthenticated, "no credentials"});
    }
    if (!one.http.decided()) {
      admit ? one.http.Admit() : one.http.Refuse({401, {{"x-why", "test"}}, "no credentials"});
    }
  }
}

void TestService::Forget() { TakeUndecided(); }

void TestService::Handle(std::shared_ptr<RpcCall> call, Responder responder) {
  ++handled_;
  if (executor_ == nullptr) return Answer(call, std::move(responder));
  auto shared = std::make_shared<Responder>(std::move(responder));
  executor_->Submit(Priority::kSearch, [this, call, shared] { Answer(call, std::move(*shared)); });
}

void TestService::Answer(const std::shared_ptr<RpcCall>& call, Responder responder) {
  std::string_view name = std::string_view(call->method).substr(5);
  const auto* caller = static_cast<const std::string*>(call->caller.get());
  if (name == "Echo") {
    return responder.Finish(std::move(call->request),
                            {{"x-peer", call->peer}, {"x-caller", caller == nullptr ? "" : *caller}});
  }
  if (name == "Bytes") return responder.Finish(std::string(std::stoul(call->request), 'b'));
  if (name == "Stream") return AnswerStream(*call, std::move(responder));
  if (name == "Drop") return;
  if (name == "Fail") {
    return responder.Fail({RpcCode::kInvalidArgument, "sch\xc3\xb6n 100%\n"},
                          {{"x-why", "test"}, {"x-bad", "a\nb"}});
  }
  if (name == "Deadline") return responder.Finish(call->cancel.Check().ok() ? "in time" : "late");
  if (name == "Hold") {
    MutexLock lock(mutex_);
    held_.emplace_back(call, std::move(responder));
    return;
  }
  responder.Fail({RpcCode::kUnimplemented, "unknown method " + call->method});
}

void TestService::AnswerStream(const RpcCall& call, Responder responder) {
  size_t count = std::stoul(call.request);
  for (size_t i = 0; i < count; ++i) {
    responder.Send("message " + std::to_string(i));
    stream_unsent_bytes_max_ = std::max<int64_t>(stream_unsent_bytes_max_, responder.unsent_bytes());
  }
  responder.FinishStream();
}

void TestService::Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) {
  ++handled_;
  auto shared = std::make_shared<HttpResponder>(std::move(responder));
  auto answer = [request, shared] {
    if (request->path == "/drop") return;
    if (request->path == "/deadline") {
      const int64_t left_ms = (request->cancel.deadline_ns() - SystemClock().MonotonicNs()) / 1'000'000;
      const bool none = request->cancel.deadline_ns() == CancelToken::kNoDeadline;
      return shared->Finish({200, {}, none ? "none" : "left " + std::to_string((left_ms + 999) / 1000)});
    }
    if (request->path == "/length") return shared->Finish({200, {}, std::to_string(request->body.size())});
    if (request->path == "/big") return shared->Finish({200, {}, std::string(20 << 20, 'B')});
    std::string body = request->method + " " + request->path + " [" + request->query + "] " + request->body;
    shared->Finish({200, {{"content-type", "text/plain"}, {"x-split", "a\r\nevil: 1"}}, body});
  };
  if (executor_ == nullptr) return answer();
  executor_->Submit(Priority::kSearch, answer);
}

int TestService::held_count() {
  MutexLock lock(mutex_);
  return static_cast<int>(held_.size());
}

std::shared_ptr<RpcCall> TestService::held_call(int i) {
  MutexLock lock(mutex_);
  return held_.at(static_cast<size_t>(i)).first;
}

void TestService::ReleaseAll() {
  std::vector<std::pair<std::shared_ptr<RpcCall>, Responder>> held;
  {
    MutexLock lock(mutex_);
    held.swap(held_);
  }
  for (auto& [call, responder] : held) responder.Finish("released");
}

TestServer::TestServer(ListenerOptions options, int workers, const TlsReloader* tls)
    : pool(workers > 0 ? std::make_unique<ThreadPool>(workers, 1, "test") : nullptr), service(pool.get()) {
  auto started = Listener::Start(options, {&clock, &service, &service, nullptr, tls});
  CHECK(started.ok());
  listener = std::move(started).value();
}

TestServer::~TestServer() {
  listener->Stop(0);
  pool.reset();
  service.ReleaseAll();
  service.Forget();
}

bool TestServer::WaitFor(const std::function<bool()>& done) {
  Mutex mutex;
  CondVar never;
  for (int i = 0; i < kTestPatienceMs / 2; ++i) {
    if (done()) return true;
    MutexLock lock(mutex);
    never.WaitFor(mutex, 2);
  }
  return done();
}

}  // namespace redkite::server
