// JsonPathCache: where filters keep the values that they found at a path of a JSON column, so that the next
// filter on that path reads nine bytes a row instead of scanning its text.
//
// JsonPathValues are those of one path in one sealed block of rows, in chunks that appear as filters scan
// them and never change then; what a cell means is the business of whoever fills it. Bounded in bytes, with
// what readers hold: what was not asked for longest and nobody holds goes first. Spare memory of its ledger,
// since it can be made again. Thread safety: thread-safe; a look at a chunk takes no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/memory_ledger.h"
#include "base/mutex.h"
#include "types/ids.h"

namespace redkite::segment {

inline constexpr size_t kJsonChunkRows = 4096;

struct JsonPathChunk {
  std::array<uint64_t, kJsonChunkRows> values;
  std::array<uint8_t, kJsonChunkRows> kinds;
  uint32_t present;  // which kinds there are, in the filler's own terms
};

class JsonPathCache;

class JsonPathValues {
 public:
  JsonPathValues(JsonPathCache* cache, size_t row_count)
      : cache_(cache), chunks_((row_count + kJsonChunkRows - 1) / kJsonChunkRows) {}
  ~JsonPathValues();
  JsonPathValues(const JsonPathValues&) = delete;
  JsonPathValues& operator=(const JsonPathValues&) = delete;
  /// That of the rows from chunk * kJsonChunkRows on; nullptr: nobody scanned them.
  const JsonPathChunk* Find(size_t chunk) const { return chunks_[chunk].load(std::memory_order_acquire); }

 private:
  friend class JsonPathCache;
  JsonPathCache* const cache_;
  std::vector<std::atomic<const JsonPathChunk*>> chunks_;
  // Under the cache's mutex while it is there.
  int64_t bytes_ = 0;
  MemoryReservation memory_;
};

class JsonPathCache final : public SpareMemory {
 public:
  /// Which path of which column of which block.
  struct Key {
    uint64_t block = 0;
    FieldId field;
    std::string path;
    bool operator<(const Key& o) const {
      return std::tie(block, field, path) < std::tie(o.block, o.field, o.path);
    }
  };

  /// `memory` may be nullptr. Nothing is kept where bytes_max is 0.
  JsonPathCache(int64_t bytes_max, MemoryLedger* memory) : bytes_max_(bytes_max), memory_(memory) {}
  /// The values under `key`, which may have no chunk yet.
  std::shared_ptr<JsonPathValues> Open(Key key, size_t row_count) EXCLUDES(mutex_);
  /// Takes over a chunk that `values` has not. False: there is no room, or it has left the cache meanwhile.
  bool Keep(const Key& key, JsonPathValues* values, size_t chunk, std::unique_ptr<JsonPathChunk>* filled)
      EXCLUDES(mutex_);
  /// All of a block.
  void Forget(uint64_t block) EXCLUDES(mutex_);
  void GiveBack() override EXCLUDES(mutex_);
  /// A number that no other block of this process has.
  uint64_t NextBlock() { return last_block_.fetch_add(1, std::memory_order_relaxed) + 1; }
  int64_t spare_bytes() const override { return used_bytes_.load(std::memory_order_relaxed); }

 private:
  friend class JsonPathValues;
  using Order = std::list<const Key*>;
  struct Entry {
    std::shared_ptr<JsonPathValues> values;
    Order::iterator place;
  };
  using Entries = std::map<Key, Entry>;
  /// What leaves the cache; destroyed after its lock was given back.
  struct Dropped {
    std::vector<std::shared_ptr<JsonPathValues>> values;
    int64_t bytes = 0;  // of those that nobody holds
  };

  void EraseLocked(Entries::iterator it, Dropped* dropped) REQUIRES(mutex_);
  /// Takes `bytes` for `values`, if they are within the bounds once others have gone.
  bool TakeLocked(int64_t bytes, JsonPathValues* values, Dropped* dropped) REQUIRES(mutex_);
  /// False: all are held.
  bool DropOldestLocked(Dropped* dropped) REQUIRES(mutex_);

  const int64_t bytes_max_;
  MemoryLedger* const memory_;
  std::atomic<uint64_t> last_block_{0};
  std::atomic<int64_t> used_bytes_{0};
  Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);
  Order order_ GUARDED_BY(mutex_);  // the one that was asked for last comes first
};

/// The part of the cache that belongs to one block; it goes with the block.
class JsonPaths {
 public:
  explicit JsonPaths(std::shared_ptr<JsonPathCache> cache)
      : cache_(std::move(cache)), block_(cache_->NextBlock()) {}
  ~JsonPaths() { cache_->Forget(block_); }
  JsonPaths(const JsonPaths&) = delete;
  JsonPaths& operator=(const JsonPaths&) = delete;
  std::shared_ptr<JsonPathValues> Open(FieldId field, std::string path, size_t row_count) const {
    return cache_->Open({block_, field, std::move(path)}, row_count);
  }
  bool Keep(FieldId field, const std::string& path, JsonPathValues* values, size_t chunk,
            std::unique_ptr<JsonPathChunk>* filled) const {
    return cache_->Keep({block_, field, path}, values, chunk, filled);
  }

 private:
  const std::shared_ptr<JsonPathCache> cache_;
  const uint64_t block_;
};

}  // namespace redkite::segment
