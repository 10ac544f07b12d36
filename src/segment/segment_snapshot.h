// SegmentSnapshot: one segment as a reader sees it: its rows, its deletes and its vector indexes at one
// moment. Immutable and shared; a change makes a new snapshot that shares all parts which did not change.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/status.h"
#include "segment/delete_set.h"
#include "segment/row_block.h"
#include "types/ids.h"
#include "types/metric.h"

namespace redkite::index {
class AnyIndex;
class QuantizedRows;
}  // namespace redkite::index

namespace redkite::storage {
class ColumnFile;
}

namespace redkite::segment {

/// A built index over one vector field. `index` may point into what `owner` maps.
struct FieldIndex {
  IndexId id;
  FieldId field;
  Metric metric = Metric::kL2;
  std::shared_ptr<const void> owner;
  std::shared_ptr<const index::AnyIndex> index;
  std::shared_ptr<const RowBlock> rows;  // whose vectors it reads
  int64_t resident_bytes = 0;            // in memory; 0: in a map
};

/// What makes scans of a field cheaper until `index` is there.
struct QuantizedField {
  IndexId index;
  FieldId field;
  Metric metric = Metric::kL2;
  std::shared_ptr<const index::QuantizedRows> quantized;
  std::shared_ptr<const RowBlock> rows;  // whose vectors it reads
  std::shared_ptr<const MemoryReservation> memory;
};

/// What a start did not read of a sealed segment, so that its time does not grow with the data: the values of
/// the columns but for the primary key, and the indexes. Nobody may look at values before they were verified.
/// Verifying is idempotent and may be done by several threads at once.
struct DeferredParts {
  std::vector<std::pair<FieldId, std::shared_ptr<const storage::ColumnFile>>> columns;
  std::vector<std::pair<FieldId, IndexId>> indexes;  // that the manifest names

  /// Those columns that are deferred. kDataIntegrity names file and block.
  Status Verify(std::span<const FieldId> fields, const CancelToken* cancel) const;
  Status VerifyAll(const CancelToken* cancel) const;
};

struct SegmentSnapshot {
  /// Leaves an index out that is not opened yet.
  template <class Is>
  void EraseDeferredIndexes(Is is_gone) {
    if (!deferred) return;
    auto left = std::make_shared<DeferredParts>(*deferred);
    std::erase_if(left->indexes, is_gone);
    deferred = std::move(left);
  }

  SegmentId id;
  PartitionId partition;
  bool growing = false;
  size_t row_count = 0;
  Timestamp min_ts = kMaxTimestamp;
  Timestamp max_ts = 0;
  std::vector<std::shared_ptr<const RowBlock>> blocks;  // by first_row, without gaps
  std::shared_ptr<const DeleteSet> deletes = std::make_shared<const DeleteSet>();
  std::vector<FieldIndex> indexes;
  std::vector<QuantizedField> quantized;
  std::vector<FieldId> resident_columns;  // of a sealed segment: in memory, not in a map
  int64_t resident_column_bytes = 0;
  std::shared_ptr<const DeferredParts> deferred;  // nullptr: everything was read

  const FieldIndex* FindIndex(FieldId field) const;
  /// Whether it is there, or deferred.
  bool HasIndex(IndexId index) const;
  /// nullptr when there is none for this metric.
  const QuantizedField* FindQuantized(FieldId field, Metric metric) const;
  /// The block that holds `row`.
  const RowBlock& BlockOf(RowOffset row) const;
  /// Excludes the rows that a read at `read_ts` must not see. `exclude` has row_count bits.
  void ExcludeInvisible(Timestamp read_ts, ExcludeBitset* exclude) const;
  /// Excludes the rows that were inserted before `ts`.
  void ExcludeInsertedBefore(Timestamp ts, ExcludeBitset* exclude) const;
  /// Rows whose key is `key`, as segment offsets with their insert timestamps: f(row, ts).
  template <class F>
  void ForEachRowOf(const PrimaryKey& key, F f) const {
    for (const auto& block : blocks) {
      block->ForEachRowOf(key, [&](uint32_t row) {
        f(static_cast<RowOffset>(block->first_row + row), block->timestamps[row]);
      });
    }
  }
  size_t memory_bytes() const;
};

}  // namespace redkite::segment
