#include "server/transport/http2_session.h"

#include <gtest/gtest.h>

#include "server/transport/testing_client.h"

namespace redkite::server {
namespace {

class BothModes : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Http2Session, BothModes, testing::Values(0, 2));  // workers; 0: on the IO thread

TEST_P(BothModes, UnaryEcho) {
  TestServer server({}, GetParam());
  TestHttp2Client client(server.port());
  std::vector<int32_t> ids;
  for (int i = 0; i < 200; ++i)
    ids.push_back(client.Call("/t.T/Echo", WithPrefix("hello " + std::to_string(i))));
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(client.Finish(ids[static_cast<size_t>(i)]));
    TestStream& s = client.stream(ids[static_cast<size_t>(i)]);
    EXPECT_EQ(s.headers[":status"], "200");
    EXPECT_EQ(s.headers["content-type"], "application/grpc");
    EXPECT_EQ(s.headers["grpc-status"], "0");
    EXPECT_EQ(s.headers.count("grpc-message"), 0u);
    EXPECT_EQ(s.headers["x-peer"].rfind("127.0.0.1:", 0), 0u);
    EXPECT_EQ(s.Messages(), std::vector<std::string>{"hello " + std::to_string(i)});
  }
}

TEST_P(BothModes, ServerStreaming) {
  TestServer server({}, GetParam());
  TestHttp2Client client(server.port());
  int32_t id = client.Call("/t.T/Stream", WithPrefix("1000"));
  ASSERT_TRUE(client.Finish(id));
  std::vector<std::string> messages = client.stream(id).Messages();
  ASSERT_EQ(messages.size(), 1000u);
  for (size_t i = 0; i < 1000; ++i) EXPECT_EQ(messages[i], "message " + std::to_string(i));
  EXPECT_EQ(client.stream(id).headers["grpc-status"], "0");
  // On the IO thread nothing leaves before the handler returns; a worker may see every message leave at once.
  if (GetParam() == 0) {
    EXPECT_GT(server.service.stream_unsent_bytes_max(), 0);
  }
  int32_t empty = client.Call("/t.T/Stream", WithPrefix("0"));
  ASSERT_TRUE(client.Finish(empty));
  EXPECT_EQ(client.stream(empty).headers["grpc-status"], "0");
  EXPECT_TRUE(client.stream(empty).body.empty());
}

TEST_P(BothModes, SixtyMebibytesBothWays) {
  TestServer server({}, GetParam());
  TestHttp2Client client(server.port());
  std::string big(60 << 20, '\0');
  for (size_t i = 0; i < big.size(); i += 4096) big[i] = static_cast<char>(i >> 12);
  int32_t id = client.Call("/t.T/Echo", WithPrefix(big));
  ASSERT_TRUE(client.Finish(id));
  ASSERT_EQ(client.stream(id).headers["grpc-status"], "0");
  ASSERT_EQ(client.stream(id).Messages().size(), 1u);
  EXPECT_TRUE(client.stream(id).Messages()[0] == big);
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
}

TEST(Http2Session, ErrorsCarryStatusTextAndMetadata) {
  TestServer server;
  TestHttp2Client client(server.port());
  int32_t fail = client.Call("/t.T/Fail", WithPrefix(""));
  ASSERT_TRUE(client.Finish(fail));
  EXPECT_EQ(client.stream(fail).headers["grpc-status"], "3");
  EXPECT_EQ(client.stream(fail).headers["grpc-message"], "sch%C3%B6n 100%25%0A");
  EXPECT_EQ(client.stream(fail).headers["x-why"], "test");
  EXPECT_EQ(client.stream(fail).headers.count("x-bad"), 0u);
  int32_t dropped = client.Call("/t.T/Drop", WithPrefix(""));
  ASSERT_TRUE(client.Finish(dropped));
  EXPECT_EQ(client.stream(dropped).headers["grpc-status"], "13");
  int32_t unknown = client.Call("/t.T/Nope", WithPrefix(""));
  ASSERT_TRUE(client.Finish(unknown));
  EXPECT_EQ(client.stream(unknown).headers["grpc-status"], "12");
}

