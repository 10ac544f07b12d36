// The seam between transport and service: what a request looks like, how it is admitted and how it is
// answered. A request is admitted once, when its headers have come and before its body is read, and handled
// once, when it was admitted and is complete. The transport calls a handler on an IO thread, or on the thread
// that has just given a verdict or an answer (so hold no lock while giving one); the handler hands the work
// to an Executor and keeps the Responder until the answer is known.
//
// Thread safety: a Responder or a ticket may be used from any thread, by one thread at a time; neither
// blocks. A request is shared. Before Handle: its headers, names and peer may be read by both sides; `caller`
// is the handler's, to be set before its verdict; body, `request` and `reservation` are the transport's. From
// Handle on all is the handler's. Its CancelToken may be set at any moment by the transport, also while a
// verdict is awaited. Ownership: the handler shares the request with the transport until the stream ends; a
// Responder that is destroyed unanswered answers INTERNAL (HTTP 500), so that no client waits for ever.
// Handlers must outlive the Listener.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/memory_ledger.h"
#include "server/transport/admission.h"
#include "server/transport/header_block.h"
#include "server/transport/reply.h"

namespace redkite::server {

/// What both kinds of request carry.
struct RequestBase {
  HeaderBlock headers;  // without pseudo headers
  std::string peer;     // "127.0.0.1:4711"
  CancelToken cancel;   // set when the client resets the stream or goes away; knows the deadline
  std::shared_ptr<const void> caller;  // who asks, as the handler found out during admission; opaque here

  RequestBase() = default;
  RequestBase(const Clock* clock, int64_t deadline_ns) : cancel(clock, deadline_ns) {}
  std::optional<std::string_view> Find(std::string_view lower_case_name) const {
    return headers.Find(lower_case_name);
  }

  int64_t body_bytes_max = 0;  // set in admission; 0: the port's limit

  // Bytes of the body, accounted until the request is destroyed.
  std::shared_ptr<const void> ledger_owner;
  MemoryReservation reservation;
};

/// One gRPC call with its single request message.
struct RpcCall final : RequestBase {
  using RequestBase::RequestBase;
  std::string method;   // "/package.Service/Method"
  std::string request;  // message bytes, without the length prefix

  /// The token as an object that keeps its call alive.
  static std::shared_ptr<CancelToken> ShareCancel(const std::shared_ptr<RpcCall>& call) {
    return {call, &call->cancel};
  }
};

struct HttpRequest final : RequestBase {
  using RequestBase::RequestBase;
  std::string method;  // "GET"
  std::string path;    // as sent, without the query; not percent-decoded
  std::string query;   // behind '?', without it
  std::string body;
  bool http2 = false;
};

/// Answers one gRPC call: Finish(message), Fail(status), or Send ... Send, Finish(). Answers after the first
/// final one, and answers to a client that has gone, are dropped.
class Responder {
 public:
  Responder() = default;
  Responder(std::shared_ptr<ReplySink> sink, uint32_t stream_id)
      : sink_(std::move(sink)), stream_id_(stream_id) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  /// One message, then status OK.
  void Finish(std::string message, HeaderList trailing_metadata = {});
  /// No message (any more), then `status`; OK ends a stream of Send()s.
  void Fail(RpcStatus status, HeaderList trailing_metadata = {});
  void FinishStream(HeaderList trailing_metadata = {}) { Fail({}, std::move(trailing_metadata)); }
  /// One message of a server stream.
  void Send(std::string message);
  /// Bytes given to Send() that have not left for the network; a producer pauses while this is large.
  int64_t unsent_bytes() const { return unsent_bytes_ ? unsent_bytes_->load(std::memory_order_relaxed) : 0; }
  bool answered() const { return sink_ == nullptr; }

 private:
  void DeliverFinal(Reply reply);

  std::shared_ptr<ReplySink> sink_;
  uint32_t stream_id_ = 0;
  std::shared_ptr<std::atomic<int64_t>> unsent_bytes_;
};

/// Answers one HTTP request, once.
class HttpResponder {
 public:
  HttpResponder() = default;
  HttpResponder(std::shared_ptr<ReplySink> sink, uint32_t stream_id)
      : sink_(std::move(sink)), stream_id_(stream_id) {}
  HttpResponder(HttpResponder&&) noexcept = default;
  HttpResponder& operator=(HttpResponder&& other) noexcept;
  ~HttpResponder();
  void Finish(HttpResponse response);
  bool answered() const { return sink_ == nullptr; }

 private:
  std::shared_ptr<ReplySink> sink_;
  uint32_t stream_id_ = 0;
};

class RpcHandler {
 public:
  virtual ~RpcHandler() = default;
  /// Called when the headers of a call have arrived, so that an unknown method or a missing credential costs
  /// no buffer. Runs on an IO thread: no waiting, no work. For a later verdict moves `ticket` away and says
  /// Later.
  virtual RpcVerdict Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) {
    return RpcVerdict::Admitted();
  }
  /// Called when the call was admitted and its request message is complete.
  virtual void Handle(std::shared_ptr<RpcCall> call, Responder responder) = 0;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// As RpcHandler::Admit.
  virtual HttpVerdict Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) {
    return HttpVerdict::Admitted();
  }
  virtual void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) = 0;
};

}  // namespace redkite::server
