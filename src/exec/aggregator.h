// Aggregator: one aggregate over the values of a column, for many groups at once. Takes rows in runs, so that
// the column's type is looked at once per run. Texts of the least and the greatest value are borrowed. Thread
// safety: one user at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "exec/cell.h"

namespace redkite::exec {

/// Rows of a block and the group of each.
struct GroupedRows {
  std::span<const uint32_t> rows;
  std::span<const uint32_t> groups;
};

class Aggregator {
 public:
  /// `field` is the type of the column; kNone: a count of rows.
  Aggregator(plan::AggregateOp op, DataType field);
  /// The type of its results.
  DataType type() const { return type_; }
  /// Makes room for groups with numbers below `group_count`.
  void Resize(size_t group_count);
  /// Without a column every value is null.
  void Add(const ColumnView* column, const GroupedRows& rows);
  /// Whether the sum of the group is beyond its type.
  bool Overflows(uint32_t group) const;
  /// Null where no row of the group has a value, unless it is a count.
  Cell ValueOf(uint32_t group) const;

 private:
  using Wide = __int128;
  template <class T, class Sum>
  void AddNumbers(const ColumnView& column, const GroupedRows& rows, std::vector<Sum>* sums);
  void AddSums(const ColumnView& column, const GroupedRows& rows);
  void AddBest(const ColumnView& column, const GroupedRows& rows);
  bool is_sum() const { return op_ == plan::AggregateOp::kSum || op_ == plan::AggregateOp::kAvg; }

  const plan::AggregateOp op_;
  const DataType field_;
  const DataType type_;
  std::vector<int64_t> counts_;  // of values
  std::vector<Wide> wide_sums_;  // of integers: exact, whatever the order of rows
  std::vector<double> real_sums_;
  std::vector<Cell> best_;
};

}  // namespace redkite::exec
