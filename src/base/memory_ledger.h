// MemoryLedger: one accounted budget for what grows with user data. Reserve before allocating; release by
// destroying. Thread safety: thread-safe. Invariant: Reserve never
// takes used_bytes beyond limit_bytes; only ReserveAnyway does.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace redkite {

class MemoryLedger;

/// A share of the budget, given back when destroyed. Movable only.
class MemoryReservation {
 public:
  MemoryReservation() = default;
  MemoryReservation(MemoryLedger* ledger, int64_t bytes) : ledger_(ledger), bytes_(bytes) {}
  MemoryReservation(MemoryReservation&& o) noexcept
      : ledger_(std::exchange(o.ledger_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& o) noexcept;
  ~MemoryReservation() { Release(); }
  void Release();
  /// Takes over what `other` holds; both are of one ledger.
  void Absorb(MemoryReservation other);
  /// Gives up to `bytes` of it away.
  MemoryReservation Split(int64_t bytes);
  int64_t bytes() const { return bytes_; }

 private:
  MemoryLedger* ledger_ = nullptr;
  int64_t bytes_ = 0;
};

class MemoryLedger {
 public:
  explicit MemoryLedger(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  /// kMemoryLimitExceeded, naming `what`, when the budget has no room.
  Result<MemoryReservation> Reserve(int64_t bytes, std::string_view what);
  /// For what is there already: takes it though there may be no room.
  MemoryReservation ReserveAnyway(int64_t bytes);
  /// Less than a quarter is left: time to make room before somebody is refused.
  bool is_short() const { return used_bytes() / 3 >= limit_bytes_ / 4; }
  int64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  int64_t limit_bytes() const { return limit_bytes_; }

 private:
  friend class MemoryReservation;
  const int64_t limit_bytes_;
  std::atomic<int64_t> used_bytes_{0};
};

}  // namespace redkite
