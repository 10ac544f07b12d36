// ElementRows: the elements of a struct array's rows, one after another, as rows of their own, and which of
// them a predicate leaves. Elements of a fixed length are not copied: in the column of their arrays they
// stand like that already. Thread safety: one thread's. Invariants: every sub-field has as many elements in a
// row as the one that counts them, or Run fails.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/cancel.h"
#include "base/status.h"
#include "exec/filter/row_mask.h"
#include "plan/expr.h"
#include "types/bitset.h"
#include "types/column.h"

namespace redkite::exec {

struct FilterStats;

/// The number of elements in a row of an Array or ArrayOfVector column; `ref` is the column as a whole.
size_t CountElements(const plan::ColumnRef& ref, const ColumnView& column, size_t row);

class ElementRows {
 public:
  /// The whole column of a sub-field; nothing where every row is null.
  using Columns = std::function<std::optional<ColumnView>(FieldId)>;

  /// Evaluates the predicate for the elements of `rows`; `cancel` and `stats` may be null. Null rows have no
  /// elements.
  Status Run(const plan::ElementPredicate& predicate, const Columns& columns, BlockRows rows,
             const CancelToken* cancel, FilterStats* stats);
  /// Of the last run; `row` counts from its first one.
  size_t Begin(size_t row) const { return row == 0 ? 0 : ends_[row - 1]; }
  size_t End(size_t row) const { return ends_[row]; }
  bool Passes(size_t element) const { return !excluded_.Test(element); }
  size_t CountPassing(size_t row) const;

 private:
  /// A sub-field as a column of elements.
  Result<ColumnView> Spread(const plan::ColumnRef& ref, const ColumnView& arrays, BlockRows rows);
  Result<ColumnView> SpreadTexts(const plan::ColumnRef& ref, const ColumnView& arrays, BlockRows rows);

  std::vector<size_t> ends_;  // of each row, in elements
  std::vector<Column> texts_;
  ExcludeBitset excluded_;
};

}  // namespace redkite::exec
