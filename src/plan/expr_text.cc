#include "geo/geometry.h"
#include "plan/constant_fold.h"
#include "plan/expr.h"
#include "plan/filter_plan.h"
#include "text/text_query.h"
#include "types/array_value.h"

namespace redkite::plan {
namespace {

constexpr size_t kMaxListed = 8;
constexpr size_t kMaxTextBytes = 4096;

constexpr const char* kCompareText[] = {" < ", " <= ", " > ", " >= ", " == ", " != "};
constexpr const char* kArithText[] = {" + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ "};

class Printer {
 public:
  std::string out;

  void operator()(const ConstantExpr& e) { out += e.value ? "true" : "false"; }
  void operator()(const AndExpr& e) { Chain(e.operands, " and "); }
  void operator()(const OrExpr& e) { Chain(e.operands, " or "); }
  void operator()(const NotExpr& e) {
    out += "not (";
    Print(*e.operand);
    out += ")";
  }
  void operator()(const CompareExpr& e) {
    if (e.arithmetic) out += "(";
    Ref(e.column);
    if (e.arithmetic)
      out += kArithText[static_cast<int>(e.arithmetic->op)] + LiteralText(e.arithmetic->operand) + ")";
    out += kCompareText[static_cast<int>(e.op)] + LiteralText(e.value);
  }
  void operator()(const CompareShiftedExpr& e) {
    out += "(";
    Ref(e.column);
    out += (e.subtract ? " - " : " + ") + std::to_string(e.interval.months) + " months " +
           std::to_string(e.interval.micros) + " us)" + kCompareText[static_cast<int>(e.op)] +
           std::to_string(e.value);
  }
  void operator()(const RangeExpr& e) {
    out += LiteralText(e.lower) + (e.lower_inclusive ? " <= " : " < ");
    Ref(e.column);
    out += (e.upper_inclusive ? " <= " : " < ") + LiteralText(e.upper);
  }
  void operator()(const CompareColumnsExpr& e) {
    Ref(e.left);
    out += kCompareText[static_cast<int>(e.op)];
    Ref(e.right);
  }
  void operator()(const InExpr& e) {
    Ref(e.column);
    out += " in ";
    List(*e.values);
  }
  void operator()(const IntervalsExpr& e) {
    Ref(e.column);
    out += " in " + std::to_string(e.values->interval_count()) + " ranges";
  }
  void operator()(const LikeExpr& e) {
    Ref(e.column);
    out += " like " + LiteralText(e.pattern->pattern());
  }
  void operator()(const RegexExpr& e) {
    Ref(e.column);
    out += " =~ " + LiteralText(e.pattern->pattern());
  }
  void operator()(const StartsWithExpr& e) {
    out += "starts_with(";
    Ref(e.column);
    out += ", ";
    Ref(e.prefix);
    out += ")";
  }
  void operator()(const ContainsExpr& e) {
    const TextPool& keys = e.elements->keys();
    out += e.all ? "json_contains_all(" : "json_contains_any(";
    Ref(e.column);
    out += ", [";
    for (size_t i = 0; i < keys.size() && i < kMaxListed; ++i) {
      if (i > 0) out += ", ";
      out += ElementText(keys[i]);
    }
    if (keys.size() > kMaxListed) out += ", ... " + std::to_string(keys.size()) + " values";
    out += "])";
  }
  void operator()(const ArrayContainsExpr& e) {
    out += e.all ? "array_contains_all(" : "array_contains_any(";
    Ref(e.column);
    out += ", ";
    List(*e.values);
    out += ")";
  }
  void operator()(const ArrayEqualsExpr& e) {
    Ref(e.column);
    out += " == ";
    if (!e.possible) {
      out += "nothing";
      return;
    }
    out += "[";
    const ArrayValue value = *ArrayValue::Parse(e.column.element_type, e.value);
    size_t shown = 0;
    value.ForEach([&](const auto& element) {
      if (shown++ < kMaxListed) out += (shown > 1 ? ", " : "") + LiteralText(LiteralOfElement(element));
    });
    if (value.size() > kMaxListed) out += ", ... " + std::to_string(value.size()) + " values";
    out += "]";
  }
  void operator()(const ArrayLengthExpr& e) {
    out += "array_length(";
    Ref(e.column);
    out += ")";
    out += kCompareText[static_cast<int>(e.op)] + std::to_string(e.value);
  }
  void operator()(const TextMatchExpr& e) {
    out += "text_match(";
    Ref(e.column);
    out += ", " + LiteralText(e.query->query());
    if (e.query->least() > 1) out += ", minimum_should_match=" + std::to_string(e.query->least());
    out += ")";
  }
  void operator()(const PhraseMatchExpr& e) {
    out += "phrase_match(";
    Ref(e.column);
    out += ", " + LiteralText(e.query->phrase()) + ", " + std::to_string(e.query->slop()) + ")";
  }
  void operator()(const GeometryExpr& e) {
    out += std::string(geo::RelationName(e.predicate->relation())) + "(";
    Ref(e.column);
    if (e.predicate->relation() != geo::Relation::kIsValid) out += ", " + LiteralText(e.predicate->wkt());
    if (e.predicate->relation() == geo::Relation::kDWithin) out += ", " + LiteralText(e.predicate->meters());
    out += ")";
  }
  void operator()(const MatchExpr& e) {
    constexpr const char* kNames[] = {"match_any(", "match_all(", "match_least(", "match_most(",
                                      "match_exact("};
    out += kNames[static_cast<int>(e.kind)];
    out += "#" + std::to_string(e.elements->struct_id.value()) + ", ";
    Print(e.elements->filter->root());
    if (e.kind >= MatchKind::kLeast) out += ", threshold=" + std::to_string(e.threshold);
    out += ")";
  }
  void operator()(const IsNullExpr& e) {
    Ref(e.column);
    out += " is null";
  }
  void operator()(const ExistsExpr& e) {
    out += "exists ";
    Ref(e.column);
  }

