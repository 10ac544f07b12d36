#include "base/memory_ledger.h"

#include <algorithm>

namespace redkite {

MemoryReservation& MemoryReservation::operator=(MemoryReservation&& o) noexcept {
  if (this != &o) {
    Release();
    ledger_ = std::exchange(o.ledger_, nullptr);
    bytes_ = std::exchange(o.bytes_, 0);
  }
  return *this;
}

void MemoryReservation::Absorb(MemoryReservation other) {
  if (ledger_ == nullptr) {
    *this = std::move(other);
    return;
  }
  CHECK(other.ledger_ == nullptr || other.ledger_ == ledger_);
  other.ledger_ = nullptr;
  bytes_ += std::exchange(other.bytes_, 0);
}

MemoryReservation MemoryReservation::Split(int64_t bytes) {
  bytes = std::min(bytes, bytes_);
  bytes_ -= bytes;
  return {ledger_, bytes};
}

void MemoryReservation::Release() {
  if (ledger_ != nullptr) ledger_->used_bytes_.fetch_sub(bytes_, std::memory_order_relaxed);
  ledger_ = nullptr;
  bytes_ = 0;
}

MemoryReservation MemoryLedger::ReserveAnyway(int64_t bytes) {
  used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  return MemoryReservation(this, bytes);
}

bool MemoryLedger::Take(int64_t bytes, int64_t most) {
  int64_t used = used_bytes_.load(std::memory_order_relaxed);
  do {
    if (bytes > most - used) return false;
  } while (!used_bytes_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

std::optional<MemoryReservation> MemoryLedger::ReserveSpare(int64_t bytes) {
  if (!Take(bytes, limit_bytes_ / 4 * 3)) return std::nullopt;
  return MemoryReservation(this, bytes);
}

Result<MemoryReservation> MemoryLedger::Reserve(int64_t bytes, std::string_view what) {
  if (Take(bytes, limit_bytes_)) return MemoryReservation(this, bytes);
  if (spare_ != nullptr && bytes <= limit_bytes_ - needed_bytes()) {
    spare_->GiveBack();
    if (Take(bytes, limit_bytes_)) return MemoryReservation(this, bytes);
  }
  return Status(Code::kMemoryLimitExceeded, std::string(what) + " needs " + std::to_string(bytes) +
                                                " bytes, " + std::to_string(limit_bytes_ - used_bytes()) +
                                                " of " + std::to_string(limit_bytes_) +
                                                " are free (memory.limit): memory limit exceeded");
}

}  // namespace redkite
