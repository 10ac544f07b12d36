// Filter: the syntax tree of a random filter, and its text in the filter language with the values of its
// templates. Tests only; plain data.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exec/differential/value_fixture.h"
#include "types/schema.h"
#include "types/template_value.h"

namespace redkite::exec::differential {

/// A column, a place in a JSON column (the dynamic one, too), or an element of an Array column.
struct Operand {
  size_t field = 0;
  std::vector<std::string> path;
  int element = -1;
  DataType type = DataType::kNone;  // of the value
};

/// Makes the same choice everywhere, mostly the plainest.
inline constexpr uint64_t kPlainStyle = ~uint64_t{0};

enum class Op { kLt, kLe, kGt, kGe, kEq, kNe };

/// A regular expression over characters.
struct Pattern {
  enum class Kind { kText, kAny, kClass, kStar, kPlus, kMaybe, kSequence, kEither, kBegin, kEnd };
  Kind kind = Kind::kText;
  std::string text;  // kText: one character; kClass: the characters
  bool negated = false;
  std::vector<Pattern> parts;
};

struct Filter {
  enum class Kind {
    kConstant,
    kAnd,
    kOr,
    kNot,
    kCompare,
    kCompareColumns,
    kRange,
    kIn,
    kLike,
    kRegex,
    kIsNull,
    kExists,
    kContains,
    kContainsAny,
    kContainsAll,
    kLength,
    kArrayEquals,
    kStartsWith,
    kStartsWithColumn,
    kEmpty
  };
  Kind kind = Kind::kConstant;
  std::vector<Filter> parts;  // of and, or, not
  Operand left, right;
  Op op = Op::kEq;
  Value value;  // the constant, a list of them, a pattern; kRange: the lower bound
  Value upper;
  bool with_lower = false, with_upper = false;
  bool negated = false;  // not in, is not null, !~, != of arrays
  char arithmetic = 0;   // or + - * / % & | ^
  Value operand;         // of the arithmetic
  Pattern pattern;
  uint64_t style = 0;  // what the text looks like
};

class FilterPrinter {
 public:
  explicit FilterPrinter(const CollectionSchema& schema) : schema_(schema) {}

  std::string Print(const Filter& filter) {
    style_ = filter.style;
    const auto flip = [&](uint64_t n) { return Style(n) == 0; };
    switch (filter.kind) {
      case Filter::Kind::kConstant: {
        static constexpr const char* kTrue[] = {"true", "True", "TRUE"};
        static constexpr const char* kFalse[] = {"false", "False", "FALSE"};
        return (filter.value.truth ? kTrue : kFalse)[Style(3)];
      }
      case Filter::Kind::kAnd:
      case Filter::Kind::kOr:
        return Chain(filter);
      case Filter::Kind::kNot: {
        static constexpr const char* kWords[] = {"not ", "NOT ", "!", "not"};
        return kWords[Style(4)] + ("(" + Print(filter.parts[0]) + ")");
      }
      case Filter::Kind::kCompare: {
        std::string left = Name(filter.left);
        if (filter.arithmetic != 0) {
          const bool commutes =
              filter.arithmetic != '-' && filter.arithmetic != '/' && filter.arithmetic != '%';
          const std::string sign = std::string(" ") + filter.arithmetic + " ";
          const std::string operand = Constant(filter.operand);
          left = commutes && flip(3) ? operand + sign + left : left + sign + operand;
          left = "(" + left + ")";  // bit operators bind loosely
        }
        return TwoSides(left, filter.op, Constant(filter.value), flip(4));
      }
      case Filter::Kind::kCompareColumns:
        return Name(filter.left) + Sign(filter.op) + Name(filter.right);
      case Filter::Kind::kRange:
        return Range(filter);
      case Filter::Kind::kIn: {
        static constexpr const char* kWords[] = {" in ", " IN "};
        static constexpr const char* kNotWords[] = {" not in ", " NOT IN "};
        return Name(filter.left) + (filter.negated ? kNotWords : kWords)[Style(2)] + List(filter.value);
      }
      case Filter::Kind::kLike:
        return Name(filter.left) + (flip(3) ? " LIKE " : " like ") + Constant(filter.value);
      case Filter::Kind::kRegex:
        return Name(filter.left) + (filter.negated ? " !~ " : " =~ ") + Regex(filter.pattern);
      case Filter::Kind::kIsNull: {
        static constexpr const char* kWords[] = {" is null", " IS NULL"};
        static constexpr const char* kNotWords[] = {" is not null", " IS NOT NULL"};
        return Name(filter.left) + (filter.negated ? kNotWords : kWords)[Style(2)];
      }
      case Filter::Kind::kExists:
        return (flip(3) ? "EXISTS " : "exists ") + Name(filter.left);
      case Filter::Kind::kContains:
        return Call("contains", filter.left,
                    filter.value.kind == Value::Kind::kArray ? List(filter.value) : Constant(filter.value));
      case Filter::Kind::kContainsAny:
        return Call("contains_any", filter.left, List(filter.value));
      case Filter::Kind::kContainsAll:
        return Call("contains_all", filter.left, List(filter.value));
      case Filter::Kind::kLength: {
        const std::string length = (flip(3) ? "ARRAY_LENGTH(" : "array_length(") + Name(filter.left) + ")";
        return TwoSides(length, filter.op, Constant(filter.value), flip(4));
      }
      case Filter::Kind::kArrayEquals:
        return TwoSides(Name(filter.left), filter.negated ? Op::kNe : Op::kEq, List(filter.value), flip(4));
      case Filter::Kind::kStartsWith:
        return (flip(3) ? "Starts_With(" : "starts_with(") + Name(filter.left) + ", " +
               Constant(filter.value) + ")";
      case Filter::Kind::kStartsWithColumn:
        return "starts_with(" + Name(filter.left) + ", " + Name(filter.right) + ")";
      default:
        return (flip(3) ? "EMPTY(" : "empty(") + Name(filter.left) + ")";
    }
  }
  TemplateValues TakeTemplates() { return std::move(templates_); }

