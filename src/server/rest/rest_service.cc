#include "server/rest/rest_service.h"

#include <new>

#include "server/rest/docs_page.h"

namespace redkite::server {
namespace {

constexpr std::string_view kPrefix = "/v2/vectordb/";
constexpr size_t kMessageBytesMax = 8 << 10;

HttpResponse PlainText(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

std::vector<RestRoute> AllRoutes() {
  std::vector<RestRoute> all;
  for (const auto part : {CollectionRoutes(), PartitionRoutes(), IndexRoutes(), AliasRoutes(),
                          DatabaseRoutes(), EntityRoutes(), ServiceRoutes()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

// A message may quote what the client sent. Cut between two characters.
std::string_view Clipped(std::string_view message) {
  if (message.size() <= kMessageBytesMax) return message;
  size_t end = kMessageBytesMax;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) --end;
  return message.substr(0, end);
}

std::string FailureBody(const Status& status) {
  std::string body;
  rest::JsonWriter(&body)
      .BeginObject()
      .Key("code")
      .Integer(static_cast<int>(status.code()))
      .Key("message")
      .Text(Clipped(status.message()))
      .EndObject();
  return body;
}

}  // namespace

void RestCall::FillDatabase(std::string* database) const {
  if (!database->empty()) return;
  if (const auto header = http->Find("db-name")) *database = *header;
}

std::span<const RestRoute> RestService::Routes() {
  static const std::vector<RestRoute>* const routes = new std::vector<RestRoute>(AllRoutes());
  return *routes;
}

RestService::RestService(Seams seams, Principal principal) : seams_(std::move(seams)), principal_(principal) {
  const auto routes = Routes();
  entries_.resize(routes.size());
  for (size_t i = 0; i < routes.size(); ++i) {
    by_path_[routes[i].path] = i;
    const std::string label = "route=\"" + std::string(routes[i].path) + "\"";
    entries_[i].calls = seams_.metrics->GetCounter("redkite_rest_calls_total", "REST calls by route.", label);
    entries_[i].failures = seams_.metrics->GetCounter("redkite_rest_failures_total",
                                                      "REST calls that answered an error, by route.", label);
    entries_[i].latency = seams_.metrics->GetLatency(
        "redkite_rest_seconds", "Time from the complete request to its answer, by route.", label);
  }
}

void RestService::Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) {
  if (RpcStatus refused = AuthorizeHttp(principal_, *request, request->path); !refused.ok()) {
    responder.Finish(PlainText(403, refused.message + "\n"));
    return;
  }
  if (auto page = AnswerDocs(*request)) return responder.Finish(std::move(*page));
  const std::string_view path = request->path;
  const auto found = path.starts_with(kPrefix) && request->method == "POST"
                         ? by_path_.find(path.substr(kPrefix.size()))
                         : by_path_.end();
  if (found == by_path_.end()) {
    responder.Finish(PlainText(404, "404 page not found"));
    return;
  }
  auto call = std::make_shared<RestCall>();
  call->http = std::move(request);
  call->responder = std::move(responder);
  call->route_index = found->second;
  call->route = &Routes()[found->second];
  call->int64_as_text = call->http->Find("accept-type-allow-int64").value_or("true") == "false";
  call->start_ns = seams_.clock->MonotonicNs();
  entries_[call->route_index].calls->Add();
  const Priority priority = call->route->priority;
  seams_.executor->Submit(priority, [this, call = std::move(call)] { Run(call); });
}

void RestService::Run(const RestCallPtr& call) {
  RestService& rest = *this;
  if (Status s = call->cancel()->Check(); !s.ok()) return Fail(call, s);
  try {
    auto body = rest::JsonBody::Parse(call->http->body);
    if (!body.ok()) return Fail(call, body.status());
    call->body.emplace(std::move(body).value());
    call->http->body = {};
    call->route->function(rest, call);
  } catch (const std::bad_alloc&) {
    Fail(call, Status(Code::kMemoryLimitExceeded, "the server is out of memory: memory limit exceeded"));
  }
}

bool RestService::MayAlso(const RestCallPtr& call, wire::Method method) {
  if (RpcStatus refused = Authorize(principal_, method, *call->http); !refused.ok()) {
    Send(call, 403, FailureBody(Status(Code::kNotPermitted, refused.message)));
    return false;
  }
  return true;
}

void RestService::Send(const RestCallPtr& call, int http_status, std::string body) {
  entries_[call->route_index].latency->ObserveNs(seams_.clock->MonotonicNs() - call->start_ns);
  HttpResponse response;
  response.status = http_status;
  response.headers.emplace_back("content-type", "application/json; charset=utf-8");
  response.body = std::move(body);
  call->responder.Finish(std::move(response));
}

void RestService::Reply(const RestCallPtr& call, const std::function<void(rest::JsonWriter&)>& write) {
  std::string body;
  rest::JsonWriter writer(&body, call->int64_as_text);
  writer.BeginObject().Key("code").Integer(call->first_interface ? 200 : 0);
  write(writer);
  writer.EndObject();
  Send(call, 200, std::move(body));
}

void RestService::Succeed(const RestCallPtr& call) {
  Reply(call, [](rest::JsonWriter& w) { w.Key("data").BeginObject().EndObject(); });
}

void RestService::Finish(const RestCallPtr& call, const Status& status) {
  if (status.ok()) {
    Succeed(call);
  } else {
    Fail(call, status);
  }
}

void RestService::Fail(const RestCallPtr& call, const Status& status) {
  entries_[call->route_index].failures->Add();
  if (status.code() == Code::kTimeout) {
    return Send(call, 408, FailureBody(Status(Code::kTimeout, "request timeout")));
  }
  if (status.blame() == Blame::kSystem && status.code() != Code::kCanceled) {
    seams_.logger->Warn("request failed", {{"route", call->route->path},
                                           {"code", static_cast<int>(status.code())},
                                           {"error", status.message()}});
  }
  Send(call, 200, FailureBody(status));
}

}  // namespace redkite::server
