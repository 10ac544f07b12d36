#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "plan/bound.h"
#include "plan/constant_fold.h"

namespace redkite::plan {
namespace {

enum class Family { kBool, kNumber, kText, kJson, kOther };

Family FamilyOf(DataType type) {
  if (type == DataType::kBool) return Family::kBool;
  if (IsNumeric(type)) return Family::kNumber;
  if (type == DataType::kVarChar) return Family::kText;
  return type == DataType::kJson ? Family::kJson : Family::kOther;
}

bool Comparable(DataType a, DataType b) {
  const Family fa = FamilyOf(a);
  const Family fb = FamilyOf(b);
  if (fa == Family::kOther || fb == Family::kOther) return false;
  return fa == fb || fa == Family::kJson || fb == Family::kJson;
}

std::string TypeText(DataType type) { return std::string(DataTypeName(type)); }

Status NotComparable(DataType a, DataType b) {
  return Refuse("comparisons between " + TypeText(a) + " and " + TypeText(b) + " are not supported");
}

TokenKind TokenOf(CompareOp op) {
  constexpr TokenKind kTokens[] = {TokenKind::kLt, TokenKind::kLe, TokenKind::kGt,
                                   TokenKind::kGe, TokenKind::kEq, TokenKind::kNe};
  return kTokens[static_cast<int>(op)];
}

TokenKind TokenOf(ArithOp op) {
  constexpr TokenKind kTokens[] = {TokenKind::kPlus,  TokenKind::kMinus,   TokenKind::kStar,
                                   TokenKind::kSlash, TokenKind::kPercent, TokenKind::kAmpersand,
                                   TokenKind::kPipe,  TokenKind::kCaret};
  return kTokens[static_cast<int>(op)];
}

Expr Wrap(CompareExpr compare) { return Expr{std::move(compare)}; }

Result<Bound> CompareWithConstant(BoundColumn column, CompareOp op, const BoundLiteral& constant) {
  const DataType type = column.ref.type;
  if (!Comparable(type, LiteralType(constant.value))) return NotComparable(type, LiteralType(constant.value));
  CompareExpr compare;
  compare.op = op;
  if (!column.arithmetic) {
    RK_ASSIGN_OR_RETURN(compare.value, CastLiteral(column.ref, constant.value));
  } else {
    // The result of a calculation: integers stay integers, all else is double.
    if (!IsNumber(constant.value)) return NotComparable(type, LiteralType(constant.value));
    compare.value = constant.value;
    if (IsFloating(type)) compare.value = ToDouble(constant.value);
    if (IsInteger(type) && !std::holds_alternative<int64_t>(constant.value)) {
      return Refuse("cannot cast value to " + TypeText(type) + ", value: " + LiteralText(constant.value));
    }
  }
  compare.column = std::move(column.ref);
  compare.arithmetic = std::move(column.arithmetic);
  return Bound(Wrap(std::move(compare)));
}

bool IsWholeArray(const BoundColumn* column) {
  return column != nullptr && !column->arithmetic && column->ref.type == DataType::kArray;
}

Result<Bound> CompareTwoColumns(BoundColumn left, CompareOp op, BoundColumn right) {
  if (left.arithmetic || right.arithmetic) {
    return Refuse("not supported to do arithmetic operations between multiple fields");
  }
  const DataType a = left.ref.type;
  const DataType b = right.ref.type;
  if (a == DataType::kJson || b == DataType::kJson) {
    return Refuse("two column comparison with JSON type is not supported");
  }
  if (!Comparable(a, b)) return NotComparable(a, b);
  return Bound(Expr{CompareColumnsExpr{std::move(left.ref), op, std::move(right.ref)}});
}

Result<Bound> CompareLength(BoundLength length, CompareOp op, const Bound& other) {
  const auto* constant = std::get_if<BoundLiteral>(&other);
  if (constant == nullptr) {
    if (std::holds_alternative<BoundColumn>(other) || std::holds_alternative<BoundLength>(other))
      return Refuse("not supported to do arithmetic operations between multiple fields");
    return NotComparable(DataType::kInt64, BoundType(other));
  }
  if (!IsNumber(constant->value)) return NotComparable(DataType::kInt64, LiteralType(constant->value));
  const auto* value = std::get_if<int64_t>(&constant->value);
  if (value == nullptr) return Refuse("cannot cast value to Int64, value: " + LiteralText(constant->value));
  return Bound(Expr{ArrayLengthExpr{std::move(length.ref), op, *value}});
}

}  // namespace

CompareOp Mirror(CompareOp op) {
  switch (op) {
    case CompareOp::kLt:
      return CompareOp::kGt;
    case CompareOp::kLe:
      return CompareOp::kGe;
    case CompareOp::kGt:
      return CompareOp::kLt;
    case CompareOp::kGe:
      return CompareOp::kLe;
    default:
      return op;
  }
}

Status Refuse(std::string message) { return {Code::kParameterInvalid, std::move(message)}; }

DataType BoundType(const Bound& bound) {
  if (const auto* literal = std::get_if<BoundLiteral>(&bound)) return LiteralType(literal->value);
  if (const auto* column = std::get_if<BoundColumn>(&bound)) return column->ref.type;
  if (std::holds_alternative<BoundInstant>(bound) || std::holds_alternative<BoundInterval>(bound))
    return DataType::kTimestamptz;
  if (std::holds_alternative<BoundLength>(bound)) return DataType::kInt64;
  return std::holds_alternative<BoundList>(bound) ? DataType::kArray : DataType::kBool;
}

Result<Literal> CastLiteral(const ColumnRef& column, const Literal& value) {
  const DataType type = column.type;
  if (type == DataType::kJson) return value;
  if (type == DataType::kBool && std::holds_alternative<bool>(value)) return value;
  if (type == DataType::kVarChar && std::holds_alternative<std::string>(value)) return value;
  if (IsInteger(type) && std::holds_alternative<int64_t>(value)) return value;
  if (IsFloating(type) && IsNumber(value)) {
    double d = ToDouble(value);
    if (type == DataType::kFloat) {
      // Out of float's range: infinity, as the conversion of the hardware does.
      const bool fits =
          std::isnan(d) || std::abs(d) <= static_cast<double>(std::numeric_limits<float>::max());
      d = fits ? static_cast<double>(static_cast<float>(d))
               : std::copysign(std::numeric_limits<double>::infinity(), d);
    }
    return Literal(d);
  }
  return Refuse("cannot cast value to " + TypeText(type) + ", value: " + LiteralText(value));
}

Result<Bound> BindComparison(CompareOp op, Bound left, Bound right) {
  if (IsInstantComparison(left, right)) return BindInstantComparison(op, left, right);
  auto* left_literal = std::get_if<BoundLiteral>(&left);
  auto* right_literal = std::get_if<BoundLiteral>(&right);
  if (left_literal != nullptr && right_literal != nullptr) {
    if (!left_literal->variable.empty() || !right_literal->variable.empty()) {
      return Refuse("placeholder was not supported between two constants");
    }
    RK_ASSIGN_OR_RETURN(Literal value, FoldBinary(TokenOf(op), left_literal->value, right_literal->value));
    return Bound(BoundLiteral{std::move(value), {}});
  }
  if (auto* length = std::get_if<BoundLength>(&left)) return CompareLength(std::move(*length), op, right);
  if (auto* length = std::get_if<BoundLength>(&right)) {
    return CompareLength(std::move(*length), Mirror(op), left);
  }
  auto* left_column = std::get_if<BoundColumn>(&left);
  auto* right_column = std::get_if<BoundColumn>(&right);
  if (IsWholeArray(left_column)) return BindArrayComparison(std::move(left_column->ref), op, right);
  if (IsWholeArray(right_column)) {
    return BindArrayComparison(std::move(right_column->ref), Mirror(op), left);
  }
  if (left_column != nullptr && right_literal != nullptr) {
    return CompareWithConstant(std::move(*left_column), op, *right_literal);
  }
  if (left_literal != nullptr && right_column != nullptr) {
    return CompareWithConstant(std::move(*right_column), Mirror(op), *left_literal);
  }
  if (left_column != nullptr && right_column != nullptr) {
    return CompareTwoColumns(std::move(*left_column), op, std::move(*right_column));
  }
  return NotComparable(BoundType(left), BoundType(right));
}

Result<Bound> BindArithmetic(ArithOp op, Bound left, Bound right) {
  if (std::holds_alternative<BoundInterval>(left) || std::holds_alternative<BoundInterval>(right))
    return BindShift(op, left, right);
  const bool commutes = op == ArithOp::kAdd || op == ArithOp::kMul || op >= ArithOp::kBitAnd;
  if (std::holds_alternative<BoundLiteral>(left) && std::holds_alternative<BoundColumn>(right)) {
    if (!commutes) return Refuse("complicated arithmetic operations are not supported");
    std::swap(left, right);
  }
  auto* column = std::get_if<BoundColumn>(&left);
  auto* constant = std::get_if<BoundLiteral>(&right);
  if (column != nullptr && std::holds_alternative<BoundColumn>(right)) {
    return Refuse("not supported to do arithmetic operations between multiple fields");
  }
  if (auto* other = std::get_if<BoundLiteral>(&left); other != nullptr && constant != nullptr) {
    if (!other->variable.empty() || !constant->variable.empty()) {
      return Refuse("placeholder was not supported between two constants");
    }
    RK_ASSIGN_OR_RETURN(Literal value, FoldBinary(TokenOf(op), other->value, constant->value));
    return Bound(BoundLiteral{std::move(value), {}});
  }
  if (std::holds_alternative<BoundLength>(left) || std::holds_alternative<BoundLength>(right)) {
    return Refuse("complicated arithmetic operations are not supported");
  }
  if (column == nullptr || constant == nullptr) {
    return Refuse("arithmetic between " + TypeText(BoundType(left)) + " and " + TypeText(BoundType(right)) +
                  " is not supported");
  }
  if (column->arithmetic) return Refuse("complicated arithmetic operations are not supported");
  const DataType type = column->ref.type;
  if ((!IsNumeric(type) && type != DataType::kJson) || !IsNumber(constant->value)) {
    return Refuse("arithmetic between " + TypeText(type) + " and " + TypeText(LiteralType(constant->value)) +
                  " is not supported");
  }
  const bool int_constant = std::holds_alternative<int64_t>(constant->value);
  if (op == ArithOp::kMod || op >= ArithOp::kBitAnd) {
    if (IsFloating(type) || !int_constant) {
      return Refuse(op == ArithOp::kMod ? "modulo can only apply on integer types"
                                        : "bit operators can only apply on integer types");
    }
  }
  if (IsInteger(type) && !int_constant) {
    return Refuse("cannot cast value to " + TypeText(type) + ", value: " + LiteralText(constant->value));
  }
  if ((op == ArithOp::kDiv || op == ArithOp::kMod) && ToDouble(constant->value) == 0) {
    return Refuse("division or modulus by zero");
  }
  Literal operand = constant->value;
  if (IsFloating(type)) operand = ToDouble(operand);
  column->arithmetic = Arithmetic{op, std::move(operand)};
  return left;
}

Result<Bound> BindRange(RangeExpr range) {
  const DataType type = range.column.type;
  if (type == DataType::kArray) return Refuse("can not comparisons array fields directly");
  for (Literal* bound : {&range.lower, &range.upper}) {
    const DataType bound_type = LiteralType(*bound);
    if (bound_type == DataType::kBool || type == DataType::kBool) {
      return Refuse("invalid range operations on boolean expr");
    }
    if (!Comparable(type, bound_type)) return NotComparable(type, bound_type);
    RK_ASSIGN_OR_RETURN(*bound, CastLiteral(range.column, *bound));
  }
  if (IsNumber(range.lower) != IsNumber(range.upper)) {
    return NotComparable(LiteralType(range.lower), LiteralType(range.upper));
  }
  if (range.lower.index() != range.upper.index()) {
    range.lower = ToDouble(range.lower);
    range.upper = ToDouble(range.upper);
  }
  const bool both = range.lower_inclusive && range.upper_inclusive;
  if (both ? range.lower > range.upper : range.lower >= range.upper) {
    return Refuse("invalid range: lowerbound is greater than upperbound");
  }
  return Bound(Expr{std::move(range)});
}

}  // namespace redkite::plan
