// MemObjectStore: the ObjectStore in memory, for tests and the simulation: what a remote store may do to its
// callers. The same seed and the same calls give the same faults. Thread safety: see ObjectStore; the
// controls may be called from any thread.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "io/object_store.h"

namespace redkite::io {

enum class ObjectOp : int { kGet, kHead, kPut, kList, kDelete };
inline constexpr int kObjectOpCount = 5;

enum class ObjectFault {
  kRefused,     // kServiceUnavailable, and nothing has happened; retriable
  kLostAnswer,  // it happened and kTimeout says that nobody knows; a Get's answer is cut short:
                // kServiceUnavailable
  kUnknown,     // kTimeout; it happened, or it did not, or it will before one of the next operations
};

class MemObjectStore final : public ObjectStore {
 public:
  explicit MemObjectStore(uint64_t seed = 1) : random_(seed) {}

  /// The `nth` operation of kind `op` from now on (1 = the next) has this fault.
  void FailNth(ObjectOp op, uint64_t nth, ObjectFault fault);
  /// From now on this share of all operations has a fault, drawn from the seed.
  void SetFaultRate(uint32_t per_mille);
  /// Called before each operation without a lock: to let time pass, or another caller come first. May be
  /// empty.
  void SetBeforeOp(std::function<void(ObjectOp, std::string_view key)> before);
  /// Neither faults nor puts under way are left.
  void Heal();
  uint64_t op_count(ObjectOp op) const;

  using ObjectStore::Get;
  Result<ObjectPart> Get(std::string_view key, ObjectRange range) override;
  Result<ObjectInfo> Head(std::string_view key) override;
  Result<PutOutcome> Put(std::string_view key, std::string_view bytes) override;
  Result<PutOutcome> PutIfAbsent(std::string_view key, std::string_view bytes) override;
  Result<PutOutcome> PutIfMatch(std::string_view key, std::string_view etag, std::string_view bytes) override;
  Result<ObjectPage> List(std::string_view prefix, std::string_view after, size_t limit) override;
  Status Delete(std::string_view key) override;

 private:
  struct Object {
    std::string bytes;
    std::string etag;
  };
  /// A put or a delete, as it travels to the store.
  struct Change {
    std::string key;
    std::string bytes;
    std::optional<std::string> expected_etag;  // nothing: whatever is there; empty: nothing is there
    bool is_delete = false;
  };
  using Objects = std::map<std::string, Object, std::less<>>;

  void Before(ObjectOp op, std::string_view key) EXCLUDES(mutex_);
  std::optional<ObjectFault> EnterLocked(ObjectOp op) REQUIRES(mutex_);
  PutOutcome ApplyLocked(Change change) REQUIRES(mutex_);
  Result<PutOutcome> Run(ObjectOp op, Change change) EXCLUDES(mutex_);

  mutable Mutex mutex_;
  Random random_ GUARDED_BY(mutex_);
  Objects objects_ GUARDED_BY(mutex_);
  uint64_t generation_ GUARDED_BY(mutex_) = 0;
  std::vector<Change> under_way_ GUARDED_BY(mutex_);
  uint32_t fault_per_mille_ GUARDED_BY(mutex_) = 0;
  struct Planned {
    uint64_t at = 0;  // value of ops_
    ObjectFault fault = ObjectFault::kRefused;
  };
  std::array<uint64_t, kObjectOpCount> ops_ GUARDED_BY(mutex_){};
  std::array<std::vector<Planned>, kObjectOpCount> planned_ GUARDED_BY(mutex_);
  std::function<void(ObjectOp, std::string_view)> before_ GUARDED_BY(mutex_);
};

}  // namespace redkite::io