TEST(Http2Session, RefusedByAdmitBeforeTheBody) {
  TestServer server;
  TestHttp2Client client(server.port());
  int32_t id = client.Call("/t.T/Refused", "", {}, false);
  ASSERT_TRUE(client.PumpUntil([&] { return client.stream(id).headers.count("grpc-status") > 0; }));
  EXPECT_EQ(client.stream(id).headers["grpc-status"], "16");
  ASSERT_TRUE(client.Finish(id));  // by RST_STREAM(NO_ERROR): stop sending
  EXPECT_EQ(client.stream(id).error, 0u);
  EXPECT_EQ(server.service.handled_count(), 0);
}

TEST_P(BothModes, AVerdictThatComesLater) {
  TestServer server({}, GetParam());
  TestHttp2Client client(server.port());
  const std::string big(3 << 20, 'x');
  int32_t id = client.Call("/t.T/Echo", WithPrefix(big), {{"later", "1"}});
  int32_t small = client.Call("/t.T/Echo", WithPrefix("small"), {{"later", "1"}});
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.undecided_count() == 2; }));
  // Others of the same connection go on meanwhile, beyond what its window holds.
  for (int i = 0; i < 3; ++i) {
    int32_t other = client.Call("/t.T/Bytes", WithPrefix("7" + std::string(12 << 20, '\0')));
    ASSERT_TRUE(client.Finish(other));
    EXPECT_EQ(client.stream(other).Messages(), std::vector<std::string>{"bbbbbbb"});
  }
  ASSERT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes <= 130'000; }));
  EXPECT_GE(server.listener->stats().request_memory_bytes, 60'000);
  EXPECT_EQ(server.service.handled_count(), 3);
  server.service.Decide(true);
  ASSERT_TRUE(client.Finish(id) && client.Finish(small));
  EXPECT_EQ(client.stream(id).headers["grpc-status"], "0");
  EXPECT_EQ(client.stream(id).headers["x-caller"], "decided later");
  ASSERT_EQ(client.stream(id).Messages().size(), 1u);
  EXPECT_TRUE(client.stream(id).Messages()[0] == big);
  EXPECT_EQ(client.stream(small).Messages(), std::vector<std::string>{"small"});
  EXPECT_EQ(server.service.handled_count(), 5);
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
}

TEST(Http2Session, RefusedLaterOrNeverDecided) {
  TestServer server;
  TestHttp2Client client(server.port());
  const TestHttp2Client::Headers rest = {
      {":method", "POST"}, {":scheme", "http"}, {":path", "/x"}, {":authority", "h"}, {"later", "1"}};
  const std::string body(1 << 20, 'x');
  int32_t refused = client.Call("/t.T/Echo", WithPrefix(body), {{"later", "1"}});
  int32_t http_refused = client.Request(rest, body);
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.undecided_count() == 2; }));
  server.service.Decide(false);
  ASSERT_TRUE(client.Finish(refused) && client.Finish(http_refused));
  EXPECT_EQ(client.stream(refused).headers["grpc-status"], "16");
  EXPECT_EQ(client.stream(refused).error, 0u);  // RST_STREAM(NO_ERROR): stop sending
  EXPECT_EQ(client.stream(http_refused).headers[":status"], "401");
  EXPECT_EQ(client.stream(http_refused).headers["x-why"], "test");
  EXPECT_EQ(client.stream(http_refused).body, "no credentials");
  int32_t forgotten = client.Call("/t.T/Echo", WithPrefix("a"), {{"later", "1"}});
  int32_t http_forgotten = client.Request(rest, "a");
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.undecided_count() == 2; }));
  server.service.Forget();
  ASSERT_TRUE(client.Finish(forgotten) && client.Finish(http_forgotten));
  EXPECT_EQ(client.stream(forgotten).headers["grpc-status"], "13");
  EXPECT_EQ(client.stream(http_forgotten).headers[":status"], "500");
  EXPECT_EQ(server.service.handled_count(), 0);
  int32_t http_admitted = client.Request(rest, "a");
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.undecided_count() == 1; }));
  server.service.Decide(true);
  ASSERT_TRUE(client.Finish(http_admitted));
  EXPECT_EQ(client.stream(http_admitted).body, "POST /x [] a");
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
}

