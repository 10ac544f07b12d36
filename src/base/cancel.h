// CancelToken: tells a long call that nobody waits for its answer any more, or that its deadline has passed.
// Passed into every long call and checked at entry and per segment.
// Thread safety: Cancel and the checks may run in any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "base/status.h"

namespace redkite {

class CancelToken {
 public:
  static constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();
  CancelToken() = default;
  /// `deadline_ns` is a value of clock->MonotonicNs(). The clock must outlive the token.
  CancelToken(const Clock* clock, int64_t deadline_ns) : clock_(clock), deadline_ns_(deadline_ns) {}
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  int64_t deadline_ns() const { return deadline_ns_; }
  /// kCanceled, kTimeout or ok.
  Status Check() const {
    if (cancelled()) return {Code::kCanceled, "the request was cancelled by its client"};
    if (clock_ != nullptr && deadline_ns_ != kNoDeadline && clock_->MonotonicNs() >= deadline_ns_) {
      return {Code::kTimeout, "the request's deadline has passed"};
    }
    return Status::Ok();
  }

 private:
  const Clock* clock_ = nullptr;
  int64_t deadline_ns_ = kNoDeadline;
  std::atomic<bool> cancelled_{false};
};

}  // namespace redkite
