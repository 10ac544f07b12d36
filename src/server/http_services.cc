#include "server/http_services.h"

#include "server/access/login_token.h"

namespace redkite::server {
namespace {

HttpResponse TextResponse(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

// What needs no credentials: whether it lives, and its figures for whoever is on the machine.
bool IsOpen(const HttpRequest& request) {
  if (request.path == "/healthz" || request.path == "/livez") return true;
  return request.path == "/metrics" && IsLoopbackAddress(AddressOf(request.peer));
}

}  // namespace

HttpVerdict ManagementService::Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) {
  return gate_->Admit(request, ticket, IsOpen(*request));
}

void ManagementService::Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) {
  if (!IsOpen(*request)) {
    static constexpr AccessRule kAdministrators{wire::Method::kGetMetrics, AccessNeed::kAdmin};
    if (Refusal refused = gate_->Authorize(*request, kAdministrators, {}); !refused.ok())
      return responder.Finish(HttpRefusal(refused));
  }
  responder.Finish(Answer(*request));
}

HttpResponse ManagementService::Answer(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = TextResponse(405, "only GET is served here\n");
    response.headers.emplace_back("allow", "GET, HEAD");
    return response;
  }
  if (request.path == "/livez") return TextResponse(200, "OK");
  if (request.path == "/healthz") {
    const Status health = health_();
    return health.ok() ? TextResponse(200, "OK") : TextResponse(503, health.message() + "\n");
  }
  if (request.path == "/metrics") {
    HttpResponse response;
    response.headers.emplace_back("content-type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = metrics_->PrometheusText();
    return response;
  }
  return TextResponse(404, "not found; here are /healthz, /livez and /metrics\n");
}

}  // namespace redkite::server
