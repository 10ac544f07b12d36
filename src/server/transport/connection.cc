#include "server/transport/connection.h"

#include <sys/epoll.h>

#include <algorithm>

#include "server/transport/http1_session.h"
#include "server/transport/http2_session.h"

namespace redkite::server {
namespace {
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kLingerMs = 2'000;
constexpr size_t kLingerBytesMax = 16 << 20;
constexpr size_t kReadBytesPerTurn = 1 << 20;  // then other connections have their turn
constexpr size_t kWriteBytesPerTurn = 4 << 20;
constexpr int kPiecesMax = 64;
}  // namespace

Connection::Connection(ConnectionIdentity identity, std::unique_ptr<ByteStream> stream,
                       std::shared_ptr<TransportContext> context, ConnectionHost* host)
    : identity_(std::move(identity)),
      context_(std::move(context)),
      host_(host),
      descriptor_(stream->descriptor()),
      stream_(std::move(stream)),
      watched_events_(EPOLLIN) {
  last_input_ns_ = last_reply_ns_ = context_->NowNs();
  phase_deadline_ns_ = last_input_ns_ + context_->options.header_timeout_ms * kNsPerMs;
  registered_deadline_ns_ = phase_deadline_ns_;
  host_->CallAt(identity_.id, phase_deadline_ns_);
  context_->connections_open.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() { context_->connections_open.fetch_sub(1, std::memory_order_relaxed); }

void Connection::Acquire() {
  MutexLock lock(mutex_);
  while (busy_) {
    owner_wanted_ = true;
    released_.Wait(mutex_);
  }
  busy_ = true;
}

void Connection::Deliver(Reply reply) {
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    pending_.push_back(std::move(reply));
    if (busy_) return;
    busy_ = true;
  }
  RunOwned();
}

bool Connection::OnEvents(uint32_t epoll_events) {
  Acquire();
  if (epoll_events & (EPOLLERR | EPOLLHUP)) {
    SetPhase(Phase::kDead);
  } else {
    if (epoll_events & EPOLLOUT) write_blocked_ = false;
    const bool read_goes_on = (epoll_events & EPOLLOUT) != 0 && stream_->read_wants_write();
    if ((epoll_events & EPOLLIN) || read_goes_on) ReadInput();
  }
  return RunOwned();
}

bool Connection::OnBufferedInput() {
  Acquire();
  called_soon_ = false;
  ReadInput();
  return RunOwned();
}

bool Connection::OnDeadline(int64_t due_ns, int64_t now_ns) {
  Acquire();
  if (due_ns != registered_deadline_ns_) return RunOwned();  // an earlier one was registered since
  registered_deadline_ns_ = kNoDeadline;
  const int64_t stall_ns = context_->options.write_stall_timeout_ms * kNsPerMs;
  if (now_ns >= phase_deadline_ns_) {
    SetPhase(Phase::kDead);
  } else if (blocked_since_ns_ != kNoDeadline && now_ns - blocked_since_ns_ >= stall_ns) {
    SetPhase(Phase::kDead);
  } else if (phase_ == Phase::kServing && now_ns >= protocol_->NextDeadlineNs() &&
             !protocol_->OnDeadline(now_ns)) {
    SetPhase(Phase::kFlushing);
  }
  return RunOwned();
}

bool Connection::StartDrain() {
  Acquire();
  draining_ = true;
  if (phase_ == Phase::kSniffing) SetPhase(Phase::kDead);
  if (phase_ == Phase::kServing) protocol_->StartDrain();
  return RunOwned();
}

void Connection::Close() {
  Acquire();
  if (protocol_) protocol_->OnClosed();
  protocol_.reset();
  stream_.reset();
  std::vector<Reply> dropped;
  MutexLock lock(mutex_);
  closed_ = true;
  busy_ = false;
  dropped.swap(pending_);
}

// Sends what there is to send, takes replies that came meanwhile, and gives the ownership back.
bool Connection::RunOwned() {
  for (;;) {
    if (phase_ == Phase::kServing || phase_ == Phase::kFlushing) Flush();
    {
      MutexLock lock(mutex_);
      if (!pending_.empty()) batch_.swap(pending_);
    }
    if (batch_.empty()) {
      UpdateWatch();
      UpdateDeadline();
      bool alive = phase_ != Phase::kDead;
      MutexLock lock(mutex_);
      if (pending_.empty()) {
        busy_ = false;
        if (owner_wanted_) {
          owner_wanted_ = false;
          released_.NotifyAll();
        }
        return alive;
      }
      batch_.swap(pending_);
    }
    int64_t now_ns = context_->NowNs();
    for (Reply& reply : batch_) {
      if (phase_ != Phase::kServing) break;
      last_reply_ns_ = now_ns;
      if (!protocol_->OnReply(std::move(reply), now_ns)) SetPhase(Phase::kFlushing);
    }
    batch_.clear();
  }
}

bool Connection::WantsInput() const {
  if (input_ended_ || phase_ == Phase::kDead) return false;
  return phase_ != Phase::kServing || protocol_->WantsInput();
}

void Connection::ReadInput() {
  char* buffer = host_->read_buffer();
  size_t taken = 0;
  int64_t now_ns = context_->NowNs();
  while (taken < kReadBytesPerTurn && WantsInput()) {
    const size_t capacity = ReadBytesMax();
    IoResult result = stream_->Read(buffer, capacity);
    if (result.kind == IoResult::Kind::kWouldBlock) return;
    if (result.kind == IoResult::Kind::kFailed) return ReadFailed();
    if (result.kind == IoResult::Kind::kEnd) {
      input_ended_ = true;
      bool owed = phase_ == Phase::kServing && protocol_->OnInputEnd();
      if (!owed && (phase_ != Phase::kFlushing || output_.empty())) SetPhase(Phase::kDead);
      return;
    }
    taken += result.bytes;
    last_input_ns_ = now_ns;
    context_->received_bytes.fetch_add(static_cast<int64_t>(result.bytes), std::memory_order_relaxed);
    if (!TakeInput({buffer, result.bytes}, now_ns)) return;
    if (result.bytes < capacity) return;  // level triggered: epoll tells if there is more
  }
}

// Before the protocol is known, one request's head may be there, and behind it what is not admitted yet.
size_t Connection::ReadBytesMax() const {
  const size_t wanted = phase_ == Phase::kServing    ? protocol_->InputBytesMax()
                        : phase_ == Phase::kSniffing ? kAwaitingBytesMax
                                                     : ConnectionHost::kReadBufferBytes;
  return std::min(wanted, ConnectionHost::kReadBufferBytes);
}

void Connection::ReadFailed() {
  Logger* log = context_->seams.log;
  if (phase_ == Phase::kSniffing && log != nullptr && log->enabled(LogLevel::kInfo)) {
    const std::string reason = stream_->failure();
    if (!reason.empty()) log->Info("TLS handshake failed", {{"peer", identity_.peer}, {"reason", reason}});
  }
  SetPhase(Phase::kDead);
}

bool Connection::TakeInput(std::string_view bytes, int64_t now_ns) {
  switch (phase_) {
    case Phase::kSniffing:
      Sniff(bytes, now_ns);
      break;
    case Phase::kServing:
      if (!protocol_->OnInput(bytes, now_ns)) SetPhase(Phase::kFlushing);
      break;
    case Phase::kFlushing:
    case Phase::kLingering:
      lingering_bytes_left_ -= std::min(lingering_bytes_left_, bytes.size());
      if (lingering_bytes_left_ == 0) SetPhase(Phase::kDead);
      break;
    case Phase::kDead:
      return false;
  }
  return true;
}

void Connection::Sniff(std::string_view bytes, int64_t now_ns) {
  std::string joined;
  if (!first_bytes_.empty()) {
    first_bytes_.append(bytes);
    joined.swap(first_bytes_);
    bytes = joined;
  }
  size_t shared = std::min(bytes.size(), kHttp2Preface.size());
  if (bytes.substr(0, shared) == kHttp2Preface.substr(0, shared)) {
    if (shared < kHttp2Preface.size()) {
      first_bytes_.assign(bytes);
      return;
    }
    MakeProtocol(true);
  } else if (bytes[0] >= 'A' && bytes[0] <= 'Z') {
    MakeProtocol(false);
  }
  if (!protocol_) return SetPhase(Phase::kDead);  // TLS against a plain port, garbage, not what was agreed
  phase_deadline_ns_ = kNoDeadline;
  SetPhase(Phase::kServing);
  if (!protocol_->OnInput(bytes, now_ns)) SetPhase(Phase::kFlushing);
}

void Connection::MakeProtocol(bool http2) {
  if (stream_->agreed() == (http2 ? Agreed::kHttp1 : Agreed::kHttp2)) return;
  protocol_ = http2 ? MakeHttp2Session(context_, shared_from_this(), identity_.peer)
                    : MakeHttp1Session(context_, shared_from_this(), identity_.peer);
}

// Writes until the socket or the protocol has no more, or the turn is over.
void Connection::Flush() {
  size_t budget = kWriteBytesPerTurn;
  while (!write_blocked_ && phase_ != Phase::kDead) {
    // Also while flushing: the last words (GOAWAY, an error answer) come from here.
    if (!protocol_->FillOutput(&output_) && phase_ == Phase::kServing) SetPhase(Phase::kFlushing);
    if (output_.empty()) break;
    size_t before = output_.size_bytes();
    if (!WriteSome()) return SetPhase(Phase::kDead);
    size_t written = before - output_.size_bytes();
    blocked_since_ns_ = kNoDeadline;
    if (written >= budget) {
      write_blocked_ = true;  // epoll will say at once that the socket is writable
      break;
    }
    budget -= written;
  }
  AfterFlush();
}

bool Connection::WriteSome() {
  iovec pieces[kPiecesMax];
  int count = output_.Gather(pieces, kPiecesMax);
  size_t offered = 0;
  for (int i = 0; i < count; ++i) offered += pieces[i].iov_len;
  IoResult result = stream_->Write(pieces, count);
  if (result.kind == IoResult::Kind::kFailed || result.kind == IoResult::Kind::kEnd) return false;
  if (result.bytes < offered) write_blocked_ = true;
  output_.Consume(result.bytes);
  context_->sent_bytes.fetch_add(static_cast<int64_t>(result.bytes), std::memory_order_relaxed);
  return true;
}

void Connection::AfterFlush() {
  bool waits = write_blocked_ || protocol_->OutputBlocked();
  if (!waits) {
    blocked_since_ns_ = kNoDeadline;
  } else if (blocked_since_ns_ == kNoDeadline) {
    blocked_since_ns_ = context_->NowNs();
  }
  if (!output_.empty()) return;
  bool ends = phase_ == Phase::kFlushing || protocol_->finished();
  if (ends) SetPhase(input_ended_ ? Phase::kDead : Phase::kLingering);
}

Occupancy Connection::PhaseOccupancy() const {
  if (phase_ == Phase::kFlushing || !output_.empty()) return Occupancy::kInWork;
  return phase_ == Phase::kServing ? protocol_->occupancy() : Occupancy::kNothingWhole;
}

Engagement Connection::engagement() {
  Acquire();
  Engagement now{PhaseOccupancy(), last_reply_ns_};
  if (now.occupancy == Occupancy::kArriving) now.quiet_since_ns = last_input_ns_;
  RunOwned();
  return now;
}

void Connection::SetPhase(Phase phase) {
  if (phase == phase_ || phase_ == Phase::kDead) return;
  phase_ = phase;
  if (phase == Phase::kFlushing || phase == Phase::kLingering) lingering_bytes_left_ = kLingerBytesMax;
  if (phase == Phase::kLingering) {
    protocol_->OnClosed();
    stream_->EndWrites();
    phase_deadline_ns_ = context_->NowNs() + kLingerMs * kNsPerMs;
  }
  // A worker thread must not close the descriptor; epoll tells the IO thread.
  if (phase == Phase::kDead) stream_->Abort();
}

void Connection::UpdateWatch() {
  uint32_t events = 0;
  if (WantsInput()) events |= EPOLLIN;
  if (write_blocked_ || ((events & EPOLLIN) && stream_->read_wants_write())) events |= EPOLLOUT;
  if ((events & EPOLLIN) && stream_->has_buffered_input() && !called_soon_) {
    called_soon_ = true;
    host_->CallSoon(identity_.id);
  }
  if (events == watched_events_ || phase_ == Phase::kDead) return;
  watched_events_ = events;
  host_->Watch(descriptor_, identity_.id, events);
}

int64_t Connection::DeadlineNs() const {
  int64_t deadline = phase_deadline_ns_;
  if (blocked_since_ns_ != kNoDeadline) {
    deadline = std::min(deadline, blocked_since_ns_ + context_->options.write_stall_timeout_ms * kNsPerMs);
  }
  if (phase_ == Phase::kServing) deadline = std::min(deadline, protocol_->NextDeadlineNs());
  return deadline;
}

void Connection::UpdateDeadline() {
  int64_t deadline = DeadlineNs();
  if (deadline >= registered_deadline_ns_) return;
  registered_deadline_ns_ = deadline;
  host_->CallAt(identity_.id, deadline);
}

}  // namespace redkite::server
