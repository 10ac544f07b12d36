#include "server/transport/http1_session.h"

#include <algorithm>

#include "server/transport/http1_parser.h"
#include "server/transport/http_deadline.h"

namespace redkite::server {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr size_t kWaitingBytesMax = kAwaitingBytesMax;  // behind a request in progress, or of its body
constexpr size_t kWaitingAnswersMax = 8;                // then further requests wait
constexpr size_t kCopiedBytesMax = 8 << 10;
constexpr uint64_t kTinyBodyBytes =
    8 << 10;  // a refused body that is rather read than paid for with the connection

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

bool IsSafeField(std::string_view name, std::string_view value) {
  auto safe = [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); };
  return !name.empty() && name.find_first_of(": \t") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), safe) && std::all_of(value.begin(), value.end(), safe);
}

class Http1Session final : public Protocol {
 public:
  Http1Session(std::shared_ptr<TransportContext> context, std::weak_ptr<ReplySink> sink, std::string peer)
      : context_(std::move(context)),
        sink_(std::move(sink)),
        peer_(std::move(peer)),
        parser_({context_->options.header_bytes_max, context_->options.receive_message_bytes_max,
                 context_->options.header_limit_option, context_->options.receive_limit_option}) {}
  ~Http1Session() override { OnClosed(); }

  bool OnInput(std::string_view bytes, int64_t now_ns) override;
  bool WantsInput() const override { return !awaiting_ && waiting_.size() < kWaitingBytesMax; }
  size_t InputBytesMax() const override {
    return kWaitingBytesMax - waiting_.size() + static_cast<size_t>(parser_.left_bytes());
  }
  bool OnInputEnd() override {
    input_ended_ = true;
    return busy();
  }
  bool OnReply(Reply reply, int64_t now_ns) override;
  bool FillOutput(OutputQueue* output) override;
  bool OutputBlocked() const override { return false; }
  int64_t NextDeadlineNs() const override;
  bool OnDeadline(int64_t now_ns) override;
  void StartDrain() override { draining_ = true; }
  bool finished() const override { return draining_ && !busy(); }
  Occupancy occupancy() const override;
  void OnClosed() override {
    if (current_) current_->cancel.Cancel();
    if (parser_.request()) parser_.request()->cancel.Cancel();
  }

 private:
  /// A request waits for its verdict or its answer; what comes behind it is held.
  bool busy() const { return awaiting_ || current_ != nullptr; }
  bool Proceed(std::string_view bytes);
  bool ProceedWaiting();
  bool Hold(std::string_view bytes);
  bool BeginRequest(size_t bytes_here);
  bool OnVerdict(Reply reply);
  bool Decline(Reply refusal, size_t bytes_here);
  void OfferToContinue(size_t bytes_here);
  bool EndIfComplete();
  bool Account();
  void Dispatch();
  void TakeAnswers(OutputQueue* output);
  void WriteAnswer(int status, const HeaderList& headers, std::string body);
  bool Refuse(int status, std::string text);
  bool RefuseForMemory();

  const std::shared_ptr<TransportContext> context_;
  const std::weak_ptr<ReplySink> sink_;
  const std::string peer_;
  Http1Parser parser_;
  std::shared_ptr<HttpRequest> current_;  // with its handler; one at a time
  uint32_t current_id_ = 0;
  bool keep_alive_ = true;
  bool head_request_ = false;
  bool input_ended_ = false;
  bool draining_ = false;
  bool awaiting_ = false;  // the verdict on parser_.request()
  std::string waiting_;    // arrived behind the current request, or behind the head that awaits its verdict
  MemoryReservation waiting_memory_;
  struct Piece {
    std::string head;
    std::shared_ptr<const std::string> body;  // large ones; small ones are behind the head
  };
  std::vector<Piece> answers_;  // not yet taken by the connection
  int64_t now_ns_ = 0;
  int64_t begun_ns_ = 0;  // of the request that is arriving, or of idleness
};

bool Http1Session::OnInput(std::string_view bytes, int64_t now_ns) {
  now_ns_ = now_ns;
  if (begun_ns_ == 0) begun_ns_ = now_ns;
  return busy() || answers_.size() >= kWaitingAnswersMax ? Hold(bytes) : Proceed(bytes);
}

// Parses until a request is complete or awaits its verdict; what comes behind it waits.
bool Http1Session::Proceed(std::string_view bytes) {
  while (!bytes.empty() && !busy() && answers_.size() < kWaitingAnswersMax) {
    if (parser_.idle()) begun_ns_ = now_ns_;
    const bool head_was_complete = parser_.request() != nullptr;
    bytes.remove_prefix(parser_.Consume(bytes));
    if (parser_.state() == Http1Parser::State::kFailed) {
      if (parser_.discarding()) return false;  // it was answered
      return Refuse(parser_.error_status(), parser_.error_text());
    }
    if (parser_.request() == nullptr) continue;
    if (!head_was_complete && !BeginRequest(bytes.size())) return false;
    if (!awaiting_ && !EndIfComplete()) return false;
  }
  return Hold(bytes);
}

