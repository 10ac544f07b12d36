// MemoryLedger: one accounted budget for what grows with user data. Reserve before allocating; release by
// destroying. Thread safety: thread-safe. Invariant: Reserve never
// takes used_bytes beyond limit_bytes; only ReserveAnyway does. Spare memory is what somebody could do
// without: it is given back before anybody is refused.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
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

/// Who holds spare memory of a ledger.
class SpareMemory {
 public:
  virtual ~SpareMemory() = default;
  virtual int64_t spare_bytes() const = 0;
  /// Gives back all that it can, at once. Called from any thread, with any locks.
  virtual void GiveBack() = 0;
};

class MemoryLedger {
 public:
  explicit MemoryLedger(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  /// kMemoryLimitExceeded, naming `what`, when the budget has no room.
  Result<MemoryReservation> Reserve(int64_t bytes, std::string_view what);
  /// For what is there already: takes it though there may be no room.
  MemoryReservation ReserveAnyway(int64_t bytes);
  /// For spare memory: nothing when less than a quarter would be left.
  std::optional<MemoryReservation> ReserveSpare(int64_t bytes);
  /// Set once, before there are several threads.
  void SetSpare(SpareMemory* spare) { spare_ = spare; }
  /// Less than a quarter is left: time to make room before somebody is refused.
  bool is_short() const { return needed_bytes() / 3 >= limit_bytes_ / 4; }
  /// Without what is spare.
  int64_t needed_bytes() const { return used_bytes() - (spare_ == nullptr ? 0 : spare_->spare_bytes()); }
  int64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  int64_t limit_bytes() const { return limit_bytes_; }

 private:
  friend class MemoryReservation;
  /// Whether `bytes` more stay within `most`, and then they are taken.
  bool Take(int64_t bytes, int64_t most);

  const int64_t limit_bytes_;
  std::atomic<int64_t> used_bytes_{0};
  SpareMemory* spare_ = nullptr;
};

}  // namespace redkite
