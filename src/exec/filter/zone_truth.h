// ZoneTruth: what a predicate says of every value of a zone, by the bounds of the zone alone: all of them
// pass, none does, or nothing (then the values must be looked at). Predicates that no bounds decide give
// nothing. Thread safety: pure functions.
#pragma once

#include <optional>

#include "plan/expr.h"
#include "types/value_zone.h"

namespace redkite::exec {

std::optional<bool> ZoneTruth(const plan::CompareExpr& compare, const ValueZone& zone);
std::optional<bool> ZoneTruth(const plan::RangeExpr& range, const ValueZone& zone);
template <class Node>
std::optional<bool> ZoneTruth(const Node&, const ValueZone&) {
  return std::nullopt;
}

}  // namespace redkite::exec
