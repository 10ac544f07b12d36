// For fuzzers: FilterText prints a plan as a filter text that parses to the same plan; FilterMaker makes a
// well-formed filter of a fuzzer's input, over the fields of filter_test_schema.h. Thread safety: one thread.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/testing/fuzz_input.h"
#include "plan/filter_plan.h"
#include "plan/filter_templates_fixture.h"
#include "types/array_value.h"

namespace redkite::plan {

inline std::string QuotedText(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\')
      out.push_back(c);
    else
      out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return out + "\"";
}

inline std::string NumberText(double d) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, d, std::chars_format::scientific).ptr;
  std::string text(buffer, end);  // "-1.5e+03" or "1e+00": an exponent makes it a float
  return text;
}

class FilterTextPrinter {
 public:
  explicit FilterTextPrinter(const CollectionSchema& schema) : schema_(schema) {}
  /// Nothing where the language has no text for it: infinity, not-a-number.
  std::optional<std::string> Text(const Expr& expr) {
    Print(expr);
    if (!printable_) return std::nullopt;
    return std::move(out_);
  }

  void operator()(const ConstantExpr& e) { out_ += e.value ? "true" : "false"; }
  void operator()(const AndExpr& e) { Chain(e.operands, " and "); }
  void operator()(const OrExpr& e) { Chain(e.operands, " or "); }
  void operator()(const NotExpr& e) {
    out_ += "not (";
    Print(*e.operand);
    out_ += ")";
  }
  void operator()(const CompareExpr& e) {
    static constexpr const char* kArith[] = {" + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ "};
    if (e.arithmetic) out_ += "(";
    Column(e.column);
    if (e.arithmetic) {
      out_ += kArith[static_cast<int>(e.arithmetic->op)];
      Value(e.arithmetic->operand);
      out_ += ")";
    }
    out_ += kCompare[static_cast<int>(e.op)];
    Value(e.value);
  }
  void operator()(const RangeExpr& e) {
    Value(e.lower);
    out_ += e.lower_inclusive ? " <= " : " < ";
    Column(e.column);
    out_ += e.upper_inclusive ? " <= " : " < ";
    Value(e.upper);
  }
  void operator()(const CompareColumnsExpr& e) {
    Column(e.left);
    out_ += kCompare[static_cast<int>(e.op)];
    Column(e.right);
  }
  void operator()(const InExpr& e) {
    Column(e.column);
    out_ += " in ";
    List(*e.values);
  }
  void operator()(const LikeExpr& e) {
    Column(e.column);
    out_ += " like " + QuotedText(e.pattern->pattern());
  }
  void operator()(const RegexExpr& e) {
    // In a raw literal, where no escape can stand for a quote.
    const std::string& pattern = e.pattern->pattern();
    const char quote = pattern.find('"') == std::string::npos ? '"' : '\'';
    printable_ = printable_ && pattern.find(quote) == std::string::npos;
    Column(e.column);
    out_ += std::string(" =~ r") + quote + pattern + quote;
  }
  void operator()(const StartsWithExpr& e) {
    out_ += "starts_with(";
    Column(e.column);
    out_ += ", ";
    Column(e.prefix);
    out_ += ")";
  }
  void operator()(const ContainsExpr& e) {
    out_ += e.all ? "json_contains_all(" : "json_contains_any(";
    Column(e.column);
    out_ += ", [";
    for (const std::string_view key : e.elements->keys()) Element(key);
    out_ += "])";
  }
  void operator()(const ArrayContainsExpr& e) {
    printable_ = printable_ && e.possible;
    out_ += e.all ? "array_contains_all(" : "array_contains_any(";
    Column(e.column);
    out_ += ", ";
    List(*e.values);
    out_ += ")";
  }
  void operator()(const ArrayEqualsExpr& e) {
    printable_ = printable_ && e.possible;
    Column(e.column);
    out_ += " == [";
    ArrayValue::Parse(e.column.element_type, e.value)->ForEach([this]<class T>(T element) {
      if (!out_.ends_with('[')) out_ += ", ";
      if constexpr (std::is_same_v<T, bool>)
        Value(element);
      else if constexpr (std::is_same_v<T, std::string_view>)
        Value(std::string(element));
      else if constexpr (std::is_floating_point_v<T>)
        Value(static_cast<double>(element));
      else
        Value(static_cast<int64_t>(element));
    });
    out_ += "]";
  }
  void operator()(const ArrayLengthExpr& e) {
    out_ += "array_length(";
    Column(e.column);
    out_ += ")";
    out_ += kCompare[static_cast<int>(e.op)];
    Value(e.value);
  }
  void operator()(const IsNullExpr& e) {
    Column(e.column);
    out_ += " is null";
  }
  void operator()(const ExistsExpr& e) {
    out_ += "exists ";
    Column(e.column);
  }
  /// A kind of predicate that this printer does not know yet.
  template <class Other>
  void operator()(const Other&) {
    printable_ = false;
  }

 private:
  static constexpr const char* kCompare[] = {" < ", " <= ", " > ", " >= ", " == ", " != "};

