// NaiveTruth: one filter on one row, value by value, as the oracle of EvalFilter. JSON is read through the
// naive parser's tree, `like` by trying every way. For fuzzers only; slow. Thread safety: pure functions.
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exec/filter/json_predicate.h"
#include "exec/filter/naive_element_fixture.h"
#include "exec/filter/naive_value_fixture.h"
#include "geo/geometry.h"
#include "plan/filter_plan.h"
#include "text/text_query.h"
#include "types/column.h"
#include "types/testing/naive_json.h"

namespace redkite::exec {

class NaiveFilter {
 public:
  using Columns = std::function<std::optional<ColumnView>(FieldId)>;
  NaiveFilter(Columns columns, size_t row) : columns_(std::move(columns)), row_(row) {}

  Truth Of(const plan::Expr& expr) const { return std::visit(*this, expr.node); }

  Truth operator()(const plan::ConstantExpr& e) const { return TruthOf(e.value); }
  Truth operator()(const plan::AndExpr& e) const { return Chain(e.operands, Truth::kFalse); }
  Truth operator()(const plan::OrExpr& e) const { return Chain(e.operands, Truth::kTrue); }
  Truth operator()(const plan::NotExpr& e) const {
    const Truth inner = Of(*e.operand);
    return inner == Truth::kUnknown ? inner : TruthOf(inner == Truth::kFalse);
  }
  Truth operator()(const plan::CompareExpr& e) const {
    NaiveValue value = Value(e.column);
    if (e.arithmetic && !Calculate(*e.arithmetic, &value)) return Truth::kUnknown;
    return Compare(value, e.op, e.value);
  }
  Truth operator()(const plan::CompareShiftedExpr& e) const {
    const NaiveValue value = Value(e.column);
    if (value.kind != NaiveValue::Kind::kInt) return Truth::kUnknown;
    return TruthOf(Holds(e.op, AddInterval(value.integer, e.interval, e.subtract), e.value));
  }
  Truth operator()(const plan::RangeExpr& e) const {
    const NaiveValue value = Value(e.column);
    const Truth above =
        Compare(value, e.lower_inclusive ? plan::CompareOp::kGe : plan::CompareOp::kGt, e.lower);
    const Truth below =
        Compare(value, e.upper_inclusive ? plan::CompareOp::kLe : plan::CompareOp::kLt, e.upper);
    if (above == Truth::kUnknown || below == Truth::kUnknown) return Truth::kUnknown;
    return TruthOf(above == Truth::kTrue && below == Truth::kTrue);
  }
  Truth operator()(const plan::CompareColumnsExpr& e) const {
    const NaiveValue a = Value(e.left);
    const NaiveValue b = Value(e.right);
    if (a.kind == NaiveValue::Kind::kNone || b.kind == NaiveValue::Kind::kNone) return Truth::kUnknown;
    if (a.kind == NaiveValue::Kind::kText) return TruthOf(Holds(e.op, a.text, b.text));
    if (a.kind == NaiveValue::Kind::kBool) return TruthOf(Holds(e.op, a.truth, b.truth));
    if (a.kind == NaiveValue::Kind::kInt && b.kind == NaiveValue::Kind::kInt)
      return TruthOf(Holds(e.op, a.integer, b.integer));
    return TruthOf(Holds(e.op, a.real, b.real));
  }
  /// The set itself is tested in plan/interval_set_test.cc.
  Truth operator()(const plan::IntervalsExpr& e) const {
    const NaiveValue value = Value(e.column);
    using Kind = NaiveValue::Kind;
    if (value.kind == Kind::kInt) return TruthOf(e.values->ContainsInt(value.integer));
    if (value.kind == Kind::kReal) return TruthOf(e.values->ContainsDouble(value.real));
    return value.kind == Kind::kText ? TruthOf(e.values->ContainsText(value.text)) : Truth::kUnknown;
  }
  Truth operator()(const plan::InExpr& e) const {
    const NaiveValue value = Value(e.column);
    const plan::ValueSet& set = *e.values;
    using Kind = NaiveValue::Kind;
    if (value.kind == Kind::kNone || value.kind == Kind::kOther) return Truth::kUnknown;
    if (set.empty()) return Truth::kFalse;
    // Constants of other kinds alone say nothing about the value.
    const bool numbers = !set.ints().empty() || !set.doubles().empty();
    if (value.is_number() ? !numbers : value.kind == Kind::kText ? set.texts().empty() : !set.has_bools())
      return Truth::kUnknown;
    bool hit = false;
    for (const bool b : {false, true})
      hit |= value.kind == Kind::kBool && set.ContainsBool(b) && value.truth == b;
    for (const std::string_view text : set.texts()) hit |= value.kind == Kind::kText && value.text == text;
    for (const double d : set.doubles()) hit |= value.is_number() && value.real == d;
    for (const int64_t i : set.ints()) {
      hit |= value.kind == Kind::kInt && set.doubles().empty() && value.integer == i;
      // 2^63 is the double of INT64_MAX, which it does not equal.
      hit |= value.kind == Kind::kReal && set.doubles().empty() && value.real < 0x1p63 &&
             value.real == static_cast<double>(i) && static_cast<int64_t>(value.real) == i;
    }
    return TruthOf(hit);
  }
  Truth operator()(const plan::LikeExpr& e) const {
    const NaiveValue value = Value(e.column);
    if (value.kind != NaiveValue::Kind::kText) return Truth::kUnknown;
    const std::string& pattern = e.pattern->pattern();
    return TruthOf(Like(pattern, value.text, IsValidUtf8(pattern)));
  }
  /// The pattern itself is tested in plan/regex_pattern_test.cc.
  Truth operator()(const plan::RegexExpr& e) const {
    const NaiveValue value = Value(e.column);
    return value.kind == NaiveValue::Kind::kText ? TruthOf(e.pattern->Matches(value.text)) : Truth::kUnknown;
  }
  /// The queries and relations themselves are tested in text/ and geo/.
  Truth operator()(const plan::TextMatchExpr& e) const { return Matches(e); }
  Truth operator()(const plan::PhraseMatchExpr& e) const { return Matches(e); }
  Truth operator()(const plan::GeometryExpr& e) const {
    const auto column = columns_(e.column.field);
    if (!column || !column->IsValid(row_)) return Truth::kUnknown;
    return TruthOf(e.predicate->Holds(column->TextAt(row_), e.predicate->NewScratch().get()));
  }
  Truth operator()(const plan::MatchExpr& e) const {
    const auto counted = columns_(e.column.field);
    if (!counted || !counted->IsValid(row_)) return Truth::kUnknown;
    int64_t passing = 0;
    const size_t all = CountElements(e.column, *counted, row_);
    for (size_t element = 0; element < all; ++element)
      passing += OfElement(*e.elements, element) == Truth::kTrue ? 1 : 0;
    using enum plan::MatchKind;
    if (e.kind == kAny) return TruthOf(passing > 0);
    if (e.kind == kAll) return TruthOf(passing == static_cast<int64_t>(all));
    if (e.kind == kLeast) return TruthOf(passing >= e.threshold);
    return TruthOf(e.kind == kMost ? passing <= e.threshold : passing == e.threshold);
  }
  Truth operator()(const plan::StartsWithExpr& e) const {
    const NaiveValue text = Value(e.column);
    const NaiveValue prefix = Value(e.prefix);
    if (text.kind != NaiveValue::Kind::kText || prefix.kind != NaiveValue::Kind::kText)
      return Truth::kUnknown;
    return TruthOf(text.text.substr(0, prefix.text.size()) == prefix.text);
  }
  Truth operator()(const plan::ContainsExpr& e) const {
    const auto column = columns_(e.column.field);
    if (!column || !column->IsValid(row_)) return Truth::kUnknown;
    const auto array = Json(*column, e.column);
    if (!array || array->kind != NaiveJson::Kind::kArray) return Truth::kFalse;
    size_t found = 0;
    for (const std::string_view key : e.elements->keys()) {
      bool there = false;
      for (const auto& [name, element] : array->members) {
        std::string_view rest = key;
        there |= EqualsPart(element, &rest) && rest.empty();
      }
      found += there;
    }
    return TruthOf(e.all ? found == e.elements->size() : found > 0);
  }
  Truth operator()(const plan::ArrayContainsExpr& e) const {
    const auto elements = Elements(e.column);
    if (!elements) return Truth::kUnknown;
    size_t found = 0;
    const auto look_for = [&](const plan::Literal& constant) {
      bool there = false;
      for (const NaiveValue& element : *elements)
        there |= Compare(element, plan::CompareOp::kEq, constant) == Truth::kTrue;
      found += there;
    };
    for (const bool b : {false, true}) {
      if (e.values->ContainsBool(b)) look_for(b);
    }
    for (const int64_t v : e.values->ints()) look_for(v);
    for (const double v : e.values->doubles()) look_for(v);
    for (const std::string_view v : e.values->texts()) look_for(std::string(v));
    return TruthOf(e.all ? e.possible && found == e.values->size() : found > 0);
  }
  Truth operator()(const plan::ArrayEqualsExpr& e) const {
    const auto elements = Elements(e.column);
    if (!elements) return Truth::kUnknown;
    const auto wanted = NaiveElements(e.column.element_type, e.value);
    bool equal = e.possible && elements->size() == wanted.size();
    for (size_t i = 0; equal && i < wanted.size(); ++i) {
      const NaiveValue &a = (*elements)[i], &b = wanted[i];
      equal = a.text == b.text && a.truth == b.truth && a.integer == b.integer && a.real == b.real;
    }
    return TruthOf(equal);
  }
  Truth operator()(const plan::ArrayLengthExpr& e) const {
    const auto column = columns_(e.column.field);
    if (!column || !column->IsValid(row_)) return Truth::kUnknown;
    if (e.column.type == DataType::kArray)
      return TruthOf(Holds(e.op, static_cast<int64_t>(Elements(e.column)->size()), e.value));
    if (e.column.type == DataType::kArrayOfVector)
      return TruthOf(Holds(e.op, static_cast<int64_t>(CountElements(e.column, *column, row_)), e.value));
    const auto array = Json(*column, e.column);
    if (!array || array->kind != NaiveJson::Kind::kArray) return Truth::kUnknown;
    return TruthOf(Holds(e.op, static_cast<int64_t>(array->members.size()), e.value));
  }
  Truth operator()(const plan::IsNullExpr& e) const {
    const auto column = columns_(e.column.field);
    return TruthOf(!column || !column->IsValid(row_));
  }
  Truth operator()(const plan::ExistsExpr& e) const {
    const auto column = columns_(e.column.field);
    if (!column || !column->IsValid(row_)) return Truth::kUnknown;
    const auto json = Json(*column, e.column);
    const bool empty = json && json->kind == NaiveJson::Kind::kObject && json->members.empty();
    return TruthOf(json && json->kind != NaiveJson::Kind::kNull && !empty);
  }

