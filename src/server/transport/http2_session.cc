#include "server/transport/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "server/transport/http2_stream.h"
#include "server/transport/http_deadline.h"
#include "server/transport/rate_limit.h"

namespace redkite::server {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int32_t kStreamWindowBytes = 4 << 20;  // of an admitted stream whose body is not small
constexpr int64_t kSmallBodyBytes = 16 << 10;    // needs no more than the first window
constexpr int32_t kConnectionWindowBytes = 16 << 20;
constexpr uint32_t kFrameBytesMax = 16 << 10;  // also bounds a HEADERS frame, hence the cost of an HPACK bomb
constexpr int64_t kHeaderBombFactor = 8;  // header bytes beyond this multiple of the limit end the connection
constexpr size_t kSentFrameBytesMax = 64 << 10;  // if the client allows it
constexpr int kBurstSeconds = 5;                 // rate limits allow this much at once

constexpr std::string_view kCodeText[] = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                          "9", "10", "11", "12", "13", "14", "15", "16"};

// Both texts must live until the frame is packed; use CopiedField for others.
nghttp2_nv StaticField(std::string_view name, std::string_view value) {
  auto* n = reinterpret_cast<uint8_t*>(const_cast<char*>(name.data()));
  auto* v = reinterpret_cast<uint8_t*>(const_cast<char*>(value.data()));
  return {n, v, name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

nghttp2_nv CopiedField(std::string_view name, std::string_view value) {
  nghttp2_nv field = StaticField(name, value);
  field.flags = NGHTTP2_NV_FLAG_NONE;
  return field;
}

std::string_view View(const uint8_t* data, size_t bytes) {
  return {reinterpret_cast<const char*>(data), bytes};
}

// What would break the framing of the answer is left out, so that no caller can split a header.
void AppendFields(const HeaderList& from, std::vector<nghttp2_nv>* to) {
  for (const auto& [name, value] : from) {
    auto* n = reinterpret_cast<const uint8_t*>(name.data());
    auto* v = reinterpret_cast<const uint8_t*>(value.data());
    if (nghttp2_check_header_name(n, name.size()) && nghttp2_check_header_value(v, value.size())) {
      to->push_back(CopiedField(name, value));
    }
  }
}

class Http2Session final : public Protocol {
 public:
  Http2Session(std::shared_ptr<TransportContext> context, std::weak_ptr<ReplySink> sink, std::string peer);
  ~Http2Session() override;

  bool OnInput(std::string_view bytes, int64_t now_ns) override;
  bool OnInputEnd() override { return false; }
  bool OnReply(Reply reply, int64_t now_ns) override;
  bool FillOutput(OutputQueue* output) override;
  bool OutputBlocked() const override { return streams_with_output_ > 0; }
  int64_t NextDeadlineNs() const override { return next_check_ns_; }
  bool OnDeadline(int64_t now_ns) override;
  void StartDrain() override;
  bool finished() const override;
  Occupancy occupancy() const override;
  void OnClosed() override;

 private:
  static nghttp2_session_callbacks* Callbacks();
  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_bytes,
                      const uint8_t* value, size_t value_bytes, uint8_t flags, void* self);
  static int OnDataChunk(nghttp2_session*, uint8_t flags, int32_t id, const uint8_t* data, size_t bytes,
                         void* self);
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int OnFrameSent(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int OnStreamClose(nghttp2_session*, int32_t id, uint32_t error, void* self);
  static ssize_t ReadData(nghttp2_session*, int32_t id, uint8_t* buffer, size_t capacity, uint32_t* flags,
                          nghttp2_data_source* source, void* self);
  static int SendData(nghttp2_session*, nghttp2_frame* frame, const uint8_t* header, size_t bytes,
                      nghttp2_data_source* source, void* self);
  static ssize_t FrameBytes(nghttp2_session*, uint8_t type, int32_t id, int32_t session_window,
                            int32_t stream_window, uint32_t remote_frame_bytes_max, void* self);

  Http2Stream* Find(int32_t id) {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
  }
  Http2Stream* AddStream(int32_t id);
  void RemoveStream(Http2Stream* stream);
  int AddHeader(Http2Stream* s, std::string_view name, std::string_view value);
  void EndHeaders(Http2Stream* s);
  void BeginRpc(Http2Stream* s);
  void BeginHttp(Http2Stream* s);
  void OnVerdict(Http2Stream* s, Reply reply);
  void HoldData(Http2Stream* s, std::string_view chunk);
  void TakeData(Http2Stream* s, std::string_view chunk, bool more_follows);
  void AddRpcData(Http2Stream* s, std::string_view chunk);
  void AddHttpData(Http2Stream* s, std::string_view chunk);
  bool Account(Http2Stream* s, const std::string& body);
  void EndRequest(Http2Stream* s);
  void Dispatch(Http2Stream* s);
  void RefuseForMemory(Http2Stream* s);
  void StopReceiving(Http2Stream* s);
  void RefuseRpc(Http2Stream* s, RpcStatus status);
  void RefuseHttp(Http2Stream* s, HttpResponse response);
  void RefuseHttp(Http2Stream* s, int status, std::string text) {
    RefuseHttp(s, {status, {{"content-type", "text/plain"}}, std::move(text) + "\n"});
  }
  void AnswerRpc(Http2Stream* s, Reply reply);
  void AnswerHttp(Http2Stream* s, Reply reply);
  void Enqueue(Http2Stream* s, OutMessage message);
  void SubmitHeaders(Http2Stream* s, const std::vector<nghttp2_nv>& fields, bool with_body);
  void AppendStatus(Http2Stream* s, std::vector<nghttp2_nv>* fields);
  void SubmitTrailer(Http2Stream* s);
  bool ControlFrameAllowed(const nghttp2_frame& frame);
  int EndForAbuse(std::string_view reason);

  const std::shared_ptr<TransportContext> context_;
  const ListenerOptions& options_;
  const std::weak_ptr<ReplySink> sink_;
  const std::string peer_;
  nghttp2_session* session_ = nullptr;
  OutputQueue* output_ = nullptr;  // during FillOutput
  Http2Stream* streams_ = nullptr;
  int stream_count_ = 0;
  int receiving_count_ = 0;
  int streams_with_output_ = 0;
  bool served_ = false;  // a whole request has come
  bool draining_ = false;
  bool closed_ = false;
  int64_t now_ns_ = 0;
  int64_t next_check_ns_ = kNoDeadline;
  RateLimit resets_;
  RateLimit control_frames_;
  std::string grpc_message_;  // encoded; lives while its frame is submitted
};

nghttp2_session_callbacks* Http2Session::Callbacks() {
  static nghttp2_session_callbacks* const shared = [] {
    nghttp2_session_callbacks* c = nullptr;
    CHECK(nghttp2_session_callbacks_new(&c) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(c, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, OnDataChunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, OnFrame);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, OnFrameSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, OnStreamClose);
    nghttp2_session_callbacks_set_send_data_callback(c, SendData);
    nghttp2_session_callbacks_set_data_source_read_length_callback(c, FrameBytes);
    return c;
  }();
  return shared;
}

Http2Session::Http2Session(std::shared_ptr<TransportContext> context, std::weak_ptr<ReplySink> sink,
                           std::string peer)
    : context_(std::move(context)),
      options_(context_->options),
      sink_(std::move(sink)),
      peer_(std::move(peer)),
      resets_(options_.reset_count_per_second_max, options_.reset_count_per_second_max * kBurstSeconds),
      control_frames_(options_.control_frame_count_per_second_max,
                      options_.control_frame_count_per_second_max * kBurstSeconds) {
  nghttp2_option* option = nullptr;
  CHECK(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_outbound_ack(option,
                                      256);  // answers to PING and SETTINGS that the client does not read
  nghttp2_option_set_max_settings(option, 32);
  nghttp2_option_set_no_auto_window_update(option,
                                           1);  // a stream that awaits its verdict gets no more window
  nghttp2_option_set_stream_reset_rate_limit(option, 1u << 30, 1u << 30);  // ours counts, and says why
  CHECK(nghttp2_session_server_new2(&session_, Callbacks(), this, option) == 0);
  nghttp2_option_del(option);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<uint32_t>(options_.stream_count_max)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(kAwaitingBytesMax)},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kFrameBytesMax},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(options_.header_bytes_max)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes);
}

