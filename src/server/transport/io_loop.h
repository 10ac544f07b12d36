// IoLoop: one epoll set, the connections it serves and the thread that runs it.
// Thread safety: Adopt, Post, Watch, CallAt, CallSoon and the stop calls from any thread; everything else
// inside the loop's thread. Timers have a granularity of one second; without any the thread sleeps until an
// event comes.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "server/transport/connection.h"
#include "server/transport/rate_limit.h"
#include "server/transport/transport_context.h"

namespace redkite::server {

class IoLoop final : public ConnectionHost {
 public:
  static Result<std::unique_ptr<IoLoop>> Make(std::shared_ptr<TransportContext> context, int index);
  ~IoLoop() override;

  /// Called with each accepted socket and its peer's name, in the loop's thread.
  using AcceptCallback = std::function<void(int socket, std::string peer)>;
  /// Takes over a listening socket. Before Run.
  void SetAcceptor(int listening_socket, AcceptCallback on_accept);
  void Run();
  /// Serves a connected socket from now on.
  void Adopt(int socket, std::string peer);
  /// No new connections or requests; the loop ends when its connections have ended or `deadline_ns` has
  /// passed.
  void Drain(int64_t deadline_ns);
  void Join() { thread_.Join(); }

  void Watch(int descriptor, uint64_t connection_id, uint32_t events) override;
  void CallAt(uint64_t connection_id, int64_t deadline_ns) override;
  void CallSoon(uint64_t connection_id) override;
  char* read_buffer() override { return read_buffer_.get(); }

 private:
  struct Timer {
    int64_t deadline_ns;
    uint64_t connection_id;
    bool operator>(const Timer& o) const { return deadline_ns > o.deadline_ns; }
  };
  explicit IoLoop(std::shared_ptr<TransportContext> context, int index);
  void Loop();
  int TimeoutMs() const;
  void Post(std::function<void()> task) EXCLUDES(mutex_);
  void RunPosted() EXCLUDES(mutex_);
  void RunTimers();
  void Accept();
  bool AcceptOne();
  void ShedConnection();
  void StopAccepting();
  void Forget(uint64_t connection_id);
  std::unique_ptr<ByteStream> MakeStream(int socket) const;
  void Serve(std::unique_ptr<ByteStream> stream, std::string peer);
  bool EnterAddress(const std::string& peer);
  void LogRefusal(const std::string& option, int limit, const std::string& peer);
  bool MakeRoom();
  struct Candidate {
    Engagement engagement;
    uint64_t connection_id;
    auto operator<=>(const Candidate&) const = default;
  };
  bool Evict(const Candidate& candidate);
  void RankEvictable();
  bool MayEvict(const Engagement& engagement) const;
  bool InLoopThread() const;

  const std::shared_ptr<TransportContext> context_;
  const int index_;
  int epoll_ = -1;
  int wake_ = -1;
  int listening_ = -1;
  int spare_ = -1;  // closed to have a descriptor for refusing a connection when none is left
  bool accept_paused_ = false;
  RateLimit refusal_lines_{1, 10};  // of the log
  AcceptCallback on_accept_;
  std::unique_ptr<char[]> read_buffer_;
  std::unordered_map<uint64_t, std::shared_ptr<Connection>> connections_;
  std::deque<Candidate> evictable_;  // the first that make room, as of the last ranking
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  uint64_t next_id_;
  bool draining_ = false;
  int64_t drain_deadline_ns_ = kNoDeadline;

  Mutex mutex_;
  std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
  Thread thread_;
};

}  // namespace redkite::server
