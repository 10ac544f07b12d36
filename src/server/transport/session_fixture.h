// SessionHarness: a Protocol without its Connection, for fuzzers: input goes in, replies are delivered
// between two calls as the Connection does it, output comes out as one string. The handlers admit and answer
// at once, later, in parts or never, as the fuzzer's input says. Thread safety: one thread.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/testing/fuzz_input.h"
#include "server/transport/protocol.h"
#include "server/transport/transport_context.h"

namespace redkite::server {

class ReplyQueue final : public ReplySink {
 public:
  void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
  std::deque<Reply> replies;
};

class FuzzedHandlers final : public RpcHandler, public HttpHandler {
 public:
  explicit FuzzedHandlers(fuzz::FuzzInput* input) : input_(input) {}
  RpcVerdict Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) override {
    if (call->method == "/no") return RpcVerdict::Refused({RpcCode::kUnauthenticated, "no"});
    switch (input_->Below(8)) {
      case 6:
        rpc_tickets_.emplace_back(call, std::move(ticket));
        return RpcVerdict::Later();
      case 7:
        if (input_->OneIn(2)) RpcTicket(std::move(ticket)).Admit();  // at once, in a roundabout way
        return RpcVerdict::Later();                                  // or dropped undecided
      default:
        return RpcVerdict::Admitted();
    }
  }
  HttpVerdict Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) override {
    switch (input_->Below(8)) {
      case 4:
        return HttpVerdict::Refused({401, {{"evil\r\nx", "y"}}, "no"});
      case 5:
      case 6:
        http_tickets_.emplace_back(request, std::move(ticket));
        return HttpVerdict::Later();
      case 7:
        if (input_->OneIn(2)) HttpTicket(std::move(ticket)).Admit();
        return HttpVerdict::Later();
      default:
        return HttpVerdict::Admitted();
    }
  }
  void Handle(std::shared_ptr<RpcCall> call, Responder responder) override {
    ++handled;
    switch (input_->Below(6)) {
      case 0:
        return responder.Finish(std::move(call->request));
      case 1:
        calls_.emplace_back(std::move(call), std::move(responder));
        return;
      case 2:
        return;  // dropped
      case 3:
        return responder.Finish(std::string(input_->Word() % 40000, 'b'), {{"x-a", "1"}, {"bad name", "\n"}});
      case 4:
        return responder.Fail({static_cast<RpcCode>(input_->Byte()), std::string(input_->Bytes(16))});
      default:
        for (uint64_t n = input_->Below(4); n > 0; --n)
          responder.Send(std::string(input_->Word() % 20000, 's'));
        calls_.emplace_back(std::move(call), std::move(responder));
    }
  }
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override {
    ++handled;
    switch (input_->Below(5)) {
      case 0:
        return responder.Finish({200, {{"content-type", "text/plain"}}, request->path});
      case 1:
        requests_.emplace_back(std::move(request), std::move(responder));
        return;
      case 2:
        return;
      case 3:
        return responder.Finish({204, {}, ""});
      default:
        return responder.Finish({static_cast<int>(input_->Word() % 1000),
                                 {{"evil\r\nx", "y"}, {"x", "a\r\nb"}},
                                 std::string(input_->Word() % 40000, 'b')});
    }
  }
  /// Answers one of those that wait.
  void AnswerOne() {
    if (!calls_.empty()) {
      const size_t at = input_->Below(calls_.size());
      if (input_->OneIn(3)) return calls_[at].second.Send("part");
      calls_[at].second.Finish("later");
      calls_.erase(calls_.begin() + static_cast<ptrdiff_t>(at));
    } else if (!requests_.empty()) {
      requests_.back().second.Finish({200, {}, "later"});
      requests_.pop_back();
    }
  }
  /// Decides about one of those that wait for it. Nothing of its body may have reached it.
  void DecideOne() {
    const bool admit = !input_->OneIn(3);
    if (!rpc_tickets_.empty()) {
      const size_t at = input_->Below(rpc_tickets_.size());
      auto [call, ticket] = std::move(rpc_tickets_[at]);
      rpc_tickets_.erase(rpc_tickets_.begin() + static_cast<ptrdiff_t>(at));
      CHECK(call->request.empty() && call->caller == nullptr);
      call->caller = std::make_shared<int>(1);
      admit ? ticket.Admit() : ticket.Refuse({RpcCode::kUnauthenticated, "no"});
    } else if (!http_tickets_.empty()) {
      auto [request, ticket] = std::move(http_tickets_.back());
      http_tickets_.pop_back();
      CHECK(request->body.empty());
      admit ? ticket.Admit() : ticket.Refuse({401, {{"x", "a\r\nb"}}, "no"});
    }
  }
  bool undecided() const { return !rpc_tickets_.empty() || !http_tickets_.empty(); }
  void DropAll() {
    rpc_tickets_.clear();
    http_tickets_.clear();
    calls_.clear();
    requests_.clear();
  }
  int handled = 0;

 private:
  fuzz::FuzzInput* const input_;
  std::vector<std::pair<std::shared_ptr<RpcCall>, RpcTicket>> rpc_tickets_;
  std::vector<std::pair<std::shared_ptr<HttpRequest>, HttpTicket>> http_tickets_;
  std::vector<std::pair<std::shared_ptr<RpcCall>, Responder>> calls_;
  std::vector<std::pair<std::shared_ptr<HttpRequest>, HttpResponder>> requests_;
};

