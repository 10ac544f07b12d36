// EvalFilter: a typed filter over a run of columns.
//
// Works on blocks of kFilterBlockRows: every node makes one mask of values and one of validity for the block,
// so that a call per node and block is all the dispatch there is. Three-valued logic: a predicate on a null
// (or on a JSON value that is missing or of another kind) is unknown; a row passes only when the whole filter
// is TRUE. Meaning of the result: bit 1 = excluded, as in every ExcludeBitset. Rows that `exclude` already
// holds stay excluded and may be skipped. Thread safety: free functions over borrowed data; many threads may
// evaluate one plan at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/cancel.h"
#include "base/status.h"
#include "exec/filter/filter_stats.h"
#include "exec/filter/row_mask.h"
#include "plan/filter_plan.h"
#include "segment/json_path_cache.h"
#include "types/bitset.h"
#include "types/column.h"
#include "types/value_zone.h"

namespace redkite::exec {

struct FilterInput {
  size_t row_count = 0;
  /// The column of a field with row_count rows or more; called once per field and call. Nothing:
  /// every row of it is null. The data must stay valid during the call.
  std::function<std::optional<ColumnView>(FieldId)> column;
  /// The zones of a column, or none; may be empty. Row 0 begins the first one.
  std::function<std::span<const ValueZone>(FieldId)> zones;
  /// Asked where `column` gives nothing; may be empty. A column of one row, which is what every row holds.
  std::function<std::optional<ColumnView>(FieldId)> absent;
  /// Where the values at JSON paths of these rows are kept, for the next filter; may be nullptr.
  const segment::JsonPaths* json_paths = nullptr;
  const CancelToken* cancel = nullptr;  // looked at once per block, and among long matches of a regex
};

/// Adds to `exclude` (size row_count) every row for which the filter is not TRUE. Fails only when cancelled
/// or when a column does not have the type that the plan was made for; `exclude` is then unspecified but
/// still valid.
Status EvalFilter(const plan::FilterPlan& filter, const FilterInput& input, ExcludeBitset* exclude,
                  FilterStats* stats = nullptr);

}  // namespace redkite::exec
