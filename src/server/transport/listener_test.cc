#include "server/transport/listener.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "server/transport/testing_client.h"

namespace redkite::server {
namespace {

void ExpectServing(int port) {
  TestHttp2Client client(port);
  int32_t id = client.Call("/t.T/Echo", WithPrefix("alive"));
  ASSERT_TRUE(client.Finish(id));
  EXPECT_EQ(client.stream(id).Messages(), std::vector<std::string>{"alive"});
}

TEST(Listener, AddressInUseIsNamed) {
  TestServer server;
  ListenerOptions options;
  options.port = server.port();
  auto second = Listener::Start(options, {&server.clock, nullptr, nullptr, nullptr});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Code::kServiceUnavailable);
  EXPECT_EQ(second.status().message(),
            "address is in use by another process: 127.0.0.1:" + std::to_string(server.port()));
  options.host = "203.0.113.7";  // an address for documentation, never ours
  auto foreign = Listener::Start(options, {&server.clock, nullptr, nullptr, nullptr});
  ASSERT_FALSE(foreign.ok());
  EXPECT_NE(foreign.status().message().find("203.0.113.7"), std::string::npos);
  options.port = 70'000;
  EXPECT_FALSE(Listener::Start(options, {&server.clock, nullptr, nullptr, nullptr}).ok());
}

TEST(Listener, ABoundAddressIsTakenAndRefusesClientsUntilItServes) {
  SystemClock clock;
  ListenerOptions options;
  {
    TestServer server;
    options.port = server.port();
    EXPECT_EQ(BoundAddress::Bind(options).status().code(), Code::kServiceUnavailable);
  }
  auto address = BoundAddress::Bind(options);
  ASSERT_TRUE(address.ok()) << address.status().ToString();
  EXPECT_FALSE(RawClient(options.port).connected());
  auto listener = Listener::Start(std::move(*address), options, {&clock, nullptr, nullptr, nullptr});
  ASSERT_TRUE(listener.ok()) << listener.status().ToString();
  RawClient raw(options.port);
  raw.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(raw.ReceiveUntil("\r\n\r\n").rfind("HTTP/1.1 404 ", 0), 0u);
}

TEST(Listener, EveryInterface) {
  ListenerOptions options;
  options.host = "*";
  TestServer server(options);
  ExpectServing(server.port());
}

TEST(Listener, WithoutHandlers) {
  SystemClock clock;
  auto listener = Listener::Start({}, {&clock, nullptr, nullptr, nullptr});
  ASSERT_TRUE(listener.ok());
  TestHttp2Client client((*listener)->port());
  int32_t id = client.Call("/t.T/Echo", WithPrefix("a"));
  ASSERT_TRUE(client.Finish(id));
  EXPECT_EQ(client.stream(id).headers["grpc-status"], "12");
  RawClient raw((*listener)->port());
  raw.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(raw.ReceiveUntil("\r\n\r\n").rfind("HTTP/1.1 404 ", 0), 0u);
}

TEST(Listener, PrefaceInPieces) {
  TestServer server;
  RawClient client(server.port());
  for (char c : std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) ASSERT_TRUE(client.Send(std::string(1, c)));
  client.Send(std::string("\0\0\0\4\0\0\0\0\0", 9));  // SETTINGS
  EXPECT_GE(client.Receive().size(), 9u);
}

TEST(Listener, GarbageClosesOnlyItsConnection) {
  constexpr uint64_t kSeed = 4711;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  TestServer server;
  for (int i = 0; i < 200; ++i) {
    RawClient client(server.port());
    std::string bytes = i % 3 == 0 ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : i % 3 == 1 ? "GET " : "";
    size_t n = 1 + random.Next() % 5000;
    for (size_t k = 0; k < n; ++k) bytes.push_back(static_cast<char>(random.Next()));
    client.Send(bytes);
    client.EndWrites();
    bool closed = false;
    client.ReceiveAll(&closed);
    EXPECT_TRUE(closed) << i;
  }
  RawClient tls(server.port());
  tls.Send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  bool closed = false;
  tls.ReceiveAll(&closed);
  EXPECT_TRUE(closed);
  ExpectServing(server.port());
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().connections_open == 0; }));
}

