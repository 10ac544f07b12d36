#include "server/rest/rest_service.h"

#include <new>

#include "server/rest/docs_page.h"
#include "server/rest/rest_target.h"

namespace redkite::server {
namespace {

constexpr std::string_view kPrefix = "/v2/vectordb/";
constexpr size_t kMessageBytesMax = 8 << 10;
constexpr int64_t kOpenBodyBytesMax = 4 << 10;
// Deletes must go through when there is no memory left.
constexpr size_t kUnaccountedBodyBytes = 64 << 10;

HttpResponse PlainText(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

std::vector<RestRoute> AllRoutes() {
  std::vector<RestRoute> all;
  for (const auto part :
       {CollectionRoutes(), PartitionRoutes(), IndexRoutes(), AliasRoutes(), DatabaseRoutes(), EntityRoutes(),
        ServiceRoutes(), AccessRoutes(), FirstInterfaceRoutes()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::string FullPath(const RestRoute& route) {
  return std::string(route.first_interface ? "/" : kPrefix).append(route.path);
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

RestService::RestService(Seams seams) : seams_(std::move(seams)) {
  const auto routes = Routes();
  entries_.resize(routes.size());
  for (size_t i = 0; i < routes.size(); ++i) {
    by_path_[FullPath(routes[i])] = i;
    const std::string label = "route=\"" + std::string(routes[i].path) + "\"";
    entries_[i].calls = seams_.metrics->GetCounter("redkite_rest_calls_total", "REST calls by route.", label);
    entries_[i].failures = seams_.metrics->GetCounter("redkite_rest_failures_total",
                                                      "REST calls that answered an error, by route.", label);
    entries_[i].latency = seams_.metrics->GetLatency(
        "redkite_rest_seconds", "Time from the complete request to its answer, by route.", label);
  }
}

const RestRoute* RestService::FindRoute(const HttpRequest& request) const {
  const auto found = by_path_.find(request.path);
  if (found == by_path_.end()) return nullptr;
  const RestRoute& route = Routes()[found->second];
  return request.method == (route.is_get ? "GET" : "POST") ? &route : nullptr;
}

// Paths that are not there are told to anybody: which ones there are is no secret. What needs no credentials
// has no body worth waiting for.
HttpVerdict RestService::Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket) {
  if (FindRoute(*request) != nullptr) return seams_.gate->Admit(request, ticket, false);
  request->body_bytes_max = kOpenBodyBytesMax;
  HttpVerdict verdict = seams_.gate->Admit(request, ticket, true);
  if (verdict.admitted() && !IsDocsRequest(*request))
    return HttpVerdict::Refused(PlainText(404, "404 page not found"));
  return verdict;
}

void RestService::Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) {
  if (auto page = AnswerDocs(*request)) return responder.Finish(std::move(*page));
  const RestRoute* route = FindRoute(*request);
  if (route == nullptr) {
    responder.Finish(PlainText(404, "404 page not found"));
    return;
  }
  auto call = std::make_shared<RestCall>();
  call->http = std::move(request);
  call->responder = std::move(responder);
  call->route_index = static_cast<size_t>(route - Routes().data());
  call->route = route;
  call->first_interface = route->first_interface;
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
    if (Status s = ParseBody(call.get()); !s.ok()) return Fail(call, s);
    if (!May(call, call->route->rule())) return;
    if (Status s = BeginAudit(call); !s.ok()) return Fail(call, s);
    call->route->function(rest, call);
  } catch (const std::bad_alloc&) {
    Fail(call, Status(Code::kMemoryLimitExceeded, "the server is out of memory: memory limit exceeded"));
  }
}

Status RestService::ParseBody(RestCall* call) const {
  const std::string_view text = call->route->is_get ? "{}" : std::string_view(call->http->body);
  if (seams_.memory != nullptr && text.size() > kUnaccountedBodyBytes) {
    RK_ASSIGN_OR_RETURN(call->parsed_memory, seams_.memory->Reserve(rest::JsonBody::ParsedBytes(text),
                                                                    "parse the body of a REST request"));
  }
  RK_ASSIGN_OR_RETURN(rest::JsonBody body, rest::JsonBody::Parse(text));
  call->body.emplace(std::move(body));
  std::string().swap(call->http->body);  // `= {}` would keep the memory
  return Status::Ok();
}

// Read before the body is given away.
Status RestService::BeginAudit(const RestCallPtr& call) const {
  const wire::Method method = call->route->method;
  if (seams_.trail == nullptr || !seams_.trail->Wants(method)) return Status::Ok();
  RK_RETURN_IF_ERROR(seams_.trail->Check());
  AccessTarget target = RestTarget(*call, call->route->rule());
  if (target.names.empty()) {
    for (const char* key : {"userName", "roleName", "privilegeGroupName", "name", "id"}) {
      if (std::string name = call->reader().Text(key); !name.empty()) {
        target.names.push_back(std::move(name));
        break;
      }
    }
  }
  call->audited = std::move(target);
  return Status::Ok();
}

bool RestService::MayAlso(const RestCallPtr& call, wire::Method method) { return May(call, RuleOf(method)); }

bool RestService::May(const RestCallPtr& call, const AccessRule& rule) {
  if (!seams_.gate->enforces()) return true;
  const AccessTarget target = RestTarget(*call, rule);
  Refusal refused = seams_.gate->Authorize(*call->http, rule, target);
  if (refused.ok()) return true;
  if (refused.code == RpcCode::kPermissionDenied && seams_.trail != nullptr) {
    seams_.trail->Denied(*call->http, {audit::Transport::kRest, call->route->path, rule.method}, target);
  }
  entries_[call->route_index].failures->Add();
  call->responder.Finish(HttpRefusal(refused));
  return false;
}

void RestService::Send(const RestCallPtr& call, int http_status, std::string body) {
  if (call->audited) {
    const wire::Method method = call->route->method;
    seams_.trail->Ended(*call->http, {audit::Transport::kRest, call->route->path, method}, *call->audited,
                        call->code);
  }
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
  call->code = static_cast<int>(status.code());
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