Http2Session::~Http2Session() {
  OnClosed();
  while (streams_ != nullptr) RemoveStream(streams_);
  nghttp2_session_del(session_);
}

// ---- Input ----

bool Http2Session::OnInput(std::string_view bytes, int64_t now_ns) {
  now_ns_ = now_ns;
  ssize_t n =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return n >= 0 && static_cast<size_t>(n) == bytes.size() && !finished();
}

Http2Stream* Http2Session::AddStream(int32_t id) {
  auto* s = new Http2Stream(id, now_ns_, options_.receive_message_bytes_max);
  s->headers.Reserve(12, 384);
  s->next = streams_;
  if (streams_ != nullptr) streams_->previous = s;
  streams_ = s;
  ++stream_count_;
  ++receiving_count_;
  if (next_check_ns_ == kNoDeadline) next_check_ns_ = now_ns_ + options_.header_timeout_ms * kNsPerMs;
  nghttp2_session_set_stream_user_data(session_, id, s);
  return s;
}

void Http2Session::RemoveStream(Http2Stream* s) {
  StopReceiving(s);
  if (s->unsent_bytes > 0) --streams_with_output_;
  if (s->previous != nullptr) s->previous->next = s->next;
  if (s->next != nullptr) s->next->previous = s->previous;
  if (streams_ == s) streams_ = s->next;
  --stream_count_;
  delete s;
}

