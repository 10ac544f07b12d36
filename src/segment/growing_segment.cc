#include "segment/growing_segment.h"

#include <algorithm>

namespace redkite::segment {
namespace {

// Rows that came before and after a field was added or dropped stay apart until they are in files.
bool HaveSameFields(const RowBlock& a, const RowBlock& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

}  // namespace

void GrowingSegment::Append(PreparedRows rows, Timestamp ts) {
  memory_.Absorb(std::move(rows.memory));
  auto block = MakeBlock(std::move(rows), pk_field_, static_cast<RowOffset>(current_.row_count), ts);
  current_.row_count += block->row_count;
  current_.min_ts = std::min(current_.min_ts, block->min_ts);
  current_.max_ts = std::max(current_.max_ts, block->max_ts);
  while (!current_.blocks.empty()) {
    const RowBlock& last = *current_.blocks.back();
    const bool small = last.row_count + block->row_count <= kMergeRowsMax &&
                       last.memory_bytes + block->memory_bytes <= kMergeBytesMax;
    if (!small || last.row_count > block->row_count || !HaveSameFields(last, *block)) break;
    block = MergeBlocks(last, *block, pk_field_);
    current_.blocks.pop_back();
  }
  current_.blocks.push_back(std::move(block));
}

void GrowingSegment::Delete(std::span<const DeleteEntry> entries) {
  current_.deletes = current_.deletes->With(entries, current_.row_count);
}

}  // namespace redkite::segment
