// KeyCursor: the selected rows of one block in the order of their keys. LazyFilter: lets a page by key ask
// its filter only as far as the page reaches, so that the first thousand of many rows that pass cost what
// these cost. Pieces grow by what passed so far; what is left of a block is asked at once when little would
// be saved.
//
// Thread safety: one thread. Both borrow the plan, the segments and the exclusion bits.
#pragma once

#include <cstdint>

#include "base/cancel.h"
#include "exec/read_snapshot.h"
#include "exec/select_rows.h"

namespace redkite::exec {

class LazyFilter {
 public:
  LazyFilter(const plan::QueryPlan& plan, ReadStats* stats);
  /// False: the filter must see all rows at once, or there is nothing to save.
  bool serves() const { return serves_; }
  /// Rows of `segment` that the read sees, before the filter.
  Result<SelectedRows> SeenOf(const segment::SegmentSnapshot& segment, const CancelToken* cancel);

  /// Decides rows of `block` at the positions [begin, …) of its key order, and returns the end of them. Bits
  /// of rows at positions before `begin` are unspecified afterwards.
  Result<size_t> Decide(const segment::RowBlock& block, size_t begin, const CancelToken* cancel,
                        ExcludeBitset* exclude);

 private:
  size_t NextCount() const;

  const plan::RowSelection& selection_;
  ReadStats* const stats_;
  const size_t wanted_;  // rows of the page and of those before it
  bool serves_ = false;
  size_t asked_ = 0;  // rows offered and rows passed so far, over all blocks
  size_t passed_ = 0;
};

class KeyCursor {
 public:
  /// `exclude`: of the segment; nullptr: every row is selected.
  KeyCursor(const segment::RowBlock& block, uint32_t segment, ExcludeBitset* exclude)
      : block_(&block), segment_(segment), exclude_(exclude), decided_(block.row_count) {}
  /// Begins behind the keys that are less, without a walk over them.
  void StartAt(const plan::Literal& floor);
  /// `exclude` holds only what the read does not see; the filter is asked on the way.
  void DecideBy(LazyFilter* filter) {
    filter_ = filter;
    decided_ = at_;
  }

  const segment::RowBlock& block() const { return *block_; }
  uint32_t row() const { return block_->pk_order[at_]; }
  segment::PrimaryKey key() const { return segment::PrimaryKey::At(block_->pk, row()); }
  Timestamp ts() const { return block_->timestamps[row()]; }
  RowRef ref() const { return {segment_, block_->first_row + row()}; }

  void Step() { ++at_; }
  /// Goes on to the next selected row, or to the first that is undecided. False: there is none.
  bool Skip() {
    while (at_ < decided_ && exclude_ != nullptr && exclude_->Test(block_->first_row + row())) ++at_;
    return at_ < block_->row_count;
  }
  /// The filter was not asked from here on: the row may be none of the selected ones.
  bool undecided() const { return at_ == decided_; }
  Status Decide(const CancelToken* cancel);

 private:
  const segment::RowBlock* block_;
  uint32_t segment_;
  ExcludeBitset* exclude_;
  LazyFilter* filter_ = nullptr;
  size_t at_ = 0;       // in pk_order
  size_t decided_ = 0;  // end of the positions whose bits in exclude_ are final
};

}  // namespace redkite::exec
