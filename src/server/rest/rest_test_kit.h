// For tests of REST routes: a RestService over a proxy in memory, called with JSON text. Thread safety: one
// thread.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "proxy/mem_proxy_test_kit.h"
#include "server/access/gate_test_kit.h"
#include "server/rest/rest_service.h"

namespace redkite::server {

class RestKit {
 public:
  RestKit() : access(&proxy.proxy), logger_(&proxy.clock, LogLevel::kOff) { Rebuild(); }
  /// From here on requests need credentials.
  void Enforce(const AuditTrail* trail = nullptr) {
    trail_ = trail;
    access.Enforce(trail);
    Rebuild();
  }
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Reply Send(const std::string& method, const std::string& path, const std::string& body,
             const Headers& headers = {}) {
    auto request = std::make_shared<HttpRequest>();
    request->method = method;
    request->path = path;
    request->body = body;
    request->headers.Add("host", "localhost:19530");
    for (const auto& [name, value] : headers) request->headers.Add(name, value);
    return Send(std::move(request));
  }
  Reply Send(std::shared_ptr<HttpRequest> request) {
    const std::string path = request->path;
    auto sink = std::make_shared<Sink>();
    HttpTicket ticket(sink, 1);
    HttpVerdict verdict = service->Admit(request, ticket);
    if (!verdict.later()) ticket.Void();
    if (verdict.refused()) return RefusalReply(std::move(verdict.refusal()));
    if (verdict.later() && sink->replies.at(0).step == Reply::Step::kRefused)
      return std::move(sink->replies[0]);
    sink->replies.clear();
    service->Handle(std::move(request), HttpResponder(sink, 1));
    EXPECT_EQ(sink->replies.size(), 1u) << path;
    return sink->replies.empty() ? Reply() : std::move(sink->replies[0]);
  }
  /// The JSON that a route ("aliases/list") answers with HTTP 200.
  std::string Call(const std::string& route, const std::string& body, const Headers& headers = {}) {
    const Reply reply = Send("POST", "/v2/vectordb/" + route, body, headers);
    EXPECT_EQ(reply.http_status, 200) << route;
    return reply.message;
  }
  int CodeOf(const std::string& route, const std::string& body, const Headers& headers = {}) {
    const auto answer = rest::JsonBody::Parse(Call(route, body, headers));
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? static_cast<int>(answer->root().Find("code").integer()) : -1;
  }

  proxy::MemProxyKit proxy;
  GateKit access;
  MetricsRegistry metrics;
  std::unique_ptr<RestService> service;

 private:
  struct Sink final : ReplySink {
    void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
    std::vector<Reply> replies;
  };
  void Rebuild() {
    service = std::make_unique<RestService>(RestService::Seams{
        &proxy.proxy, access.gate.get(), trail_, access.users.control.get(), access.authenticator.get(),
        &executor_, &proxy.clock, &logger_, &metrics, &proxy.memory});
  }
  const AuditTrail* trail_ = nullptr;
  InlineExecutor executor_;
  Logger logger_;
};

}  // namespace redkite::server