  void Print(const Expr& expr) { std::visit(*this, expr.node); }
  void Chain(const std::vector<Expr>& operands, const char* word) {
    for (size_t i = 0; i < operands.size(); ++i) {
      out_ += i > 0 ? word : "";
      out_ += "(";
      Print(operands[i]);
      out_ += ")";
    }
  }
  void List(const ValueSet& values) {
    out_ += "[";
    const auto each = [this](const Literal& value) {
      if (!out_.ends_with('[')) out_ += ", ";
      Value(value);
    };
    for (const bool b : {false, true}) {
      if (values.ContainsBool(b)) each(b);
    }
    for (const int64_t v : values.ints()) each(v);
    for (const double v : values.doubles()) each(v);
    for (const std::string_view v : values.texts()) each(std::string(v));
    out_ += "]";
  }
  void Column(const ColumnRef& column) {
    for (const FieldSchema& field : schema_.fields) {
      if (field.id == column.field) out_ += field.name;
    }
    if (column.is_element()) out_ += "[" + std::to_string(column.element) + "]";
    for (const JsonStep& step : column.path) out_ += "[" + QuotedText(step.key) + "]";
  }
  void Element(std::string_view key) {
    for (JsonPart part; TakeElementPart(&key, &part);) {
      if (part.kind != JsonPart::Kind::kEndArray && !out_.ends_with('[')) out_ += ", ";
      switch (part.kind) {
        case JsonPart::Kind::kBool:
          Value(part.truth);
          break;
        case JsonPart::Kind::kInt:
          Value(part.integer);
          break;
        case JsonPart::Kind::kDouble:
          Value(part.real);
          break;
        case JsonPart::Kind::kText:
          Value(std::string(part.text));
          break;
        default:
          out_ += part.kind == JsonPart::Kind::kBeginArray ? "[" : "]";
      }
    }
  }
  void Value(const Literal& value) {
    if (const auto* b = std::get_if<bool>(&value)) out_ += *b ? "true" : "false";
    if (const auto* i = std::get_if<int64_t>(&value)) out_ += std::to_string(*i);
    if (const auto* text = std::get_if<std::string>(&value)) out_ += QuotedText(*text);
    if (const auto* d = std::get_if<double>(&value)) {
      printable_ = printable_ && std::isfinite(*d);
      out_ += NumberText(*d);
    }
  }

  const CollectionSchema& schema_;
  std::string out_;
  bool printable_ = true;
};

inline std::optional<std::string> FilterText(const Expr& expr, const CollectionSchema& schema) {
  return FilterTextPrinter(schema).Text(expr);
}

/// A filter with its parts: what the text of a chain means follows from the texts of its operands.
struct MadeFilter {
  enum class Kind { kLeaf, kAnd, kOr, kNot };
  Kind kind = Kind::kLeaf;
  std::string text;
  std::vector<MadeFilter> parts;
};

class FilterMaker {
 public:
  explicit FilterMaker(fuzz::FuzzInput* input) : input_(input) {}
  std::string Make(int depth = 4) { return MakeTree(depth).text; }
  MadeFilter MakeTree(int depth = 4) {
    switch (depth == 0 ? 9 : input_->Below(10)) {
      case 0:
        return Chain(MadeFilter::Kind::kAnd, depth);
      case 1:
        return Chain(MadeFilter::Kind::kOr, depth);
      case 2: {
        MadeFilter made{MadeFilter::Kind::kNot, "", {MakeTree(depth - 1)}};
        made.text = "not (" + made.parts[0].text + ")";
        return made;
      }
      default:
        return {MadeFilter::Kind::kLeaf, Leaf(), {}};
    }
  }

