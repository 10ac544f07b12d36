#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "plan/bound.h"
#include "plan/filter_plan.h"
#include "plan/fold_intervals.h"

namespace redkite::plan {
namespace {

int TypeCost(const ColumnRef& column) {
  const int of_type = column.type == DataType::kJson ? 40 : column.type == DataType::kVarChar ? 6 : 1;
  if (column.type == DataType::kArray) return 10;
  return column.is_element() ? of_type + 4 : of_type;
}

/// Rough cost per row; only the order matters.
int64_t Cost(const Expr& expr) {
  struct Visitor {
    int64_t operator()(const ConstantExpr&) const { return 0; }
    int64_t operator()(const AndExpr& e) const { return Sum(e.operands); }
    int64_t operator()(const OrExpr& e) const { return Sum(e.operands); }
    int64_t operator()(const NotExpr& e) const { return Cost(*e.operand); }
    int64_t operator()(const CompareExpr& e) const { return TypeCost(e.column); }
    int64_t operator()(const CompareShiftedExpr&) const { return 8; }
    int64_t operator()(const RangeExpr& e) const { return TypeCost(e.column); }
    int64_t operator()(const CompareColumnsExpr& e) const { return TypeCost(e.left) * 2; }
    int64_t operator()(const InExpr& e) const { return TypeCost(e.column) * 2; }
    int64_t operator()(const IntervalsExpr& e) const { return TypeCost(e.column) * 3; }
    int64_t operator()(const LikeExpr& e) const { return TypeCost(e.column) * 2; }
    int64_t operator()(const RegexExpr& e) const { return TypeCost(e.column) + 60; }
    int64_t operator()(const StartsWithExpr& e) const { return TypeCost(e.column) * 2; }
    int64_t operator()(const ContainsExpr& e) const { return TypeCost(e.column) * 2; }
    int64_t operator()(const ArrayContainsExpr& e) const { return TypeCost(e.column) * 2; }
    int64_t operator()(const ArrayEqualsExpr& e) const { return TypeCost(e.column); }
    int64_t operator()(const ArrayLengthExpr& e) const { return TypeCost(e.column) * 2; }
    int64_t operator()(const TextMatchExpr&) const { return 200; }
    int64_t operator()(const PhraseMatchExpr&) const { return 250; }
    int64_t operator()(const GeometryExpr&) const { return 150; }
    int64_t operator()(const MatchExpr& e) const { return 10 + 4 * Cost(e.elements->filter->root()); }
    int64_t operator()(const IsNullExpr&) const { return 1; }
    int64_t operator()(const ExistsExpr& e) const { return TypeCost(e.column); }
    static int64_t Sum(const std::vector<Expr>& operands) {
      int64_t sum = 0;
      for (const Expr& operand : operands) sum += Cost(operand);
      return sum;
    }
  };
  return std::visit(Visitor{}, expr.node);
}

enum class Kind : uint8_t { kNone, kBool, kInt, kDouble, kText };

Kind KindOf(const Literal& literal) {
  constexpr Kind kKinds[] = {Kind::kBool, Kind::kInt, Kind::kDouble, Kind::kText};
  return kKinds[literal.index()];
}

/// The one kind of values in the list; kNone for none or several.
Kind KindOf(const ValueSet& set) {
  Kind kind = Kind::kNone;
  int kinds = 0;
  const auto note = [&](bool there, Kind k) {
    if (!there) return;
    kind = k;
    ++kinds;
  };
  note(set.has_bools(), Kind::kBool);
  note(!set.ints().empty(), Kind::kInt);
  note(!set.doubles().empty(), Kind::kDouble);
  note(!set.texts().empty(), Kind::kText);
  return kinds == 1 ? kind : Kind::kNone;
}

/// "column equals one of some constants".
struct Equality {
  const ColumnRef* column = nullptr;  // null: the predicate says something else
  const CompareExpr* compare = nullptr;
  const InExpr* in = nullptr;