TEST(Listener, FlippedBitsOfAValidSession) {
  constexpr uint64_t kSeed = 99;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  TestServer server;
  // Preface, SETTINGS, HEADERS (indexed and literal fields of an RPC), DATA.
  std::string session("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
  std::string fields(
      "\x83\x86\x44\x09/t.T/Echo\x41\x01h\x5f\x10"
      "application/grpc",
      34);
  session.append("\0\0\x22\1\4\0\0\0\1", 9).append(fields);
  session.append("\0\0\6\0\1\0\0\0\1", 9).append(WithPrefix("a"));
  {
    RawClient client(server.port());
    client.Send(session);
    EXPECT_NE(client.ReceiveUntil("\0\0\0\0\1a").find("application/grpc"), 0u);
    EXPECT_TRUE(server.WaitFor([&] { return server.service.handled_count() == 1; }));
  }
  for (int i = 0; i < 400; ++i) {
    std::string damaged = session;
    size_t flips = 1 + random.Next() % 3;
    for (size_t k = 0; k < flips; ++k) {
      size_t at = 24 + random.Next() % (session.size() - 24);
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.Next() % 8));
    }
    RawClient client(server.port());
    client.Send(damaged);
    client.EndWrites();
    bool closed = false;
    client.ReceiveAll(&closed);
    ASSERT_TRUE(closed) << i;
  }
  ExpectServing(server.port());
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().request_memory_bytes == 0; }));
}

TEST(Listener, ManyConnectionsOnSeveralThreads) {
  ListenerOptions options;
  options.io_thread_count = 3;
  TestServer server(options);
  std::vector<std::unique_ptr<TestHttp2Client>> clients;
  std::vector<int32_t> ids;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<TestHttp2Client>(server.port()));
    ids.push_back(clients.back()->Call("/t.T/Echo", WithPrefix(std::to_string(i))));
    clients.back()->Pump();
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    ASSERT_TRUE(clients[i]->Finish(ids[i]));
    EXPECT_EQ(clients[i]->stream(ids[i]).Messages(), std::vector<std::string>{std::to_string(i)});
  }
  EXPECT_EQ(server.listener->stats().connections_open, 300);
  clients.clear();
  EXPECT_TRUE(server.WaitFor([&] { return server.listener->stats().connections_open == 0; }));
}

TEST(Listener, HalfOpenConnectionsMakeRoom) {
  ListenerOptions options;
  options.connection_count_max = 4;
  options.arriving_silence_ms = 0;
  TestServer server(options);
  const std::vector<std::string> openings = {"",
                                             "P",
                                             "PRI * HTTP/2.0\r\n",
                                             "GET / HT",
                                             "GET / HTTP/1.1\r\nHost: h\r\n",
                                             "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345"};
  std::vector<std::unique_ptr<RawClient>> held;
  for (size_t i = 0; i < 40; ++i) {
    held.push_back(std::make_unique<RawClient>(server.port()));
    held.back()->Send(openings[i % openings.size()]);
  }
  ExpectServing(server.port());
  TestHttp2Client half(server.port());  // its request does not come to an end
  half.Call("/t.T/Echo", WithPrefix("half").substr(0, 6), {}, false);
  half.Pump();
  ExpectServing(server.port());
  EXPECT_EQ(server.listener->stats().connections_refused, 0);
  EXPECT_GE(server.listener->stats().connections_evicted, 37);
}

TEST(Listener, TheConnectionThatIsQuietLongestMakesRoom) {
  ListenerOptions options;
  options.connection_count_max = 2;
  TestServer server(options);
  TestHttp2Client first(server.port()), second(server.port());
  ASSERT_TRUE(second.Finish(second.Call("/t.T/Echo", WithPrefix("a"))));
  ASSERT_TRUE(first.Finish(first.Call("/t.T/Echo", WithPrefix("a"))));
  ExpectServing(server.port());
  ASSERT_TRUE(second.PumpUntil([&] { return second.connection_ended(); }));
  EXPECT_TRUE(second.goaway());
  ASSERT_TRUE(first.Finish(first.Call("/t.T/Echo", WithPrefix("a"))));
}

