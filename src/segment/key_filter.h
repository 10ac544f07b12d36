// KeyFilter: tells of most primary keys that a segment does not have them, at the price of one cache line, so
// that a delete or an upsert searches few of its segments. A split block Bloom filter: blocks of 256 bits, of
// which a key sets eight, one in each word (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom
// Filters, 2007; the layout is that of Parquet's). About 1 in 100 absent keys passes.
//
// Made at the first question: a segment that nothing is deleted from never pays for it, and neither does a
// start. Thread safety: any thread. Memory: 1.3 bytes per row from then on. Ownership: the column outlives
// it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "types/column.h"

namespace redkite::segment {

struct PrimaryKey;

class KeyFilter {
 public:
  explicit KeyFilter(const ColumnView& keys) : keys_(keys) {}
  /// False: no row has the key.
  bool MayContain(const PrimaryKey& key) const EXCLUDES(mutex_);

 private:
  using Block = std::array<uint32_t, 8>;
  void Build() const EXCLUDES(mutex_);

  const ColumnView keys_;
  mutable std::atomic<bool> built_{false};
  mutable Mutex mutex_;
  mutable std::vector<Block> blocks_;  // written once, before built_ is set
};

}  // namespace redkite::segment
