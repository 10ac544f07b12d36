#include "server/transport/listener.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "server/transport/testing_client.h"
#include "server/transport/testing_tls.h"
#include "server/transport/tls_reloader.h"

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

TEST(Listener, AnAddressHasAsManyConnectionsAsItMay) {
  ListenerOptions options;
  options.connection_count_per_address_max = 2;
  TestServer server(options);
  auto first = std::make_unique<TestHttp2Client>(server.port());
  TestHttp2Client second(server.port());
  ASSERT_TRUE(first->Finish(first->Call("/t.T/Echo", WithPrefix("a"))));
  ASSERT_TRUE(second.Finish(second.Call("/t.T/Echo", WithPrefix("a"))));
  RawClient over(server.port());
  bool closed = false;
  EXPECT_EQ(over.ReceiveAll(&closed), "");
  EXPECT_TRUE(closed);
  EXPECT_EQ(server.listener->stats().connections_refused, 1);
  EXPECT_EQ(server.listener->stats().connections_evicted, 0);
  first.reset();
  ASSERT_TRUE(server.WaitFor([&] { return server.listener->stats().connections_open == 1; }));
  ExpectServing(server.port());
}

TEST(Listener, AVerdictThatNeverComesDoesNotKeepItFromStopping) {
  TestServer server;
  TestHttp2Client client(server.port());
  client.Call("/t.T/Echo", WithPrefix("a"), {{"later", "1"}});
  RawClient raw(server.port());
  raw.Send("POST / HTTP/1.1\r\nHost: h\r\nlater: 1\r\nContent-Length: 100\r\n\r\n");
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.undecided_count() == 2; }));
  std::shared_ptr<RequestBase> first = server.service.undecided(0), second = server.service.undecided(1);
  server.listener->Stop(10);
  EXPECT_TRUE(first->cancel.cancelled() && second->cancel.cancelled());
  server.service.Decide(true);  // the tickets outlive the listener's connections
  EXPECT_EQ(server.service.handled_count(), 0);
}

TEST(Listener, AVerdictIsWaitedForWhenItStops) {
  TestServer server;
  TestHttp2Client client(server.port());
  const int32_t id = client.Call("/t.T/Echo", WithPrefix("a"), {{"later", "1"}});
  ASSERT_TRUE(client.PumpUntil([&] { return server.service.undecided_count() == 1; }));
  Thread stopper("stopper", [&] { server.listener->Stop(kTestPatienceMs); });
  ASSERT_TRUE(client.PumpUntil([&] { return client.goaway(); }));
  server.service.Decide(true);
  ASSERT_TRUE(client.Finish(id));
  EXPECT_EQ(client.stream(id).Messages(), std::vector<std::string>{"a"});
  client.raw().Close();
  stopper.Join();
}

TEST(Listener, AClientThatSendsNothingWhileItsVerdictIsAwaitedMakesRoom) {
  ListenerOptions options;
  options.connection_count_max = 1;
  options.arriving_silence_ms = 0;
  TestServer server(options);
  RawClient waiting(server.port());
  waiting.Send("POST / HTTP/1.1\r\nHost: h\r\nlater: 1\r\nContent-Length: 100\r\n\r\nhalf");
  ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
  ExpectServing(server.port());
  EXPECT_EQ(server.listener->stats().connections_evicted, 1);
}

struct TlsListener : testing::Test {
  TlsListener() {
    Put(authority.Issue({"first"}));
    const auto reader = [this](const std::string& path) -> Result<std::string> { return files[path]; };
    auto made = TlsReloader::Open({"cert", "key", ""}, {reader, &clock, nullptr});
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    tls = std::move(*made);
  }
  void Put(const TestPem& pem) {
    files["cert"] = pem.certificate;
    files["key"] = pem.key;
  }
  std::unique_ptr<TestTlsClient> Connect(const TestServer& server, std::vector<std::string> alpn = {}) {
    TestTlsClient::Options options;
    options.ca = authority.certificate();
    options.alpn = std::move(alpn);
    auto client = std::make_unique<TestTlsClient>(RawClient(server.port()).ReleaseSocket(), options);
    EXPECT_TRUE(client->Handshake()) << client->failure();
    return client;
  }
  SystemClock clock;
  TestAuthority authority{"authority"};
  std::map<std::string, std::string> files;
  std::unique_ptr<TlsReloader> tls;
};