TEST(Http2Session, RefusedHttpAtOnce) {
  TestServer server;
  TestHttp2Client client(server.port());
  int32_t id = client.Request(
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/refused"}, {":authority", "h"}}, "", false);
  ASSERT_TRUE(client.Finish(id));
  EXPECT_EQ(client.stream(id).headers[":status"], "401");
  EXPECT_EQ(server.service.handled_count(), 0);
}

TEST(Http2Session, AClientThatGoesBeforeTheVerdictIsForgotten) {
  TestServer server;
  auto client = std::make_unique<TestHttp2Client>(server.port());
  int32_t reset = client->Call("/t.T/Echo", WithPrefix("a"), {{"later", "1"}}, false);
  client->Call("/t.T/Echo", WithPrefix("b"), {{"later", "1"}});
  ASSERT_TRUE(client->PumpUntil([&] { return server.service.undecided_count() == 2; }));
  std::shared_ptr<RequestBase> first = server.service.undecided(0), second = server.service.undecided(1);
  client->Reset(reset);
  ASSERT_TRUE(client->PumpUntil([&] { return first->cancel.cancelled(); }));
  EXPECT_FALSE(second->cancel.cancelled());
  client.reset();
  EXPECT_TRUE(server.WaitFor([&] { return second->cancel.cancelled(); }));
  server.service.Decide(true);
  EXPECT_EQ(server.service.handled_count(), 0);
  first.reset();
  second.reset();
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
}

TEST(Http2Session, WaitingForAVerdictIsNotDripping) {
  ListenerOptions options;
  options.header_timeout_ms = 2'000;
  options.body_grace_ms = 1;
  TestServer server(options);
  TestHttp2Client client(server.port());
  int32_t waits = client.Call("/t.T/Echo", WithPrefix("hello").substr(0, 7), {{"later", "1"}}, false);
  int32_t drips = client.Call("/t.T/Echo", WithPrefix("hello").substr(0, 7), {}, false);
  ASSERT_TRUE(client.Finish(drips));  // cut off
  EXPECT_FALSE(client.stream(waits).closed);
  server.service.Decide(true);
  ASSERT_TRUE(client.Finish(waits));  // now it does not send either
  EXPECT_NE(client.stream(waits).error, 0u);
  EXPECT_EQ(server.service.handled_count(), 0);
}

TEST(Http2Session, DeadlinesOfHttpRequests) {
  for (const int64_t timeout_ms : {30'000, 0}) {
    ListenerOptions options;
    options.http_timeout_ms = timeout_ms;
    TestServer server(options);
    TestHttp2Client client(server.port());
    const TestHttp2Client::Headers plain = {
        {":method", "GET"}, {":scheme", "http"}, {":path", "/deadline"}, {":authority", "h"}};
    TestHttp2Client::Headers asking = plain;
    asking.emplace_back("request-timeout", "700");
    int32_t first = client.Request(plain, ""), second = client.Request(asking, "");
    ASSERT_TRUE(client.Finish(first) && client.Finish(second));
    EXPECT_EQ(client.stream(first).body, timeout_ms > 0 ? "left 30" : "none");
    EXPECT_EQ(client.stream(second).body, timeout_ms > 0 ? "left 700" : "none");
  }
}

TEST(Http2Session, MessageLimits) {
  ListenerOptions options;
  options.receive_message_bytes_max = 1000;
  options.send_message_bytes_max = 2000;
  TestServer server(options);
  TestHttp2Client client(server.port());
  int32_t fits = client.Call("/t.T/Echo", WithPrefix(std::string(1000, 'x')));
  int32_t over = client.Call("/t.T/Echo", WithPrefix(std::string(1001, 'x')));
  int32_t sends = client.Call("/t.T/Bytes", WithPrefix("2001"));
  ASSERT_TRUE(client.Finish(fits) && client.Finish(over) && client.Finish(sends));
  EXPECT_EQ(client.stream(fits).headers["grpc-status"], "0");
  EXPECT_EQ(client.stream(over).headers["grpc-status"], "8");
  EXPECT_EQ(client.stream(over).headers["grpc-message"],
            "request message too large: 1001 bytes, limit 1000 (receive_message_bytes_max)");
  EXPECT_EQ(client.stream(sends).headers["grpc-status"], "8");
  EXPECT_EQ(client.stream(sends).headers["grpc-message"],
            "response message too large: 2001 bytes, limit 2000 (send_message_bytes_max)");
}

TEST(Http2Session, TotalOfRequestBytesIsLimitedAndGivenBack) {
  ListenerOptions options;
  options.receive_total_bytes_max = 1 << 20;
  TestServer server(options);
  TestHttp2Client client(server.port());
  int32_t held = client.Call("/t.T/Hold", WithPrefix(std::string(800'000, 'x')));
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.held_count() == 1; }));
  int32_t over = client.Call("/t.T/Echo", WithPrefix(std::string(800'000, 'x')));
  ASSERT_TRUE(client.Finish(over));
  EXPECT_EQ(client.stream(over).headers["grpc-status"], "14");
  server.service.ReleaseAll();
  ASSERT_TRUE(client.Finish(held));
  ASSERT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
  int32_t again = client.Call("/t.T/Echo", WithPrefix(std::string(800'000, 'x')));
  ASSERT_TRUE(client.Finish(again));
  EXPECT_EQ(client.stream(again).headers["grpc-status"], "0");
}

TEST(Http2Session, TotalOfResponseBytesIsLimitedAndGivenBack) {
  ListenerOptions options;
  options.send_total_bytes_max = 4'000'000;
  TestServer server(options);
  TestHttp2Client slow(server.port(), {1000, false});
  int32_t held = slow.Call("/t.T/Bytes", WithPrefix("3000000"));
  ASSERT_TRUE(slow.PumpUntil([&] { return slow.stream(held).body.size() == 1000; }));
  TestHttp2Client other(server.port());
  int32_t over = other.Call("/t.T/Bytes", WithPrefix("3000000"));
  ASSERT_TRUE(other.Finish(over));
  EXPECT_EQ(other.stream(over).headers["grpc-status"], "14");
  slow.Reset(held);
  ASSERT_TRUE(slow.PumpUntil([&] { return server.listener->stats().response_memory_bytes == 0; }));
  int32_t again = other.Call("/t.T/Bytes", WithPrefix("3000000"));
  ASSERT_TRUE(other.Finish(again));
  EXPECT_EQ(other.stream(again).headers["grpc-status"], "0");
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().response_memory_bytes == 0; }));
}

TEST(Http2Session, BrokenMessages) {
  TestServer server;
  TestHttp2Client client(server.port());
  const std::pair<int32_t, std::string> cases[] = {
      {client.Call("/t.T/Echo", ""), "13"},
      {client.Call("/t.T/Echo", std::string("\0\0\0", 3)), "13"},
      {client.Call("/t.T/Echo", WithPrefix("hello").substr(0, 8)), "13"},
      {client.Call("/t.T/Echo", WithPrefix("a") + WithPrefix("b")), "12"},
      {client.Call("/t.T/Echo", WithPrefix("a", true)), "13"},
      {client.Call("/t.T/Echo", WithPrefix("a", true), {{"grpc-encoding", "gzip"}}), "12"},
      {client.Call("/t.T/Echo", WithPrefix("a"), {{"grpc-encoding", "gzip"}}), "0"},
      {client.Call("/t.T/Echo", WithPrefix("a"), {{"grpc-timeout", "1x"}}), "13"},
      {client.Call("/t.T/Echo", WithPrefix("a"), {{"grpc-timeout", "0n"}}), "4"},
  };
  for (const auto& [id, status] : cases) {
    ASSERT_TRUE(client.Finish(id)) << id;
    EXPECT_EQ(client.stream(id).headers["grpc-status"], status) << id;
  }
}

TEST(Http2Session, DeadlineReachesTheToken) {
  TestServer server;
  TestHttp2Client client(server.port());
  int32_t far = client.Call("/t.T/Hold", WithPrefix(""), {{"grpc-timeout", "1H"}});
  int32_t near = client.Call("/t.T/Hold", WithPrefix(""), {{"grpc-timeout", "1n"}});
  int32_t none = client.Call("/t.T/Hold", WithPrefix(""));
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.held_count() == 3; }));
  int late = 0, without = 0;
  for (int i = 0; i < 3; ++i) {
    std::shared_ptr<RpcCall> call = server.service.held_call(i);
    late += call->cancel.Check().code() == Code::kTimeout;
    without += call->cancel.deadline_ns() == CancelToken::kNoDeadline;
  }
  EXPECT_EQ(late, 1);
  EXPECT_EQ(without, 1);
  server.service.ReleaseAll();
  EXPECT_TRUE(client.Finish(far) && client.Finish(near) && client.Finish(none));
}

TEST(Http2Session, ResetAndDisconnectCancel) {
  TestServer server;
  auto client = std::make_unique<TestHttp2Client>(server.port());
  int32_t first = client->Call("/t.T/Hold", WithPrefix(""));
  ASSERT_TRUE(client->PumpUntil([&] { return server.service.held_count() == 1; }));
  std::shared_ptr<RpcCall> reset = server.service.held_call(0);
  EXPECT_TRUE(reset->cancel.Check().ok());
  client->Reset(first);
  client->Call("/t.T/Hold", WithPrefix(""));
  ASSERT_TRUE(
      client->PumpUntil([&] { return server.service.held_count() == 2 && reset->cancel.cancelled(); }));
  std::shared_ptr<RpcCall> gone = server.service.held_call(1);
  EXPECT_FALSE(gone->cancel.cancelled());
  client.reset();
  EXPECT_TRUE(server.WaitFor([&] { return gone->cancel.cancelled(); }));
  server.service.ReleaseAll();  // answers to nobody are dropped
}

TEST(Http2Session, HalfClosedConnectionIsGone) {
  TestServer server;
  TestHttp2Client client(server.port());
  client.Call("/t.T/Hold", WithPrefix(""));
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.held_count() == 1; }));
  client.raw().EndWrites();
  std::shared_ptr<RpcCall> call = server.service.held_call(0);
  EXPECT_TRUE(server.WaitFor([&] { return call->cancel.cancelled(); }));
}