void Http2Session::StopReceiving(Http2Stream* s) {
  if (!s->receiving) return;
  s->receiving = false;
  if (--receiving_count_ == 0) next_check_ns_ = kNoDeadline;
}

int Http2Session::OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  auto* session = static_cast<Http2Session*>(self);
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) session->AddStream(frame->hd.stream_id);
  return 0;
}

int Http2Session::OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                           size_t name_bytes, const uint8_t* value, size_t value_bytes, uint8_t, void* self) {
  auto* session = static_cast<Http2Session*>(self);
  Http2Stream* s = session->Find(frame->hd.stream_id);
  return s == nullptr ? 0 : session->AddHeader(s, View(name, name_bytes), View(value, value_bytes));
}

int Http2Session::AddHeader(Http2Stream* s, std::string_view name, std::string_view value) {
  s->header_bytes += static_cast<int64_t>(name.size() + value.size() + 32);
  if (s->header_bytes > options_.header_bytes_max) {
    s->headers_too_large = true;
    if (s->header_bytes > options_.header_bytes_max * kHeaderBombFactor)
      return EndForAbuse("header list too large");
    return 0;
  }
  if (s->headers_complete) return 0;  // trailers of a request mean nothing to us
  if (name.empty() || name[0] != ':') {
    s->headers.Add(name, value);
  } else if (name == ":path") {
    s->path = value;
  } else if (name == ":method") {
    s->method = value;
  } else if (name == ":authority") {
    s->authority = value;
  }
  return 0;
}

void Http2Session::EndHeaders(Http2Stream* s) {
  s->headers_complete = true;
  context_->requests.fetch_add(1, std::memory_order_relaxed);
  if (!s->authority.empty() && !s->headers.Find("host")) s->headers.Add("host", s->authority);
  bool rpc = IsGrpcContentType(s->headers.Find("content-type").value_or(""));
  s->kind = rpc ? Http2Stream::Kind::kRpc : Http2Stream::Kind::kHttp;
  if (rpc) {
    BeginRpc(s);
  } else {
    BeginHttp(s);
  }
}

