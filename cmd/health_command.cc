#include "health_command.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "config/settings.h"
#include "config/value_text.h"

namespace redkite::cmd {
namespace {

constexpr int kHealthy = 0, kUnhealthy = 1, kUsage = 2;
constexpr int kTimeoutSecondsMax = 300;

constexpr char kUsageText[] =
    "usage: redkite health [--management HOST:PORT] [--timeout SECONDS]\n"
    "\n"
    "Asks /healthz of a server on its management port (default 127.0.0.1:9091), for at most 3 seconds.\n"
    "Exit code: 0 healthy, 1 not healthy or no answer, 2 wrong usage.\n";

struct Arguments {
  std::string address = config::Settings().management;
  int timeout_s = 3;
  bool help = false;
  std::string wrong;
};

Arguments Parse(std::span<const std::string_view> texts) {
  Arguments out;
  for (size_t i = 0; i < texts.size() && out.wrong.empty(); ++i) {
    const std::string_view text = texts[i];
    if (text == "--help" || text == "-h") {
      out.help = true;
    } else if (text == "--management" && i + 1 < texts.size()) {
      out.address = texts[++i];
    } else if (text == "--timeout" && i + 1 < texts.size()) {
      const std::string_view number = texts[++i];
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.timeout_s);
      const bool whole = error == std::errc() && end == number.data() + number.size();
      if (!whole || out.timeout_s < 1 || out.timeout_s > kTimeoutSecondsMax) out.wrong = number;
    } else {
      out.wrong = text;
    }
  }
  if (!config::ParseHostPort(out.address).ok()) out.wrong = out.address;
  return out;
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

// What a server listens at everywhere is asked here.
std::string HostToAsk(const std::string& host) {
  if (host.empty() || host == "*" || host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

int Fail(const char* what) {
  std::fprintf(stderr, "redkite health: %s failed: %s\n", what, std::strerror(errno));
  return kUnhealthy;
}

// The limits hold for each step: connecting, sending and the whole of the status line.
int Ask(const addrinfo& to, const std::string& host, int timeout_s) {
  const Socket socket(::socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC, to.ai_protocol));
  const timeval limit{timeout_s, 0};
  if (socket.get() < 0 || ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) {
    return Fail("socket");
  }
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) != 0) return Fail("connect");
  const std::string request = "GET /healthz HTTP/1.1\r\nhost: " + host + "\r\nconnection: close\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return Fail("send");
  char answer[] = "HTTP/1.1 200";
  const size_t size = sizeof answer - 1;
  const ssize_t got = ::recv(socket.get(), answer, size, MSG_WAITALL);
  if (got < 0) return Fail("receive");
  const std::string_view text(answer, static_cast<size_t>(got));
  if (text == "HTTP/1.1 200") {
    std::puts("healthy");
    return kHealthy;
  }
  const bool is_http = text.size() == size && text.starts_with("HTTP/1.1 ");
  std::fprintf(stderr, "redkite health: %s\n",
               is_http ? ("status " + std::string(text.substr(9))).c_str() : "no answer of HTTP");
  return kUnhealthy;
}

}  // namespace

int Health(std::span<const std::string_view> arguments) {
  const Arguments parsed = Parse(arguments);
  if (parsed.help || !parsed.wrong.empty()) {
    if (!parsed.help) std::fprintf(stderr, "redkite health: unknown: %s\n", parsed.wrong.c_str());
    std::fputs(kUsageText, parsed.help ? stdout : stderr);
    return parsed.help ? kHealthy : kUsage;
  }
  const config::HostPort at = config::ParseHostPort(parsed.address).value();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(HostToAsk(at.host).c_str(), std::to_string(at.port).c_str(), &hints, &found);
  if (error != 0) {
    std::fprintf(stderr, "redkite health: %s: %s\n", parsed.address.c_str(), ::gai_strerror(error));
    return kUnhealthy;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  // A name may have addresses of both kinds, and the server listens at one.
  int exit_code = kUnhealthy;
  for (const addrinfo* to = found; to != nullptr && exit_code != kHealthy; to = to->ai_next)
    exit_code = Ask(*to, HostToAsk(at.host), parsed.timeout_s);
  return exit_code;
}

}  // namespace redkite::cmd
