// RowTruth: whether a filter holds for a row, from the filter's own tree and the row's own values, as the
// contract of the filter language says it. Slow and plain. Tests only; pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exec/differential/filter_fixture.h"
#include "exec/differential/table_fixture.h"

namespace redkite::exec::differential {

enum class Truth3 { kFalse, kTrue, kUnknown };

/// The characters of a text in valid UTF-8.
inline std::vector<std::string_view> Characters(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

/// Matches by keeping every place that a part of the pattern may end at, so that no pattern takes long.
class PatternMatcher {
 public:
  explicit PatternMatcher(std::string_view text) : characters_(Characters(text)) {}
  bool FindsIn(const Pattern& pattern) const {
    const Places ends = EndsOf(pattern, Places(characters_.size() + 1, true));
    return std::find(ends.begin(), ends.end(), true) != ends.end();
  }
  /// A pattern of `like`, which has to match the whole text.
  bool IsLike(std::string_view like) const {
    Places at(characters_.size() + 1, false);
    at[0] = true;
    const std::vector<std::string_view> pattern = Characters(like);
    for (size_t p = 0; p < pattern.size(); ++p) {
      if (pattern[p] == "%") {
        for (size_t i = 1; i < at.size(); ++i) at[i] = at[i] || at[i - 1];
        continue;
      }
      const bool any = pattern[p] == "_";
      if (pattern[p] == "\\") ++p;
      at = Step(at, [&](std::string_view character) { return any || character == pattern[p]; });
    }
    return at.back();
  }

 private:
  using Places = std::vector<bool>;  // between the characters

  static bool InClass(const Pattern& pattern, std::string_view character) {
    if (pattern.text == "a-c") return character == "a" || character == "b" || character == "c";
    for (const std::string_view one : Characters(pattern.text)) {
      if (one == character) return true;
    }
    return false;
  }
  static Places Union(Places a, const Places& b) {
    for (size_t i = 0; i < a.size(); ++i) a[i] = a[i] || b[i];
    return a;
  }
  /// Behind each character that passes the test and begins at one of the places.
  template <class Test>
  Places Step(const Places& starts, Test test) const {
    Places ends(starts.size(), false);
    for (size_t i = 0; i < characters_.size(); ++i) ends[i + 1] = starts[i] && test(characters_[i]);
    return ends;
  }
  Places Repeated(const Pattern& part, Places reached) const {
    for (;;) {
      const Places more = Union(reached, EndsOf(part, reached));
      if (more == reached) return reached;
      reached = more;
    }
  }
  Places EndsOf(const Pattern& pattern, const Places& starts) const {
    Places ends(starts.size(), false);
    switch (pattern.kind) {
      case Pattern::Kind::kText:
        return Step(starts, [&](std::string_view c) { return c == pattern.text; });
      case Pattern::Kind::kAny:
        return Step(starts, [](std::string_view c) { return c != "\n"; });
      case Pattern::Kind::kClass:
        return Step(starts, [&](std::string_view c) { return InClass(pattern, c) != pattern.negated; });
      case Pattern::Kind::kBegin:
        ends.front() = starts.front();
        return ends;
      case Pattern::Kind::kEnd:
        ends.back() = starts.back();
        return ends;
      case Pattern::Kind::kMaybe:
        return Union(starts, EndsOf(pattern.parts[0], starts));
      case Pattern::Kind::kStar:
        return Repeated(pattern.parts[0], starts);
      case Pattern::Kind::kPlus:
        return Repeated(pattern.parts[0], EndsOf(pattern.parts[0], starts));
      case Pattern::Kind::kEither:
        for (const Pattern& part : pattern.parts) ends = Union(std::move(ends), EndsOf(part, starts));
        return ends;
      default:
        ends = starts;
        for (const Pattern& part : pattern.parts) ends = EndsOf(part, ends);
        return ends;
    }
  }

  const std::vector<std::string_view> characters_;
};

class RowTruth {
 public:
  RowTruth(const std::vector<FieldSchema>& fields, const Row& row) : fields_(fields), row_(row) {}

  Truth3 Of(const Filter& filter) const {
    switch (filter.kind) {
      case Filter::Kind::kConstant:
        return As(filter.value.truth);
      case Filter::Kind::kAnd:
        return Chain(filter.parts, Truth3::kFalse, Truth3::kTrue);
      case Filter::Kind::kOr:
        return Chain(filter.parts, Truth3::kTrue, Truth3::kFalse);
      case Filter::Kind::kNot:
        return Not(Of(filter.parts[0]));
      case Filter::Kind::kIsNull:
        return IsNull(filter);
      case Filter::Kind::kExists:
        return Exists(filter.left);
      case Filter::Kind::kContains:
      case Filter::Kind::kContainsAny:
      case Filter::Kind::kContainsAll:
        return Contains(filter);
      default:
        break;
    }
    const Value* value = At(filter.left);
    if (value == nullptr) return Truth3::kUnknown;
    switch (filter.kind) {
      case Filter::Kind::kCompare:
        return filter.arithmetic != 0 ? Calculated(filter, *value)
                                      : Compare(filter.left.type, *value, filter.op, filter.value);
      case Filter::Kind::kRange: {
        const Truth3 above =
            Compare(filter.left.type, *value, filter.with_lower ? Op::kGe : Op::kGt, filter.value);
        const Truth3 below =
            Compare(filter.left.type, *value, filter.with_upper ? Op::kLe : Op::kLt, filter.upper);
        return And(above, below);
      }
      case Filter::Kind::kIn: {
        const Truth3 in = In(filter.left.type, *value, filter.value);
        return filter.negated ? Not(in) : in;
      }
      case Filter::Kind::kLength:
        if (value->kind != Value::Kind::kArray) return Truth3::kUnknown;
        return As(Holds(filter.op, static_cast<int64_t>(value->members.size()), filter.value.integer));
      case Filter::Kind::kArrayEquals:
        return As(SameArray(filter.left, *value, filter.value) != filter.negated);
      default:
        return OfText(filter, *value);
    }
  }

 private:
  static Truth3 As(bool v) { return v ? Truth3::kTrue : Truth3::kFalse; }
  static Truth3 Not(Truth3 t) { return t == Truth3::kUnknown ? t : As(t == Truth3::kFalse); }
  static Truth3 And(Truth3 a, Truth3 b) {
    if (a == Truth3::kFalse || b == Truth3::kFalse) return Truth3::kFalse;
    return a == Truth3::kTrue && b == Truth3::kTrue ? Truth3::kTrue : Truth3::kUnknown;
  }
  Truth3 Chain(const std::vector<Filter>& parts, Truth3 decides, Truth3 otherwise) const {
    Truth3 truth = otherwise;
    for (const Filter& part : parts) {
      const Truth3 t = Of(part);
      if (t == decides) return t;
      if (t == Truth3::kUnknown) truth = t;
    }
    return truth;
  }
  template <class T>
  static bool Holds(Op op, const T& a, const T& b) {
    switch (op) {
      case Op::kLt:
        return a < b;
      case Op::kLe:
        return a <= b;
      case Op::kGt:
        return a > b;
      case Op::kGe:
        return a >= b;
      case Op::kEq:
        return a == b;
      default:
        return !(a == b);
    }
  }
  const std::optional<Value>& Cell(const Operand& operand) const { return row_[operand.field]; }
  /// What the operand names; nothing where the row is null or has nothing there.
  const Value* At(const Operand& operand) const {
    if (!Cell(operand)) return nullptr;
    const Value* at = &*Cell(operand);
    if (operand.element >= 0) {
      const auto element = static_cast<size_t>(operand.element);
      return element < at->members.size() ? &at->members[element].second : nullptr;
    }
    for (const std::string& key : operand.path) {
      const Value* next = nullptr;
      for (size_t i = 0; i < at->members.size() && next == nullptr; ++i) {
        const bool array = at->kind == Value::Kind::kArray;
        if ((array ? std::to_string(i) : at->members[i].first) == key) next = &at->members[i].second;
      }
      if (next == nullptr) return nullptr;
      at = next;
    }
    return at;
  }
  Truth3 IsNull(const Filter& filter) const {
    if (filter.left.path.empty()) return As(!Cell(filter.left).has_value() != filter.negated);
    const Truth3 exists = Exists(filter.left);
    return filter.negated ? exists : Not(exists);
  }
  Truth3 Exists(const Operand& operand) const {
    if (!Cell(operand)) return Truth3::kUnknown;
    const Value* value = At(operand);
    const bool absent = value == nullptr || value->kind == Value::Kind::kNull ||
                        (value->kind == Value::Kind::kObject && value->members.empty());
    return As(!absent);
  }
  static Truth3 Compare(DataType type, const Value& value, Op op, const Value& constant) {
    if (value.kind == Value::Kind::kBool && constant.kind == Value::Kind::kBool)
      return As(Holds(op, value.truth, constant.truth));
    if (value.kind == Value::Kind::kText && constant.kind == Value::Kind::kText)
      return As(Holds(op, value.text, constant.text));
    if (!value.is_number() || !constant.is_number()) return Truth3::kUnknown;
    return As(CompareNumbers(type, value, op, constant));
  }
  static bool CompareNumbers(DataType type, const Value& value, Op op, const Value& constant) {
    if (value.kind == Value::Kind::kInt && constant.kind == Value::Kind::kInt)
      return Holds(op, value.integer, constant.integer);
    if (value.kind == Value::Kind::kBeyond && constant.kind == Value::Kind::kInt) return Holds(op, 1, 0);
    const double number =
        type == DataType::kFloat ? static_cast<double>(NearestFloat(constant.AsReal())) : constant.AsReal();
    return Holds(op, value.AsReal(), number);
  }
  static Truth3 In(DataType type, const Value& value, const Value& list) {
    const bool scalar =
        value.is_number() || value.kind == Value::Kind::kBool || value.kind == Value::Kind::kText;
    if (!scalar) return Truth3::kUnknown;
    if (list.members.empty()) return Truth3::kFalse;
    bool any_real = false, any_of_kind = false, found = false;
    for (const auto& [key, constant] : list.members) any_real |= constant.kind == Value::Kind::kReal;
    for (const auto& [key, constant] : list.members) {
      const bool of_kind = value.is_number() ? constant.is_number() : constant.kind == value.kind;
      any_of_kind |= of_kind;
      if (!of_kind) continue;
      if (!value.is_number() || IsFloating(type) || any_real) {
        const Value same = value.is_number() && any_real ? Value::Real(constant.AsReal()) : constant;
        found |= Compare(type, value, Op::kEq, same) == Truth3::kTrue;
      } else {
        found |= SameNumber(value, constant);
      }
    }
    return any_of_kind ? As(found) : Truth3::kUnknown;
  }
  /// Equal as numbers, not as what one becomes when it is made the kind of the other.
  static bool SameNumber(const Value& a, const Value& b) {
    if (a.kind == Value::Kind::kInt && b.kind == Value::Kind::kInt) return a.integer == b.integer;
    if (a.kind == Value::Kind::kInt) return SameNumber(b, a);
    if (b.kind != Value::Kind::kInt) return a.AsReal() == b.AsReal();
    const double real = a.AsReal();
    return a.kind == Value::Kind::kReal && real >= -0x1p63 && real < 0x1p63 && real == std::trunc(real) &&
           static_cast<int64_t>(real) == b.integer;
  }
  static bool Same(const Value& a, const Value& b) {
    if (a.is_number() && b.is_number()) return SameNumber(a, b);
    if (a.kind != b.kind) return false;
    if (a.kind == Value::Kind::kBool) return a.truth == b.truth;
    if (a.kind == Value::Kind::kText) return a.text == b.text;
    if (a.kind != Value::Kind::kArray || a.members.size() != b.members.size()) return false;
    for (size_t i = 0; i < a.members.size(); ++i) {
      if (!Same(a.members[i].second, b.members[i].second)) return false;
    }
    return true;
  }
  /// The element of an Array equals the constant once that is of the element type.
  bool SameElement(const Operand& array, const Value& element, const Value& constant) const {
    return Compare(fields_[array.field].element_type, element, Op::kEq, constant) == Truth3::kTrue;
  }
  bool SameArray(const Operand& operand, const Value& value, const Value& list) const {
    if (value.members.size() != list.members.size()) return false;
    for (size_t i = 0; i < value.members.size(); ++i) {
      if (!SameElement(operand, value.members[i].second, list.members[i].second)) return false;
    }
    return true;
  }
  Truth3 Contains(const Filter& filter) const {
    if (!Cell(filter.left)) return Truth3::kUnknown;
    const Value* array = At(filter.left);
    if (array == nullptr || array->kind != Value::Kind::kArray) return Truth3::kFalse;
    const bool column = filter.left.type == DataType::kArray;
    const auto has = [&](const Value& constant) {
      for (const auto& [key, element] : array->members) {
        if (column ? SameElement(filter.left, element, constant) : Same(element, constant)) return true;
      }
      return false;
    };
    if (filter.kind == Filter::Kind::kContains) return As(has(filter.value));
    bool any = false, all = true;
    for (const auto& [key, constant] : filter.value.members) {
      const bool there = has(constant);
      any |= there;
      all &= there;
    }
    return As(filter.kind == Filter::Kind::kContainsAll ? all : any);
  }
  static int64_t Whole(char arithmetic, int64_t value, int64_t operand) {
    const auto a = static_cast<__int128>(value), b = static_cast<__int128>(operand);
    switch (arithmetic) {
      case '+':
        return static_cast<int64_t>(a + b);
      case '-':
        return static_cast<int64_t>(a - b);
      case '*':
        return static_cast<int64_t>(a * b);
      case '/':
        return static_cast<int64_t>(a / b);
      case '%':
        return static_cast<int64_t>(a % b);
      case '&':
        return value & operand;
      case '|':
        return value | operand;
      default:
        return value ^ operand;
    }
  }
  static Truth3 Calculated(const Filter& filter, const Value& value) {
    if (!value.is_number() || !filter.value.is_number()) return Truth3::kUnknown;
    if (value.kind == Value::Kind::kInt && filter.operand.kind == Value::Kind::kInt) {
      const Value result = Value::Int(Whole(filter.arithmetic, value.integer, filter.operand.integer));
      return As(CompareNumbers(DataType::kDouble, result, filter.op, filter.value));
    }
    const double a = value.AsReal(), b = filter.operand.AsReal();
    double result = 0;
    switch (filter.arithmetic) {
      case '+':
        result = a + b;
        break;
      case '-':
        result = a - b;
        break;
      case '*':
        result = a * b;
        break;
      case '/':
        result = a / b;
        break;
      default:
        return Truth3::kUnknown;
    }
    return As(Holds(filter.op, result, filter.value.AsReal()));
  }
  Truth3 OfText(const Filter& filter, const Value& value) const {
    if (filter.kind == Filter::Kind::kCompareColumns) {
      const Value* other = At(filter.right);
      if (other == nullptr) return Truth3::kUnknown;
      return Compare(DataType::kDouble, value, filter.op, *other);
    }
    if (value.kind != Value::Kind::kText) return Truth3::kUnknown;
    switch (filter.kind) {
      case Filter::Kind::kLike:
        return As(PatternMatcher(value.text).IsLike(filter.value.text));
      case Filter::Kind::kRegex:
        return As(PatternMatcher(value.text).FindsIn(filter.pattern) != filter.negated);
      case Filter::Kind::kStartsWith:
        return As(value.text.rfind(filter.value.text, 0) == 0);
      case Filter::Kind::kStartsWithColumn: {
        const Value* other = At(filter.right);
        return other == nullptr ? Truth3::kUnknown : As(value.text.rfind(other->text, 0) == 0);
      }
      default:
        return As(value.text.empty());
    }
  }

  const std::vector<FieldSchema>& fields_;
  const Row& row_;
};

}  // namespace redkite::exec::differential