void Http2Session::BeginRpc(Http2Stream* s) {
  int64_t deadline_ns = kNoDeadline;
  std::optional<int64_t> timeout_ns;
  std::optional<std::string_view> timeout_text = s->headers.Find("grpc-timeout");
  if (timeout_text) timeout_ns = ParseGrpcTimeout(*timeout_text);
  if (timeout_ns && *timeout_ns < kNoDeadline - now_ns_) deadline_ns = now_ns_ + *timeout_ns;
  if (s->headers_too_large) {
    return RefuseRpc(
        s, {RpcCode::kResourceExhausted, "metadata too large: " + std::to_string(s->header_bytes) +
                                             " bytes, limit " + std::to_string(options_.header_bytes_max) +
                                             " (" + options_.header_limit_option + ")"});
  }
  if (s->method != "POST")
    return RefuseRpc(s, {RpcCode::kInternal, "gRPC needs the method POST: " + s->method});
  if (timeout_text && !timeout_ns) {
    return RefuseRpc(s, {RpcCode::kInternal, "malformed grpc-timeout: " + std::string(*timeout_text)});
  }
  if (timeout_ns && *timeout_ns == 0) {
    return RefuseRpc(s, {RpcCode::kDeadlineExceeded, "the deadline had passed when the request arrived"});
  }
  s->call = std::make_shared<RpcCall>(context_->seams.clock, deadline_ns);
  s->call->method = std::move(s->path);
  s->call->headers = std::move(s->headers);
  s->call->peer = peer_;
  s->call->ledger_owner = context_;
  if (context_->seams.rpc == nullptr)
    return RefuseRpc(s, {RpcCode::kUnimplemented, "no RPC is served on this port"});
  std::shared_ptr<ReplySink> sink = sink_.lock();
  if (!sink) return;
  RpcTicket ticket(std::move(sink), static_cast<uint32_t>(s->id));
  RpcVerdict verdict = context_->seams.rpc->Admit(s->call, ticket);
  s->awaiting = verdict.later();
  if (s->awaiting) return;
  ticket.Void();
  if (verdict.refused()) RefuseRpc(s, std::move(verdict.refusal()));
}

void Http2Session::BeginHttp(Http2Stream* s) {
  if (s->headers_too_large) {
    return RefuseHttp(s, 431,
                      "request header fields too large: " + std::to_string(s->header_bytes) +
                          " bytes, limit " + std::to_string(options_.header_bytes_max) + " (" +
                          options_.header_limit_option + ")");
  }
  s->http = std::make_shared<HttpRequest>(context_->seams.clock,
                                          HttpDeadlineNs(s->headers, options_.http_timeout_ms, now_ns_));
  s->http->http2 = true;
  s->http->method = std::move(s->method);
  size_t question = s->path.find('?');
  s->http->path = s->path.substr(0, question);
  if (question != std::string::npos) s->http->query = s->path.substr(question + 1);
  s->http->headers = std::move(s->headers);
  s->http->peer = peer_;
  s->http->ledger_owner = context_;
  if (context_->seams.http == nullptr) return RefuseHttp(s, 404, "not found");
  std::shared_ptr<ReplySink> sink = sink_.lock();
  if (!sink) return;
  HttpTicket ticket(std::move(sink), static_cast<uint32_t>(s->id));
  HttpVerdict verdict = context_->seams.http->Admit(s->http, ticket);
  s->awaiting = verdict.later();
  if (s->awaiting) return;
  ticket.Void();
  if (verdict.refused()) RefuseHttp(s, std::move(verdict.refusal()));
}

void Http2Session::OnVerdict(Http2Stream* s, Reply reply) {
  if (!s->awaiting) return;
  s->awaiting = false;
  s->body_begun_ns = now_ns_;
  const std::string held = std::move(s->held_body);
  s->held_body = std::string();
  const MemoryReservation held_memory = std::move(s->held_memory);
  if (reply.step == Reply::Step::kRefused) {
    if (s->kind == Http2Stream::Kind::kRpc) return RefuseRpc(s, std::move(reply.status));
    return RefuseHttp(s, {reply.http_status, std::move(reply.headers), std::move(reply.message)});
  }
  TakeData(s, held, s->receiving);
  if (!s->receiving) Dispatch(s);
}

int Http2Session::OnDataChunk(nghttp2_session* session, uint8_t flags, int32_t id, const uint8_t* data,
                              size_t bytes, void* self) {
  auto* own = static_cast<Http2Session*>(self);
  nghttp2_session_consume_connection(session, bytes);  // whatever becomes of this stream, others go on
  Http2Stream* s = own->Find(id);
  if (s == nullptr) return 0;
  s->body_bytes += static_cast<int64_t>(bytes);
  if (s->awaiting) {
    own->HoldData(s, View(data, bytes));
  } else {
    own->TakeData(s, View(data, bytes), (flags & NGHTTP2_FLAG_END_STREAM) == 0);
  }
  return 0;
}

