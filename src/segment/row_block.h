// RowBlock: an immutable run of rows of one segment, read as columns. A growing segment is a list of blocks
// in memory, a sealed one is a single block over mapped files; readers do not see the difference.
//
// Invariants: every column has row_count rows; timestamps has row_count entries; pk_order is a permutation of
// the block's rows sorted by (primary key, row). first_row is the segment offset of row 0 and never changes.
// Thread safety: immutable after construction, shared freely. Ownership: `owner` keeps what the views point
// to alive.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/memory_ledger.h"
#include "segment/json_path_cache.h"
#include "segment/key_filter.h"
#include "types/column.h"
#include "types/schema.h"
#include "types/timestamp.h"
#include "types/value_zone.h"

namespace redkite::segment {

/// A primary key, borrowed: Int64 or VarChar.
struct PrimaryKey {
  bool is_text = false;
  int64_t number = 0;
  std::string_view text;
  static PrimaryKey At(const ColumnView& column, size_t row) {
    if (column.type == DataType::kVarChar) return {true, 0, column.TextAt(row)};
    return {false, column.At<int64_t>(row), {}};
  }
};

struct RowBlock {
  RowOffset first_row = 0;
  size_t row_count = 0;
  Timestamp min_ts = kMaxTimestamp;
  Timestamp max_ts = 0;
  std::vector<std::pair<FieldId, ColumnView>> columns;
  std::vector<std::pair<FieldId, std::span<const ValueZone>>> zones;  // of those columns that have them
  ColumnView pk;
  std::span<const Timestamp> timestamps;
  std::span<const uint32_t> pk_order;
  size_t memory_bytes = 0;  // 0 for mapped blocks
  std::shared_ptr<const void> owner;
  std::unique_ptr<const KeyFilter> key_filter;  // of large ones; may be nullptr
  std::unique_ptr<const JsonPaths> json_paths;  // nullptr: values at JSON paths are not kept

  const ColumnView* Find(FieldId field) const;
  /// Of each run of kValueZoneRows; empty: not known.
  std::span<const ValueZone> FindZones(FieldId field) const;
  /// Position in pk_order of the first row whose key is not less than `key`.
  size_t LowerBound(const PrimaryKey& key) const;
  /// Calls `row_found` with each row of this block (block-relative) whose key is `key`.
  template <class F>
  void ForEachRowOf(const PrimaryKey& key, F row_found) const {
    if (key_filter != nullptr && !key_filter->MayContain(key)) return;
    for (size_t i = LowerBound(key); i < row_count && KeyEquals(pk_order[i], key); ++i)
      row_found(pk_order[i]);
  }

 private:
  bool KeyEquals(uint32_t row, const PrimaryKey& key) const;
};

/// Rows on their way into a growing segment: the order by primary key is made here, outside the shard's
/// writer.
struct PreparedRows {
  RowBatch rows;
  std::vector<uint32_t> pk_order;
  size_t memory_bytes = 0;
  MemoryReservation memory;
};

/// What rows count for in the memory ledger until they are in files: their columns and what each row has
/// beside them.
int64_t AccountedBytes(const RowBatch& rows);
/// Rows of `column` in the order of (key, row).
std::vector<uint32_t> SortByPrimaryKey(const ColumnView& column);
PreparedRows PrepareRows(RowBatch rows, FieldId pk_field, MemoryReservation memory = {});
/// A block of rows that all carry `ts`.
std::shared_ptr<const RowBlock> MakeBlock(PreparedRows rows, FieldId pk_field, RowOffset first_row,
                                          Timestamp ts);
/// One block with the rows of `a` followed by those of `b`, which stand next to each other in their segment.
std::shared_ptr<const RowBlock> MergeBlocks(const RowBlock& a, const RowBlock& b, FieldId pk_field);

}  // namespace redkite::segment