TEST(Http2Session, PingsWithoutStreamsAreAnswered) {
  TestServer server;
  TestHttp2Client client(server.port());
  for (int i = 1; i <= 100; ++i) {
    client.Ping();
    ASSERT_TRUE(client.PumpUntil([&] { return client.pings_answered() == i; }));
  }
  EXPECT_FALSE(client.goaway());
}

TEST(Http2Session, FloodsEndTheConnectionOnly) {
  ListenerOptions options;
  options.control_frame_count_per_second_max = 10;
  options.reset_count_per_second_max = 10;
  TestServer server(options);
  constexpr uint32_t kEnhanceYourCalm = 11;
  TestHttp2Client pings(server.port());
  for (int i = 0; i < 200; ++i) pings.Ping();
  EXPECT_TRUE(pings.PumpUntil([&] { return pings.goaway(); }));
  EXPECT_EQ(pings.goaway_error(), kEnhanceYourCalm);
  TestHttp2Client resets(server.port());
  for (int i = 0; i < 200 && !resets.connection_ended() && !resets.goaway(); ++i) {
    int32_t id = resets.Call("/t.T/Hold", WithPrefix(""));
    resets.Pump();
    resets.Reset(id);
    resets.Pump();
  }
  EXPECT_TRUE(resets.PumpUntil([&] { return resets.goaway(); }));
  EXPECT_EQ(resets.goaway_error(), kEnhanceYourCalm);
  TestHttp2Client other(server.port());
  int32_t id = other.Call("/t.T/Echo", WithPrefix("still here"));
  ASSERT_TRUE(other.Finish(id));
  EXPECT_EQ(other.stream(id).headers["grpc-status"], "0");
}