 private:
  MadeFilter Chain(MadeFilter::Kind kind, int depth) {
    MadeFilter made{kind, "", {}};
    for (uint64_t n = 2 + input_->Below(4); n > 0; --n) {
      made.parts.push_back(MakeTree(depth - 1));
      made.text += made.text.empty() ? "(" : kind == MadeFilter::Kind::kAnd ? " and (" : " or (";
      made.text += made.parts.back().text + ")";
    }
    return made;
  }
  std::string Column() {
    static constexpr const char* kColumns[] = {
        "i64", "id",     "b",           "i8",        "i16",   "i32",        "f",     "d",       "s",
        "t",   "j['a']", "j['b']['a']", "j['b'][0]", "j",     "$meta['a']", "color", "j['0']",  "j['']",
        "arr", "arr[0]", "arr[1]",      "arr[9]",    "ab",    "ab[0]",      "ai8",   "ai8[1]",  "ai16[0]",
        "af",  "af[0]",  "ad[1]",       "as",        "as[0]", "as[1]",      "ai32",  "ai32[2]", "ad"};
    return input_->OneOf(kColumns);
  }
  std::string Constant() {
    static constexpr const char* kTemplates[] = {"{x}", "{r}", "{s}", "{t}", "{nan}"};
    switch (input_->Below(9)) {
      case 8:
        return input_->OneOf(kTemplates);
      case 0:
      case 1:
      case 2:
        return std::to_string(input_->Integer());
      case 3: {
        const double d = input_->Real();
        return std::isfinite(d) ? NumberText(d)
               : d > 0          ? "(1e308 * 10)"
               : d < 0          ? "(-1e308 * 10)"
                                : "((-1.0) ** 0.5)";
      }
      case 4:
        return input_->OneIn(2) ? "true" : "false";
      case 5:
        return QuotedText(input_->Bytes(6));
      case 6: {
        static constexpr const char* kTexts[] = {"''", "'apple'", "'ap'", "'b%'", "'é'", "'a'", "'%'"};
        return input_->OneOf(kTexts);
      }
      default:
        return std::to_string(input_->Below(4)) + input_->OneOf(kOperators) +
               std::to_string(1 + input_->Below(4));
    }
  }
  std::string Leaf() {
    static constexpr const char* kCompare[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
    static constexpr const char* kPatterns[] = {"'a%'",   "'%a'",     "'%a%'", "'_'", "'%_%'",
                                                "'a_%e'", "'\\\\%%'", "'%é'",  "''",  "{s}"};
    static constexpr const char* kRegexes[] = {"'^a'",         "'p+l'",     "'^.$'",       "''",  "'(?i)A|é'",
                                               "'[^a-c]{2,}'", "r'\\d\\W'", "'(ap|b)*e$'", "{s}", "'\\\\.'"};
    static constexpr const char* kMatches[] = {" =~ ", " !~ "};
    const std::string column = Column();
    switch (input_->Below(15)) {
      case 13:
        return column + input_->OneOf(kMatches) +
               (input_->OneIn(3) ? "r" + PlainText(input_->Bytes(6)) : input_->OneOf(kRegexes));
      case 12:
        return Contains(column);
      case 11:
        return "array_length(" + column + ")" + input_->OneOf(kCompare) +
               (input_->OneIn(4) ? Constant() : std::to_string(input_->Below(4)));
      case 10:
        if (input_->OneIn(3)) return "empty(" + column + ")";
        return "starts_with(" + column + ", " + (input_->OneIn(2) ? Column() : Constant()) + ")";
      case 0:
      case 1:
        return column + input_->OneOf(kCompare) + Constant();
      case 2:
        return Constant() + input_->OneOf(kCompare) + column;
      case 3: {
        if (input_->OneIn(4)) return column + " in " + input_->OneOf(kLists);
        std::string text = column + (input_->OneIn(3) ? " not in [" : " in [");
        for (uint64_t n = input_->Below(6); n > 0; --n) text += Constant() + ", ";
        return text + (text.ends_with('[') ? "" : Constant()) + "]";
      }
      case 4:
        return column + " like " +
               (input_->OneIn(3) ? QuotedText(input_->Bytes(8)) : input_->OneOf(kPatterns));
      case 5:
        return column + (input_->OneIn(2) ? " is not null" : " is null");
      case 6:
        return "exists " + column;
      case 7:
        return column + input_->OneOf(kOperators) + Constant() + input_->OneOf(kCompare) + Constant();
      case 8:
        return Constant() + (input_->OneIn(2) ? " <= " : " < ") + column +
               (input_->OneIn(2) ? " <= " : " < ") + Constant();
      case 9:
        return column + (input_->OneIn(3) ? " != " : " == ") + Elements(0);
      default:
        return column + input_->OneOf(kCompare) + Column();
    }
  }
  std::string Contains(const std::string& column) {
    static constexpr const char* kNames[] = {"json_contains",      "json_contains_any",  "json_contains_all",
                                             "ARRAY_CONTAINS_ALL", "array_contains_any", "array_contains"};
    const bool single = input_->OneIn(3);
    return input_->OneOf(kNames) + ("(" + column) + ", " + (single ? Element(0) : Elements(3)) + ")";
  }
  std::string Element(int depth) {
    static constexpr const char* kElements[] = {"1", "1.0", "'apple'", "true", "'x'",
                                                "5", "2.5", "''",      "-0.0"};
    if (depth > 0 && input_->OneIn(4)) return Elements(depth - 1);
    return input_->OneIn(4) ? Constant() : input_->OneOf(kElements);
  }
  std::string Elements(int depth) {
    if (input_->OneIn(4)) return input_->OneOf(kLists);
    std::string text = "[";
    for (uint64_t n = input_->Below(5); n > 0; --n) text += Element(depth) + ", ";
    return text + "]";
  }
  /// Between quotes that it does not hold.
  static std::string PlainText(std::string_view bytes) {
    std::string text = "'";
    for (const char c : bytes) {
      if (c != '\'') text.push_back(c);
    }
    return text + "'";
  }
  static constexpr const char* kLists[] = {"{ints}",  "{list}", "{texts}",   "{json}",
                                           "{bools}", "{none}", "{scalars}", "{nested}"};
  static constexpr const char* kOperators[] = {" + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ "};

  fuzz::FuzzInput* const input_;
};

}  // namespace redkite::plan