  static std::string RegexText(const Pattern& pattern) {
    switch (pattern.kind) {
      case Pattern::Kind::kText:
        return Escaped(pattern.text);
      case Pattern::Kind::kAny:
        return ".";
      case Pattern::Kind::kClass:
        return (pattern.negated ? "[^" : "[") + pattern.text + "]";
      case Pattern::Kind::kStar:
        return "(" + RegexText(pattern.parts[0]) + ")*";
      case Pattern::Kind::kPlus:
        return "(?:" + RegexText(pattern.parts[0]) + ")+";
      case Pattern::Kind::kMaybe:
        return "(" + RegexText(pattern.parts[0]) + ")?";
      case Pattern::Kind::kBegin:
        return "^";
      case Pattern::Kind::kEnd:
        return "$";
      default: {
        std::string out;
        for (const Pattern& part : pattern.parts) {
          if (pattern.kind == Pattern::Kind::kEither && !out.empty()) out += "|";
          out += pattern.kind == Pattern::Kind::kEither ? "(?:" + RegexText(part) + ")" : RegexText(part);
        }
        return "(?:" + out + ")";
      }
    }
  }

 private:
  /// The next choice among n that the style makes.
  uint64_t Style(uint64_t n) {
    if (style_ == kPlainStyle) return n - 1;
    const uint64_t choice = style_ % n;
    style_ = style_ / n + (style_ % n) * 0x9e3779b97f4a7c15u;
    return choice;
  }
  static const char* Sign(Op op) {
    static constexpr const char* kSigns[] = {" < ", " <= ", " > ", " >= ", " == ", " != "};
    return kSigns[static_cast<int>(op)];
  }
  static Op Mirror(Op op) {
    static constexpr Op kMirror[] = {Op::kGt, Op::kGe, Op::kLt, Op::kLe, Op::kEq, Op::kNe};
    return kMirror[static_cast<int>(op)];
  }
  static std::string TwoSides(const std::string& left, Op op, const std::string& right, bool mirrored) {
    return mirrored ? right + Sign(Mirror(op)) + left : left + Sign(op) + right;
  }
  static std::string Escaped(const std::string& character) {
    static constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";
    return kSpecial.find(character) == std::string_view::npos ? character : "\\" + character;
  }
  std::string Chain(const Filter& filter) {
    static constexpr const char* kAnd[] = {" and ", " && ", " AND "};
    static constexpr const char* kOr[] = {" or ", " || ", " OR "};
    const bool is_and = filter.kind == Filter::Kind::kAnd;
    const char* word = (is_and ? kAnd : kOr)[Style(3)];
    const bool bare = Style(2) == 0;
    std::string out;
    for (const Filter& part : filter.parts) {
      // `and` binds tighter than `or`, everything that is no chain tighter than both.
      const bool chain =
          part.kind == Filter::Kind::kOr || (part.kind == Filter::Kind::kAnd && !is_and && !bare);
      const std::string text = Print(part);
      if (!out.empty()) out += word;
      out += chain || !bare || part.kind == Filter::Kind::kRange ? "(" + text + ")" : text;
    }
    return out;
  }
  std::string Range(const Filter& filter) {
    const std::string name = Name(filter.left);
    const std::string low = Constant(filter.value), high = Constant(filter.upper);
    if (Style(2) == 0) {
      return low + (filter.with_lower ? " <= " : " < ") + name + (filter.with_upper ? " <= " : " < ") + high;
    }
    return high + (filter.with_upper ? " >= " : " > ") + name + (filter.with_lower ? " >= " : " > ") + low;
  }
  std::string Call(const char* name, const Operand& operand, const std::string& argument) {
    std::string out = (Style(2) == 0 ? "json_" : "array_") + std::string(name);
    if (Style(3) == 0) {
      for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out + "(" + Name(operand) + ", " + argument + ")";
  }
  std::string Name(const Operand& operand) {
    const FieldSchema& field = schema_.fields[operand.field];
    std::string out = field.name;
    size_t step = 0;
    if (field.is_dynamic && !operand.path.empty() && IsName(operand.path[0]) && Style(2) == 0)
      out = operand.path[step++];
    for (; step < operand.path.size(); ++step) {
      const std::string& key = operand.path[step];
      const bool number = !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
      out += "[" + (number && Style(2) == 0 ? key : Quoted(key)) + "]";
    }
    if (operand.element >= 0) out += "[" + std::to_string(operand.element) + "]";
    return out;
  }
  /// A key that can stand alone; none of the fields is called so.
  static bool IsName(const std::string& key) { return key == "a" || key == "b" || key == "k"; }
  std::string Quoted(const std::string& text) {
    const char quote = Style(2) == 0 ? '"' : '\'';
    const bool raw = Style(4) == 0 && text.find(quote) == std::string::npos && !text.ends_with('\\') &&
                     text.find('\n') == std::string::npos;
    std::string out = raw ? std::string(Style(2) == 0 ? "r" : "R") + quote : std::string(1, quote);
    for (const char c : text) {
      if (raw) {
        out += c;
      } else if (c == quote || c == '\\') {
        out += {'\\', c};
      } else if (c == '\n') {
        out += "\\n";
      } else if (c == '\t' && Style(2) == 0) {
        out += "\\t";
      } else if (c == 'a' && Style(16) == 0) {
        out += Style(2) == 0 ? "\\x61" : "\\u0061";
      } else {
        out += c;
      }
    }
    return out + quote;
  }
  std::string Integer(int64_t v) {
    if (v < 0 || Style(8) != 0) return std::to_string(v);
    char buffer[80];
    const int bases[] = {16, 8, 2};
    const char* const prefixes[] = {"0x", "0", "0b"};
    const uint64_t which = Style(3);
    return prefixes[which] +
           std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, v, bases[which]).ptr);
  }
  std::string Constant(const Value& value) {
    if (Style(5) == 0) {
      switch (value.kind) {
        case Value::Kind::kBool:
          return Given({value.truth});
        case Value::Kind::kInt:
          return Given({value.integer});
        case Value::Kind::kReal:
          return Given({value.real});
        default:
          return Given({value.text});
      }
    }
    return Literal(value);
  }
  std::string Literal(const Value& value) {
    switch (value.kind) {
      case Value::Kind::kBool:
        return value.truth ? "true" : "false";
      case Value::Kind::kInt:
        if (Style(12) == 0 && value.integer > -1000 && value.integer < 1000)
          return "(" + std::to_string(value.integer - 7) + " + 7)";
        return Integer(value.integer);
      case Value::Kind::kReal:
        return RealText(value.real);
      case Value::Kind::kText:
        return Quoted(value.text);
      default:
        break;
    }
    std::string out = "[";
    for (const auto& [key, element] : value.members) out += (out.size() > 1 ? ", " : "") + Literal(element);
    return out + (out.size() > 1 && Style(8) == 0 ? ",]" : "]");
  }
  std::string List(const Value& list) {
    return Style(5) == 0 ? Given({std::make_shared<const TemplateArray>(ArrayOf(list))}) : Literal(list);
  }
  std::string Regex(const Pattern& pattern) {
    const std::string text = RegexText(pattern);
    if (Style(4) == 0) return Given({text});
    return "r\"" + text + "\"";
  }
  std::string Given(TemplateValue value) {
    const std::string name = "t" + std::to_string(templates_.size());
    templates_.emplace(name, std::move(value));
    return "{" + name + "}";
  }
  /// Of one kind where all elements are, else each as JSON.
  static TemplateArray ArrayOf(const Value& list) {
    TemplateArray array;
    bool arrays = !list.members.empty(), same = true;
    for (const auto& [key, element] : list.members) {
      arrays &= element.kind == Value::Kind::kArray;
      same &= element.kind == list.members[0].second.kind;
    }
    if (list.members.empty()) return array;
    if (arrays) {
      for (const auto& [key, element] : list.members) array.arrays.push_back(ArrayOf(element));
      return array;
    }
    const Value::Kind kind = list.members[0].second.kind;
    const DataType type = !same                        ? DataType::kJson
                          : kind == Value::Kind::kBool ? DataType::kBool
                          : kind == Value::Kind::kInt  ? DataType::kInt64
                          : kind == Value::Kind::kReal ? DataType::kDouble
                                                       : DataType::kVarChar;
    array.values = Column(FieldId(), type, 0);
    for (const auto& [key, element] : list.members) {
      if (type == DataType::kBool)
        array.values.Append<uint8_t>(element.truth ? 1 : 0);
      else if (type == DataType::kInt64)
        array.values.Append(element.integer);
      else if (type == DataType::kDouble)
        array.values.Append(element.real);
      else
        array.values.AppendText(type == DataType::kVarChar ? element.text
                                                           : JsonPrinter(nullptr).Print(element));
    }
    return array;
  }

  const CollectionSchema& schema_;
  TemplateValues templates_;
  uint64_t style_ = 0;
};

}  // namespace redkite::exec::differential