TEST(Listener, ABodyThatIsArrivingKeepsItsConnection) {
  ListenerOptions options;
  options.connection_count_max = 1;
  options.arriving_silence_ms = 1'000'000;
  TestServer server(options);
  TestHttp2Client uploading(server.port());
  uploading.Call("/t.T/Echo", WithPrefix("half").substr(0, 6), {}, false);
  ASSERT_TRUE(uploading.PumpUntil([&] { return server.listener->stats().requests == 1; }));
  RawClient over(server.port());
  bool closed = false;
  EXPECT_EQ(over.ReceiveAll(&closed), "");
  EXPECT_TRUE(closed);
  EXPECT_EQ(server.listener->stats().connections_evicted, 0);
}

TEST(Listener, ConnectionLimitRefusesAndRecovers) {
  ListenerOptions options;
  options.connection_count_max = 3;
  TestServer server(options);
  std::vector<std::unique_ptr<TestHttp2Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<TestHttp2Client>(server.port()));
    clients.back()->Call("/t.T/Hold", WithPrefix("in"));
    ASSERT_TRUE(clients.back()->PumpUntil([&] { return server.service.held_count() == i + 1; }));
  }
  RawClient over(server.port());
  bool closed = false;
  EXPECT_EQ(over.ReceiveAll(&closed), "");
  EXPECT_TRUE(closed);
  EXPECT_EQ(server.listener->stats().connections_refused, 1);
  EXPECT_EQ(server.listener->stats().connections_evicted, 0);
  server.service.ReleaseAll();
  for (auto& client : clients) ASSERT_TRUE(client->PumpUntil([&] { return client->stream(1).closed; }));
  ExpectServing(server.port());
}

TEST(Listener, StopFinishesWhatIsInProgress) {
  TestServer server;
  TestHttp2Client busy(server.port()), idle(server.port());
  int32_t held = busy.Call("/t.T/Hold", WithPrefix(""));
  ASSERT_TRUE(busy.PumpUntil([&] { return server.service.held_count() == 1; }));
  ASSERT_TRUE(idle.Finish(idle.Call("/t.T/Echo", WithPrefix("a"))));
  Thread stopper("stopper", [&] { server.listener->Stop(kTestPatienceMs); });
  EXPECT_TRUE(idle.PumpUntil([&] { return idle.connection_ended(); }));
  EXPECT_TRUE(idle.goaway());
  EXPECT_TRUE(busy.PumpUntil([&] { return busy.goaway(); }));
  EXPECT_FALSE(busy.stream(held).closed);
  server.service.ReleaseAll();
  ASSERT_TRUE(busy.Finish(held));
  EXPECT_EQ(busy.stream(held).Messages(), std::vector<std::string>{"released"});
  EXPECT_TRUE(busy.PumpUntil([&] { return busy.connection_ended(); }));
  busy.raw().Close();
  idle.raw().Close();
  stopper.Join();
  EXPECT_FALSE(RawClient(server.port()).connected());
}

TEST(Listener, StopEndsAfterItsGracePeriod) {
  TestServer server;
  TestHttp2Client client(server.port());
  client.Call("/t.T/Hold", WithPrefix(""));
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.held_count() == 1; }));
  std::shared_ptr<RpcCall> call = server.service.held_call(0);
  server.listener->Stop(10);
  EXPECT_TRUE(call->cancel.cancelled());
  server.service.ReleaseAll();  // the responder outlives the listener's connections
}

TEST(Listener, RepliesFromManyThreadsToOneConnection) {
  TestServer server({}, 4);
  TestHttp2Client client(server.port());
  std::vector<int32_t> ids;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 100; ++i)
      ids.push_back(client.Call("/t.T/Bytes", WithPrefix(std::to_string(i * 200))));
    client.Pump();
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    ASSERT_TRUE(client.Finish(ids[i]));
    EXPECT_EQ(client.stream(ids[i]).body.size(), i % 100 * 200 + 5);
    EXPECT_EQ(client.stream(ids[i]).headers["grpc-status"], "0");
  }
}

}  // namespace
}  // namespace redkite::server
