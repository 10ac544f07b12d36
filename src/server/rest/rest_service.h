// RestService: the REST interface of Milvus on the client port: /v2/vectordb/GROUP/ACTION, a POST with a JSON
// body each, and the legacy /v1. A route is a function in *_routes.cc: it reads the body with rest/, asks the
// same proxy as the RPC of the same name, and writes JSON. Failures are HTTP 200 with a code in the body, but
// for credentials (401, 403), deadlines (408) and unknown paths (404). Thread safety: Handle from IO threads,
// the rest from any.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/executor.h"
#include "base/log.h"
#include "base/metrics.h"
#include "proxy/proxy.h"
#include "server/access/audit_trail.h"
#include "server/access/gate.h"
#include "server/rest/rest_call.h"

namespace redkite::server {

class RestService final : public HttpHandler {
 public:
  struct Seams {
    proxy::Proxy* proxy = nullptr;
    const Gate* gate = nullptr;
    const AuditTrail* trail = nullptr;  // none: nothing is noted
    access::AccessControl* access = nullptr;
    access::Authenticator* authenticator = nullptr;
    Executor* executor = nullptr;
    const Clock* clock = nullptr;
    Logger* logger = nullptr;
    MetricsRegistry* metrics = nullptr;
    MemoryLedger* memory = nullptr;  // none: what parsed bodies take is not accounted
  };
  explicit RestService(Seams seams);
  HttpVerdict Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) override;
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override;

  // For the routes.
  proxy::Proxy& proxy() const { return *seams_.proxy; }
  const Gate& gate() const { return *seams_.gate; }
  access::AccessControl& access() const { return *seams_.access; }
  access::Authenticator& authenticator() const { return *seams_.authenticator; }
  /// `{"code":0,"data":{}}`.
  void Succeed(const RestCallPtr& call);
  /// Writes the members of the answer beside `code`: `data`, and what stands next to it.
  void Reply(const RestCallPtr& call, const std::function<void(rest::JsonWriter&)>& write);
  /// `{"code":N,"message":"…"}`.
  void Fail(const RestCallPtr& call, const Status& status);
  void Finish(const RestCallPtr& call, const Status& status);
  /// Whether the caller may do what `method` does, beyond what the route itself needs; else it has been
  /// answered.
  bool MayAlso(const RestCallPtr& call, wire::Method method);
  bool May(const RestCallPtr& call, const AccessRule& rule);

  static std::span<const RestRoute> Routes();

 private:
  struct Entry {
    Counter* calls = nullptr;
    Counter* failures = nullptr;
    LatencyHistogram* latency = nullptr;
  };
  const RestRoute* FindRoute(const HttpRequest& request) const;
  void Run(const RestCallPtr& call);
  Status BeginAudit(const RestCallPtr& call) const;
  Status ParseBody(RestCall* call) const;
  void Send(const RestCallPtr& call, int http_status, std::string body);

  const Seams seams_;
  std::unordered_map<std::string, size_t> by_path_;
  std::vector<Entry> entries_;
};

// The routes by group.
std::span<const RestRoute> CollectionRoutes();
std::span<const RestRoute> PartitionRoutes();
std::span<const RestRoute> IndexRoutes();
std::span<const RestRoute> AliasRoutes();
std::span<const RestRoute> DatabaseRoutes();
std::span<const RestRoute> EntityRoutes();
std::span<const RestRoute> ServiceRoutes();
std::span<const RestRoute> AccessRoutes();
std::span<const RestRoute> FirstInterfaceRoutes();

}  // namespace redkite::server
