// Gate: the one way to every handler. Admission decides who asks, when the headers have come and the body has
// not; Authorize decides whether that caller may do what the request says, before it is decoded. gRPC, REST
// and the management port pass it; what it refuses is never opened, fetched or parsed.
//
// Where credentials are not enforced everybody may do everything, and requests for a foreign Host or of a
// foreign Origin are refused instead, which is how a web page reaches a port on its visitor's own machine.
// Thread safety: any thread; admission never waits. Ownership: the seams outlive the gate.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/access_control.h"
#include "audit/audit_event.h"
#include "proxy/proxy.h"
#include "server/access/access_target.h"
#include "server/access/caller.h"
#include "server/transport/rpc_handler.h"

namespace redkite::server {

class AuditTrail;

/// A refusal: gRPC's code and what clients look for in its text.
using Refusal = RpcStatus;

class Gate {
 public:
  struct Seams {
    access::AccessControl* control = nullptr;  // both null: nothing is enforced
    access::Authenticator* authenticator = nullptr;
    const proxy::Proxy* proxy = nullptr;  // what names mean
    const AuditTrail* trail = nullptr;    // none: logins and denials are not noted
  };
  struct Options {
    bool enforces = false;
    bool any_host = false;  // without credentials: the operator serves another address than a loopback one
  };
  Gate(const Seams& seams, Options options) : seams_(seams), options_(options) {}

  bool enforces() const { return options_.enforces; }

  /// Of a call whose method needs a login; sets its caller.
  RpcVerdict Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) const;
  /// `open`: answered without credentials. `about`: for the texts.
  HttpVerdict Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket, bool open) const;

  /// Ok, or why not: PERMISSION_DENIED, or UNAUTHENTICATED when the caller's credentials have changed since.
  Refusal Authorize(const RequestBase& request, const AccessRule& rule, const AccessTarget& target) const;
  /// The same with the target in the bytes of an RPC.
  Refusal Authorize(const RpcCall& call, wire::Method method) const;

  /// For the answers of lists: what the caller has to do with.
  bool SeesDatabase(const RequestBase& request, std::string_view database) const;
  bool SeesCollection(const RequestBase& request, std::string_view database,
                      std::string_view collection) const;
  /// Root or a holder of `admin`; everybody where nothing is enforced.
  bool MayDoEverything(const RequestBase& request) const;
  /// Who asks, for logs and for who granted what: "root" where nothing is enforced.
  static std::string_view UserOf(const RequestBase& request);

 private:
  struct Object;
  void NoteLogin(const RequestBase& request, audit::Transport transport, std::string_view user,
                 bool ok) const;
  bool Allows(const access::AccessSnapshot& snapshot, const Caller& caller, const AccessRule& rule,
              const Object& object) const;
  Refusal AuthorizeNames(const access::AccessSnapshot& snapshot, const Caller& caller, const AccessRule& rule,
                         const AccessTarget& target) const;
  /// Adds the collections of compactions; ids that nobody knows are left out: nothing is told of them.
  void ResolveCompactions(AccessTarget* target) const;

  const Seams seams_;
  const Options options_;
};

/// "localhost:19530", "127.0.0.1", "[::1]:9091".
bool IsLoopbackHost(std::string_view host);
/// A peer's address.
bool IsLoopbackAddress(std::string_view address);
/// How HTTP tells of a refusal: 401 or 403, with Milvus's code in JSON.
HttpResponse HttpRefusal(const Refusal& refusal);

}  // namespace redkite::server
