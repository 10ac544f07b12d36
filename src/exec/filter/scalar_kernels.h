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
void CompareColumnsBits(const BlockValues& left, const BlockValues& right, plan::CompareOp op, RowBits* out);
/// Bool, integer and floating columns.
void InBits(const ColumnView& column, BlockRows rows, const plan::ValueSet& values, RowBits* out);
/// Integer and floating columns.
void IntervalBits(const ColumnView& column, BlockRows rows, const plan::IntervalSet& values, RowBits* out);

/// The calculation of plan::Arithmetic on one value. Division by zero does not reach it.
inline int64_t Calculate(plan::ArithOp op, int64_t value, int64_t operand) {
  const auto a = static_cast<uint64_t>(value);
  const auto b = static_cast<uint64_t>(operand);
  switch (op) {
    case plan::ArithOp::kAdd:
      return static_cast<int64_t>(a + b);
    case plan::ArithOp::kSub:
      return static_cast<int64_t>(a - b);
    case plan::ArithOp::kMul:
      return static_cast<int64_t>(a * b);
    case plan::ArithOp::kDiv:
      return operand == -1 ? static_cast<int64_t>(0 - a) : value / operand;
    case plan::ArithOp::kMod:
      return operand == -1 ? 0 : value % operand;
    case plan::ArithOp::kBitAnd:
      return value & operand;
    case plan::ArithOp::kBitOr:
      return value | operand;
    case plan::ArithOp::kBitXor:
      return value ^ operand;
  }
  return 0;
}

inline double Calculate(plan::ArithOp op, double value, double operand) {
  switch (op) {
    case plan::ArithOp::kAdd:
      return value + operand;
    case plan::ArithOp::kSub:
      return value - operand;
    case plan::ArithOp::kMul:
      return value * operand;
    case plan::ArithOp::kDiv:
      return value / operand;
    default:
      return 0;  // the binder lets only integers here
  }
}

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
