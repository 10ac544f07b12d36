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

// JSON string contents; control characters and quotes escaped.
std::string JsonEscape(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || c >= 0x7f) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

}  // namespace

void RestService::Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) {
  if (RpcStatus refused = AuthorizeHttp(principal_, *request, request->path); !refused.ok()) {
    responder.Finish(TextResponse(403, refused.message + "\n"));
    return;
  }
  HttpResponse response;
  response.status = 404;
  response.headers.emplace_back("content-type", "application/json");
  response.body = "{\"code\":10,\"message\":\"REST is not implemented: " + JsonEscape(request->method) + " " +
                  JsonEscape(request->path.substr(0, 256)) + "\"}";
  responder.Finish(std::move(response));
}

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
