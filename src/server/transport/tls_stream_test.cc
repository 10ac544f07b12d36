#include "server/transport/tls_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.h"
#include "server/transport/testing_tls.h"

namespace redkite::server {
namespace {

using Kind = IoResult::Kind;

/// A server's stream and its client, in one thread: the client's waiting makes the server read.
struct Pair {
  explicit Pair(const TlsCredentials& credentials, TestTlsClient::Options options = {}) {
    int sockets[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    ::fcntl(sockets[1], F_SETFL, O_NONBLOCK);
    options.pump = [this] { Pump(); };
    client = std::make_unique<TestTlsClient>(sockets[0], std::move(options));
    server = MakeTlsStream(sockets[1], credentials);
  }
  void Pump() {
    std::string bytes(256 << 10, '\0');
    last = server->Read(bytes.data(), bytes.size());
    EXPECT_EQ(ERR_peek_error(), 0u);
    if (last.kind == Kind::kBytes) received.append(bytes, 0, last.bytes);
    if (last.kind == Kind::kFailed || last.kind == Kind::kEnd) server->EndWrites();  // lets the client end
    if (!to_send.empty()) Write();
  }
  /// As much as goes, in pieces of all sizes.
  void Write() {
    std::vector<iovec> pieces;
    for (size_t at = sent; at < to_send.size() && pieces.size() < 64;) {
      const size_t n = std::min(kSizes[pieces.size() % std::size(kSizes)], to_send.size() - at);
      pieces.push_back({to_send.data() + at, n});
      at += n;
    }
    if (pieces.empty()) return;
    const IoResult result = server->Write(pieces.data(), static_cast<int>(pieces.size()));
    ASSERT_NE(result.kind, Kind::kFailed) << server->failure();
    ++writes;
    sent += result.bytes;
  }
  static constexpr size_t kSizes[] = {9, 65536, 9, 16384, 0, 1, 100, 40000};

  std::unique_ptr<TestTlsClient> client;
  std::unique_ptr<ByteStream> server;
  IoResult last;
  std::string received;
  std::string to_send;
  size_t sent = 0;
  int writes = 0;
};

struct TlsStreamTest : testing::Test {
  TestAuthority authority{"authority"}, other{"other"};
  std::shared_ptr<const TlsCredentials> credentials = CredentialsOf(authority.Issue());
  std::shared_ptr<const TlsCredentials> mutual = CredentialsOf(authority.Issue(), authority.certificate());
};

std::string RandomBytes(size_t count) {
  Random random(99);
  std::string out(count, '\0');
  for (char& c : out) c = static_cast<char>(random.Next());
  return out;
}

TEST_F(TlsStreamTest, BytesGoBothWaysWhatsoeverTheirPieces) {
  Pair pair(*credentials, {.ca = authority.certificate()});
  ASSERT_TRUE(pair.client->Handshake()) << pair.client->failure();
  EXPECT_EQ(pair.client->version(), "TLSv1.3");
  const std::string up = RandomBytes(3 << 20);
  ASSERT_TRUE(pair.client->Send(up));
  while (pair.received.size() < up.size() && pair.last.kind == Kind::kBytes) pair.Pump();
  EXPECT_TRUE(pair.received == up);
  pair.to_send = RandomBytes(5 << 20);
  std::string down;
  while (down.size() < pair.to_send.size()) {
    const std::string part = pair.client->Receive(7'000);  // slowly: the server's socket is full at times
    ASSERT_FALSE(part.empty()) << pair.client->failure();
    down += part;
  }
  EXPECT_TRUE(down == pair.to_send);
  EXPECT_GT(pair.writes, 3);
}

TEST_F(TlsStreamTest, WhatIsAgreedByAlpn) {
  const std::tuple<std::vector<std::string>, std::string, Agreed> cases[] = {
      {{"h2"}, "h2", Agreed::kHttp2},
      {{"http/1.1"}, "http/1.1", Agreed::kHttp1},
      {{"http/1.1", "h2"}, "h2", Agreed::kHttp2},  // the server prefers it
      {{"spdy/3", "http/1.1"}, "http/1.1", Agreed::kHttp1},
      {{}, "", Agreed::kNothing},
  };
  for (const auto& [offered, chosen, agreed] : cases) {
    Pair pair(*credentials, {.alpn = offered});
    ASSERT_TRUE(pair.client->Handshake()) << pair.client->failure();
    pair.client->Send("x");
    pair.Pump();
    EXPECT_EQ(pair.client->alpn(), chosen);
    EXPECT_EQ(pair.server->agreed(), agreed);
  }
  Pair pair(*credentials, {.alpn = {"spdy/3"}});
  EXPECT_FALSE(pair.client->Handshake());
  EXPECT_NE(pair.client->failure().find("no application protocol"), std::string::npos)
      << pair.client->failure();
  EXPECT_EQ(pair.last.kind, Kind::kFailed);
}

TEST_F(TlsStreamTest, OldVersionsAreRefused) {
  Pair pair(*credentials, {.version_max = TLS1_2_VERSION});
  ASSERT_TRUE(pair.client->Handshake()) << pair.client->failure();
  EXPECT_EQ(pair.client->version(), "TLSv1.2");
  Pair old(*credentials, {.version_max = TLS1_1_VERSION});
  EXPECT_FALSE(old.client->Handshake());
  EXPECT_EQ(old.last.kind, Kind::kFailed);
}

TEST_F(TlsStreamTest, OnlyClientsOfTheAuthorityAreLetIn) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Pair known(*mutual, {.own = authority.Issue({"client"}), .version_max = version});
    ASSERT_TRUE(known.client->Handshake()) << known.client->failure();
    ASSERT_TRUE(known.client->Send("hello"));
    known.Pump();
    EXPECT_EQ(known.received, "hello");
    for (const TestPem& own :
         {TestPem(), other.Issue({"client"}), authority.Issue({"client", -7200, -3600})}) {
      Pair unknown(*mutual, {.own = own, .version_max = version});
      // With 1.3 the client is done first and learns of it when it reads.
      if (unknown.client->Handshake() && unknown.client->Send("hello")) unknown.client->Receive();
      EXPECT_NE(unknown.client->failure(), "");
      EXPECT_EQ(unknown.last.kind, Kind::kFailed);
      EXPECT_EQ(unknown.received, "");
      EXPECT_NE(unknown.server->failure(), "");
    }
  }
}

TEST_F(TlsStreamTest, BytesBehindASmallReadAreKnown) {
  Pair pair(*credentials);
  ASSERT_TRUE(pair.client->Handshake());
  pair.Pump();
  ASSERT_TRUE(pair.client->Send(std::string(20'000, 'x')));
  std::string some(1'000, '\0');
  size_t got = 0;
  while (got < 20'000) {
    const IoResult result = pair.server->Read(some.data(), some.size());
    ASSERT_EQ(result.kind, Kind::kBytes);
    got += result.bytes;
    EXPECT_EQ(pair.server->has_buffered_input(), got < 20'000) << got;
  }
  EXPECT_EQ(pair.server->Read(some.data(), some.size()).kind, Kind::kWouldBlock);
  EXPECT_FALSE(pair.server->has_buffered_input());
}

TEST_F(TlsStreamTest, AnEndBehindBytesIsToldByTheNextRead) {
  Pair pair(*credentials);
  ASSERT_TRUE(pair.client->Handshake());
  pair.Pump();
  ASSERT_TRUE(pair.client->Send("last"));
  pair.client->EndWrites();
  std::string some(1'000, '\0');
  ASSERT_EQ(pair.server->Read(some.data(), some.size()).bytes, 4u);
  EXPECT_TRUE(pair.server->has_buffered_input());
  EXPECT_EQ(pair.server->Read(some.data(), some.size()).kind, Kind::kEnd);
  pair.to_send = "answer";  // the other direction goes on
  pair.Write();
  pair.server->EndWrites();
  EXPECT_EQ(pair.client->ReceiveUntil("answer"), "answer");
  EXPECT_EQ(pair.client->Receive(), "");
  EXPECT_EQ(pair.client->failure(), "the end");
}

TEST_F(TlsStreamTest, APeerThatGoesWithoutAWordHasFailed) {
  Pair pair(*credentials);
  ASSERT_TRUE(pair.client->Handshake());
  pair.Pump();
  pair.client.reset();
  std::string some(100, '\0');
  EXPECT_EQ(pair.server->Read(some.data(), some.size()).kind, Kind::kFailed);
  const iovec piece{some.data(), some.size()};
  EXPECT_EQ(pair.server->Write(&piece, 1).kind, Kind::kFailed);  // and no signal
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(TlsStreamTest, PlainTextIsRefusedAndHarmsNobodyElse) {
  int sockets[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets), 0);
  auto server = MakeTlsStream(sockets[1], *credentials);
  Pair good(*credentials);
  ASSERT_TRUE(good.client->Handshake());
  std::string some(100, '\0');
  EXPECT_EQ(server->Read(some.data(), some.size()).kind, Kind::kWouldBlock);
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(::send(sockets[0], request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  EXPECT_EQ(server->Read(some.data(), some.size()).kind, Kind::kFailed);
  EXPECT_EQ(server->failure(), "http request");
  EXPECT_EQ(ERR_peek_error(), 0u);
  const iovec piece{some.data(), some.size()};
  EXPECT_EQ(server->Write(&piece, 1).kind, Kind::kFailed);
  ASSERT_TRUE(good.client->Send("still here"));
  good.Pump();
  EXPECT_EQ(good.received, "still here");
  ::close(sockets[0]);
}

}  // namespace
}  // namespace redkite::server
