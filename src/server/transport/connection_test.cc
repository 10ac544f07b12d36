#include "server/transport/connection.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <algorithm>
#include <deque>

namespace redkite::server {
namespace {

/// What the peer has sent and what it has received.
struct Wire {
  std::deque<std::string> input;
  bool input_ended = false;
  std::string output;
  size_t room_bytes = SIZE_MAX;  // that the peer takes before it stops reading
  bool writes_ended = false;
  bool aborted = false;
  bool closed = false;
  bool buffered = false;     // what is left of the input is no longer in the socket
  bool wants_write = false;  // to go on reading
  Agreed agreed = Agreed::kNothing;
};

class WireStream final : public ByteStream {
 public:
  explicit WireStream(Wire* wire) : wire_(wire) {}
  ~WireStream() override { wire_->closed = true; }
  IoResult Read(char* out, size_t capacity_bytes) override {
    if (wire_->input.empty())
      return {wire_->input_ended ? IoResult::Kind::kEnd : IoResult::Kind::kWouldBlock, 0};
    std::string& next = wire_->input.front();
    const size_t n = next.copy(out, capacity_bytes);
    next.erase(0, n);
    if (next.empty()) wire_->input.pop_front();
    return {IoResult::Kind::kBytes, n};
  }
  IoResult Write(const iovec* pieces, int count) override {
    size_t taken = 0;
    for (int i = 0; i < count; ++i) {
      const size_t n = std::min(pieces[i].iov_len, wire_->room_bytes);
      wire_->output.append(static_cast<const char*>(pieces[i].iov_base), n);
      wire_->room_bytes -= n;
      taken += n;
      if (n < pieces[i].iov_len) break;
    }
    if (taken == 0) return {IoResult::Kind::kWouldBlock, 0};
    return {IoResult::Kind::kBytes, taken};
  }
  void EndWrites() override { wire_->writes_ended = true; }
  void Abort() override { wire_->aborted = true; }
  int descriptor() const override { return 4711; }
  bool has_buffered_input() const override { return wire_->buffered && !wire_->input.empty(); }
  bool read_wants_write() const override { return wire_->wants_write; }
  Agreed agreed() const override { return wire_->agreed; }

 private:
  Wire* const wire_;
};

class WireHost final : public ConnectionHost {
 public:
  void Watch(int, uint64_t, uint32_t events) override { watched = events; }
  void CallAt(uint64_t, int64_t deadline_ns) override { deadlines.push_back(deadline_ns); }
  void CallSoon(uint64_t) override { ++called_soon; }
  char* read_buffer() override { return buffer_.get(); }
  uint32_t watched = EPOLLIN;
  int called_soon = 0;
  std::vector<int64_t> deadlines;

 private:
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(kReadBufferBytes);
};

/// Keeps requests until the test answers.
class HoldingHandler final : public HttpHandler {
 public:
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override {
    paths.push_back(request->path);
    held.push_back(std::move(responder));
  }
  void Answer(std::string body) {
    HttpResponse response;
    response.body = std::move(body);
    HttpResponder responder = std::move(held.front());
    held.pop_front();
    responder.Finish(std::move(response));
  }
  std::vector<std::string> paths;
  std::deque<HttpResponder> held;
};

struct ConnectionTest : testing::Test {
  ConnectionTest() {
    context = std::make_shared<TransportContext>(ListenerOptions(),
                                                 ListenerSeams{&clock, nullptr, &handler, nullptr});
    connection = std::make_shared<Connection>(ConnectionIdentity{20, "127.0.0.1:5"},
                                              std::make_unique<WireStream>(&wire), context, &host);
  }
  ~ConnectionTest() override { connection->Close(); }
  /// The peer sends; false when the connection has ended.
  bool Send(std::string bytes) {
    wire.input.push_back(std::move(bytes));
    return connection->OnEvents(EPOLLIN);
  }
  bool DeadlineComes() {
    const int64_t due = *std::min_element(host.deadlines.begin(), host.deadlines.end());
    std::erase(host.deadlines, due);
    clock.AdvanceMs(due / 1'000'000 - clock.MonotonicNs() / 1'000'000 + 1);
    return connection->OnDeadline(due, clock.MonotonicNs());
  }