TEST(Http2Session, HeaderListLimit) {
  ListenerOptions options;
  options.header_bytes_max = 4096;
  TestServer server(options);
  TestHttp2Client client(server.port());
  ASSERT_TRUE(client.PumpUntil([&] { return client.max_header_list_bytes() == 4096; }));
  int32_t rpc = client.Call("/t.T/Echo", WithPrefix("a"), {{"x", std::string(5000, 'x')}});
  ASSERT_TRUE(client.Finish(rpc));
  EXPECT_EQ(client.stream(rpc).headers["grpc-status"], "8");
  int32_t rest = client.Request({{":method", "GET"},
                                 {":scheme", "http"},
                                 {":path", "/"},
                                 {":authority", "h"},
                                 {"x", std::string(5000, 'x')}},
                                "");
  ASSERT_TRUE(client.Finish(rest));
  EXPECT_EQ(client.stream(rest).headers[":status"], "431");
  EXPECT_NE(client.stream(rest).body.find("limit 4096 (header_bytes_max)"), std::string::npos);
  TestHttp2Client::Headers bomb;
  for (int i = 0; i < 200; ++i) bomb.emplace_back("x" + std::to_string(i), std::string(300, 'y'));
  client.Call("/t.T/Echo", WithPrefix("a"), bomb);
  EXPECT_TRUE(client.PumpUntil([&] { return client.goaway() || client.connection_ended(); }));
  EXPECT_TRUE(client.goaway() || client.connection_ended());
}

