// SelectRows: which rows of a segment a read may see: visible at its timestamp, not deleted, passing its
// filter, and drawn where the filter ends in random_sample: of n rows of a segment that pass, n times the
// fraction, rounded up or down by chance. The same seed, segment and rows give the same sample.
#pragma once

#include <optional>

#include "base/cancel.h"
#include "exec/filter/eval_filter.h"
#include "plan/read_plan.h"
#include "segment/segment_snapshot.h"

namespace redkite::exec {

/// True when every row of `segment` is selected, so that no bitset is needed.
bool SelectsAllRows(const plan::RowSelection& selection, const segment::SegmentSnapshot& segment);
/// True when the selection is restricted to partitions that do not include the segment's.
bool SkipsSegment(const plan::RowSelection& selection, const segment::SegmentSnapshot& segment);
/// Adds to `exclude` (row_count bits) every row that is not selected.
Status SelectRows(const plan::RowSelection& selection, const segment::SegmentSnapshot& segment,
                  const CancelToken* cancel, ReadStats* stats, ExcludeBitset* exclude);

/// Adds to `exclude` what the read cannot see of a segment, whatever its filter says.
void ExcludeUnseen(const plan::RowSelection& selection, const segment::SegmentSnapshot& segment,
                   ExcludeBitset* exclude);
/// Adds to `exclude` (one bit per row of the block) every row that does not pass the filter.
Status FilterBlock(const plan::RowSelection& selection, const segment::RowBlock& block,
                   const CancelToken* cancel, FilterStats* stats, ExcludeBitset* exclude);
/// Copies the bits of `block` out of those of its segment; or back, adding.
void CopyBlockBits(const ExcludeBitset& segment_bits, const segment::RowBlock& block,
                   ExcludeBitset* block_bits);
void AddBlockBits(const ExcludeBitset& block_bits, size_t first_row, ExcludeBitset* segment_bits);

/// What a read sees of a segment: nothing, all rows, or those that are not excluded.
struct SelectedRows {
  bool any = false;
  std::optional<ExcludeBitset> excluded;
  const ExcludeBitset* exclude() const { return excluded ? &*excluded : nullptr; }
};
/// The calls above in their order.
Result<SelectedRows> SelectFrom(const plan::RowSelection& selection, const segment::SegmentSnapshot& segment,
                                const CancelToken* cancel, ReadStats* stats);

}  // namespace redkite::exec
