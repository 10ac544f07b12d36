#include "server/service_notify.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace redkite::server {
namespace {

// A service manager's end.
struct ServiceNotifyTest : testing::Test {
  void SetUp() override {
    dir = testing::TempDir() + "/redkite_notify_XXXXXX";
    ASSERT_NE(::mkdtemp(dir.data()), nullptr);
    path = dir + "/socket";
  }
  void TearDown() override {
    if (listener >= 0) ::close(listener);
    ::unlink(path.c_str());
    ::rmdir(dir.c_str());
  }
  void Listen(const std::string& address) {
    listener = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, address.data(), address.size());
    const size_t size = offsetof(sockaddr_un, sun_path) + address.size() + (address[0] == '/' ? 1 : 0);
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&at), static_cast<socklen_t>(size)), 0);
  }
  std::string Received() {
    char text[4096];
    const ssize_t n = ::recv(listener, text, sizeof text, MSG_DONTWAIT);
    return n < 0 ? "nothing" : std::string(text, static_cast<size_t>(n));
  }
  std::string dir, path;
  int listener = -1;
};

TEST_F(ServiceNotifyTest, TellsStatesWithTheirStatus) {
  Listen(path);
  ServiceNotifier notifier(path);
  EXPECT_TRUE(notifier.has_listener());
  notifier.Ready("serving 127.0.0.1:1");
  EXPECT_EQ(Received(), "READY=1\nSTATUS=serving 127.0.0.1:1");
  notifier.Stopping("ends");
  EXPECT_EQ(Received(), "STOPPING=1\nSTATUS=ends");
  notifier.Failed("no disk\nREADY=1");
  EXPECT_EQ(Received(), "\nSTATUS=no disk READY=1");
}

TEST_F(ServiceNotifyTest, AbstractNames) {
  std::string name = "@" + path;
  std::string bound = name;
  bound[0] = '\0';
  Listen(bound);
  ServiceNotifier notifier(name);
  notifier.Ready("x");
  EXPECT_EQ(Received(), "READY=1\nSTATUS=x");
}

TEST_F(ServiceNotifyTest, TheEnvironmentNamesTheSocket) {
  Listen(path);
  ASSERT_EQ(::setenv("NOTIFY_SOCKET", path.c_str(), 1), 0);
  ServiceNotifier::FromEnvironment().Ready("x");
  EXPECT_EQ(Received(), "READY=1\nSTATUS=x");
  ASSERT_EQ(::unsetenv("NOTIFY_SOCKET"), 0);
  EXPECT_FALSE(ServiceNotifier::FromEnvironment().has_listener());
}

TEST_F(ServiceNotifyTest, WithoutAListenerNothingHappens) {
  for (const std::string& address : {std::string(), std::string("/"), std::string("relative"), path,
                                     "/" + std::string(200, 'x'), std::string("@none-such")}) {
    ServiceNotifier notifier(address);
    EXPECT_FALSE(notifier.has_listener()) << address;
    notifier.Ready("x");
  }
  Listen(path);
  ServiceNotifier notifier(path);
  ::close(std::exchange(listener, -1));
  notifier.Ready("nobody reads it");
}

}  // namespace
}  // namespace redkite::server