bool Http1Session::Hold(std::string_view bytes) {
  if (bytes.empty()) return true;
  const auto count = static_cast<int64_t>(bytes.size());
  if (awaiting_) {
    if (!context_->request_memory.Reserve(count, "request body").ok()) return RefuseForMemory();
  }
  MemoryReservation more = context_->request_memory.ReserveAnyway(count);  // little, and it is here already
  if (waiting_memory_.bytes() == 0) {
    waiting_memory_ = std::move(more);
  } else {
    waiting_memory_.Absorb(std::move(more));
  }
  waiting_.append(bytes);
  return true;
}

// The head is complete: completes the request with what the parser does not know, and asks for its verdict.
bool Http1Session::BeginRequest(size_t bytes_here) {
  context_->requests.fetch_add(1, std::memory_order_relaxed);
  HttpRequest& parsed = *parser_.request();
  const int64_t deadline_ns = HttpDeadlineNs(parsed.headers, context_->options.http_timeout_ms, now_ns_);
  auto request = std::make_shared<HttpRequest>(context_->seams.clock, deadline_ns);
  request->headers = std::move(parsed.headers);
  request->method = std::move(parsed.method);
  request->path = std::move(parsed.path);
  request->query = std::move(parsed.query);
  request->peer = peer_;
  request->ledger_owner = context_;
  parser_.request() = request;
  ++current_id_;
  std::shared_ptr<ReplySink> sink = sink_.lock();
  if (!sink) return false;
  if (context_->seams.http != nullptr) {
    HttpTicket ticket(std::move(sink), current_id_);
    HttpVerdict verdict = context_->seams.http->Admit(request, ticket);
    awaiting_ = verdict.later();
    if (awaiting_) return true;
    ticket.Void();
    if (verdict.refused()) return Decline(RefusalReply(std::move(verdict.refusal())), bytes_here);
  }
  OfferToContinue(bytes_here);
  return true;
}

void Http1Session::OfferToContinue(size_t bytes_here) {
  if (bytes_here == 0 && parser_.expects_continue() && parser_.state() != Http1Parser::State::kDone) {
    answers_.push_back({"HTTP/1.1 100 Continue\r\n\r\n", nullptr});
  }
}

bool Http1Session::OnVerdict(Reply reply) {
  awaiting_ = false;
  begun_ns_ = now_ns_;  // the body's time begins
  if (reply.step == Reply::Step::kRefused) {
    if (!Decline(std::move(reply), waiting_.size())) return false;
  } else {
    OfferToContinue(waiting_.size());
  }
  if (!EndIfComplete()) return false;
  if (!busy() && !ProceedWaiting()) return false;
  return busy() || !input_ended_;
}

// The connection survives a refusal when nothing, or next to nothing, has to be read for it.
bool Http1Session::Decline(Reply refusal, size_t bytes_here) {
  const bool complete = parser_.state() == Http1Parser::State::kDone;
  const bool tiny = parser_.state() == Http1Parser::State::kBody &&
                    parser_.left_bytes() <= std::max<uint64_t>(kTinyBodyBytes, bytes_here) &&
                    !(parser_.expects_continue() && bytes_here == 0);
  keep_alive_ = parser_.keep_alive() && !draining_ && !input_ended_ && (complete || tiny);
  head_request_ = parser_.request()->method == "HEAD";
  WriteAnswer(std::clamp(refusal.http_status, 200, 599), refusal.headers, std::move(refusal.message));
  parser_.DiscardBody();
  return keep_alive_;
}

// False as OnInput.
bool Http1Session::EndIfComplete() {
  if (parser_.request() == nullptr) return true;
  const bool complete = parser_.state() == Http1Parser::State::kDone;
  if (parser_.discarding()) {
    if (complete) parser_.Reset();
    return true;
  }
  const HttpRequest& request = *parser_.request();
  if (request.body_bytes_max > 0 && static_cast<int64_t>(request.body.size()) > request.body_bytes_max)
    return Refuse(413, "request body too large: limit " + std::to_string(request.body_bytes_max));
  if (!Account()) return RefuseForMemory();
  if (complete) Dispatch();
  return true;
}

bool Http1Session::Account() {
  HttpRequest& request = *parser_.request();
  int64_t more_bytes = static_cast<int64_t>(request.body.capacity()) - request.reservation.bytes();
  if (more_bytes <= 0) return true;
  Result<MemoryReservation> more = context_->request_memory.Reserve(more_bytes, "request body");
  if (!more.ok()) return false;
  if (request.reservation.bytes() == 0) {
    request.reservation = std::move(more).value();
  } else {
    request.reservation.Absorb(std::move(more).value());
  }
  return true;
}

void Http1Session::Dispatch() {
  current_ = std::move(parser_.request());
  keep_alive_ = parser_.keep_alive() && !draining_;
  head_request_ = current_->method == "HEAD";
  parser_.Reset();
  std::shared_ptr<ReplySink> sink = sink_.lock();
  if (!sink) return;
  HttpResponder responder(std::move(sink), current_id_);
  if (context_->seams.http == nullptr) {
    responder.Finish({404, {{"content-type", "text/plain"}}, "not found\n"});
  } else {
    context_->seams.http->Handle(current_, std::move(responder));
  }
}

