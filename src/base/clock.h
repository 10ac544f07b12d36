// Clock: the only source of time. Passed in, so that a simulation can own it.
// Thread safety: all methods may be called from any thread.
#pragma once

#include <cstdint>

namespace redkite {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since the Unix epoch; may jump.
  virtual int64_t WallMs() const = 0;
  /// Nanoseconds from an arbitrary start; never goes back.
  virtual int64_t MonotonicNs() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  int64_t WallMs() const override;
  int64_t MonotonicNs() const override;
};

/// A clock that a test moves by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}
  int64_t WallMs() const override { return wall_ms_; }
  int64_t MonotonicNs() const override { return monotonic_ns_; }
  void AdvanceMs(int64_t ms) {
    wall_ms_ += ms;
    monotonic_ns_ += ms * 1'000'000;
  }
  void SetWallMs(int64_t ms) { wall_ms_ = ms; }

 private:
  int64_t wall_ms_;
  int64_t monotonic_ns_ = 0;
};

}  // namespace redkite
