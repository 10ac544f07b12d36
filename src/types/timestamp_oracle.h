// TimestampOracle: the node's source of hybrid timestamps. They grow strictly, across restarts too: a mark
// ahead of everything given out is made durable before the first timestamp beyond the previous mark is given.
// After a crash timestamps begin at the mark, up to kMarkStepMs ahead of the wall clock, and stand there
// until it has caught up: however many crashes follow each other, they are never further ahead. Ages are
// measured by Now, which is not ahead.
//
// A wall clock that jumps more than kMaxJumpMs ahead of the monotonic clock is not followed (it would poison
// every later timestamp); one that goes back is ignored. Thread safety: thread-safe.
#pragma once

#include <functional>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "types/timestamp.h"

namespace redkite {

class TimestampOracle {
 public:
  static constexpr int64_t kMarkStepMs = 3'000;
  static constexpr int64_t kMaxJumpMs = 600'000;
  /// Makes a mark durable; must not return ok before it is.
  using PersistMark = std::function<Status(Timestamp mark)>;

  /// `mark` is the last persisted one (0: none). Nothing is written here.
  TimestampOracle(const Clock* clock, Timestamp mark, PersistMark persist);
  /// The first of `count` timestamps that nobody else gets; fails only when a mark cannot be persisted.
  Result<Timestamp> Next(uint64_t count = 1);
  /// Later timestamps are above `seen`, which was read from the log or a manifest.
  void Observe(Timestamp seen);
  /// The last one given out or observed.
  Timestamp last() const;
  /// For ages and times to live: what the wall clock says, and at least the timestamps that were given out
  /// while they did not stand still ahead of it. Does not go back.
  Timestamp Now();
  /// Before a stop: gives out no more, and hands `lower` a mark without a gap for the next start to go on
  /// from. Does nothing where no timestamp was given out.
  Status Close(const PersistMark& lower);

 private:
  int64_t NowMsLocked() REQUIRES(mutex_);
  const Clock* clock_;
  const PersistMark persist_;
  mutable Mutex mutex_;
  Timestamp last_ GUARDED_BY(mutex_);
  Timestamp mark_ GUARDED_BY(mutex_);
  bool given_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  int64_t now_ms_ GUARDED_BY(mutex_) = 0;  // the largest that Now used
  int64_t wall_base_ms_ GUARDED_BY(mutex_);
  int64_t mono_base_ns_ GUARDED_BY(mutex_);
};

}  // namespace redkite