bool Http1Session::OnReply(Reply reply, int64_t now_ns) {
  if (!busy() || reply.stream_id != current_id_) return true;
  now_ns_ = now_ns;
  if (reply.step != Reply::Step::kAnswer) return !awaiting_ || OnVerdict(std::move(reply));
  if (awaiting_) return true;
  begun_ns_ = now_ns;
  keep_alive_ = keep_alive_ && !draining_ && !input_ended_;
  WriteAnswer(std::clamp(reply.http_status, 200, 599), reply.headers, std::move(reply.message));
  current_.reset();
  return keep_alive_ && (answers_.size() >= kWaitingAnswersMax || ProceedWaiting());
}

bool Http1Session::ProceedWaiting() {
  std::string waiting;
  waiting.swap(waiting_);
  waiting_memory_.Release();
  return Proceed(waiting);
}

void Http1Session::WriteAnswer(int status, const HeaderList& headers, std::string body) {
  Result<MemoryReservation> held =
      context_->response_memory.Reserve(static_cast<int64_t>(body.size()), "response body");
  if (!held.ok()) {
    body.clear();
    status = 503;
  }
  bool bodyless = status == 204 || status == 304;
  answers_.emplace_back();
  std::string& out = answers_.back().head;
  out.append("HTTP/1.1 ")
      .append(std::to_string(status))
      .append(" ")
      .append(ReasonPhrase(status))
      .append("\r\n");
  for (const auto& [name, value] : headers) {
    if (IsSafeField(name, value)) out.append(name).append(": ").append(value).append("\r\n");
  }
  if (!bodyless) out.append("content-length: ").append(std::to_string(body.size())).append("\r\n");
  if (!keep_alive_) out.append("connection: close\r\n");
  out.append("\r\n");
  if (bodyless || head_request_) return;
  if (body.size() <= kCopiedBytesMax) {
    out.append(body);
  } else {
    answers_.back().body = ShareBody(std::move(body), std::move(held).value());
  }
}

bool Http1Session::Refuse(int status, std::string text) {
  keep_alive_ = false;
  head_request_ = false;
  HeaderList headers = {{"content-type", "text/plain"}};
  if (status == 405) headers.emplace_back("allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
  WriteAnswer(status, headers, std::move(text) + "\n");
  return false;
}

bool Http1Session::RefuseForMemory() {
  return Refuse(503, "too many request bytes in progress: limit " +
                         std::to_string(context_->options.receive_total_bytes_max) + " (" +
                         context_->options.receive_total_limit_option + ")");
}

void Http1Session::TakeAnswers(OutputQueue* output) {
  for (Piece& answer : answers_) {
    output->Append(answer.head);
    if (answer.body) output->AppendShared(answer.body, *answer.body);
  }
  answers_.clear();
}

bool Http1Session::FillOutput(OutputQueue* output) {
  TakeAnswers(output);
  if (waiting_.empty() || busy() || !keep_alive_) return true;
  const bool goes_on = ProceedWaiting();
  TakeAnswers(output);
  return goes_on;
}

int64_t Http1Session::NextDeadlineNs() const {
  if (busy()) return kNoDeadline;
  const ListenerOptions& options = context_->options;
  int64_t wait_ms = options.header_timeout_ms;
  if (parser_.idle()) {
    wait_ms = options.http1_idle_timeout_ms;
  } else if (parser_.state() != Http1Parser::State::kHead) {
    // Behind the grace period the rate is checked every second: the body must be ahead of it.
    wait_ms =
        std::max(options.body_grace_ms,
                 (parser_.body_bytes() / std::max<int64_t>(1, options.body_bytes_per_second_min) + 1) * 1000);
  }
  return begun_ns_ + wait_ms * kNsPerMs;
}

Occupancy Http1Session::occupancy() const {
  if (awaiting_ && parser_.state() != Http1Parser::State::kDone) return Occupancy::kArriving;
  if (busy() || !answers_.empty() || !waiting_.empty()) return Occupancy::kInWork;
  if (parser_.idle()) return current_id_ > 0 ? Occupancy::kIdle : Occupancy::kNothingWhole;
  return parser_.state() == Http1Parser::State::kHead ? Occupancy::kNothingWhole : Occupancy::kArriving;
}

bool Http1Session::OnDeadline(int64_t now_ns) {
  if (now_ns < NextDeadlineNs()) return true;
  if (parser_.idle() || parser_.discarding()) return false;
  return Refuse(408, "the request took too long to arrive");
}

}  // namespace

std::unique_ptr<Protocol> MakeHttp1Session(const std::shared_ptr<TransportContext>& context,
                                           const std::shared_ptr<ReplySink>& sink, const std::string& peer) {
  return std::make_unique<Http1Session>(context, sink, peer);
}

}  // namespace redkite::server