TEST(Http2Session, RestOverHttp2) {
  TestServer server;
  TestHttp2Client client(server.port());
  auto request = [&](const std::string& method, const std::string& path, std::string body) {
    return client.Request({{":method", method},
                           {":scheme", "http"},
                           {":path", path},
                           {":authority", "h"},
                           {"content-type", "application/json"}},
                          std::move(body));
  };
  int32_t post = request("POST", "/v2/a?x=1", "{}");
  int32_t head = request("HEAD", "/v2/a", "");
  int32_t drop = request("GET", "/drop", "");
  int32_t big = request("GET", "/big", "");
  ASSERT_TRUE(client.Finish(post) && client.Finish(head) && client.Finish(drop) && client.Finish(big));
  EXPECT_EQ(client.stream(post).headers[":status"], "200");
  EXPECT_EQ(client.stream(post).body, "POST /v2/a [x=1] {}");
  EXPECT_EQ(client.stream(head).body, "");
  EXPECT_EQ(client.stream(head).headers["content-length"], "14");
  EXPECT_EQ(client.stream(drop).headers[":status"], "500");
  EXPECT_EQ(client.stream(big).body.size(), size_t{20} << 20);
}

TEST(Http2Session, SlowConsumerHoldsBackOnlyItself) {
  TestServer server;
  TestHttp2Client slow(server.port(), {1000, false});  // a window of 1000 bytes, given back by hand
  int32_t id = slow.Call("/t.T/Bytes", WithPrefix("3000000"));
  ASSERT_TRUE(slow.PumpUntil([&] { return slow.stream(id).body.size() == 1000; }));
  TestHttp2Client other(server.port());
  int32_t echo = other.Call("/t.T/Echo", WithPrefix("quick"));
  ASSERT_TRUE(other.Finish(echo));
  int32_t same = slow.Call("/t.T/Echo", WithPrefix("same connection"));
  ASSERT_TRUE(slow.Finish(same));
  size_t given = 0;
  ASSERT_TRUE(slow.PumpUntil([&] {
    size_t received = slow.stream(id).body.size();
    if (received > given) slow.Consume(id, received - given);
    given = received;
    return slow.stream(id).closed;
  }));
  EXPECT_EQ(slow.stream(id).body.size(), 3000005u);
  EXPECT_EQ(slow.stream(id).headers["grpc-status"], "0");
}

TEST(Http2Session, ClientThatNeverReadsIsCutOff) {
  ListenerOptions options;
  options.write_stall_timeout_ms = 1;
  TestServer server(options);
  TestHttp2Client client(server.port(), {1000, false});
  int32_t id = client.Call("/t.T/Bytes", WithPrefix("3000000"));
  EXPECT_FALSE(client.Finish(id));
  EXPECT_TRUE(client.connection_ended());
}

std::string Frame(int type, int flags, int stream, std::string_view payload) {
  std::string out;
  for (const int shift : {16, 8, 0}) out.push_back(static_cast<char>(payload.size() >> shift));
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(stream >> shift));
  return out.append(payload);
}

// Headers that never end: nothing of them at all, the first frame, a frame cut in the middle.
TEST(Http2Session, HeadersThatDripAreCutOff) {
  ListenerOptions options;
  options.header_timeout_ms = 200;
  TestServer server(options);
  const std::string greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, 0, "");
  const std::string begun = Frame(1, 1, 1, std::string("\0\7:method\4POST", 14));
  for (const std::string& sent :
       {greeting.substr(0, 10), greeting + begun, greeting + begun + Frame(9, 0, 1, "").substr(0, 4)}) {
    RawClient client(server.port());
    client.Send(sent);
    std::string got;
    bool closed = false;
    while (!closed && got.find(std::string("\x03\0\0\0\0\1", 6)) == std::string::npos) {
      const std::string more = client.Receive();
      closed = more.empty();
      got += more;
    }
    EXPECT_LT(got.size(), 1000u);  // RST_STREAM of the stream, or the end of the connection
  }
  TestHttp2Client other(server.port());
  const int32_t id = other.Call("/t.T/Echo", WithPrefix("still here"));
  ASSERT_TRUE(other.Finish(id));
}

TEST(Http2Session, BodyThatDripsIsCutOff) {
  ListenerOptions options;
  options.header_timeout_ms = 2'000;
  options.body_grace_ms = 1;
  TestServer server(options);
  TestHttp2Client client(server.port());
  int32_t id = client.Call("/t.T/Echo", WithPrefix("hello").substr(0, 7), {}, false);
  ASSERT_TRUE(client.Finish(id));
  EXPECT_NE(client.stream(id).error, 0u);
  EXPECT_FALSE(client.connection_ended());
}

}  // namespace
}  // namespace redkite::server