// The stream's window is not given back, so that the client stops at kAwaitingBytesMax.
void Http2Session::HoldData(Http2Stream* s, std::string_view chunk) {
  Result<MemoryReservation> more =
      context_->request_memory.Reserve(static_cast<int64_t>(chunk.size()), "request body");
  if (!more.ok()) return RefuseForMemory(s);
  if (s->held_memory.bytes() == 0) {
    s->held_memory = std::move(more).value();
  } else {
    s->held_memory.Absorb(std::move(more).value());
  }
  s->held_body.append(chunk);
}

// What is refused gets no more window: its client waits for the answer, or for the RST_STREAM behind it.
void Http2Session::TakeData(Http2Stream* s, std::string_view chunk, bool more_follows) {
  if (!s->ignore_body && !chunk.empty()) {
    if (s->kind == Http2Stream::Kind::kRpc) {
      AddRpcData(s, chunk);
    } else {
      AddHttpData(s, chunk);
    }
  }
  if (s->ignore_body || !more_follows) return;
  if (!s->window_is_wide && s->body_bytes >= kSmallBodyBytes) {
    s->window_is_wide = true;
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, s->id, kStreamWindowBytes);
  }
  nghttp2_session_consume_stream(session_, s->id, chunk.size());
}

void Http2Session::AddRpcData(Http2Stream* s, std::string_view chunk) {
  std::string& request = s->call->request;
  const int64_t own_limit = s->call->body_bytes_max;
  if (own_limit > 0 && s->body_bytes > own_limit) {
    return RefuseRpc(
        s, {RpcCode::kResourceExhausted,
            "request message too large: this method takes at most " + std::to_string(own_limit) + " bytes"});
  }
  switch (s->assembler.Append(chunk, &request)) {
    case MessageAssembler::Outcome::kOk:
      break;
    case MessageAssembler::Outcome::kTooLarge:
      return RefuseRpc(s, {RpcCode::kResourceExhausted,
                           "request message too large: " + std::to_string(s->assembler.declared_bytes()) +
                               " bytes, limit " + std::to_string(options_.receive_message_bytes_max) + " (" +
                               options_.receive_limit_option + ")"});
    case MessageAssembler::Outcome::kCompressed: {
      std::string encoding(s->call->Find("grpc-encoding").value_or("identity"));
      if (encoding == "identity") {
        return RefuseRpc(s, {RpcCode::kInternal, "message marked as compressed without a grpc-encoding"});
      }
      s->trailing.emplace_back("grpc-accept-encoding", "identity");
      return RefuseRpc(s, {RpcCode::kUnimplemented, "grpc-encoding not supported: " + encoding});
    }
    case MessageAssembler::Outcome::kSecondMessage:
      return RefuseRpc(s, {RpcCode::kUnimplemented, "more than one request message (client streaming)"});
  }
  if (!Account(s, request)) RefuseForMemory(s);
}

void Http2Session::AddHttpData(Http2Stream* s, std::string_view chunk) {
  std::string& body = s->http->body;
  const int64_t own_limit = s->http->body_bytes_max;
  if (static_cast<int64_t>(body.size() + chunk.size()) >
      (own_limit > 0 ? own_limit : options_.receive_message_bytes_max)) {
    return RefuseHttp(s, 413,
                      "request body too large: limit " + std::to_string(options_.receive_message_bytes_max) +
                          " (" + options_.receive_limit_option + ")");
  }
  GrowBody(&body, chunk.size(), static_cast<size_t>(options_.receive_message_bytes_max));
  body.append(chunk);
  if (!Account(s, body)) RefuseForMemory(s);
}

void Http2Session::RefuseForMemory(Http2Stream* s) {
  std::string text = "too many request bytes in progress: limit " +
                     std::to_string(options_.receive_total_bytes_max) + " (" +
                     options_.receive_total_limit_option + ")";
  if (s->kind == Http2Stream::Kind::kHttp) return RefuseHttp(s, 503, std::move(text));
  RefuseRpc(s, {RpcCode::kUnavailable, std::move(text)});
}

