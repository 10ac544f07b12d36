#include "plan/fold_intervals.h"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "plan/bound.h"

namespace redkite::plan {
namespace {

constexpr size_t kSetsJoinedAtOnce = 1024;

template <class T>
constexpr bool kIsDouble = std::is_same_v<T, double>;

template <class T>
T Bottom() {
  if constexpr (kIsDouble<T>) return -std::numeric_limits<double>::infinity();
  if constexpr (std::is_same_v<T, int64_t>) return std::numeric_limits<int64_t>::min();
  return T();
}

// For integers `after v` is `before v + 1`, so that neighbours meet.
template <class T>
Boundary<T> After(const T& value) {
  if constexpr (std::is_same_v<T, int64_t>) {
    if (value < std::numeric_limits<int64_t>::max()) return {value + 1, false};
  }
  return {value, true};
}

// Only for `low` before `high`; else nothing is between them.
template <class T>
Boundaries<T> Between(Boundary<T> low, Boundary<T> high) {
  if (!(low < high)) return {};
  return {std::move(low), std::move(high)};
}

template <class T>
auto ValuesOf(const ValueSet& set) {
  if constexpr (kIsDouble<T>) {
    return set.doubles();
  } else if constexpr (std::is_same_v<T, int64_t>) {
    return set.ints();
  } else {
    return set.texts().Strings();
  }
}

template <class T>
Boundaries<T> OfCompare(CompareOp op, const T& value) {
  const Boundary<T> before{value, false};
  const Boundary<T> bottom{Bottom<T>(), false};
  switch (op) {
    case CompareOp::kLt:
      return Between(bottom, before);
    case CompareOp::kLe:
      return Between(bottom, After(value));
    case CompareOp::kGt:
      // Behind the largest integer there is nothing.
      if (std::is_same_v<T, int64_t> && After(value).after) return {};
      return {After(value)};
    case CompareOp::kGe:
      return {before};
    case CompareOp::kEq:
      return Between(before, After(value));
    case CompareOp::kNe:
      return Complement(Between(before, After(value)), Bottom<T>());
  }
  return {};
}

// The values for which `expr` is true; nothing for a predicate that does not take part.
template <class T>
std::optional<Boundaries<T>> AsSet(const Expr& expr) {
  if (const auto* compare = std::get_if<CompareExpr>(&expr.node)) {
    if (kIsDouble<T> && compare->op == CompareOp::kNe) return std::nullopt;
    return OfCompare(compare->op, std::get<T>(compare->value));
  }
  if (const auto* range = std::get_if<RangeExpr>(&expr.node)) {
    const T& low = std::get<T>(range->lower);
    const T& high = std::get<T>(range->upper);
    return Between(range->lower_inclusive ? Boundary<T>{low, false} : After(low),
                   range->upper_inclusive ? After(high) : Boundary<T>{high, false});
  }
  if (const auto* in = std::get_if<InExpr>(&expr.node)) {
    std::vector<Boundaries<T>> points;
    for (const T& value : ValuesOf<T>(*in->values)) points.push_back(OfCompare(CompareOp::kEq, value));
    return Unite(points);
  }
  const auto* negation = std::get_if<NotExpr>(&expr.node);
  if (negation == nullptr || kIsDouble<T>) return std::nullopt;
  auto inner = AsSet<T>(*negation->operand);
  if (!inner) return std::nullopt;
  return Complement(std::move(*inner), Bottom<T>());
}

const Expr& WithoutNot(const Expr& expr) {
  const auto* negation = std::get_if<NotExpr>(&expr.node);
  return negation == nullptr ? expr : WithoutNot(*negation->operand);
}

// The column of a predicate that may take part.
const ColumnRef* ColumnOf(const Expr& expr) {
  const Expr& leaf = WithoutNot(expr);
  const ColumnRef* column = nullptr;
  if (const auto* compare = std::get_if<CompareExpr>(&leaf.node)) {
    if (!compare->arithmetic) column = &compare->column;
  } else if (const auto* range = std::get_if<RangeExpr>(&leaf.node)) {
    column = &range->column;
  } else if (const auto* in = std::get_if<InExpr>(&leaf.node)) {
    column = &in->column;
  }
  if (column == nullptr) return nullptr;
  const bool plain =
      IsInteger(column->type) || IsFloating(column->type) || column->type == DataType::kVarChar;
  return plain ? column : nullptr;
}

template <class T>
bool IsPoint(const Boundary<T>& low, const Boundary<T>& high) {
  return !low.after && high == After(low.value);
}

// The predicate of one interval; `high` is null when it has no end.
template <class T>
Expr OneInterval(const ColumnRef& column, const Boundary<T>& low, const Boundary<T>* high) {
  if (high != nullptr && IsPoint(low, *high)) {
    return Expr{CompareExpr{column, CompareOp::kEq, Literal(low.value), std::nullopt}};
  }
  // An integer interval up to the largest one ends after it.
  const bool endless = high == nullptr || (std::is_same_v<T, int64_t> && high->after);
  if (endless) {
    const CompareOp op = low.after ? CompareOp::kGt : CompareOp::kGe;
    return Expr{CompareExpr{column, op, Literal(low.value), std::nullopt}};
  }
  if (low == Boundary<T>{Bottom<T>(), false}) {
    const CompareOp op = high->after ? CompareOp::kLe : CompareOp::kLt;
    return Expr{CompareExpr{column, op, Literal(high->value), std::nullopt}};
  }
  return Expr{RangeExpr{column, Literal(low.value), Literal(high->value), !low.after, high->after}};
}

template <class T>
Expr ListOf(const ColumnRef& column, const Boundaries<T>& set) {
  auto values = std::make_shared<ValueSet>();
  for (size_t i = 0; i < set.size(); i += 2) {
    if constexpr (kIsDouble<T>) {
      values->AddDouble(set[i].value);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      values->AddInt(set[i].value);
    } else {
      values->AddText(set[i].value);
    }
  }
  values->Seal();
  return Expr{InExpr{column, std::move(values)}};
}

// Of no interval a list of nothing: false, but unknown for a null.
template <class T>
Expr PredicateOf(const ColumnRef& column, Boundaries<T> set) {
  if (set.size() == 1 || set.size() == 2) {
    return OneInterval(column, set[0], set.size() == 2 ? &set[1] : nullptr);
  }
  bool all_points = set.size() % 2 == 0;
  for (size_t i = 0; all_points && i < set.size(); i += 2) all_points = IsPoint(set[i], set[i + 1]);
  if (all_points) return ListOf(column, set);
  return Expr{IntervalsExpr{column, std::make_shared<const IntervalSet>(std::move(set))}};
}

template <class T>
std::optional<Expr> Fold(bool is_and, const ColumnRef& column, const std::vector<const Expr*>& group) {
  const auto join = [is_and](const std::vector<Boundaries<T>>& sets) {
    return is_and ? Intersect(sets, Bottom<T>()) : Unite(sets);
  };
  // In two steps: a set of its own for each of very many predicates is large.
  std::vector<Boundaries<T>> joined, sets;
  for (const Expr* expr : group) {
    auto set = AsSet<T>(*expr);
    if (!set) return std::nullopt;
    sets.push_back(std::move(*set));
    if (sets.size() < kSetsJoinedAtOnce) continue;
    joined.push_back(join(sets));
    sets.clear();
  }
  if (!sets.empty()) joined.push_back(join(sets));
  return PredicateOf(column, joined.size() == 1 ? std::move(joined[0]) : join(joined));
}

bool TakesPart(const Expr& expr) {
  const ColumnRef* column = ColumnOf(expr);
  if (column == nullptr) return false;
  if (!IsFloating(column->type)) return true;
  const auto* compare = std::get_if<CompareExpr>(&expr.node);
  return !std::holds_alternative<NotExpr>(expr.node) && (compare == nullptr || compare->op != CompareOp::kNe);
}

std::optional<Expr> FoldGroup(bool is_and, const std::vector<const Expr*>& group) {
  const ColumnRef& column = *ColumnOf(*group[0]);
  if (IsInteger(column.type)) return Fold<int64_t>(is_and, column, group);
  if (IsFloating(column.type)) return Fold<double>(is_and, column, group);
  return Fold<std::string>(is_and, column, group);
}

}  // namespace

void FoldIntervals(bool is_and, int64_t (*cost)(const Expr&), std::vector<Expr>* operands) {
  using Place = std::pair<FieldId, int32_t>;  // a column or an element of it
  const auto place_of = [](const Expr& operand) {
    const ColumnRef* column = ColumnOf(operand);
    return Place(column->field, column->element);
  };
  std::map<Place, std::vector<const Expr*>> groups;
  for (const Expr& operand : *operands) {
    if (TakesPart(operand)) groups[place_of(operand)].push_back(&operand);
  }
  std::map<Place, Expr> folded;
  for (const auto& [place, group] : groups) {
    if (group.size() < 2) continue;
    int64_t before = 0;
    for (const Expr* expr : group) before += cost(*expr);
    std::optional<Expr> one = FoldGroup(is_and, group);
    if (!one) continue;
    // At equal cost a simple predicate is better, and it may show that the key is pinned.
    const int64_t after = cost(*one);
    const bool simple = !std::holds_alternative<IntervalsExpr>(one->node);
    if (simple ? after <= before : after < before) folded.emplace(place, std::move(*one));
  }
  if (folded.empty()) return;
  std::erase_if(*operands, [&](const Expr& operand) {
    return TakesPart(operand) && folded.count(place_of(operand)) > 0;
  });
  for (auto& [place, expr] : folded) operands->push_back(std::move(expr));
}

}  // namespace redkite::plan
