// Bound: what a part of a filter means once its names are known. Internal to the binder.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "plan/expr.h"

namespace redkite::plan {

struct BoundLiteral {
  Literal value;
  bool from_template = false;
};
/// A column, with or without one calculation on it.
struct BoundColumn {
  ColumnRef ref;
  std::optional<Arithmetic> arithmetic;
};
/// A list of constants; borrowed from the tree or from the templates.
struct BoundList {
  const std::vector<Literal>* literals = nullptr;
  const std::vector<int64_t>* ints = nullptr;  // further ones, or null
  TextPool* texts = nullptr;                   // further ones, or null; BindIn takes them
  bool mixed = false;
};
/// Expr: a predicate.
using Bound = std::variant<BoundLiteral, BoundColumn, BoundList, Expr>;

/// "Int64", "JSON" …; predicates are Bool, lists Array.
DataType BoundType(const Bound& bound);
Status Refuse(std::string message);

/// A constant for comparison with `column`: rounded to float, widened to double. Fails with "cannot cast
/// value to T".
Result<Literal> CastLiteral(const ColumnRef& column, const Literal& value);
/// left op right, in either order of column and constant.
Result<Bound> BindComparison(CompareOp op, Bound left, Bound right);
/// column op constant, to be compared later.
Result<Bound> BindArithmetic(ArithOp op, Bound left, Bound right);
/// lower op column op upper, already in ascending order.
Result<Bound> BindRange(RangeExpr range);
Result<Bound> BindIn(Bound left, const Bound& right);

/// Makes one `and` / `or` of checked operands: folds constants, merges lists, orders by cost.
Expr MakeLogical(bool is_and, std::vector<Expr> operands);
Expr MakeNot(Expr operand);

}  // namespace redkite::plan