class SessionHarness {
 public:
  using Make = std::unique_ptr<Protocol> (*)(const std::shared_ptr<TransportContext>&,
                                             const std::shared_ptr<ReplySink>&, const std::string&);
  SessionHarness(Make make, fuzz::FuzzInput* input) : handlers_(input), input_(input) {
    ListenerOptions options;
    options.receive_message_bytes_max = 2000;
    options.receive_total_bytes_max = 9000;
    options.send_message_bytes_max = 30000;
    options.send_total_bytes_max = 60000;
    options.header_bytes_max = 1024;
    options.stream_count_max = 8;
    options.reset_count_per_second_max = 20;
    options.control_frame_count_per_second_max = 40;
    context_ =
        std::make_shared<TransportContext>(options, ListenerSeams{&clock_, &handlers_, &handlers_, nullptr});
    sink_ = std::make_shared<ReplyQueue>();
    protocol_ = make(context_, sink_, "peer");
    Pump();
  }
  ~SessionHarness() {
    protocol_->OnClosed();
    handlers_.DropAll();
    sink_->replies.clear();
    protocol_.reset();
    output_ = {};
    // Whatever happened, all memory was given back.
    CHECK(context_->request_memory.used_bytes() == 0);
    CHECK(context_->response_memory.used_bytes() == 0);
  }
  bool alive() const { return alive_; }
  const std::string& sent() const { return sent_; }

  void Input(std::string_view bytes) {
    if (!alive_ || !protocol_->WantsInput()) return;
    // As much at a time as the Connection gives.
    while (alive_ && !bytes.empty() && protocol_->WantsInput()) {
      const size_t most = protocol_->InputBytesMax();
      CHECK(most > 0);
      const std::string_view part = bytes.substr(0, most);
      bytes.remove_prefix(part.size());
      alive_ = protocol_->OnInput(part, clock_.MonotonicNs());
      Pump();
    }
  }
  /// Something other than input happens.
  void Happen() {
    if (!alive_) return;
    switch (input_->Below(6)) {
      case 0:
      case 1:
        if (handlers_.undecided() && !input_->OneIn(4)) {
          handlers_.DecideOne();
        } else {
          handlers_.AnswerOne();
        }
        break;
      case 2:
        clock_.AdvanceMs(static_cast<int64_t>(input_->Word() % 70'000));
        if (clock_.MonotonicNs() >= protocol_->NextDeadlineNs())
          alive_ = protocol_->OnDeadline(clock_.MonotonicNs());
        break;
      case 3:
        takes_output_ = !takes_output_;
        break;
      case 4:
        if (input_->OneIn(8)) protocol_->StartDrain();
        break;
      default:
        if (input_->OneIn(16)) alive_ = protocol_->OnInputEnd() && alive_;
    }
    Pump();
  }

 private:
  void Pump() {
    while (alive_ && !sink_->replies.empty()) {
      Reply reply = std::move(sink_->replies.front());
      sink_->replies.pop_front();
      alive_ = protocol_->OnReply(std::move(reply), clock_.MonotonicNs());
    }
    if (!takes_output_ && alive_) return;
    do {
      alive_ = protocol_->FillOutput(&output_) && alive_;
    } while (Drain());
    (void)protocol_->OutputBlocked();
    if (protocol_->finished()) alive_ = false;
  }
  bool Drain() {
    if (output_.empty()) return false;
    while (!output_.empty()) {
      iovec pieces[16];
      const int count = output_.Gather(pieces, 16);
      CHECK(count > 0);
      size_t bytes = 0;
      for (int i = 0; i < count; ++i) {
        sent_.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
        bytes += pieces[i].iov_len;
      }
      output_.Consume(bytes);
    }
    return true;
  }

  ManualClock clock_;
  FuzzedHandlers handlers_;
  fuzz::FuzzInput* const input_;
  std::shared_ptr<TransportContext> context_;
  std::shared_ptr<ReplyQueue> sink_;
  std::unique_ptr<Protocol> protocol_;
  OutputQueue output_;
  std::string sent_;
  bool alive_ = true;
  bool takes_output_ = true;
};

}  // namespace redkite::server