TEST_F(TlsListener, Http1WithLargeBodiesBothWays) {
  for (const int workers : {0, 2}) {
    TestServer server({}, workers, tls.get());
    auto client = Connect(server, {"http/1.1"});
    ASSERT_TRUE(client->Send("POST /length HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n" +
                             std::string(9'000'000, 'x')));
    EXPECT_NE(client->ReceiveUntil("9000000").find("200 OK"), std::string::npos);
    ASSERT_TRUE(client->Send("GET /big HTTP/1.1\r\nHost: h\r\n\r\nGET /last HTTP/1.1\r\nHost: h\r\n\r\n"));
    const std::string answer = client->ReceiveUntil("GET /last");
    EXPECT_GT(answer.size(), size_t{20} << 20);
    EXPECT_EQ(std::count(answer.begin(), answer.end(), 'B'), 20 << 20);
  }
}

TEST_F(TlsListener, Http2IsAgreedAndSpoken) {
  TestServer server({}, 2, tls.get());
  auto client = Connect(server, {"h2", "http/1.1"});
  EXPECT_EQ(client->alpn(), "h2");
  ASSERT_TRUE(client->Send(std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33)));
  const std::string got = client->Receive();
  ASSERT_GE(got.size(), 9u);
  EXPECT_EQ(got[3], 4);  // SETTINGS
}

TEST_F(TlsListener, AVerdictLetsInputGoOnThatLiesInBuffers) {
  TestServer server({}, 2, tls.get());
  for (const size_t length : {10, 5'000, 70'000, 200'000}) {
    auto client = Connect(server);
    ASSERT_TRUE(client->Send("POST /length HTTP/1.1\r\nHost: h\r\nlater: 1\r\nContent-Length: " +
                             std::to_string(length) + "\r\n\r\n" + std::string(length, 'x')));
    ASSERT_TRUE(server.WaitFor([&] { return server.service.undecided_count() == 1; }));
    server.service.Decide(true);
    const std::string wanted = "\r\n\r\n" + std::to_string(length);
    EXPECT_NE(client->ReceiveUntil(wanted).find(wanted), std::string::npos) << length;
  }
}

TEST_F(TlsListener, PlainTextAndSilenceAreClosed) {
  ListenerOptions options;
  options.header_timeout_ms = 1;
  TestServer server(options, 2, tls.get());
  RawClient silent(server.port()), begun(server.port()), plain(server.port());
  begun.Send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  plain.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  for (RawClient* client : {&silent, &begun, &plain}) {
    bool closed = false;
    EXPECT_EQ(client->ReceiveAll(&closed).find("HTTP"), std::string::npos);
    EXPECT_TRUE(closed);
  }
  EXPECT_EQ(server.service.handled_count(), 0);
}

TEST_F(TlsListener, AReaderThatStopsIsCutOff) {
  ListenerOptions options;
  options.write_stall_timeout_ms = 1;
  TestServer server(options, 2, tls.get());
  auto client = Connect(server);
  ASSERT_TRUE(client->Send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_TRUE(server.WaitFor(
      [&] { return server.service.handled_count() == 1 && server.listener->stats().connections_open == 0; }));
}

TEST_F(TlsListener, NewConnectionsTakeNewCertificates) {
  TestServer server({}, 2, tls.get());
  auto old = Connect(server);
  EXPECT_EQ(old->server_name(), "first");
  Put(authority.Issue({"second"}));
  ASSERT_TRUE(tls->ReloadIfChanged());
  EXPECT_EQ(Connect(server)->server_name(), "second");
  ASSERT_TRUE(old->Send("GET /old HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_NE(old->ReceiveUntil("GET /old").find("200"), std::string::npos);
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
