// Comparison of whole blocks of fixed-length values, into bits. Loops run over 64 values at a time without
// branches, so that the compiler makes vector code of them. Thread safety: pure functions. Bits beyond the
// block's rows are unspecified.
#pragma once

#include "base/status.h"
#include "exec/filter/row_mask.h"
#include "plan/expr.h"
#include "types/column.h"

namespace redkite::exec {

/// Bits of the rows that satisfy the predicate, without regard to validity. `column` has the type of the
/// plan.
void CompareBits(const ColumnView& column, BlockRows rows, const plan::CompareExpr& compare, RowBits* out);
void RangeBits(const ColumnView& column, BlockRows rows, const plan::RangeExpr& range, RowBits* out);
void CompareColumnsBits(const ColumnView& left, const ColumnView& right, BlockRows rows, plan::CompareOp op,
                        RowBits* out);
/// Bool, integer and floating columns.
void InBits(const ColumnView& column, BlockRows rows, const plan::ValueSet& values, RowBits* out);

/// The calculation of plan::Arithmetic on one value. Division by zero does not reach it.
int64_t Calculate(plan::ArithOp op, int64_t value, int64_t operand);
double Calculate(plan::ArithOp op, double value, double operand);

template <class T>
bool CompareValues(plan::CompareOp op, const T& a, const T& b) {
  switch (op) {
    case plan::CompareOp::kLt:
      return a < b;
    case plan::CompareOp::kLe:
      return a <= b;
    case plan::CompareOp::kGt:
      return a > b;
    case plan::CompareOp::kGe:
      return a >= b;
    case plan::CompareOp::kEq:
      return a == b;
    case plan::CompareOp::kNe:
      return a != b;
  }
  return false;
}

}  // namespace redkite::exec