  Kind kind() const { return compare != nullptr ? KindOf(compare->value) : KindOf(*in->values); }
  void AddTo(ValueSet* set) const {
    if (in != nullptr) return set->Merge(*in->values);
    if (const auto* b = std::get_if<bool>(&compare->value))
      set->AddBool(*b);
    else if (const auto* i = std::get_if<int64_t>(&compare->value))
      set->AddInt(*i);
    else if (const auto* d = std::get_if<double>(&compare->value))
      set->AddDouble(*d);
    else
      set->AddText(std::get<std::string>(compare->value));
  }
};

/// Integers that a double holds exactly: JSON numbers of both kinds compare with them alike.
bool IsExact(const Literal& literal) {
  constexpr int64_t kExact = int64_t{1} << 53;
  const auto* i = std::get_if<int64_t>(&literal);
  return i == nullptr || (*i >= -kExact && *i <= kExact);
}

/// In a JSON path the kind of the constant decides between false and unknown, so there only constants of one
/// kind are merged (see MergeLists), and doubles not at all: in a list they would change how integers
/// compare.
Equality AsEquality(const Expr& expr, CompareOp op = CompareOp::kEq) {
  Equality equality;
  if (const auto* in = std::get_if<InExpr>(&expr.node); in != nullptr && op == CompareOp::kEq) {
    equality = {&in->column, nullptr, in};
  } else if (const auto* compare = std::get_if<CompareExpr>(&expr.node)) {
    if (compare->op != op || compare->arithmetic) return {};
    equality = {&compare->column, compare, nullptr};
    if (compare->column.type == DataType::kJson && !IsExact(compare->value)) return {};
  } else {
    return {};
  }
  if (equality.column->type != DataType::kJson) return equality;
  const Kind kind = equality.kind();
  return kind == Kind::kNone || kind == Kind::kDouble ? Equality() : equality;
}

/// The same for "differs from all of some constants".
Equality AsInequality(const Expr& expr) {
  if (const auto* negation = std::get_if<NotExpr>(&expr.node)) return AsEquality(*negation->operand);
  return AsEquality(expr, CompareOp::kNe);
}

/// Equal for predicates that may share a list.
std::string GroupOf(const Equality& equality) {
  std::string group = std::to_string(equality.column->field.value());
  if (equality.column->is_element()) group += "[" + std::to_string(equality.column->element);
  if (equality.column->type != DataType::kJson) return group;
  group += static_cast<char>('0' + static_cast<int>(equality.kind()));
  for (const JsonStep& step : equality.column->path)
    group += std::to_string(step.key.size()) + ":" + step.key;
  return group;
}

void MoveTo(size_t to, size_t from, std::vector<Expr>* operands) {
  if (to != from) (*operands)[to] = std::move((*operands)[from]);
}

/// `a == 1 or a in [2, 3]` is `a in [1, 2, 3]`; `a != 1 and a not in [2]` is `a not in [1, 2]`.
void MergeLists(bool is_and, std::vector<Expr>* operands) {
  struct Group {
    size_t count = 0;
    ColumnRef column;
    std::shared_ptr<ValueSet> values;
  };
  std::map<std::string, Group> groups;
  std::vector<Group*> group_of(operands->size(), nullptr);
  const auto match = [is_and](const Expr& e) { return is_and ? AsInequality(e) : AsEquality(e); };
  for (size_t i = 0; i < operands->size(); ++i) {
    const Equality equality = match((*operands)[i]);
    if (equality.column == nullptr) continue;
    Group& group = groups[GroupOf(equality)];
    if (group.count++ == 0) group.column = *equality.column;
    group_of[i] = &group;
  }
  size_t kept = 0;
  for (size_t i = 0; i < operands->size(); ++i) {
    Group* group = group_of[i];
    if (group == nullptr || group->count < 2) {
      MoveTo(kept++, i, operands);
      continue;
    }
    if (group->values == nullptr) group->values = std::make_shared<ValueSet>();
    match((*operands)[i]).AddTo(group->values.get());
  }
  operands->erase(operands->begin() + static_cast<ptrdiff_t>(kept), operands->end());
  for (auto& [name, group] : groups) {
    if (group.values == nullptr) continue;
    group.values->Seal();
    Expr in{InExpr{std::move(group.column), std::move(group.values)}};
    operands->push_back(is_and ? MakeNot(std::move(in)) : std::move(in));
  }
}

/// The operands of operands of the same kind take their place.
void Flatten(bool is_and, std::vector<Expr>* operands) {
  const auto inner_of = [is_and](Expr& operand) -> std::vector<Expr>* {
    if (is_and) {
      auto* e = std::get_if<AndExpr>(&operand.node);
      return e == nullptr ? nullptr : &e->operands;
    }
    auto* e = std::get_if<OrExpr>(&operand.node);
    return e == nullptr ? nullptr : &e->operands;
  };
  size_t count = 0;
  bool nested = false;
  for (Expr& operand : *operands) {
    const auto* inner = inner_of(operand);
    nested |= inner != nullptr;
    count += inner == nullptr ? 1 : inner->size();
  }
  if (!nested) return;
  std::vector<Expr> flat;
  flat.reserve(count);
  for (Expr& operand : *operands) {
    if (auto* inner = inner_of(operand)) {
      for (Expr& one : *inner) flat.push_back(std::move(one));
    } else {
      flat.push_back(std::move(operand));
    }
  }
  *operands = std::move(flat);
}

/// Cheap ones first. In place, since a chain may be most of the memory of its request.
void OrderByCost(std::vector<Expr>* operands) {
  std::vector<std::pair<int64_t, size_t>> order(operands->size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = {Cost((*operands)[i]), i};
  std::sort(order.begin(), order.end());
  // One ring of places after another: each gets what belongs there, the last one what was in the first.
  for (size_t start = 0; start < order.size(); ++start) {
    if (order[start].second == start) continue;
    Expr first = std::move((*operands)[start]);
    size_t at = start;
    for (size_t from = order[at].second; from != start; from = order[at].second) {
      (*operands)[at] = std::move((*operands)[from]);
      order[at].second = at;
      at = from;
    }
    (*operands)[at] = std::move(first);
    order[at].second = at;
  }
}

}  // namespace

Expr MakeNot(Expr operand) {
  if (const auto* constant = std::get_if<ConstantExpr>(&operand.node))
    return Expr{ConstantExpr{!constant->value}};
  if (auto* negation = std::get_if<NotExpr>(&operand.node)) {
    Expr inner = std::move(*negation->operand);
    return inner;
  }
  NotExpr negation;
  negation.operand = std::make_unique<Expr>(std::move(operand));
  return Expr{std::move(negation)};
}

Expr MakeLogical(bool is_and, std::vector<Expr> operands) {
  // X and false = false; X and true = X; and the mirror image for or.
  size_t kept = 0;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (const auto* constant = std::get_if<ConstantExpr>(&operands[i].node)) {
      if (constant->value != is_and) return std::move(operands[i]);
      continue;
    }
    MoveTo(kept++, i, &operands);
  }
  operands.erase(operands.begin() + static_cast<ptrdiff_t>(kept), operands.end());
  if (operands.empty()) return Expr{ConstantExpr{is_and}};
  Flatten(is_and, &operands);
  MergeLists(is_and, &operands);
  FoldIntervals(is_and, Cost, &operands);
  if (operands.size() == 1) {
    Expr only = std::move(operands[0]);
    return only;
  }
  OrderByCost(&operands);
  if (is_and) return Expr{AndExpr{std::move(operands)}};
  return Expr{OrExpr{std::move(operands)}};
}

}  // namespace redkite::plan
