#include "server/access/audit_trail.h"

#include "server/access/gate.h"
#include "wire/pb_reader.h"

namespace redkite::server {
namespace {

using audit::EventKind;
using wire::Method;

EventKind KindOf(Method method) {
  switch (method) {
    case Method::kCreateCredential:
    case Method::kUpdateCredential:
    case Method::kDeleteCredential:
    case Method::kCreateRole:
    case Method::kAlterRole:
    case Method::kDropRole:
    case Method::kOperateUserRole:
    case Method::kOperatePrivilege:
    case Method::kOperatePrivilegeV2:
    case Method::kCreatePrivilegeGroup:
    case Method::kDropPrivilegeGroup:
    case Method::kOperatePrivilegeGroup:
      return EventKind::kAccess;
    case Method::kBackupRBAC:
    case Method::kRestoreRBAC:
      return EventKind::kBackup;
    case Method::kImport:
      return EventKind::kImport;
    default:
      return EventKind::kDefine;
  }
}

std::string_view FirstField(std::string_view message) {
  std::string_view first;
  for (wire::PbReader r(message); r.Next();) {
    if (r.tag() == wire::PbLen(1)) first = r.bytes();
  }
  return first;
}

std::string_view TraceOf(const RequestBase& request) {
  for (const char* header : {"client-request-id", "client_request_id", "x-milvus-trace-id", "traceparent"}) {
    if (const auto value = request.Find(header)) return *value;
  }
  return {};
}

}  // namespace

std::string_view AccessSubject(Method method, std::string_view request) {
  if (KindOf(method) != EventKind::kAccess) return {};
  std::string_view second;
  for (wire::PbReader r(request); r.Next();) {
    if (r.tag() == wire::PbLen(2)) second = r.bytes();
  }
  switch (method) {
    case Method::kCreateRole:
    case Method::kOperatePrivilegeV2:
      return FirstField(second);
    case Method::kOperatePrivilege:
      return FirstField(FirstField(second));
    default:
      return second;
  }
}

void AuditTrail::Login(const RequestBase& request, audit::Transport transport, std::string_view user) const {
  if (log_ == nullptr) return;
  log_->Append({.kind = EventKind::kLogin,
                .transport = transport,
                .user = user,
                .peer = request.peer,
                .trace_id = TraceOf(request)});
}

void AuditTrail::LoginFailed(const RequestBase& request, audit::Transport transport,
                             std::string_view user) const {
  if (log_ == nullptr) return;
  log_->Append({.kind = EventKind::kLoginFailed,
                .transport = transport,
                .user = user,
                .peer = request.peer,
                .trace_id = TraceOf(request),
                .code = static_cast<int>(Code::kNotAuthenticated)});
}

void AuditTrail::Append(const RequestBase& request, const Call& call, const AccessTarget& target,
                        audit::Event event) const {
  event.transport = call.transport;
  event.user = Gate::UserOf(request);
  event.peer = request.peer;
  event.method = call.what;
  event.database = target.database.empty() ? access::kDefaultDatabase : std::string_view(target.database);
  const Named named = RuleOf(call.method).named;
  const std::string_view name =
      target.names.empty() ? std::string_view() : std::string_view(target.names.front());
  if (named == Named::kUser || named == Named::kRole || event.kind == EventKind::kAccess) {
    event.subject = name;
    event.database = {};
  } else {
    event.collection = name;
  }
  event.trace_id = TraceOf(request);
  log_->Append(event);
}

void AuditTrail::Denied(const RequestBase& request, const Call& call, const AccessTarget& target) const {
  if (log_ == nullptr) return;
  audit::Event event{.kind = EventKind::kDenied};
  event.code = static_cast<int>(Code::kNotPermitted);
  Append(request, call, target, event);
}

void AuditTrail::Ended(const RequestBase& request, const Call& call, const AccessTarget& target,
                       int code) const {
  if (log_ == nullptr) return;
  audit::Event event{.kind = KindOf(call.method)};
  event.code = code;
  Append(request, call, target, event);
}

}  // namespace redkite::server
