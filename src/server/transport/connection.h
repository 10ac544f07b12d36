// Connection: one client socket. Finds out the protocol, moves bytes between socket and Protocol, and takes
// replies from any thread.
//
// Thread safety: Deliver from any thread; the rest from the connection's IO thread. Everything but `pending_`
// belongs to whoever has set `busy_`. The thread that delivers a reply to a connection nobody is busy with
// writes it to the socket itself: that saves a thread switch per call. If somebody is busy, the reply is left
// in `pending_` and that thread takes it along. Nobody holds the mutex while it works. Lifetime: the IoLoop
// owns it; Responders share it. After Close the socket is gone and replies are dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "server/transport/byte_stream.h"
#include "server/transport/protocol.h"
#include "server/transport/transport_context.h"

namespace redkite::server {

/// What a Connection needs of its IO thread.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  /// Changes what epoll watches for. Any thread.
  virtual void Watch(int descriptor, uint64_t connection_id, uint32_t events) = 0;
  /// Calls OnDeadline of the connection then. Any thread.
  virtual void CallAt(uint64_t connection_id, int64_t deadline_ns) = 0;
  /// Calls OnBufferedInput of the connection as soon as others have had their turn. Any thread.
  virtual void CallSoon(uint64_t connection_id) = 0;
  /// Shared by the connections of the thread; valid during one call. IO thread only.
  virtual char* read_buffer() = 0;
  static constexpr size_t kReadBufferBytes = 256 << 10;
};

struct ConnectionIdentity {
  uint64_t id = 0;
  std::string peer;
};

/// The smaller, the less is lost with the connection.
struct Engagement {
  Occupancy occupancy = Occupancy::kInWork;
  int64_t quiet_since_ns = 0;  // of kArriving: the last input; otherwise the last answer, or the beginning
  auto operator<=>(const Engagement&) const = default;
};

class Connection final : public ReplySink, public std::enable_shared_from_this<Connection> {
 public:
  Connection(ConnectionIdentity identity, std::unique_ptr<ByteStream> stream,
             std::shared_ptr<TransportContext> context, ConnectionHost* host);
  ~Connection() override;

  void Deliver(Reply reply) override;

  /// These return false when the connection is dead and must be closed and forgotten.
  bool OnEvents(uint32_t epoll_events) EXCLUDES(mutex_);
  bool OnBufferedInput() EXCLUDES(mutex_);
  bool OnDeadline(int64_t due_ns, int64_t now_ns) EXCLUDES(mutex_);
  bool StartDrain() EXCLUDES(mutex_);
  void Close() EXCLUDES(mutex_);
  Engagement engagement() EXCLUDES(mutex_);

  const ConnectionIdentity& identity() const { return identity_; }
  int descriptor() const { return descriptor_; }

 private:
  enum class Phase {
    kSniffing,  // the protocol is not known yet
    kServing,
    kFlushing,   // no input is taken; ends when the output is sent
    kLingering,  // our direction is closed; waits for the client to close its own, so that it can read our
                 // last words
    kDead,
  };
  void Acquire() EXCLUDES(mutex_);
  bool RunOwned() EXCLUDES(mutex_);
  bool WantsInput() const;
  void ReadInput();
  bool TakeInput(std::string_view bytes, int64_t now_ns);
  size_t ReadBytesMax() const;
  void ReadFailed();
  void Sniff(std::string_view bytes, int64_t now_ns);
  void MakeProtocol(bool http2);
  void Flush();
  bool WriteSome();
  void AfterFlush();
  Occupancy PhaseOccupancy() const;
  void SetPhase(Phase phase);
  void UpdateWatch();
  void UpdateDeadline();
  int64_t DeadlineNs() const;

  const ConnectionIdentity identity_;
  const std::shared_ptr<TransportContext> context_;
  ConnectionHost* const host_;
  const int descriptor_;

  // Owned by whoever set busy_.
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<Protocol> protocol_;
  std::string first_bytes_;
  OutputQueue output_;
  Phase phase_ = Phase::kSniffing;
  uint32_t watched_events_ = 0;
  bool input_ended_ = false;
  bool write_blocked_ = false;  // the socket takes no more now
  bool called_soon_ = false;    // OnBufferedInput is to come
  bool draining_ = false;
  int64_t registered_deadline_ns_ = kNoDeadline;
  int64_t phase_deadline_ns_ = kNoDeadline;  // of sniffing and lingering
  int64_t blocked_since_ns_ = kNoDeadline;   // output waits for the client since
  size_t lingering_bytes_left_ = 0;
  int64_t last_input_ns_ = 0;
  int64_t last_reply_ns_ = 0;
  std::vector<Reply> batch_;

  Mutex mutex_;
  CondVar released_;
  bool busy_ GUARDED_BY(mutex_) = false;
  bool owner_wanted_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  std::vector<Reply> pending_ GUARDED_BY(mutex_);
};

}  // namespace redkite::server
