#include "server/http_services.h"

#include <gtest/gtest.h>

#include "proxy/mem_proxy_test_kit.h"
#include "server/access/gate_test_kit.h"

namespace redkite::server {
namespace {

struct Sink final : ReplySink {
  void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
  std::vector<Reply> replies;
};

Reply Ask(HttpHandler* handler, const std::string& method, const std::string& path,
          const std::string& host = "localhost:9091") {
  auto request = std::make_shared<HttpRequest>();
  request->method = method;
  request->path = path;
  request->headers.Add("host", host);
  auto sink = std::make_shared<Sink>();
  HttpTicket ticket;
  HttpVerdict verdict = handler->Admit(request, ticket);
  if (verdict.refused()) return RefusalReply(std::move(verdict.refusal()));
  handler->Handle(std::move(request), HttpResponder(sink, 1));
  EXPECT_EQ(sink->replies.size(), 1u);
  return std::move(sink->replies.at(0));
}

std::string HeaderOf(const Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return "";
}

struct Management : testing::Test {
  MetricsRegistry metrics;
  Status health;
  proxy::MemProxyKit proxy;
  GateKit access{&proxy.proxy};
  ManagementService service{access.gate.get(), [this] { return health; }, &metrics};
};

TEST_F(Management, HealthFollowsTheEngine) {
  EXPECT_EQ(Ask(&service, "GET", "/healthz").http_status, 200);
  EXPECT_EQ(Ask(&service, "GET", "/livez").http_status, 200);
  health = Status::Io("log stopped");
  const Reply sick = Ask(&service, "GET", "/healthz");
  EXPECT_EQ(sick.http_status, 503);
  EXPECT_NE(sick.message.find("log stopped"), std::string::npos);
  EXPECT_EQ(Ask(&service, "GET", "/livez").http_status, 200);  // alive all the same
}

TEST_F(Management, MetricsAreText) {
  metrics.GetCounter("redkite_test_total", "A counter.")->Add(3);
  const Reply reply = Ask(&service, "GET", "/metrics");
  EXPECT_EQ(reply.http_status, 200);
  EXPECT_NE(reply.message.find("redkite_test_total 3"), std::string::npos);
  EXPECT_NE(HeaderOf(reply, "content-type").find("version=0.0.4"), std::string::npos);
}

TEST_F(Management, NothingElseIsServed) {
  EXPECT_EQ(Ask(&service, "GET", "/").http_status, 404);
  EXPECT_EQ(Ask(&service, "GET", "/healthz/x").http_status, 404);
  const Reply post = Ask(&service, "POST", "/healthz");
  EXPECT_EQ(post.http_status, 405);
  EXPECT_EQ(HeaderOf(post, "allow"), "GET, HEAD");
  EXPECT_EQ(Ask(&service, "GET", "/metrics", "evil.example").http_status, 403);
}

}  // namespace
}  // namespace redkite::server
