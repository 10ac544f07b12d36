#include "server/transport/io_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace redkite::server {
namespace {

/// Answers each path with itself.
class EchoHandler final : public HttpHandler {
 public:
  void Handle(std::shared_ptr<HttpRequest> request, HttpResponder responder) override {
    HttpResponse response;
    response.body = request->path + " of " + request->peer;
    responder.Finish(std::move(response));
  }
};

/// One end of a pair of sockets, of which a loop serves the other.
class Peer {
 public:
  Peer(IoLoop* loop, const std::string& name) {
    int sockets[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    socket_ = sockets[0];
    const int flags = ::fcntl(sockets[1], F_GETFL);
    EXPECT_EQ(::fcntl(sockets[1], F_SETFL, flags | O_NONBLOCK), 0);
    loop->Adopt(sockets[1], name);
  }
  ~Peer() { ::close(socket_); }
  void Send(const std::string& bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// What comes until `end` does, or the connection ends.
  std::string ReceiveUntil(const std::string& end) {
    std::string all;
    while (end.empty() || all.find(end) == std::string::npos) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 20'000) <= 0) return all + " (nothing more)";
      char buffer[4096];
      const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
      if (n <= 0) return all + " (end)";
      all.append(buffer, static_cast<size_t>(n));
    }
    return all;
  }

 private:
  int socket_ = -1;
};

struct IoLoopTest : testing::Test {
  IoLoopTest() {
    context = std::make_shared<TransportContext>(ListenerOptions(),
                                                 ListenerSeams{&clock, nullptr, &handler, nullptr});
    auto made = IoLoop::Make(context, 0);
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    loop = std::move(*made);
    loop->Run();
  }
  ~IoLoopTest() override {
    loop->Drain(clock.MonotonicNs());
    loop->Join();
  }
  SystemClock clock;
  EchoHandler handler;
  std::shared_ptr<TransportContext> context;
  std::unique_ptr<IoLoop> loop;
};

TEST_F(IoLoopTest, ServesWhatItAdopts) {
  Peer first(loop.get(), "one"), second(loop.get(), "two");
  for (int i = 0; i < 3; ++i) {
    second.Send("GET /b HTTP/1.1\r\nhost: localhost\r\n\r\n");
    first.Send("GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n");
    EXPECT_NE(first.ReceiveUntil("/a of one").find("200"), std::string::npos);
    EXPECT_NE(second.ReceiveUntil("/b of two").find("200"), std::string::npos);
  }
  EXPECT_EQ(context->connections_open.load(), 2);
}

TEST_F(IoLoopTest, DrainEndsWhatIsIdleAndTheLoop) {
  Peer peer(loop.get(), "one");
  peer.Send("GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n");
  peer.ReceiveUntil("/a of one");
  loop->Drain(clock.MonotonicNs() + 10'000'000'000);
  EXPECT_EQ(peer.ReceiveUntil(""), " (end)");
}

TEST_F(IoLoopTest, APastDeadlineEndsEverythingAtOnce) {
  Peer peer(loop.get(), "one");
  peer.Send("GET /never-finished");
  loop->Drain(clock.MonotonicNs());
  loop->Join();
  EXPECT_EQ(context->connections_open.load(), 0);
}

}  // namespace
}  // namespace redkite::server
