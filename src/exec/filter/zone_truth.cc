#include "exec/filter/zone_truth.h"

#include "exec/filter/scalar_kernels.h"

namespace redkite::exec {
namespace {

using plan::CompareOp;

// Of values in [min, max], both of which occur.
template <class T>
std::optional<bool> Compare(CompareOp op, T min, T max, T value) {
  if (op == CompareOp::kEq || op == CompareOp::kNe) {
    const bool differs = op == CompareOp::kNe;
    if (value < min || max < value) return differs;
    if (min == max) return !differs;
    return std::nullopt;
  }
  const bool first = CompareValues(op, min, value);
  if (first == CompareValues(op, max, value)) return first;
  return std::nullopt;
}

template <class T>
std::optional<bool> Between(const plan::RangeExpr& e, T min, T max, T lower, T upper) {
  const auto above = Compare(e.lower_inclusive ? CompareOp::kGe : CompareOp::kGt, min, max, lower);
  const auto below = Compare(e.upper_inclusive ? CompareOp::kLe : CompareOp::kLt, min, max, upper);
  if (above == false || below == false) return false;
  if (above == true && below == true) return true;
  return std::nullopt;
}

}  // namespace

std::optional<bool> ZoneTruth(const plan::CompareExpr& e, const ValueZone& zone) {
  if (!zone.ordered || e.arithmetic || e.column.is_element()) return std::nullopt;
  if (HasIntZones(e.column.type)) {
    const auto* value = std::get_if<int64_t>(&e.value);
    return value == nullptr ? std::nullopt : Compare(e.op, zone.min_int, zone.max_int, *value);
  }
  const auto* value = std::get_if<double>(&e.value);
  if (value == nullptr || *value != *value || !HasRealZones(e.column.type)) return std::nullopt;
  return Compare(e.op, zone.min_real, zone.max_real, *value);
}

std::optional<bool> ZoneTruth(const plan::RangeExpr& e, const ValueZone& zone) {
  if (!zone.ordered || e.column.is_element()) return std::nullopt;
  if (HasIntZones(e.column.type)) {
    const auto* lower = std::get_if<int64_t>(&e.lower);
    const auto* upper = std::get_if<int64_t>(&e.upper);
    if (lower == nullptr || upper == nullptr) return std::nullopt;
    return Between(e, zone.min_int, zone.max_int, *lower, *upper);
  }
  const auto* lower = std::get_if<double>(&e.lower);
  const auto* upper = std::get_if<double>(&e.upper);
  if (lower == nullptr || upper == nullptr || !HasRealZones(e.column.type)) return std::nullopt;
  if (*lower != *lower || *upper != *upper) return std::nullopt;
  return Between(e, zone.min_real, zone.max_real, *lower, *upper);
}

}  // namespace redkite::exec
