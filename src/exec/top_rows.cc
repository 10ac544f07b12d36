#include "exec/top_rows.h"

#include <algorithm>

namespace redkite::exec {
namespace {

int CompareCells(const std::vector<plan::RowOrder>& order, const Cell* a, const Cell* b) {
  for (size_t i = 0; i < order.size(); ++i) {
    const int compared = CompareInDirection(a[i], b[i], order[i].direction);
    if (compared != 0) return compared;
  }
  return 0;
}

}  // namespace

bool TopRows::IsBefore(const Cell* a, const Cell* b) const { return CompareCells(order_, a, b) < 0; }

bool TopRows::IsBefore(const Entry& a, const Entry& b) const {
  const int compared = CompareCells(order_, CellsOf(a.slot), CellsOf(b.slot));
  return compared != 0 ? compared < 0 : a.arrival < b.arrival;
}

void TopRows::Add(const segment::RowBlock& block, size_t row_in_block, const RowRef& ref) {
  if (count_ == 0) return;
  candidate_.clear();
  for (const plan::RowOrder& order : order_) {
    const ColumnView* column = block.Find(order.field);
    candidate_.push_back(column != nullptr ? Cell::At(column, row_in_block)
                                           : Cell::At(absent_.Find(order.field), 0));
  }
  const auto before = [this](const Entry& a, const Entry& b) { return IsBefore(a, b); };
  Entry entry{ref, static_cast<uint32_t>(heap_.size()), arrivals_++};
  if (heap_.size() < count_) {
    cells_.insert(cells_.end(), candidate_.begin(), candidate_.end());
  } else {
    // One that equals the last came later.
    if (!IsBefore(candidate_.data(), CellsOf(heap_.front().slot))) return;
    std::pop_heap(heap_.begin(), heap_.end(), before);
    entry.slot = heap_.back().slot;
    heap_.pop_back();
    std::copy(candidate_.begin(), candidate_.end(), CellsOf(entry.slot));
  }
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end(), before);
}

std::vector<RowRef> TopRows::Take() {
  std::sort_heap(heap_.begin(), heap_.end(),
                 [this](const Entry& a, const Entry& b) { return IsBefore(a, b); });
  std::vector<RowRef> rows;
  rows.reserve(heap_.size());
  for (const Entry& entry : heap_) rows.push_back(entry.ref);
  heap_.clear();
  return rows;
}

}  // namespace redkite::exec