 private:
  Truth OfElement(const plan::ElementPredicate& predicate, size_t element) const {
    const std::vector<Column> values = ElementAlone(predicate, columns_, {row_, element});
    const auto column = [&values](FieldId field) -> std::optional<ColumnView> {
      for (const Column& value : values) {
        if (value.field() == field) return value.view();
      }
      return std::nullopt;
    };
    return NaiveFilter(column, 0).Of(predicate.filter->root());
  }
  template <class E>
  Truth Matches(const E& e) const {
    const auto column = columns_(e.column.field);
    if (!column || !column->IsValid(row_)) return Truth::kUnknown;
    text::Analysis analysis(e.query->analyzer());
    text::MatchScratch scratch;
    return TruthOf(e.query->Matches(column->TextAt(row_), &analysis, &scratch));
  }
  template <class T>
  static bool Holds(plan::CompareOp op, const T& a, const T& b) {
    constexpr bool kOf[6][3] = {{true, false, false}, {true, true, false},  {false, false, true},
                                {false, true, true},  {false, true, false}, {true, false, true}};
    if (a != a || b != b) return op == plan::CompareOp::kNe;  // not-a-number
    return kOf[static_cast<int>(op)][a < b ? 0 : a == b ? 1 : 2];
  }
  static Truth Compare(const NaiveValue& value, plan::CompareOp op, const plan::Literal& constant) {
    using Kind = NaiveValue::Kind;
    if (const auto* b = std::get_if<bool>(&constant)) {
      return value.kind == Kind::kBool ? TruthOf(Holds(op, value.truth, *b)) : Truth::kUnknown;
    }
    if (const auto* text = std::get_if<std::string>(&constant)) {
      return value.kind == Kind::kText ? TruthOf(Holds(op, value.text, *text)) : Truth::kUnknown;
    }
    if (!value.is_number()) return Truth::kUnknown;
    const auto* i = std::get_if<int64_t>(&constant);
    if (i != nullptr && value.kind == Kind::kInt) return TruthOf(Holds(op, value.integer, *i));
    if (i != nullptr && value.kind == Kind::kBeyondInt) return TruthOf(Holds(op, 1, 0));
    return TruthOf(
        Holds(op, value.real, i != nullptr ? static_cast<double>(*i) : std::get<double>(constant)));
  }
  /// Whether the element is the constant at the front of `key`, which is taken off where they are equal.
  static bool EqualsPart(const NaiveJson& element, std::string_view* key) {
    JsonPart part;
    if (!plan::TakeElementPart(key, &part)) return false;
    const NaiveValue value = NaiveOfJson(element);
    switch (part.kind) {
      case JsonPart::Kind::kBool:
        return value.kind == NaiveValue::Kind::kBool && value.truth == part.truth;
      case JsonPart::Kind::kText:
        return value.kind == NaiveValue::Kind::kText && value.text == part.text;
      case JsonPart::Kind::kInt:
        if (value.kind == NaiveValue::Kind::kInt) return value.integer == part.integer;
        // 2^63 is the double of INT64_MAX, which it does not equal.
        return value.kind == NaiveValue::Kind::kReal && value.real < 0x1p63 &&
               value.real == static_cast<double>(part.integer) &&
               static_cast<int64_t>(value.real) == part.integer;
      case JsonPart::Kind::kDouble:
        return value.kind != NaiveValue::Kind::kInt && value.is_number() && value.real == part.real;
      case JsonPart::Kind::kBeginArray:
        break;
      default:
        return false;
    }
    if (element.kind != NaiveJson::Kind::kArray) return false;
    for (const auto& [name, inner] : element.members) {
      if (!EqualsPart(inner, key)) return false;
    }
    return plan::TakeElementPart(key, &part) && part.kind == JsonPart::Kind::kEndArray;
  }
  static bool Calculate(const plan::Arithmetic& arithmetic, NaiveValue* value) {
    using plan::ArithOp;
    if (!value->is_number()) return false;
    const auto* constant = std::get_if<int64_t>(&arithmetic.operand);
    if (constant != nullptr && value->kind == NaiveValue::Kind::kInt) {
      // 128 bits hold every result; the low 64 are what a machine keeps.
      const __int128 a = value->integer, b = *constant;
      const __int128 results[] = {a + b, a - b, a * b, b == 0 ? 0 : a / b, b == 0 ? 0 : a % b,
                                  a & b, a | b, a ^ b};
      *value = NaiveNumber(static_cast<int64_t>(results[static_cast<int>(arithmetic.op)]));
      return true;
    }
    if (arithmetic.op > ArithOp::kDiv) return false;
    const double a = value->real;
    const double b =
        constant != nullptr ? static_cast<double>(*constant) : std::get<double>(arithmetic.operand);
    const double results[] = {a + b, a - b, a * b, a / b};
    *value = NaiveNumber(results[static_cast<int>(arithmetic.op)]);
    return true;
  }
  Truth Chain(const std::vector<plan::Expr>& operands, Truth decides) const {
    bool unknown = false;
    for (const plan::Expr& operand : operands) {
      const Truth t = Of(operand);
      if (t == decides) return t;
      unknown |= t == Truth::kUnknown;
    }
    return unknown ? Truth::kUnknown : TruthOf(decides == Truth::kFalse);
  }
  std::optional<NaiveJson> Json(const ColumnView& column, const plan::ColumnRef& ref) const {
    auto tree = NaiveJsonParser(column.TextAt(row_)).Parse();
    for (const plan::JsonStep& step : ref.path) {
      if (!tree) return std::nullopt;
      std::optional<NaiveJson> next;
      const bool by_index = tree->kind == NaiveJson::Kind::kArray && step.index >= 0;
      if (by_index && static_cast<size_t>(step.index) < tree->members.size()) {
        next = tree->members[static_cast<size_t>(step.index)].value;
      }
      for (const auto& [key, member] : tree->members) {
        if (tree->kind == NaiveJson::Kind::kObject && key == step.key && !next) next = member;
      }
      tree = std::move(next);
    }
    return tree;
  }
  /// Of a whole Array column; nothing: null.
  std::optional<std::vector<NaiveValue>> Elements(const plan::ColumnRef& ref) const {
    const auto column = columns_(ref.field);
    if (!column || !column->IsValid(row_)) return std::nullopt;
    return NaiveElements(ref.element_type, column->TextAt(row_));
  }
  NaiveValue Value(const plan::ColumnRef& ref) const {
    const auto column = columns_(ref.field);
    NaiveValue out;
    if (!column || !column->IsValid(row_)) return out;
    if (ref.is_element()) {
      const auto elements = NaiveElements(ref.type, column->TextAt(row_));
      return static_cast<size_t>(ref.element) < elements.size() ? elements[ref.element] : out;
    }
    switch (ref.type) {
      case DataType::kBool:
        out.kind = NaiveValue::Kind::kBool;
        out.truth = column->At<uint8_t>(row_) != 0;
        return out;
      case DataType::kInt8:
        return NaiveNumber(int64_t{column->At<int8_t>(row_)});
      case DataType::kInt16:
        return NaiveNumber(int64_t{column->At<int16_t>(row_)});
      case DataType::kInt32:
        return NaiveNumber(int64_t{column->At<int32_t>(row_)});
      case DataType::kInt64:
      case DataType::kTimestamptz:
        return NaiveNumber(column->At<int64_t>(row_));
      case DataType::kFloat:
        return NaiveNumber(double{column->At<float>(row_)});
      case DataType::kDouble:
        return NaiveNumber(column->At<double>(row_));
      case DataType::kVarChar:
        out.kind = NaiveValue::Kind::kText;
        out.text = std::string(column->TextAt(row_));
        return out;
      default:
        break;
    }
    const auto json = Json(*column, ref);
    return json ? NaiveOfJson(*json) : out;
  }
  /// Bytes of the character at the start of `text`; one where it is no UTF-8.
  static size_t CharacterBytes(std::string_view text) {
    for (size_t n = 4; n > 1; --n) {
      const auto lead = static_cast<unsigned char>(text[0]);
      const bool starts = n == 2   ? lead >= 0xC2 && lead < 0xE0
                          : n == 3 ? lead >= 0xE0 && lead < 0xF0
                                   : lead >= 0xF0 && lead < 0xF5;
      if (!starts || text.size() < n) continue;
      bool whole = true;
      for (size_t i = 1; i < n; ++i) whole &= (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
      if (whole) return n;
    }
    return 1;
  }
  static bool Like(std::string_view pattern, std::string_view text, bool whole) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '%') {
      // At the borders of characters, unless the pattern asks for a part of one.
      for (size_t at = 0;; at += whole ? CharacterBytes(text.substr(at)) : 1) {
        if (Like(pattern.substr(1), text.substr(at), whole)) return true;
        if (at >= text.size()) return false;
      }
    }
    if (text.empty()) return false;
    if (pattern[0] == '_') return Like(pattern.substr(1), text.substr(CharacterBytes(text)), whole);
    const size_t escaped = pattern[0] == '\\' ? 1 : 0;
    return pattern[escaped] == text[0] && Like(pattern.substr(escaped + 1), text.substr(1), whole);
  }

  const Columns columns_;
  const size_t row_;
};

}  // namespace redkite::exec
