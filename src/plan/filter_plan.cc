#include "plan/filter_plan.h"

#include <algorithm>
#include <iterator>

#include "plan/binder.h"
#include "plan/bound.h"
#include "plan/constant_fold.h"
#include "plan/parser.h"

namespace redkite::plan {
namespace {

constexpr size_t kMaxEchoedBytes = 1024;

struct Collector {
  std::vector<FieldId>* fields;
  size_t nodes = 0;

  void Visit(const Expr& expr) {
    ++nodes;
    std::visit(*this, expr.node);
  }
  void operator()(const ConstantExpr&) {}
  void operator()(const AndExpr& e) {
    for (const Expr& operand : e.operands) Visit(operand);
  }
  void operator()(const OrExpr& e) {
    for (const Expr& operand : e.operands) Visit(operand);
  }
  void operator()(const NotExpr& e) { Visit(*e.operand); }
  void operator()(const CompareColumnsExpr& e) {
    fields->push_back(e.left.field);
    fields->push_back(e.right.field);
  }
  void operator()(const StartsWithExpr& e) {
    fields->push_back(e.column.field);
    fields->push_back(e.prefix.field);
  }
  void operator()(const MatchExpr& e) {
    fields->push_back(e.column.field);
    const std::vector<FieldId>& of_elements = e.elements->filter->fields();
    fields->insert(fields->end(), of_elements.begin(), of_elements.end());
    nodes += e.elements->filter->node_count();
  }
  template <class Leaf>
  void operator()(const Leaf& e) {
    fields->push_back(e.column.field);
  }
};

/// Bytes that are no UTF-8 become '?': the text goes into a protobuf string.
std::string ValidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80   ? 1
                          : lead < 0xC2 ? 0
                          : lead < 0xE0 ? 2
                          : lead < 0xF0 ? 3
                          : lead < 0xF5 ? 4
                                        : 0;
    bool good = length > 0 && i + length <= text.size();
    for (size_t k = 1; good && k < length; ++k)
      good = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    if (good && length == 3) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      good = !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second >= 0xA0);
    }
    if (good && length == 4) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      good = !(lead == 0xF0 && second < 0x90) && !(lead == 0xF4 && second >= 0x90);
    }
    if (good)
      out.append(text.substr(i, length));
    else
      out.push_back('?');
    i += good ? length : 1;
  }
  return out;
}

std::optional<KeyEquality> KeyOf(const Expr& expr, FieldId field) {
  KeyEquality key;
  if (const auto* compare = std::get_if<CompareExpr>(&expr.node)) {
    if (compare->column.field != field || compare->op != CompareOp::kEq || compare->arithmetic)
      return std::nullopt;
    if (const auto* i = std::get_if<int64_t>(&compare->value))
      key.ints.push_back(*i);
    else if (const auto* text = std::get_if<std::string>(&compare->value))
      key.texts.push_back(*text);
    else
      return std::nullopt;
    return compare->column.path.empty() ? std::optional(std::move(key)) : std::nullopt;
  }
  const auto* in = std::get_if<InExpr>(&expr.node);
  if (in == nullptr || in->column.field != field || !in->column.path.empty()) return std::nullopt;
  if (!IsInteger(in->column.type) && in->column.type != DataType::kVarChar) return std::nullopt;
  key.is_list = true;
  key.ints = in->values->ints();
  key.texts = in->values->texts().Strings();
  return key;
}

template <class T>
void Unite(std::vector<T>* into, std::vector<T> more) {
  into->insert(into->end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  std::sort(into->begin(), into->end());
  into->erase(std::unique(into->begin(), into->end()), into->end());
}

std::optional<KeyEquality> ValuesOf(const Expr& expr, FieldId field) {
  if (const auto* conjunction = std::get_if<AndExpr>(&expr.node)) {
    // Any of them bounds the whole; the shortest list does it best.
    std::optional<KeyEquality> best;
    for (const Expr& operand : conjunction->operands) {
      std::optional<KeyEquality> one = ValuesOf(operand, field);
      const auto size = [](const KeyEquality& k) { return k.ints.size() + k.texts.size(); };
      if (one && (!best || size(*one) < size(*best))) best = std::move(one);
    }
    return best;
  }
  if (const auto* choice = std::get_if<OrExpr>(&expr.node)) {
    KeyEquality all;
    all.is_list = true;
    for (const Expr& operand : choice->operands) {
      std::optional<KeyEquality> one = ValuesOf(operand, field);
      if (!one) return std::nullopt;
      Unite(&all.ints, std::move(one->ints));
      Unite(&all.texts, std::move(one->texts));
    }
    return all;
  }
  return KeyOf(expr, field);
}

std::optional<Literal> FloorOf(const Expr& expr, FieldId field) {
  if (const auto* compare = std::get_if<CompareExpr>(&expr.node)) {
    const bool above = compare->op == CompareOp::kGt || compare->op == CompareOp::kGe;
    if (above && compare->column.field == field && !compare->arithmetic) return compare->value;
  } else if (const auto* range = std::get_if<RangeExpr>(&expr.node)) {
    if (range->column.field == field) return range->lower;
  }
  return std::nullopt;
}

}  // namespace