  void Print(const Expr& expr) {
    if (out.size() < kMaxTextBytes)
      std::visit(*this, expr.node);
    else if (!out.ends_with("..."))
      out += "...";
  }

 private:
  static Literal LiteralOfElement(bool v) { return v; }
  static Literal LiteralOfElement(std::string_view v) { return std::string(v); }
  template <class T>
  static Literal LiteralOfElement(T v) {
    if constexpr (std::is_floating_point_v<T>) return static_cast<double>(v);
    return static_cast<int64_t>(v);
  }
  void List(const ValueSet& values) {
    out += "[";
    size_t shown = 0;
    auto add = [&](const Literal& value) {
      if (shown++ < kMaxListed) out += (shown > 1 ? ", " : "") + LiteralText(value);
    };
    for (bool b : {false, true}) {
      if (values.ContainsBool(b)) add(b);
    }
    for (int64_t v : values.ints()) add(v);
    for (double v : values.doubles()) add(v);
    for (size_t i = 0; i < values.texts().size() && i <= kMaxListed; ++i) add(std::string(values.texts()[i]));
    if (values.size() > kMaxListed) out += ", ... " + std::to_string(values.size()) + " values";
    out += "]";
  }
  void Ref(const ColumnRef& ref) {
    out += "#" + std::to_string(ref.field.value());
    if (ref.is_element()) out += "[" + std::to_string(ref.element) + "]";
    for (const JsonStep& step : ref.path) out += "[" + LiteralText(step.key) + "]";
  }
  void Chain(const std::vector<Expr>& operands, const char* word) {
    out += "(";
    for (size_t i = 0; i < operands.size() && out.size() < kMaxTextBytes; ++i) {
      if (i > 0) out += word;
      Print(operands[i]);
    }
    out += ")";
  }
};

}  // namespace

std::string ExprText(const Expr& expr) {
  Printer printer;
  printer.Print(expr);
  return std::move(printer.out);
}

}  // namespace redkite::plan
