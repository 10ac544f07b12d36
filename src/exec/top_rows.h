// TopRows: of rows that come one by one, the first few in an order. Memory for as many as are asked for, not
// for all that come. Texts that are compared are borrowed from the rows' blocks. Thread safety: one user at a
// time.
#pragma once

#include <cstdint>
#include <vector>

#include "exec/absent_values.h"
#include "exec/cell.h"
#include "exec/read_snapshot.h"

namespace redkite::exec {

class TopRows {
 public:
  /// `schema` tells what blocks hold that are older than a field of the order.
  TopRows(const std::vector<plan::RowOrder>& order, size_t count, const CollectionSchema* schema = nullptr)
      : order_(order), count_(count), absent_(schema) {}
  void Add(const segment::RowBlock& block, size_t row_in_block, const RowRef& ref);
  /// Best first; rows that are equal in the order stay as they came.
  std::vector<RowRef> Take();

 private:
  /// A row with the place of its values in cells_.
  struct Entry {
    RowRef ref;
    uint32_t slot = 0;
    uint64_t arrival = 0;
  };
  Cell* CellsOf(uint32_t slot) { return cells_.data() + slot * order_.size(); }
  const Cell* CellsOf(uint32_t slot) const { return cells_.data() + slot * order_.size(); }
  bool IsBefore(const Cell* a, const Cell* b) const;
  bool IsBefore(const Entry& a, const Entry& b) const;

  const std::vector<plan::RowOrder> order_;
  const size_t count_;
  AbsentValues absent_;
  uint64_t arrivals_ = 0;
  std::vector<Entry> heap_;  // the last of them on top
  std::vector<Cell> cells_;
  std::vector<Cell> candidate_;
};

}  // namespace redkite::exec
