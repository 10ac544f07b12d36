#include "types/timestamp_oracle.h"

#include <algorithm>

#include "base/planted.h"

namespace redkite {

TimestampOracle::TimestampOracle(const Clock* clock, Timestamp mark, PersistMark persist)
    : clock_(clock),
      persist_(std::move(persist)),
      last_(mark),
      mark_(mark),
      wall_base_ms_(clock->WallMs()),
      mono_base_ns_(clock->MonotonicNs()) {}

int64_t TimestampOracle::NowMsLocked() {
  const int64_t expected_ms = wall_base_ms_ + (clock_->MonotonicNs() - mono_base_ns_) / 1'000'000;
  const int64_t wall_ms = clock_->WallMs();
  if (wall_ms - expected_ms > kMaxJumpMs) return expected_ms;
  wall_base_ms_ = wall_ms;
  mono_base_ns_ = clock_->MonotonicNs();
  return wall_ms;
}

Result<Timestamp> TimestampOracle::Next(uint64_t count) {
  MutexLock lock(mutex_);
  const Timestamp next = std::max(last_ + 1, MakeTimestamp(std::max<int64_t>(0, NowMsLocked())));
  const Timestamp last = next + count - 1;
  if (last >= mark_) {
    const Timestamp mark = MakeTimestamp(WallMsOf(last) + kMarkStepMs);
    if (!RK_PLANTED("timestamp_mark_lost")) RK_RETURN_IF_ERROR(persist_(mark));
    mark_ = mark;
  }
  last_ = last;
  return next;
}

void TimestampOracle::Observe(Timestamp seen) {
  MutexLock lock(mutex_);
  last_ = std::max(last_, seen);
}

Timestamp TimestampOracle::last() const {
  MutexLock lock(mutex_);
  return last_;
}

}  // namespace redkite
