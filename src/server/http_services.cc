#include "server/http_services.h"

namespace redkite::server {
namespace {

HttpResponse TextResponse(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

}  // namespace

void ManagementService::Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) {
  if (RpcStatus refused = AuthorizeHttp(principal_, *request, request->path); !refused.ok()) {
    responder.Finish(TextResponse(403, refused.message + "\n"));
    return;
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
