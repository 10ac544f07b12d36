// FoldIntervals: comparisons of one column with constants, joined by `and` or `or`, become one predicate.
// `a > 3 and a > 5 and a != 7` scans the column once instead of three times, and an `or` of thousands of
// ranges is one binary search per row. Thread safety: pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/expr.h"

namespace redkite::plan {

/// Replaces operands of one `and` / `or` by others with the same three-valued meaning, where `cost` says that
/// these are cheaper. Takes part: `< <= > >= == != in` and ranges of integer, floating and text columns, and
/// their negations but for floating columns, whose NaN is on neither side. JSON paths do not: there the kind
/// of a constant decides between false and unknown.
void FoldIntervals(bool is_and, int64_t (*cost)(const Expr&), std::vector<Expr>* operands);

}  // namespace redkite::plan
