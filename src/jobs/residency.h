// Residency: copies the vectors and indexes of loaded collections from their maps into memory with huge
// pages, segment by segment in the background, and back into maps what was released. Random reads of a graph
// walk find their pages faster there (docs/design/0005-resident-vectors.md), and nothing that happens to a
// file matters any more. `mmap.enabled` of an index, a field or a collection, the nearest one that is set,
// leaves its part mapped; so does a lack of memory. What a start deferred of loaded segments it reads on the
// same occasion, or for that alone.
//
// Driven by Maintain alone. Thread safety: Maintain from one thread, the rest from any. Ownership: the seams
// outlive it.
#pragma once

#include <memory>
#include <vector>

#include "base/cancel.h"
#include "base/memory_ledger.h"
#include "meta/catalog.h"
#include "shard/shard.h"

namespace redkite::jobs {

struct ResidencyOptions {
  bool enabled = true;
  double memory_share = 0.6;               // of the ledger; the rest is for rows that are not in files yet
  uint64_t bytes_min = uint64_t{1} << 20;  // smaller files stay mapped: a huge page is 2 MiB
};

/// What of a segment should be in memory by the settings, in the order in which it matters: indexes before
/// columns, of the file sizes those that fit into `room_bytes` together.
segment::ResidentParts ChooseResidentParts(const meta::CollectionMeta& collection,
                                           const storage::SegmentMeta& segment, uint64_t bytes_min,
                                           int64_t room_bytes);

class Residency {
 public:
  struct Seams {
    Executor* file_executor = nullptr;
    meta::Catalog* catalog = nullptr;
    MemoryLedger* memory = nullptr;
    Logger* logger = nullptr;
  };
  Residency(Seams seams, ResidencyOptions options) : seams_(seams), options_(options) {}

  /// Looks for segments that are not where they should be and moves them, one after the other.
  void Maintain(const std::vector<std::shared_ptr<shard::Shard>>& shards) EXCLUDES(mutex_);
  void BeginStop() EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

 private:
  struct Move {
    std::shared_ptr<shard::Shard> shard;
    SegmentId segment;
  };
  void Step() EXCLUDES(mutex_);
  /// What to do with a segment; nothing where it is in its place.
  std::optional<segment::ResidentParts> Wanted(const shard::Shard& shard,
                                               const segment::SegmentSnapshot& view) const;

  const Seams seams_;
  const ResidencyOptions options_;
  Mutex mutex_;
  CondVar idle_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  std::vector<Move> moves_ GUARDED_BY(mutex_);  // the next one last
  CancelToken stop_;
};

}  // namespace redkite::jobs
