// Instants and intervals: the only things that Timestamptz columns are compared with.
#include <utility>

#include "plan/bound.h"

namespace redkite::plan {
namespace {

Status CheckIsInstant(const BoundColumn& column) {
  if (column.ref.type == DataType::kTimestamptz) return Status::Ok();
  return Refuse("field '" + std::string(column.name) + "' is not a timestamptz datatype");
}

Result<Bound> CompareColumn(const BoundColumn& column, CompareOp op, BoundInstant instant) {
  RK_RETURN_IF_ERROR(CheckIsInstant(column));
  if (!column.shift) return Bound(Expr{CompareExpr{column.ref, op, Literal(instant.micros), std::nullopt}});
  const Interval& interval = column.shift->interval;
  if (interval.months != 0) {
    return Bound(Expr{CompareShiftedExpr{column.ref, interval, column.shift->subtract, op, instant.micros}});
  }
  // Of one length for every row: the constant moves the other way.
  const int64_t moved = AddInterval(instant.micros, interval, !column.shift->subtract);
  return Bound(Expr{CompareExpr{column.ref, op, Literal(moved), std::nullopt}});
}

}  // namespace

Result<Bound> BindInstant(const std::string& text, const TimeZone& zone) {
  RK_ASSIGN_OR_RETURN(const int64_t micros, ParseInstant(text, zone));
  return Bound(BoundInstant{micros});
}

Result<Bound> BindInterval(const std::string& text) {
  RK_ASSIGN_OR_RETURN(const Interval interval, ParseInterval(text));
  return Bound(BoundInterval{interval, false});
}

bool IsInstantComparison(const Bound& left, const Bound& right) {
  return std::holds_alternative<BoundInstant>(left) || std::holds_alternative<BoundInstant>(right);
}

Result<Bound> BindInstantComparison(CompareOp op, const Bound& left, const Bound& right) {
  const auto* instant = std::get_if<BoundInstant>(&right);
  if (const auto* column = std::get_if<BoundColumn>(&left); column != nullptr && instant != nullptr)
    return CompareColumn(*column, op, *instant);
  instant = std::get_if<BoundInstant>(&left);
  if (const auto* column = std::get_if<BoundColumn>(&right); column != nullptr && instant != nullptr)
    return CompareColumn(*column, Mirror(op), *instant);
  return Refuse("ISO timestamps can only be compared with a timestamptz field");
}

Result<Bound> BindShift(ArithOp op, const Bound& left, const Bound& right) {
  const auto* column = std::get_if<BoundColumn>(&left);
  const auto* interval = std::get_if<BoundInterval>(&right);
  const bool sum = op == ArithOp::kAdd || op == ArithOp::kSub;
  if (column == nullptr || interval == nullptr || column->arithmetic || column->shift || !sum)
    return Refuse("an INTERVAL can only be added to or subtracted from a timestamptz field, once");
  RK_RETURN_IF_ERROR(CheckIsInstant(*column));
  BoundColumn shifted = *column;
  shifted.shift = BoundInterval{interval->interval, op == ArithOp::kSub};
  return Bound(std::move(shifted));
}

Result<Bound> BindInstantRange(const BoundColumn& column, const Bound& first, const Bound& last,
                               RangeEnds ends) {
  RK_RETURN_IF_ERROR(CheckIsInstant(column));
  const auto* low = std::get_if<BoundInstant>(&first);
  const auto* high = std::get_if<BoundInstant>(&last);
  if (low == nullptr || high == nullptr) return Refuse("the bounds of a range must be ISO timestamps both");
  if (ends.descending) {
    std::swap(low, high);
    std::swap(ends.first_inclusive, ends.last_inclusive);
  }
  const bool both = ends.first_inclusive && ends.last_inclusive;
  if (both ? low->micros > high->micros : low->micros >= high->micros)
    return Refuse("invalid range: lowerbound is greater than upperbound");
  return Bound(Expr{RangeExpr{column.ref, Literal(low->micros), Literal(high->micros), ends.first_inclusive,
                              ends.last_inclusive}});
}

}  // namespace redkite::plan
