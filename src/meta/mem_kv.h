// MemKv: the Kv in memory, for tests of what stands on it and for the simulation. The same seed and the same
// calls give the same faults. Thread safety: any thread; the controls too.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "meta/kv.h"

namespace redkite::meta {

/// How often a commit meets a fault, drawn from the seed.
struct MemKvFaults {
  uint32_t full_per_mille = 0;  // kDiskLimitExceeded: certainly not there, the store goes on
  uint32_t fail_per_mille = 0;  // kIoFailed and the store is fenced; half of these are there after Restart
};

class MemKv final : public Kv {
 public:
  /// Whether a transaction that failed is there after Restart.
  enum class Fate { kAbsent, kPresent, kUnknown };

  explicit MemKv(uint64_t seed = 1) : random_(seed) {}
  Result<std::optional<KvEntry>> Get(std::string_view key) override;
  Result<std::vector<KvEntry>> List(std::string_view prefix) override;
  Result<KvTxnResult> Commit(const KvTxn& txn) override;
  uint64_t revision() const override;

  /// The next transaction whose compares hold fails. With kDiskLimitExceeded the store goes on without it,
  /// whatever `fate` says; with any other code it is fenced.
  void FailNext(Status error, Fate fate = Fate::kAbsent);
  void SetFaults(MemKvFaults faults);
  /// The next life of the store: no fence, and what a failed transaction may have left.
  void Restart();

 private:
  struct Value {
    std::string value;
    uint64_t revision = 0;
  };
  Status DrawFaultLocked(const KvTxn& txn) REQUIRES(mutex_);
  void ApplyLocked(const KvTxn& txn) REQUIRES(mutex_);

  mutable Mutex mutex_;
  Random random_ GUARDED_BY(mutex_);
  MemKvFaults faults_ GUARDED_BY(mutex_);
  std::map<std::string, Value, std::less<>> entries_ GUARDED_BY(mutex_);
  uint64_t revision_ GUARDED_BY(mutex_) = 0;
  Status next_error_ GUARDED_BY(mutex_);
  Fate next_fate_ GUARDED_BY(mutex_) = Fate::kAbsent;
  Status fenced_ GUARDED_BY(mutex_);
  std::optional<KvTxn> after_restart_ GUARDED_BY(mutex_);
};

}  // namespace redkite::meta
