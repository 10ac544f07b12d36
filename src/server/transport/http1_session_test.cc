#include "server/transport/http1_session.h"

#include <gtest/gtest.h>

#include "server/transport/testing_client.h"

namespace redkite::server {
namespace {

TEST(Http1Session, KeepAliveServesSeveralRequests) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        client.Send("POST /p" + std::to_string(i) + "?q HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"));
    std::string answer = client.ReceiveUntil("] hi");
    EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK\r\n", 0), 0u) << answer;
    EXPECT_NE(answer.find("POST /p" + std::to_string(i) + " [q] hi"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("evil"), std::string::npos) << answer;
  }
  EXPECT_EQ(server.listener->stats().connections_accepted, 1);
}

TEST(Http1Session, ChunkedBodyByteByByte) {
  TestServer server;
  RawClient client(server.port());
  for (char c :
       std::string("PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
    ASSERT_TRUE(client.Send(std::string(1, c)));
  }
  EXPECT_NE(client.ReceiveUntil("] abc").find("PUT /c [] abc"), std::string::npos);
}

TEST(Http1Session, PipelinedRequestsAreAnsweredInOrder) {
  for (int workers : {0, 2}) {
    TestServer server({}, workers);
    RawClient client(server.port());
    std::string all;
    for (int i = 0; i < 50; ++i) all += "GET /n" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    all += "GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    ASSERT_TRUE(client.Send(all));
    bool closed = false;
    std::string answer = client.ReceiveAll(&closed);
    EXPECT_TRUE(closed);
    size_t at = 0;
    for (int i = 0; i < 50; ++i) {
      at = answer.find("GET /n" + std::to_string(i) + " [] ", at);
      ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_NE(answer.find("GET /last", at), std::string::npos);
    EXPECT_GT(answer.size(), size_t{20} << 20);
  }
}

std::string Post(const std::string& path, size_t length, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "Content-Length: " + std::to_string(length) +
         "\r\n\r\n";
}

TEST(Http1Session, AVerdictThatComesLater) {
  for (int workers : {0, 2}) {
    TestServer server({}, workers);
    RawClient client(server.port());
    for (int round = 1; round <= 2; ++round) {
      const int64_t before = server.listener->stats().received_bytes;
      ASSERT_TRUE(client.Send(Post("/length", 400'000, "later: 1\r\n") + std::string(400'000, 'x')));
      ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
      EXPECT_LE(server.listener->stats().received_bytes - before, 64 << 10);
      EXPECT_LE(server.listener->stats().request_memory_bytes, 64 << 10);
      EXPECT_EQ(server.service.undecided(0)->peer.rfind("127.0.0.1:", 0), 0u);
      server.service.Decide(true);
      EXPECT_NE(client.ReceiveUntil("400000").find("HTTP/1.1 200 "), std::string::npos);
      EXPECT_EQ(server.service.handled_count(), round);
    }
    EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
  }
}

TEST(Http1Session, NobodyIsToldToContinueBeforeTheVerdict) {
  TestServer server;
  RawClient client(server.port());
  client.Send(Post("/length", 3, "later: 1\r\nExpect: 100-continue\r\n"));
  ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
  EXPECT_EQ(client.Receive(20), "");
  server.service.Decide(true);
  EXPECT_EQ(client.ReceiveUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("abc");
  EXPECT_NE(client.ReceiveUntil("\r\n\r\n3").find("200 OK"), std::string::npos);
  client.Send(Post("/length", 3, "later: 1\r\nExpect: 100-continue\r\n"));
  ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
  server.service.Decide(false);
  bool closed = false;
  const std::string refused = client.ReceiveAll(&closed);
  EXPECT_EQ(refused.rfind("HTTP/1.1 401 ", 0), 0u) << refused;
  EXPECT_TRUE(closed);
}

TEST(Http1Session, PipelinedRequestsAreAdmittedOneAfterAnother) {
  TestServer server;
  RawClient client(server.port());
  client.Send("GET /a HTTP/1.1\r\nHost: h\r\nlater: 1\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nlater: 1\r\n\r\n");
  for (const char* path : {"/a", "/b"}) {
    ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
    server.service.Decide(true);
    EXPECT_NE(client.ReceiveUntil(std::string("GET ") + path).find("200"), std::string::npos);
  }
  EXPECT_EQ(server.service.handled_count(), 2);
}

TEST(Http1Session, ARefusalKeepsTheConnectionWhenLittleIsLeftToRead) {
  TestServer server;
  const std::string last = "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  for (const bool later : {false, true}) {
    const std::string more = later ? "later: 1\r\n" : "";
    const std::string path = later ? "/x" : "/refused";
    const std::pair<std::string, bool> cases[] = {
        {"GET " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n", true},
        {Post(path, 4, more) + "body", true},
        {Post(path, 200'000, more) + std::string(200'000, 'x'), false},
        {"POST " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         false},
    };
    for (const auto& [request, stays] : cases) {
      RawClient client(server.port());
      ASSERT_TRUE(client.Send(request + last));
      if (later) {
        ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
        server.service.Decide(false);
      }
      bool closed = false;
      const std::string answer = client.ReceiveAll(&closed);
      EXPECT_TRUE(closed);
      EXPECT_EQ(answer.rfind("HTTP/1.1 401 Unauthorized\r\nx-why: test\r\n", 0), 0u) << answer;
      EXPECT_EQ(answer.find("GET /last") != std::string::npos, stays) << answer;
      EXPECT_EQ(answer.substr(0, answer.find("\r\n\r\n")).find("connection: close") == std::string::npos,
                stays);
    }
  }
  EXPECT_EQ(server.service.handled_count(), 4);
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
}

TEST(Http1Session, AForgottenVerdictIsAnError) {
  TestServer server;
  RawClient client(server.port());
  client.Send("GET /a HTTP/1.1\r\nHost: h\r\nlater: 1\r\n\r\n");
  ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
  server.service.Forget();
  EXPECT_EQ(client.ReceiveUntil("\r\n\r\n").rfind("HTTP/1.1 500 ", 0), 0u);
}

TEST(Http1Session, DeadlinesOfRequests) {
  TestServer server;
  RawClient client(server.port());
  client.Send("GET /deadline HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.ReceiveUntil("left 30").find("left 30"), std::string::npos);
  client.Send("GET /deadline HTTP/1.1\r\nHost: h\r\nRequest-Timeout: 700\r\n\r\n");
  EXPECT_NE(client.ReceiveUntil("left 700").find("left 700"), std::string::npos);
}

TEST(Http1Session, ErrorsAreAnsweredAndClose) {
  ListenerOptions options;
  options.receive_message_bytes_max = 1000;
  TestServer server(options);
  const std::pair<std::string, std::string> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
      {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 "},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
       "HTTP/1.1 413 Content Too Large"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", "HTTP/1.1 431 "},
  };
  for (const auto& [request, expected] : cases) {
    RawClient client(server.port());
    client.Send(request);
    bool closed = false;
    std::string answer = client.ReceiveAll(&closed);
    EXPECT_EQ(answer.rfind(expected, 0), 0u) << answer;
    EXPECT_NE(answer.find("connection: close"), std::string::npos);
    EXPECT_TRUE(closed);
  }
  EXPECT_EQ(server.service.handled_count(), 0);
}

TEST(Http1Session, ExpectContinueHeadAndDroppedRequest) {
  TestServer server;
  RawClient client(server.port());
  client.Send("POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReceiveUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  EXPECT_NE(client.ReceiveUntil("] ok").find("POST /e"), std::string::npos);
  client.Send("GET /drop HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.ReceiveUntil("\r\n\r\n").rfind("HTTP/1.1 500 ", 0), 0u);
  client.Send("HEAD /h HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  bool closed = false;
  std::string answer = client.ReceiveAll(&closed);
  EXPECT_NE(answer.find("content-length: 11\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.substr(answer.size() - 4), "\r\n\r\n");
}

TEST(Http1Session, HalfClosedClientStillGetsItsAnswer) {
  TestServer server;
  RawClient client(server.port());
  client.Send("GET /half HTTP/1.1\r\nHost: h\r\n\r\n");
  client.EndWrites();
  bool closed = false;
  EXPECT_NE(client.ReceiveAll(&closed).find("GET /half"), std::string::npos);
  EXPECT_TRUE(closed);
}

TEST(Http1Session, SlowHeadersAndBodiesAreCutOff) {
  ListenerOptions options;
  options.header_timeout_ms = 2'000;  // also the time to say anything at all
  options.body_grace_ms = 1;
  options.http1_idle_timeout_ms = 1;
  TestServer server(options);
  RawClient silent(server.port()), head(server.port()), body(server.port()), idle(server.port());
  head.Send("GET / HT");
  body.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nab");
  idle.Send("GET /i HTTP/1.1\r\nHost: h\r\n\r\n");
  bool closed = false;
  EXPECT_EQ(silent.ReceiveAll(&closed), "");
  EXPECT_TRUE(closed);
  EXPECT_EQ(head.ReceiveAll(&closed).rfind("HTTP/1.1 408 ", 0), 0u);
  EXPECT_TRUE(closed);
  EXPECT_EQ(body.ReceiveAll(&closed).rfind("HTTP/1.1 408 ", 0), 0u);
  EXPECT_TRUE(closed);
  EXPECT_NE(idle.ReceiveAll(&closed).find("GET /i"), std::string::npos);
  EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace redkite::server
