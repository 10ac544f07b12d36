#include <algorithm>
#include <map>
#include <utility>

#include "plan/bound.h"

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

/// The column when `expr` says that it equals one of some constants, and adds these to `set`. JSON paths do
/// not take part: there the kind of the constant decides between false and unknown.
const ColumnRef* AsEquality(const Expr& expr, ValueSet* set) {
  if (const auto* in = std::get_if<InExpr>(&expr.node)) {
    if (in->column.type == DataType::kJson) return nullptr;
    if (set != nullptr) set->Merge(*in->values);
    return &in->column;
  }
  const auto* compare = std::get_if<CompareExpr>(&expr.node);
  if (compare == nullptr || compare->op != CompareOp::kEq || compare->arithmetic) return nullptr;
  if (compare->column.type == DataType::kJson) return nullptr;
  if (set != nullptr) {
    if (const auto* b = std::get_if<bool>(&compare->value))
      set->AddBool(*b);
    else if (const auto* i = std::get_if<int64_t>(&compare->value))
      set->AddInt(*i);
    else if (const auto* d = std::get_if<double>(&compare->value))
      set->AddDouble(*d);
    else
      set->AddText(std::get<std::string>(compare->value));
  }
  return &compare->column;
}

/// The same for "differs from all of some constants".
const ColumnRef* AsInequality(const Expr& expr, ValueSet* set) {
  if (const auto* negation = std::get_if<NotExpr>(&expr.node)) return AsEquality(*negation->operand, set);
  const auto* compare = std::get_if<CompareExpr>(&expr.node);
  if (compare == nullptr || compare->op != CompareOp::kNe) return nullptr;
  Expr equality{*compare};
  std::get<CompareExpr>(equality.node).op = CompareOp::kEq;
  return AsEquality(equality, set) != nullptr ? &compare->column : nullptr;
}

/// `a == 1 or a in [2, 3]` is `a in [1, 2, 3]`; `a != 1 and a not in [2]` is `a not in [1, 2]`.
void MergeLists(bool is_and, std::vector<Expr>* operands) {
  struct Group {
    size_t first = 0;
    size_t count = 0;
    ColumnRef column;
    std::shared_ptr<ValueSet> values;
  };
  std::map<FieldId, Group> groups;
  auto match = [is_and](const Expr& e, ValueSet* set) {
    return is_and ? AsInequality(e, set) : AsEquality(e, set);
  };
  for (size_t i = 0; i < operands->size(); ++i) {
    const ColumnRef* column = match((*operands)[i], nullptr);
    if (column == nullptr) continue;
    Group& group = groups[column->field];
    if (group.count++ == 0) {
      group.first = i;
      group.column = *column;
    }
  }
  std::erase_if(groups, [](const auto& entry) { return entry.second.count < 2; });
  if (groups.empty()) return;
  std::vector<Expr> kept;
  for (Expr& operand : *operands) {
    const ColumnRef* column = match(operand, nullptr);
    const auto found = column == nullptr ? groups.end() : groups.find(column->field);
    if (found == groups.end()) {
      kept.push_back(std::move(operand));
      continue;
    }
    if (found->second.values == nullptr) found->second.values = std::make_shared<ValueSet>();
    match(operand, found->second.values.get());
  }
  for (auto& [field, group] : groups) {
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