bool Http2Session::Account(Http2Stream* s, const std::string& body) {
  MemoryReservation& held = s->request()->reservation;
  int64_t capacity = static_cast<int64_t>(body.capacity());
  if (capacity <= held.bytes()) return true;
  Result<MemoryReservation> more = context_->request_memory.Reserve(capacity - held.bytes(), "request body");
  if (!more.ok()) return false;
  if (held.bytes() == 0) {
    held = std::move(more).value();
  } else {
    held.Absorb(std::move(more).value());
  }
  return true;
}

int Http2Session::OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  auto* session = static_cast<Http2Session*>(self);
  if (!session->ControlFrameAllowed(*frame)) return session->EndForAbuse("too many control frames or resets");
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  Http2Stream* s = session->Find(frame->hd.stream_id);
  if (s == nullptr) return 0;
  if (!s->headers_complete) session->EndHeaders(s);
  if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) session->EndRequest(s);
  return 0;
}

bool Http2Session::ControlFrameAllowed(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_RST_STREAM:
      return resets_.Take(now_ns_);
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PRIORITY:
      return control_frames_.Take(now_ns_);
    case NGHTTP2_DATA:
      return frame.hd.length > 0 || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) ||
             control_frames_.Take(now_ns_);
    default:
      return true;
  }
}

int Http2Session::EndForAbuse(std::string_view reason) {
  if (Logger* log = context_->seams.log) log->Warn("connection ended", {{"peer", peer_}, {"reason", reason}});
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  return 0;
}

void Http2Session::EndRequest(Http2Stream* s) {
  StopReceiving(s);
  served_ = true;
  if (!s->awaiting) Dispatch(s);
}

void Http2Session::Dispatch(Http2Stream* s) {
  if (s->ignore_body || s->answered) return;
  std::shared_ptr<ReplySink> sink = sink_.lock();
  if (!sink) return;
  uint32_t id = static_cast<uint32_t>(s->id);
  if (s->kind == Http2Stream::Kind::kHttp) {
    context_->seams.http->Handle(s->http, HttpResponder(std::move(sink), id));
  } else if (!s->assembler.complete()) {
    RefuseRpc(s, {RpcCode::kInternal, "the request ended before its message was complete"});
  } else {
    context_->seams.rpc->Handle(s->call, Responder(std::move(sink), id));
  }
}

void Http2Session::RefuseRpc(Http2Stream* s, RpcStatus status) {
  s->IgnoreBody();
  if (s->call) {
    s->call->request = std::string();
    s->call->reservation.Release();
  }
  Reply reply;
  reply.status = std::move(status);
  reply.headers = std::move(s->trailing);
  AnswerRpc(s, std::move(reply));
}

void Http2Session::RefuseHttp(Http2Stream* s, HttpResponse response) {
  s->IgnoreBody();
  if (s->http) {
    s->http->body = std::string();
    s->http->reservation.Release();
  }
  AnswerHttp(s, RefusalReply(std::move(response)));
}

int Http2Session::OnStreamClose(nghttp2_session* session, int32_t id, uint32_t, void* self) {
  auto* own = static_cast<Http2Session*>(self);
  Http2Stream* s = own->Find(id);
  if (s == nullptr) return 0;
  if (!s->answered) {
    if (RequestBase* request = s->request()) request->cancel.Cancel();
  }
  nghttp2_session_set_stream_user_data(session, id, nullptr);
  own->RemoveStream(s);
  return 0;
}

// ---- Answers ----

bool Http2Session::OnReply(Reply reply, int64_t now_ns) {
  now_ns_ = now_ns;
  Http2Stream* s = Find(static_cast<int32_t>(reply.stream_id));
  if (s == nullptr || s->answered) return true;
  if (reply.step != Reply::Step::kAnswer) {
    OnVerdict(s, std::move(reply));
  } else if (reply.http_status != 0) {
    AnswerHttp(s, std::move(reply));
  } else {
    AnswerRpc(s, std::move(reply));
  }
  return true;
}

