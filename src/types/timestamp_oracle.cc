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
  if (closed_) return Status(Code::kServiceUnavailable, "the server is stopping");
  const int64_t now_ms = std::max<int64_t>(0, NowMsLocked());
  const Timestamp next = std::max(last_ + 1, MakeTimestamp(now_ms));
  const Timestamp last = next + count - 1;
  if (last >= mark_) {
    // From the clock, not from the last one: that may be at an earlier mark.
    const Timestamp mark = MakeTimestamp(std::max(now_ms + kMarkStepMs, WallMsOf(last) + 1));
    if (!RK_PLANTED("timestamp_mark_lost")) RK_RETURN_IF_ERROR(persist_(mark));
    mark_ = mark;
  }
  last_ = last;
  given_ = true;
  return next;
}

Timestamp TimestampOracle::Now() {
  MutexLock lock(mutex_);
  now_ms_ = std::max({int64_t{0}, now_ms_, NowMsLocked()});
  if (WallMsOf(last_) > now_ms_) return MakeTimestamp(now_ms_ + 1) - 1;
  return std::max(last_, MakeTimestamp(now_ms_));
}

Status TimestampOracle::Close(const PersistMark& lower) {
  MutexLock lock(mutex_);
  closed_ = true;
  if (!given_ || mark_ <= last_ + 1) return Status::Ok();
  return lower(last_ + 1);
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
