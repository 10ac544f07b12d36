#include "server/transport/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <vector>

#include "server/transport/io_loop.h"
#include "server/transport/transport_context.h"

namespace redkite::server {
namespace {

constexpr int kBacklog = 4096;

std::string Where(const ListenerOptions& options) {
  const std::string& host = options.host;
  std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return (shown.empty() ? "*" : shown) + ":" + std::to_string(options.port);
}

Status BindError(const ListenerOptions& options, int error) {
  std::string what = error == EADDRINUSE ? "address is in use by another process: " : "cannot listen: ";
  what += Where(options);
  if (error != EADDRINUSE) what += std::string(" (") + std::strerror(error) + ")";
  return {Code::kServiceUnavailable, what};
}

Result<int> BindTo(const ListenerOptions& options, const addrinfo& address) {
  int socket = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return BindError(options, errno);
  int on = 1, off = 0;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(socket, address.ai_addr, address.ai_addrlen) != 0) {
    int error = errno;
    ::close(socket);
    return BindError(options, error);
  }
  return socket;
}

Result<int> BindAny(const ListenerOptions& options) {
  if (options.port < 0 || options.port > 65535)
    return Status::Invalid("port out of range: " + Where(options));
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  bool any = options.host.empty() || options.host == "*";
  addrinfo* list = nullptr;
  int error = ::getaddrinfo(any ? nullptr : options.host.c_str(), std::to_string(options.port).c_str(),
                            &hints, &list);
  if (error != 0) {
    return Status{Code::kServiceUnavailable,
                  "cannot listen: " + Where(options) + " (" + ::gai_strerror(error) + ")"};
  }
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, ::freeaddrinfo);
  // For "every interface" the IPv6 socket serves IPv4 too; a system without IPv6 falls back to the other
  // entry.
  std::vector<const addrinfo*> order;
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) order.push_back(a);
  std::stable_sort(order.begin(), order.end(), [any](const addrinfo* a, const addrinfo* b) {
    return any && a->ai_family == AF_INET6 && b->ai_family != AF_INET6;
  });
  Status failure;
  for (const addrinfo* a : order) {
    Result<int> socket = BindTo(options, *a);
    if (socket.ok()) return socket;
    if (failure.ok()) failure = socket.status();
  }
  return failure;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

}  // namespace

struct Listener::State {
  std::shared_ptr<TransportContext> context;
  int port = 0;
  bool stopped = false;
  size_t next_loop = 0;  // of the accepting thread
  std::vector<std::unique_ptr<IoLoop>> loops;
};

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}

BoundAddress::~BoundAddress() {
  if (socket_ >= 0) ::close(socket_);
}

Result<BoundAddress> BoundAddress::Bind(const ListenerOptions& options) {
  RK_ASSIGN_OR_RETURN(const int socket, BindAny(options));
  return BoundAddress(socket);
}

Result<std::unique_ptr<Listener>> Listener::Start(const ListenerOptions& options,
                                                  const ListenerSeams& seams) {
  RK_ASSIGN_OR_RETURN(BoundAddress address, BoundAddress::Bind(options));
  return Start(std::move(address), options, seams);
}

Result<std::unique_ptr<Listener>> Listener::Start(BoundAddress address, const ListenerOptions& options,
                                                  const ListenerSeams& seams) {
  CHECK(seams.clock != nullptr);
  auto state = std::make_unique<State>();
  state->context = std::make_shared<TransportContext>(options, seams);
  for (int i = 0; i < std::max(1, options.io_thread_count); ++i) {
    RK_ASSIGN_OR_RETURN(auto loop, IoLoop::Make(state->context, i));
    state->loops.push_back(std::move(loop));
  }
  if (::listen(address.socket_, kBacklog) != 0) return BindError(options, errno);
  const int socket = std::exchange(address.socket_, -1);
  state->port = PortOf(socket);
  State* s = state.get();
  s->loops[0]->SetAcceptor(socket, [s](int accepted, std::string peer) {
    s->loops[s->next_loop++ % s->loops.size()]->Adopt(accepted, std::move(peer));
  });
  for (auto& loop : s->loops) loop->Run();
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

Listener::~Listener() { Stop(0); }

int Listener::port() const { return state_->port; }

ListenerStats Listener::stats() const {
  const TransportContext& c = *state_->context;
  return {c.connections_open,
          c.connections_accepted,
          c.connections_refused,
          c.connections_evicted,
          c.requests,
          c.received_bytes,
          c.sent_bytes,
          c.request_memory.used_bytes(),
          c.response_memory.used_bytes()};
}

void Listener::Stop(int64_t grace_ms) {
  if (state_->stopped) return;
  state_->stopped = true;
  int64_t deadline_ns = state_->context->NowNs() + grace_ms * 1'000'000;
  for (auto& loop : state_->loops) loop->Drain(deadline_ns);
  for (auto& loop : state_->loops) loop->Join();
}

}  // namespace redkite::server
