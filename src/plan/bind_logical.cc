#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "plan/bound.h"
#include "plan/fold_intervals.h"

namespace redkite::plan {
namespace {

int TypeCost(const ColumnRef& column) {
  return column.type == DataType::kJson ? 40 : column.type == DataType::kVarChar ? 6 : 1;
}

/// Rough cost per row; only the order matters.
int64_t Cost(const Expr& expr) {
  struct Visitor {
    int64_t operator()(const ConstantExpr&) const { return 0; }
    int64_t operator()(const AndExpr& e) const { return Sum(e.operands); }
    int64_t operator()(const OrExpr& e) const { return Sum(e.operands); }
    int64_t operator()(const NotExpr& e) const { return Cost(*e.operand); }
    int64_t operator()(const CompareExpr& e) const { return TypeCost(e.column); }
    int64_t operator()(const RangeExpr& e) const { return TypeCost(e.column); }
    int64_t operator()(const CompareColumnsExpr& e) const { return TypeCost(e.left) * 2; }
    int64_t operator()(const InExpr& e) const { return TypeCost(e.column) * 2; }
    int64_t operator()(const IntervalsExpr& e) const { return TypeCost(e.column) * 3; }
    int64_t operator()(const LikeExpr& e) const { return TypeCost(e.column) * 2; }
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
  if (equality.column->type != DataType::kJson) return group;
  group += static_cast<char>('0' + static_cast<int>(equality.kind()));
  for (const JsonStep& step : equality.column->path)
    group += std::to_string(step.key.size()) + ":" + step.key;
  return group;
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
  std::vector<Expr> kept;
  for (size_t i = 0; i < operands->size(); ++i) {
    Group* group = group_of[i];
    if (group == nullptr || group->count < 2) {
      kept.push_back(std::move((*operands)[i]));
      continue;
    }
    if (group->values == nullptr) group->values = std::make_shared<ValueSet>();
    match((*operands)[i]).AddTo(group->values.get());
  }
  for (auto& [name, group] : groups) {
    if (group.values == nullptr) continue;
    group.values->Seal();
    Expr in{InExpr{std::move(group.column), std::move(group.values)}};
    kept.push_back(is_and ? MakeNot(std::move(in)) : std::move(in));
  }
  *operands = std::move(kept);
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
  std::vector<Expr> kept;
  kept.reserve(operands.size());
  for (Expr& operand : operands) {
    if (const auto* constant = std::get_if<ConstantExpr>(&operand.node)) {
      if (constant->value != is_and) return std::move(operand);
      continue;
    }
    auto* same_and = std::get_if<AndExpr>(&operand.node);
    auto* same_or = std::get_if<OrExpr>(&operand.node);
    if (is_and ? same_and != nullptr : same_or != nullptr) {
      for (Expr& inner : is_and ? same_and->operands : same_or->operands) kept.push_back(std::move(inner));
    } else {
      kept.push_back(std::move(operand));
    }
  }
  if (kept.empty()) return Expr{ConstantExpr{is_and}};
  MergeLists(is_and, &kept);
  FoldIntervals(is_and, Cost, &kept);
  if (kept.size() == 1) {
    Expr only = std::move(kept[0]);
    return only;
  }
  std::vector<std::pair<int64_t, size_t>> order(kept.size());
  for (size_t i = 0; i < kept.size(); ++i) order[i] = {Cost(kept[i]), i};
  std::sort(order.begin(), order.end());
  std::vector<Expr> sorted;
  sorted.reserve(kept.size());
  for (const auto& [cost, i] : order) sorted.push_back(std::move(kept[i]));
  if (is_and) return Expr{AndExpr{std::move(sorted)}};
  return Expr{OrExpr{std::move(sorted)}};
}

}  // namespace redkite::plan
