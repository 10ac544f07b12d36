// Comparisons of the numbers at a JSON path, many at once, where the values are kept as cells
// (exec/filter/json_cell.h). The same answers as JsonCompare and JsonInRange. Thread safety: pure functions.
#pragma once

#include "exec/filter/row_mask.h"
#include "plan/expr.h"
#include "segment/json_path_cache.h"

namespace redkite::exec {

/// False: this comparison has to look at values one by one, and `out` is unspecified.
bool CompareJsonNumbers(const plan::CompareExpr& compare, const segment::JsonPathChunk& chunk, BlockRows rows,
                        RowMask* out);
bool JsonNumbersInRange(const plan::RangeExpr& range, const segment::JsonPathChunk& chunk, BlockRows rows,
                        RowMask* out);

}  // namespace redkite::exec
