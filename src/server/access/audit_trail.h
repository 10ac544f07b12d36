// AuditTrail: what the server tells the audit log: who logged in or failed to, who was denied what, and every
// change of definitions and of access, one line each. Logins that are remembered from before, and attempts
// that the back-off refuses without looking at the password, make no line of their own. Thread safety: any
// thread; without a log every call does nothing. Ownership: borrows the log.
#pragma once

#include <string>
#include <string_view>

#include "audit/audit_log.h"
#include "server/access/access_target.h"
#include "server/transport/rpc_handler.h"

namespace redkite::server {

class AuditTrail {
 public:
  /// `log` may be null.
  explicit AuditTrail(audit::AuditLog* log) : log_(log) {}
  /// Whether the end of a call of this method makes a line.
  bool Wants(wire::Method method) const { return log_ != nullptr && IsDefinition(method); }
  /// Asked before such a call: why it must not happen.
  Status Check() const { return log_ == nullptr ? Status::Ok() : log_->Check(); }

  void Login(const RequestBase& request, audit::Transport transport, std::string_view user) const;
  void LoginFailed(const RequestBase& request, audit::Transport transport, std::string_view user) const;
  /// `what`: the RPC, or HTTP's path.
  struct Call {
    audit::Transport transport = audit::Transport::kGrpc;
    std::string_view what;
    wire::Method method{};
  };
  void Denied(const RequestBase& request, const Call& call, const AccessTarget& target) const;
  void Ended(const RequestBase& request, const Call& call, const AccessTarget& target, int code) const;

 private:
  void Append(const RequestBase& request, const Call& call, const AccessTarget& target,
              audit::Event event) const;
  audit::AuditLog* const log_;
};

/// The user, role or group that a request about access names; empty for others. Borrowed from the request.
std::string_view AccessSubject(wire::Method method, std::string_view request);

}  // namespace redkite::server
