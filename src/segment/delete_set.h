// DeleteSet: the deletes of one segment as (row, timestamp), in timestamp order. A delete hides its row for
// reads at or after its timestamp; rows stay where they are until compaction.
//
// Immutable: With() makes the next version and shares all but the last few entries, so that publishing a
// snapshot per write stays cheap (runs merge like the digits of a binary counter). A bitmap covers the older
// entries for reads at the newest state. Thread safety: immutable, shared freely.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "types/bitset.h"
#include "types/ids.h"
#include "types/timestamp.h"

namespace redkite::segment {

struct DeleteEntry {
  RowOffset row = 0;
  Timestamp ts = 0;
  bool operator==(const DeleteEntry&) const = default;
};

class DeleteSet {
 public:
  size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool IsDeleted(RowOffset row) const;
  /// This set and `entries`, which are in timestamp order and not older than what is there. Rows that are
  /// deleted already are left out, so that replay is idempotent. `row_count` is the segment's present size.
  std::shared_ptr<const DeleteSet> With(std::span<const DeleteEntry> entries, size_t row_count) const;
  /// Excludes the rows deleted at or before `read_ts`. `exclude` covers at least the rows that are deleted.
  void ExcludeAt(Timestamp read_ts, ExcludeBitset* exclude) const;
  /// All entries but the `skipped` oldest, oldest first. A later version holds the same ones in the same
  /// order and its own after them.
  std::vector<DeleteEntry> Entries(size_t skipped = 0) const;
  /// How many entries are not newer than `ts`.
  size_t CountUpTo(Timestamp ts) const;

 private:
  using Run = std::shared_ptr<const std::vector<DeleteEntry>>;
  template <class F>
  void ForEachFrom(size_t start, F f) const;

  std::vector<Run> runs_;
  size_t count_ = 0;
  Timestamp max_ts_ = 0;
  std::shared_ptr<const ExcludeBitset> bitmap_;  // covers the first bitmap_count_ entries
  size_t bitmap_count_ = 0;
};

}  // namespace redkite::segment