void Http2Session::Enqueue(Http2Stream* s, OutMessage message) {
  size_t bytes = message.left_bytes();
  if (bytes == 0) return;
  if (s->unsent_bytes == 0) ++streams_with_output_;
  s->unsent_bytes += bytes;
  s->messages.push_back(std::move(message));
}

void Http2Session::AnswerRpc(Http2Stream* s, Reply reply) {
  int64_t message_bytes = static_cast<int64_t>(reply.message.size());
  if (reply.has_message && message_bytes > options_.send_message_bytes_max) {
    reply.has_message = false;
    reply.finish = true;
    reply.status = {RpcCode::kResourceExhausted,
                    "response message too large: " + std::to_string(message_bytes) + " bytes, limit " +
                        std::to_string(options_.send_message_bytes_max) + " (" + options_.send_limit_option +
                        ")"};
  }
  if (reply.has_message) {
    Result<MemoryReservation> held = context_->response_memory.Reserve(message_bytes, "response message");
    if (held.ok()) {
      OutMessage message(std::move(reply.message), true, std::move(held).value());
      message.SetCounter(std::move(reply.unsent_bytes));
      Enqueue(s, std::move(message));
    } else {
      reply.finish = true;
      reply.status = {RpcCode::kUnavailable, "too many response bytes in progress: limit " +
                                                 std::to_string(options_.send_total_bytes_max) +
                                                 " (send_total_bytes_max)"};
    }
  }
  if (reply.finish) {
    s->answered = true;
    s->status = std::move(reply.status);
    s->trailing = std::move(reply.headers);
  }
  if (s->headers_sent) {
    if (s->deferred) nghttp2_session_resume_data(session_, s->id);
    s->deferred = false;
    return;
  }
  std::vector<nghttp2_nv> fields = {StaticField(":status", "200"),
                                    StaticField("content-type", "application/grpc")};
  bool with_body = s->unsent_bytes > 0 || !s->answered;
  if (!with_body) AppendStatus(s, &fields);
  SubmitHeaders(s, fields, with_body);
}

void Http2Session::AnswerHttp(Http2Stream* s, Reply reply) {
  s->answered = true;
  Result<MemoryReservation> held =
      context_->response_memory.Reserve(static_cast<int64_t>(reply.message.size()), "response body");
  if (!held.ok()) {
    reply.http_status = 503;
    reply.headers.clear();
    reply.message.clear();
  }
  char status[4] = {};
  std::to_chars(status, status + 3, std::clamp(reply.http_status, 200, 599));
  std::string length = std::to_string(reply.message.size());
  std::vector<nghttp2_nv> fields = {CopiedField(":status", {status, 3}),
                                    CopiedField("content-length", length)};
  AppendFields(reply.headers, &fields);
  bool head = s->http != nullptr && s->http->method == "HEAD";
  if (!head && held.ok()) Enqueue(s, OutMessage(std::move(reply.message), false, std::move(held).value()));
  SubmitHeaders(s, fields, s->unsent_bytes > 0);
}

void Http2Session::SubmitHeaders(Http2Stream* s, const std::vector<nghttp2_nv>& fields, bool with_body) {
  nghttp2_data_provider body{};
  body.source.ptr = s;
  body.read_callback = ReadData;
  s->headers_sent = true;
  nghttp2_submit_response(session_, s->id, fields.data(), fields.size(), with_body ? &body : nullptr);
}

void Http2Session::AppendStatus(Http2Stream* s, std::vector<nghttp2_nv>* fields) {
  int code = std::clamp(static_cast<int>(s->status.code), 0, 16);
  fields->push_back(StaticField("grpc-status", kCodeText[code]));
  if (!s->status.message.empty()) {
    grpc_message_ = PercentEncode(s->status.message);
    fields->push_back(CopiedField("grpc-message", grpc_message_));
  }
  AppendFields(s->trailing, fields);
}

void Http2Session::SubmitTrailer(Http2Stream* s) {
  std::vector<nghttp2_nv> fields;
  AppendStatus(s, &fields);
  nghttp2_submit_trailer(session_, s->id, fields.data(), fields.size());
}