  ManualClock clock;
  HoldingHandler handler;
  Wire wire;
  WireHost host;
  std::shared_ptr<TransportContext> context;
  std::shared_ptr<Connection> connection;
};

const char kGet[] = "GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n";

TEST_F(ConnectionTest, AnHttp1RequestIsAnswered) {
  EXPECT_EQ(context->connections_open.load(), 1);
  ASSERT_TRUE(Send("GET /a HTTP"));  // in two pieces
  ASSERT_TRUE(Send("/1.1\r\nhost: localhost\r\n\r\n"));
  ASSERT_EQ(handler.paths, (std::vector<std::string>{"/a"}));
  EXPECT_EQ(wire.output, "");
  handler.Answer("hello");
  EXPECT_EQ(wire.output.rfind("HTTP/1.1 200", 0), 0u) << wire.output;
  EXPECT_EQ(wire.output.substr(wire.output.size() - 5), "hello");
  EXPECT_EQ(context->sent_bytes.load(), static_cast<int64_t>(wire.output.size()));
  ASSERT_TRUE(Send(kGet));  // kept alive
  EXPECT_EQ(handler.paths.size(), 2u);
}

TEST_F(ConnectionTest, TheHttp2PrefaceIsKnownEvenInPieces) {
  for (const char c : std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) ASSERT_TRUE(Send(std::string(1, c)));
  ASSERT_TRUE(Send(std::string("\0\0\0\4\0\0\0\0\0", 9)));
  ASSERT_GE(wire.output.size(), 9u);
  EXPECT_EQ(wire.output[3], 4);  // our SETTINGS
}

TEST_F(ConnectionTest, WhatIsNeitherIsClosed) {
  EXPECT_FALSE(Send("\x16\x03\x01 a TLS greeting"));
  EXPECT_TRUE(wire.aborted);
  EXPECT_EQ(wire.output, "");
}

TEST_F(ConnectionTest, WhatWasAgreedIsSpoken) {
  wire.agreed = Agreed::kHttp1;
  EXPECT_FALSE(Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_EQ(wire.output, "");
}

TEST_F(ConnectionTest, NorIsHttp1SpokenWhereHttp2WasAgreed) {
  wire.agreed = Agreed::kHttp2;
  EXPECT_FALSE(Send(kGet));
  EXPECT_TRUE(handler.paths.empty());
}

TEST_F(ConnectionTest, BufferedInputIsAskedForWhenItIsWanted) {
  wire.buffered = true;
  wire.input = {kGet, std::string(64 << 10, '\n'), kGet};  // the second: more than waits behind a request
  ASSERT_TRUE(connection->OnEvents(EPOLLIN));
  EXPECT_EQ(host.called_soon, 1);
  ASSERT_TRUE(connection->OnBufferedInput());
  EXPECT_EQ(host.watched & EPOLLIN, 0u);  // enough for now
  EXPECT_EQ(host.called_soon, 1);
  handler.Answer("a");
  EXPECT_EQ(host.called_soon, 2);  // epoll would not tell
  ASSERT_TRUE(connection->OnBufferedInput());
  EXPECT_EQ(handler.paths.size(), 2u);
  EXPECT_EQ(host.called_soon, 2);
}

TEST_F(ConnectionTest, AReadThatHasToWriteWaitsForTheSocket) {
  wire.wants_write = true;
  ASSERT_TRUE(connection->OnEvents(EPOLLIN));
  EXPECT_NE(host.watched & EPOLLOUT, 0u);
  wire.input.push_back(kGet);
  wire.wants_write = false;
  ASSERT_TRUE(connection->OnEvents(EPOLLOUT));
  EXPECT_EQ(host.watched & EPOLLOUT, 0u);
}

TEST_F(ConnectionTest, SilenceIsEndedByTheFirstDeadline) {
  EXPECT_FALSE(DeadlineComes());
  EXPECT_TRUE(wire.aborted);
}

TEST_F(ConnectionTest, ABlockedPeerIsWaitedForAndThenGivenUp) {
  ASSERT_TRUE(Send(kGet));
  wire.room_bytes = 30;
  handler.Answer(std::string(1000, 'x'));
  EXPECT_EQ(wire.output.size(), 30u);
  EXPECT_NE(host.watched & EPOLLOUT, 0u);
  wire.room_bytes = 100;
  ASSERT_TRUE(connection->OnEvents(EPOLLOUT));
  EXPECT_EQ(wire.output.size(), 130u);
  bool alive = true;
  for (int i = 0; i < 10 && alive && !host.deadlines.empty(); ++i) alive = DeadlineComes();
  EXPECT_FALSE(alive);  // nothing was taken for write_stall_timeout_ms
}

TEST_F(ConnectionTest, APeerThatGoesCancelsItsRequestAndLateAnswersAreDropped) {
  ASSERT_TRUE(Send(kGet));
  EXPECT_FALSE(connection->OnEvents(EPOLLHUP));
  connection->Close();
  EXPECT_TRUE(wire.closed);
  handler.Answer("too late");
  EXPECT_EQ(wire.output, "");
}

TEST_F(ConnectionTest, DrainLetsARequestEndAndTakesNoOther) {
  ASSERT_TRUE(Send(kGet));
  ASSERT_TRUE(connection->StartDrain());
  handler.Answer("last");
  EXPECT_NE(wire.output.find("last"), std::string::npos);
  EXPECT_TRUE(wire.writes_ended);
  wire.input_ended = true;
  EXPECT_FALSE(connection->OnEvents(EPOLLIN));
}

TEST_F(ConnectionTest, DrainEndsAConnectionThatHasNotSpoken) { EXPECT_FALSE(connection->StartDrain()); }

TEST_F(ConnectionTest, BadHttpIsToldAndClosed) {
  ASSERT_TRUE(Send("GET nonsense\r\n\r\n"));
  EXPECT_EQ(wire.output.rfind("HTTP/1.1 400", 0), 0u) << wire.output;
  EXPECT_TRUE(wire.writes_ended);
  EXPECT_TRUE(Send("more"));  // read and thrown away, so that the peer can read our last words
  wire.input_ended = true;
  EXPECT_FALSE(connection->OnEvents(EPOLLIN));
}

}  // namespace
}  // namespace redkite::server
