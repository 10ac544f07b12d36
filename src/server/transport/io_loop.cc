#include "server/transport/io_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/transport/tls_reloader.h"
#include "server/transport/tls_stream.h"

namespace redkite::server {
namespace {
constexpr uint64_t kWakeId = 0;
constexpr uint64_t kListenId = 1;
constexpr uint64_t kFirstConnectionId = 16;
constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kTimerStepMs = 1'000;
constexpr int kEventsMax = 256;
constexpr int kAcceptsPerTurn = 256;
constexpr size_t kRankedMax = 64;

thread_local const IoLoop* current_loop = nullptr;

std::string PeerName(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(v4->sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6->sin6_port));
  }
  return "unknown";
}

void SetSocketOptions(int socket) {
  int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Finds peers that have vanished without a word, without a timer of ours.
  int idle_s = 60, interval_s = 15, probes = 4;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

bool AddToEpoll(int epoll, int descriptor, uint64_t id, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

IoLoop::IoLoop(std::shared_ptr<TransportContext> context, int index)
    : context_(std::move(context)),
      index_(index),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBufferBytes)),
      next_id_(kFirstConnectionId) {}

Result<std::unique_ptr<IoLoop>> IoLoop::Make(std::shared_ptr<TransportContext> context, int index) {
  std::unique_ptr<IoLoop> loop(new IoLoop(std::move(context), index));
  loop->epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  loop->wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  loop->spare_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (loop->epoll_ < 0 || loop->wake_ < 0 || loop->spare_ < 0 ||
      !AddToEpoll(loop->epoll_, loop->wake_, kWakeId, EPOLLIN)) {
    return Status::Io(std::string("cannot make an event loop: ") + std::strerror(errno));
  }
  return loop;
}