FilterPlan::FilterPlan(Expr root, std::optional<double> sample,
                       std::shared_ptr<const ElementPredicate> elements)
    : root_(std::move(root)), sample_(sample), elements_(std::move(elements)) {
  Collector collector{&fields_};
  collector.Visit(root_);
  node_count_ = collector.nodes;
  std::sort(fields_.begin(), fields_.end());
  fields_.erase(std::unique(fields_.begin(), fields_.end()), fields_.end());
}

bool FilterPlan::always_true() const {
  const auto* constant = std::get_if<ConstantExpr>(&root_.node);
  return constant != nullptr && constant->value && !sample_;
}

bool FilterPlan::always_false() const {
  const auto* constant = std::get_if<ConstantExpr>(&root_.node);
  return constant != nullptr && !constant->value;
}

std::string FilterPlan::ToString() const {
  if (!sample_) return ExprText(root_);
  return ExprText(root_) + " and random_sample(" + LiteralText(*sample_) + ")";
}

Result<FilterPlan> ParseFilter(std::string_view text, const CollectionSchema& schema,
                               const TemplateValues& templates, const TimeZone& zone) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return FilterPlan();
  if (text.size() > kMaxFilterBytes) {
    return Status(Code::kParameterInvalid, "the expression is longer than " +
                                               std::to_string(kMaxFilterBytes) +
                                               " bytes: " + std::to_string(text.size()));
  }
  RK_ASSIGN_OR_RETURN(Ast ast, ParseAst(text));
  // Also those that the text does not use.
  for (const auto& [name, given] : templates) {
    if (std::holds_alternative<std::monostate>(given.value))
      return Status(Code::kParameterInvalid, "expression elements can only be scalars");
  }
  RK_ASSIGN_OR_RETURN(TypedFilter filter, BindAst(std::move(ast), text, {schema, templates, zone}));
  return FilterPlan(std::move(filter.root), filter.sample, std::move(filter.elements));
}

FilterPlan WithoutExpired(FilterPlan filter, FieldId field, int64_t now_micros) {
  ColumnRef column;
  column.field = field;
  column.type = DataType::kTimestamptz;
  column.nullable = true;
  std::vector<Expr> alive;
  alive.push_back(Expr{IsNullExpr{column}});
  alive.push_back(Expr{CompareExpr{column, CompareOp::kGt, now_micros, std::nullopt}});
  const std::optional<double> sample = filter.sample();
  auto elements = filter.elements();
  std::vector<Expr> both;
  both.push_back(std::move(filter).TakeRoot());
  both.push_back(MakeLogical(false, std::move(alive)));
  return FilterPlan(MakeLogical(true, std::move(both)), sample, std::move(elements));
}

Status FilterError(FilterUse use, std::string_view text, const Status& reason) {
  std::string message =
      use == FilterUse::kDelete ? "failed to create delete plan: " : "failed to create query plan: ";
  message += "cannot parse expression: ";
  message += text.substr(0, kMaxEchoedBytes);
  if (text.size() > kMaxEchoedBytes) message += "...";
  message += ", error: " + reason.message();
  message = ValidUtf8(message);
  if (reason.code() == Code::kParameterInvalid) return Status::Invalid(std::move(message));
  return {reason.code(), std::move(message)};
}

std::optional<KeyEquality> FindKeyEquality(const FilterPlan& plan, FieldId field) {
  if (std::optional<KeyEquality> key = KeyOf(plan.root(), field)) {
    key->exact = true;
    return key;
  }
  const auto* conjunction = std::get_if<AndExpr>(&plan.root().node);
  if (conjunction == nullptr) return std::nullopt;
  for (const Expr& operand : conjunction->operands) {
    if (std::optional<KeyEquality> key = KeyOf(operand, field)) return key;
  }
  return std::nullopt;
}

std::optional<KeyEquality> FindKeyValues(const FilterPlan& plan, FieldId field) {
  return ValuesOf(plan.root(), field);
}

std::optional<Literal> FindKeyFloor(const FilterPlan& plan, FieldId field) {
  if (std::optional<Literal> floor = FloorOf(plan.root(), field)) return floor;
  const auto* conjunction = std::get_if<AndExpr>(&plan.root().node);
  if (conjunction == nullptr) return std::nullopt;
  for (const Expr& operand : conjunction->operands) {
    if (std::optional<Literal> floor = FloorOf(operand, field)) return floor;
  }
  return std::nullopt;
}

}  // namespace redkite::plan