// Tells nghttp2 how much of the answer may go into the next DATA frame; SendData delivers it without a copy.
ssize_t Http2Session::ReadData(nghttp2_session*, int32_t, uint8_t*, size_t capacity, uint32_t* flags,
                               nghttp2_data_source* source, void* self) {
  auto* session = static_cast<Http2Session*>(self);
  auto* s = static_cast<Http2Stream*>(source->ptr);
  if (s->unsent_bytes == 0 && !s->answered) {
    s->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  size_t n = std::min(capacity, s->unsent_bytes);
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (s->answered && n == s->unsent_bytes) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (s->kind == Http2Stream::Kind::kRpc) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      session->SubmitTrailer(s);
    }
  }
  return static_cast<ssize_t>(n);
}

int Http2Session::SendData(nghttp2_session*, nghttp2_frame*, const uint8_t* header, size_t bytes,
                           nghttp2_data_source* source, void* self) {
  auto* session = static_cast<Http2Session*>(self);
  auto* s = static_cast<Http2Stream*>(source->ptr);
  if (session->output_->size_bytes() >= kOutputHighBytes) return NGHTTP2_ERR_WOULDBLOCK;
  session->output_->Append(View(header, 9));
  if (bytes == 0) return 0;
  s->Take(bytes, session->output_);
  if (s->unsent_bytes == 0) --session->streams_with_output_;
  return 0;
}

ssize_t Http2Session::FrameBytes(nghttp2_session*, uint8_t, int32_t, int32_t, int32_t,
                                 uint32_t remote_frame_bytes_max, void*) {
  return static_cast<ssize_t>(std::min<size_t>(remote_frame_bytes_max, kSentFrameBytesMax));
}

// An answer that ended before the request did: tells the client to stop sending, without calling it an error.
int Http2Session::OnFrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
  if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
  if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
  Http2Stream* s = static_cast<Http2Session*>(self)->Find(frame->hd.stream_id);
  if (s != nullptr && s->receiving) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR);
  }
  return 0;
}

bool Http2Session::FillOutput(OutputQueue* output) {
  output_ = output;
  while (output->size_bytes() < kOutputHighBytes) {
    const uint8_t* bytes = nullptr;
    ssize_t n = nghttp2_session_mem_send(session_, &bytes);
    if (n < 0) return false;
    if (n == 0) break;
    output->Append(View(bytes, static_cast<size_t>(n)));
  }
  return true;
}

// ---- Ends ----

bool Http2Session::OnDeadline(int64_t now_ns) {
  now_ns_ = now_ns;
  next_check_ns_ = kNoDeadline;
  for (Http2Stream *s = streams_, *next = nullptr; s != nullptr; s = next) {
    next = s->next;
    if (!s->receiving) continue;
    if (!s->headers_complete && now_ns - s->begun_ns >= options_.header_timeout_ms * kNsPerMs) return false;
    if (s->awaiting) continue;  // we are the ones who are waited for
    int64_t age_ms = (now_ns - s->body_begun_ns) / kNsPerMs;
    if (age_ms >= options_.body_grace_ms &&
        s->body_bytes < age_ms / 1000 * options_.body_bytes_per_second_min) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }
  if (receiving_count_ > 0) next_check_ns_ = now_ns + options_.header_timeout_ms * kNsPerMs;
  return true;
}

void Http2Session::StartDrain() {
  draining_ = true;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

bool Http2Session::finished() const {
  if (draining_ && stream_count_ == 0) return true;
  return !nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_);
}

Occupancy Http2Session::occupancy() const {
  if (streams_with_output_ > 0 || stream_count_ > receiving_count_) return Occupancy::kInWork;
  if (receiving_count_ > 0) return Occupancy::kArriving;
  return served_ ? Occupancy::kIdle : Occupancy::kNothingWhole;
}

void Http2Session::OnClosed() {
  if (closed_) return;
  closed_ = true;
  for (Http2Stream* s = streams_; s != nullptr; s = s->next) {
    if (RequestBase* request = s->request()) request->cancel.Cancel();
  }
}

}  // namespace

std::unique_ptr<Protocol> MakeHttp2Session(const std::shared_ptr<TransportContext>& context,
                                           const std::shared_ptr<ReplySink>& sink, const std::string& peer) {
  return std::make_unique<Http2Session>(context, sink, peer);
}

}  // namespace redkite::server