IoLoop::~IoLoop() {
  thread_.Join();
  for (int descriptor : {epoll_, wake_, listening_, spare_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

void IoLoop::SetAcceptor(int listening_socket, AcceptCallback on_accept) {
  listening_ = listening_socket;
  on_accept_ = std::move(on_accept);
  AddToEpoll(epoll_, listening_, kListenId, EPOLLIN);
}

void IoLoop::Run() {
  thread_ = Thread("rk-io-" + std::to_string(index_), [this] { Loop(); });
}

bool IoLoop::InLoopThread() const { return current_loop == this; }

void IoLoop::Post(std::function<void()> task) {
  bool first;
  {
    MutexLock lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) ::eventfd_write(wake_, 1);
}

void IoLoop::RunPosted() {
  eventfd_t ignored;
  ::eventfd_read(wake_, &ignored);
  std::vector<std::function<void()>> tasks;
  {
    MutexLock lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

void IoLoop::Watch(int descriptor, uint64_t connection_id, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = connection_id;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void IoLoop::CallAt(uint64_t connection_id, int64_t deadline_ns) {
  if (InLoopThread()) {
    timers_.push({deadline_ns, connection_id});
  } else {
    Post([this, connection_id, deadline_ns] { timers_.push({deadline_ns, connection_id}); });
  }
}

void IoLoop::CallSoon(uint64_t connection_id) {
  Post([this, connection_id] {
    const auto found = connections_.find(connection_id);
    if (found != connections_.end() && !found->second->OnBufferedInput()) Forget(connection_id);
  });
}

int IoLoop::TimeoutMs() const {
  int64_t deadline_ns = drain_deadline_ns_;
  int64_t step_ms = kTimerStepMs;
  if (!timers_.empty()) deadline_ns = std::min(deadline_ns, timers_.top().deadline_ns);
  if (draining_) step_ms = 1;
  if (accept_paused_) return static_cast<int>(kTimerStepMs);
  if (deadline_ns == kNoDeadline) return -1;
  int64_t left_ms = (deadline_ns - context_->NowNs()) / kNsPerMs + 1;
  return static_cast<int>(std::clamp<int64_t>(left_ms, step_ms, 3'600'000));
}

void IoLoop::RunTimers() {
  if (timers_.empty()) return;
  int64_t now_ns = context_->NowNs();
  while (!timers_.empty() && timers_.top().deadline_ns <= now_ns) {
    Timer timer = timers_.top();
    timers_.pop();
    auto found = connections_.find(timer.connection_id);
    if (found != connections_.end() && !found->second->OnDeadline(timer.deadline_ns, now_ns)) {
      Forget(timer.connection_id);
    }
  }
}

void IoLoop::Loop() {
  current_loop = this;
  epoll_event events[kEventsMax];
  while (!(draining_ && (connections_.empty() || context_->NowNs() >= drain_deadline_ns_))) {
    int n = ::epoll_wait(epoll_, events, kEventsMax, TimeoutMs());
    for (int i = 0; i < n; ++i) {
      uint64_t id = events[i].data.u64;
      if (id == kWakeId) {
        RunPosted();
      } else if (id == kListenId) {
        Accept();
      } else if (auto found = connections_.find(id); found != connections_.end()) {
        if (!found->second->OnEvents(events[i].events)) Forget(id);
      }
    }
    if (accept_paused_ && n == 0) {
      accept_paused_ = false;
      AddToEpoll(epoll_, listening_, kListenId, EPOLLIN);
    }
    RunTimers();
  }
  while (!connections_.empty()) Forget(connections_.begin()->first);
  current_loop = nullptr;
}

void IoLoop::Forget(uint64_t connection_id) {
  auto found = connections_.find(connection_id);
  std::shared_ptr<Connection> connection = std::move(found->second);
  connections_.erase(found);
  context_->addresses.Leave(connection->identity().peer);
  connection->Close();  // closing the descriptor takes it out of the epoll set
}

std::unique_ptr<ByteStream> IoLoop::MakeStream(int socket) const {
  const TlsReloader* tls = context_->seams.tls;
  return tls == nullptr ? MakeSocketStream(socket) : MakeTlsStream(socket, *tls->current());
}

void IoLoop::Adopt(int socket, std::string peer) {
  SetSocketOptions(socket);
  // Shared only because std::function copies; a task that is never run closes the socket.
  auto stream = std::make_shared<std::unique_ptr<ByteStream>>(MakeStream(socket));
  if (InLoopThread()) return Serve(std::move(*stream), std::move(peer));
  Post([this, stream, peer = std::move(peer)] { Serve(std::move(*stream), peer); });
}

void IoLoop::Serve(std::unique_ptr<ByteStream> stream, std::string peer) {
  if (draining_ || !EnterAddress(peer)) return;
  const bool full =
      context_->connections_open.load(std::memory_order_relaxed) >= context_->options.connection_count_max;
  if (full && !MakeRoom()) {
    context_->addresses.Leave(peer);
    context_->connections_refused.fetch_add(1, std::memory_order_relaxed);
    LogRefusal(context_->options.connection_limit_option, context_->options.connection_count_max, peer);
    return;
  }
  context_->connections_accepted.fetch_add(1, std::memory_order_relaxed);
  uint64_t id = next_id_++;
  int socket = stream->descriptor();
  auto connection = std::make_shared<Connection>(ConnectionIdentity{id, std::move(peer)}, std::move(stream),
                                                 context_, this);
  if (!AddToEpoll(epoll_, socket, id, EPOLLIN)) {
    context_->addresses.Leave(connection->identity().peer);
    return connection->Close();
  }
  connections_.emplace(id, std::move(connection));
}

bool IoLoop::EnterAddress(const std::string& peer) {
  if (context_->addresses.Enter(peer)) return true;
  context_->connections_refused.fetch_add(1, std::memory_order_relaxed);
  LogRefusal(context_->options.address_limit_option, context_->options.connection_count_per_address_max,
             peer);
  return false;
}

// The client sees no more than a close: no protocol is known yet that could carry a reason.
void IoLoop::LogRefusal(const std::string& option, int limit, const std::string& peer) {
  Logger* log = context_->seams.log;
  if (log != nullptr && refusal_lines_.Take(context_->NowNs())) {
    log->Warn("connection refused",
              {{"reason", "too many connections"}, {"peer", peer}, {"limit", limit}, {"setting", option}});
  }
}

// Ends the connection that is needed least, so that clients which hold connections and ask nothing keep
// nobody out. False: all of this loop are in work.
bool IoLoop::MakeRoom() {
  for (bool ranked = false;; ranked = true) {
    while (!evictable_.empty()) {
      const Candidate candidate = evictable_.front();
      evictable_.pop_front();
      if (Evict(candidate)) return true;
    }
    if (ranked) return false;
    RankEvictable();
  }
}

// False when it is gone or has become worth more since it was ranked.
bool IoLoop::Evict(const Candidate& candidate) {
  auto found = connections_.find(candidate.connection_id);
  if (found == connections_.end()) return false;
  // A request that lies in the socket unread counts as well.
  if (found->second->OnEvents(EPOLLIN)) {
    const Engagement engagement = found->second->engagement();
    if (engagement > candidate.engagement || !MayEvict(engagement)) return false;
    found->second->StartDrain();  // GOAWAY: an HTTP/2 client then repeats elsewhere what it is just sending
  }
  Forget(candidate.connection_id);
  context_->connections_evicted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool IoLoop::MayEvict(const Engagement& engagement) const {
  if (engagement.occupancy != Occupancy::kArriving) return engagement.occupancy != Occupancy::kInWork;
  return context_->NowNs() - engagement.quiet_since_ns >= context_->options.arriving_silence_ms * kNsPerMs;
}

// Looks at all connections, therefore for many evictions at once.
void IoLoop::RankEvictable() {
  std::vector<Candidate> ranks;
  for (const auto& [id, connection] : connections_) {
    const Engagement engagement = connection->engagement();
    if (MayEvict(engagement)) ranks.push_back({engagement, id});
  }
  const size_t kept = std::min(ranks.size(), kRankedMax);
  std::partial_sort(ranks.begin(), ranks.begin() + static_cast<ptrdiff_t>(kept), ranks.end());
  evictable_.assign(ranks.begin(), ranks.begin() + static_cast<ptrdiff_t>(kept));
}

void IoLoop::Accept() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (!AcceptOne()) return;
  }
}

bool IoLoop::AcceptOne() {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  int socket =
      ::accept4(listening_, reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      if (MakeRoom()) return true;
      ShedConnection();
      return false;
    }
    return errno == EINTR || errno == ECONNABORTED;
  }
  on_accept_(socket, PeerName(address));
  return true;
}

// No descriptor is left: refuses one waiting connection with the spare one, so that the client learns of it
// and epoll does not spin; if even that fails, accepting pauses for a second.
void IoLoop::ShedConnection() {
  context_->connections_refused.fetch_add(1, std::memory_order_relaxed);
  if (spare_ >= 0) ::close(spare_);
  int socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket >= 0) ::close(socket);
  spare_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (socket < 0 || spare_ < 0) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listening_, nullptr);
    accept_paused_ = true;
  }
  if (Logger* log = context_->seams.log) {
    log->Warn("connection refused", {{"reason", std::string_view("no file descriptor left")},
                                     {"open", context_->connections_open.load(std::memory_order_relaxed)}});
  }
}

void IoLoop::StopAccepting() {
  if (listening_ < 0) return;
  ::close(listening_);
  listening_ = -1;
  accept_paused_ = false;
}

void IoLoop::Drain(int64_t deadline_ns) {
  Post([this, deadline_ns] {
    StopAccepting();
    draining_ = true;
    drain_deadline_ns_ = deadline_ns;
    std::vector<uint64_t> ids;
    for (auto& [id, connection] : connections_) ids.push_back(id);
    for (uint64_t id : ids) {
      if (!connections_.at(id)->StartDrain()) Forget(id);
    }
  });
}

}  // namespace redkite::server
