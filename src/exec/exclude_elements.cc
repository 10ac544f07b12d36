#include "exec/exclude_elements.h"

#include <algorithm>

#include "exec/filter/element_rows.h"
#include "exec/read_snapshot.h"

namespace redkite::exec {
namespace {

using segment::RowBlock;
using segment::SegmentSnapshot;

constexpr size_t kRowsPerRun = 4096;

ElementRows::Columns ColumnsOf(const RowBlock& block) {
  return [&block](FieldId field) -> std::optional<ColumnView> {
    const ColumnView* column = block.Find(field);
    return column == nullptr ? std::nullopt : std::optional<ColumnView>(*column);
  };
}

void ExcludeRange(size_t begin, size_t end, ExcludeBitset* exclude) {
  for (size_t i = begin; i < end; ++i) exclude->Exclude(i);
}

// Where no element is asked for: the vectors of the rows that are excluded.
void ExcludeRows(const RowBlock& block, const ColumnView& lists, size_t width, const ExcludeBitset& rows,
                 ExcludeBitset* exclude) {
  size_t at = 0;
  for (size_t row = 0; row < block.row_count; ++row) {
    const size_t end = std::min(at + lists.TextAt(row).size() / width, exclude->size());
    if (rows.Test(block.first_row + row)) ExcludeRange(at, end, exclude);
    at = end;
  }
}

// What the predicate leaves of the others.
Status ExcludeFailing(const plan::ElementPredicate& predicate, const RowBlock& block, const ColumnView& lists,
                      const CancelToken* cancel, ExcludeBitset* exclude) {
  ElementRows elements;
  const size_t width = exclude->size() == 0 ? 1 : lists.data_bytes() / exclude->size();
  size_t base = 0;
  for (size_t first = 0; first < block.row_count; first += kRowsPerRun) {
    const BlockRows run{first, std::min(kRowsPerRun, block.row_count - first)};
    RK_RETURN_IF_ERROR(elements.Run(predicate, ColumnsOf(block), run, cancel, nullptr));
    for (size_t row = 0; row < run.count; ++row) {
      const size_t vectors = lists.TextAt(first + row).size() / width;
      const size_t count = elements.End(row) - elements.Begin(row);
      if (count != vectors || base + count > exclude->size())
        return Status::Corrupt("the sub-fields of a struct array differ in the number of elements");
      for (size_t i = 0; i < count; ++i) {
        if (!elements.Passes(elements.Begin(row) + i)) exclude->Exclude(base + i);
      }
      base += count;
    }
  }
  return Status::Ok();
}

}  // namespace

Result<segment::ElementExclusion> ExcludeElements(const plan::SearchPlan& plan,
                                                  const SegmentSnapshot& segment, const ExcludeBitset* rows,
                                                  const CancelToken* cancel) {
  segment::ElementExclusion out;
  const auto& predicate = plan.rows.filter.elements();
  if (predicate == nullptr && rows == nullptr) return out;
  const size_t width = ValueBytes(plan.query.type, plan.query.dim);
  for (const auto& block : segment.blocks) {
    const ColumnView* lists = block->Find(plan.query.field);
    ExcludeBitset& exclude = out.blocks.emplace_back(lists == nullptr ? 0 : lists->data_bytes() / width);
    if (lists == nullptr) continue;
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    if (rows != nullptr) ExcludeRows(*block, *lists, width, *rows, &exclude);
    if (predicate != nullptr)
      RK_RETURN_IF_ERROR(ExcludeFailing(*predicate, *block, *lists, cancel, &exclude));
  }
  return out;
}

Result<std::vector<std::vector<int64_t>>> ListElements(const plan::RowSelection& selection,
                                                       const Segments& segments,
                                                       const std::vector<RowRef>& rows, size_t most,
                                                       const CancelToken* cancel) {
  const plan::ElementPredicate& predicate = *selection.filter.elements();
  std::vector<std::vector<int64_t>> out;
  ElementRows elements;
  for (const RowRef& ref : rows) {
    if (most == 0) break;
    const RowBlock& block = segments[ref.segment]->BlockOf(ref.row);
    RK_RETURN_IF_ERROR(
        elements.Run(predicate, ColumnsOf(block), {ref.row - block.first_row, 1}, cancel, nullptr));
    std::vector<int64_t>& passing = out.emplace_back();
    for (size_t i = 0; i < elements.End(0) && passing.size() < most; ++i) {
      if (elements.Passes(i)) passing.push_back(static_cast<int64_t>(i));
    }
    most -= passing.size();
  }
  return out;
}

}  // namespace redkite::exec
