// Admission: what is decided about a request when its headers have come and its body has not. A handler
// answers with a Verdict at once, or keeps the Ticket and decides later from any thread; meanwhile the
// transport holds at most 64 KiB of the body. Thread safety: a Ticket is used by one thread at a time. A
// Ticket that is destroyed undecided refuses with INTERNAL (HTTP 500). What is decided about a request that
// has gone is dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "server/transport/reply.h"

namespace redkite::server {

/// `Refusal`: RpcStatus or HttpResponse.
template <class Refusal>
class Verdict {
 public:
  static Verdict Admitted() { return Verdict(Kind::kAdmitted, std::nullopt); }
  static Verdict Refused(Refusal refusal) { return Verdict(Kind::kRefused, std::move(refusal)); }
  /// The ticket decides; it must have been moved away.
  static Verdict Later() { return Verdict(Kind::kLater, std::nullopt); }
  bool admitted() const { return kind_ == Kind::kAdmitted; }
  bool refused() const { return kind_ == Kind::kRefused; }
  bool later() const { return kind_ == Kind::kLater; }
  /// Only when refused.
  Refusal& refusal() { return *refusal_; }

 private:
  enum class Kind { kAdmitted, kRefused, kLater };
  Verdict(Kind kind, std::optional<Refusal> refusal) : kind_(kind), refusal_(std::move(refusal)) {}
  Kind kind_;
  std::optional<Refusal> refusal_;
};

template <class Refusal>
class AdmissionTicket {
 public:
  AdmissionTicket() = default;
  AdmissionTicket(std::shared_ptr<ReplySink> sink, uint32_t stream_id)
      : sink_(std::move(sink)), stream_id_(stream_id) {}
  AdmissionTicket(AdmissionTicket&&) noexcept = default;
  AdmissionTicket& operator=(AdmissionTicket&& other) noexcept;
  ~AdmissionTicket();
  /// The first of these decides, later ones are dropped. What the handler has written into the request before
  /// is seen by whoever handles it.
  void Admit();
  void Refuse(Refusal refusal);
  /// It was decided without the ticket.
  void Void() { sink_.reset(); }
  /// Decided, moved away or void.
  bool decided() const { return sink_ == nullptr; }

 private:
  void RefuseUndecided();
  void Deliver(Reply reply);
  std::shared_ptr<ReplySink> sink_;
  uint32_t stream_id_ = 0;
};

extern template class AdmissionTicket<RpcStatus>;
extern template class AdmissionTicket<HttpResponse>;

using RpcVerdict = Verdict<RpcStatus>;
using HttpVerdict = Verdict<HttpResponse>;
using RpcTicket = AdmissionTicket<RpcStatus>;
using HttpTicket = AdmissionTicket<HttpResponse>;

/// A refusal as the connection takes it.
Reply RefusalReply(RpcStatus status);
Reply RefusalReply(HttpResponse response);

}  // namespace redkite::server
