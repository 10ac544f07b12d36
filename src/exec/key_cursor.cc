#include "exec/key_cursor.h"

#include <algorithm>

namespace redkite::exec {
namespace {

using segment::RowBlock;
using segment::SegmentSnapshot;

constexpr size_t kFirstRows = 1024;
constexpr size_t kGrowthMax = 8;

}  // namespace

LazyFilter::LazyFilter(const plan::QueryPlan& plan, ReadStats* stats)
    : selection_(plan.rows),
      stats_(stats),
      wanted_(static_cast<size_t>(std::max<int64_t>(0, plan.offset + plan.limit))) {
  const plan::FilterPlan& filter = plan.rows.filter;
  serves_ = plan.order.empty() && plan.limit >= 0 && !plan.rows.keys && !filter.sample() &&
            !filter.always_true() && !filter.always_false();
}

Result<SelectedRows> LazyFilter::SeenOf(const SegmentSnapshot& segment, const CancelToken* cancel) {
  SelectedRows seen;
  if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
  if (SkipsSegment(selection_, segment)) return seen;
  ++stats_->segments;
  seen.any = true;
  seen.excluded.emplace(segment.row_count);
  ExcludeUnseen(selection_, segment, &*seen.excluded);
  return seen;
}

// Rows that are likely to hold what is still wanted, by the share that passed so far.
size_t LazyFilter::NextCount() const {
  if (asked_ == 0) return std::max(kFirstRows, std::min(2 * wanted_, size_t{8} * kFirstRows));
  const size_t most = asked_ * kGrowthMax;
  if (passed_ == 0) return most;
  const size_t missing = wanted_ > passed_ ? wanted_ - passed_ : 1;
  const double likely =
      static_cast<double>(missing) * static_cast<double>(asked_) / static_cast<double>(passed_);
  return std::clamp(static_cast<size_t>(likely * 1.2), kFirstRows, std::max(most, kFirstRows));
}

Result<size_t> LazyFilter::Decide(const RowBlock& block, size_t begin, const CancelToken* cancel,
                                  ExcludeBitset* exclude) {
  size_t end = std::min(block.row_count, begin + NextCount());
  // Picked rows may lie anywhere, and little would be saved.
  if (block.row_count - end < 3 * (end - begin)) end = block.row_count;
  const size_t count = end - begin;
  const bool picks = count <= begin || end < block.row_count;
  ExcludeBitset part(block.row_count);
  if (picks) {
    part.ExcludeAll();
    for (size_t i = begin; i < end; ++i) {
      const uint32_t row = block.pk_order[i];
      if (!exclude->Test(block.first_row + row)) part.words()[row >> 6] &= ~(uint64_t{1} << (row & 63));
    }
  } else {
    CopyBlockBits(*exclude, block, &part);
    for (size_t i = 0; i < begin; ++i) part.Exclude(block.pk_order[i]);
  }
  FilterStats work;
  RK_RETURN_IF_ERROR(FilterBlock(selection_, block, cancel, &work, &part));
  if (picks) {
    for (size_t i = begin; i < end; ++i) {
      const uint32_t row = block.pk_order[i];
      if (part.Test(row)) exclude->Exclude(block.first_row + row);
    }
  } else {
    AddBlockBits(part, block.first_row, exclude);  // nobody looks at the rows before `begin` again
  }
  asked_ += count;
  passed_ += work.rows_passed;
  stats_->rows_filtered += static_cast<int64_t>(count);
  stats_->rows_excluded += static_cast<int64_t>(count - work.rows_passed);
  return end;
}

void KeyCursor::StartAt(const plan::Literal& floor) {
  if (const auto* number = std::get_if<int64_t>(&floor)) {
    at_ = block_->LowerBound({false, *number, {}});
  } else if (const auto* text = std::get_if<std::string>(&floor)) {
    at_ = block_->LowerBound({true, 0, *text});
  }
}

Status KeyCursor::Decide(const CancelToken* cancel) {
  RK_ASSIGN_OR_RETURN(decided_, filter_->Decide(*block_, decided_, cancel, exclude_));
  return Status::Ok();
}

}  // namespace redkite::exec
