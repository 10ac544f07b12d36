// FilterMaker: random filters that a table's schema allows, with constants that its rows often have. Tests
// only; one thread.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exec/differential/filter_fixture.h"
#include "exec/differential/pattern_maker_fixture.h"
#include "exec/differential/table_fixture.h"

namespace redkite::exec::differential {

class FilterMaker {
 public:
  /// `plain`: only what SQL can say with the same meaning.
  FilterMaker(Random* random, const Table& table, bool plain)
      : maker_(random), patterns_(random), random_(random), table_(table), plain_(plain) {}

  Filter Make(int depth = 3) {
    const uint64_t choice = depth == 0 ? 9 : maker_.Below(10);
    Filter filter;
    filter.style = random_->Next();
    if (choice < 4) {
      filter.kind = choice < 2 ? Filter::Kind::kAnd : Filter::Kind::kOr;
      for (uint64_t n = 2 + maker_.Below(3); n > 0; --n) filter.parts.push_back(Make(depth - 1));
    } else if (choice == 4) {
      filter.kind = Filter::Kind::kNot;
      filter.parts.push_back(Make(depth - 1));
    } else if (maker_.OneIn(40)) {
      filter.value = Value::Bool(maker_.OneIn(2));
    } else {
      Leaf(&filter);
    }
    return filter;
  }

 private:
  const FieldSchema& FieldOf(const Operand& operand) const { return table_.fields()[operand.field]; }

  Operand AnyOperand() {
    Operand operand;
    operand.field = maker_.Below(table_.fields().size());
    const FieldSchema& field = FieldOf(operand);
    operand.type = field.type;
    if (field.type == DataType::kJson && (field.is_dynamic || !maker_.OneIn(8))) {
      // Mostly a path that some row has.
      const auto& cell = table_.rows()[maker_.Below(table_.rows().size())][operand.field];
      const Value* at = cell ? &*cell : nullptr;
      for (uint64_t n = 1 + maker_.Below(3); n > 0; --n) {
        const bool follow = at != nullptr && !at->members.empty() && !maker_.OneIn(6);
        const size_t which = follow ? maker_.Below(at->members.size()) : 0;
        if (!follow)
          operand.path.push_back(maker_.Key());
        else if (at->kind == Value::Kind::kArray)
          operand.path.push_back(std::to_string(which));
        else
          operand.path.push_back(at->members[which].first);
        at = follow ? &at->members[which].second : nullptr;
      }
    }
    if (field.type == DataType::kArray && !maker_.OneIn(3)) {
      operand.element = static_cast<int>(maker_.OneIn(20) ? 70 : maker_.Below(4));
      operand.type = field.element_type;
    }
    return operand;
  }
  /// What some row has there; nothing where it has nothing.
  std::optional<Value> Seen(const Operand& operand) {
    const auto& cell = table_.rows()[maker_.Below(table_.rows().size())][operand.field];
    if (!cell) return std::nullopt;
    if (operand.element >= 0) {
      const auto at = static_cast<size_t>(operand.element);
      return at < cell->members.size() ? std::optional(cell->members[at].second) : std::nullopt;
    }
    const Value* at = &*cell;
    for (const std::string& key : operand.path) {
      const Value* next = nullptr;
      for (size_t i = 0; i < at->members.size(); ++i) {
        const bool array = at->kind == Value::Kind::kArray;
        if ((array ? std::to_string(i) : at->members[i].first) == key) next = &at->members[i].second;
      }
      if (next == nullptr) return std::nullopt;
      at = next;
    }
    return *at;
  }
  Value Made(DataType type) {
    switch (type) {
      case DataType::kBool:
        return Value::Bool(maker_.OneIn(2));
      case DataType::kFloat:
      case DataType::kDouble:
        return !plain_ && maker_.OneIn(3) ? Value::Int(maker_.Integer()) : Value::Real(maker_.Real());
      case DataType::kVarChar:
        return Value::Text(maker_.Text());
      case DataType::kJson:
        return maker_.OneIn(3) ? Made(DataType::kDouble) : Made(maker_.OneOf(kKinds));
      default:
        return Value::Int(maker_.Integer());
    }
  }
  static bool IsScalar(const Value& value) {
    return value.kind == Value::Kind::kBool || value.kind == Value::Kind::kInt ||
           value.kind == Value::Kind::kReal || value.kind == Value::Kind::kText;
  }
  /// A constant that the operand may be compared with.
  Value Constant(const Operand& operand) {
    if (maker_.OneIn(2)) {
      std::optional<Value> seen = Seen(operand);
      if (seen && IsScalar(*seen)) {
        if (seen->kind == Value::Kind::kInt && maker_.OneIn(4))
          return Value::Int(static_cast<int64_t>(static_cast<uint64_t>(seen->integer) + maker_.Below(3) - 1));
        return *seen;
      }
    }
    return Made(operand.type);
  }
  Value List(const Operand& operand) {
    Value list{Value::Kind::kArray};
    const bool one_kind = operand.type == DataType::kJson && maker_.OneIn(2);
    const Value first = Constant(operand);
    for (uint64_t n = maker_.Below(6) + (plain_ ? 1 : 0); n > 0; --n) {
      Value next = list.members.empty() ? first : Constant(operand);
      if (one_kind && next.kind != first.kind) next = first;
      list.members.emplace_back("", std::move(next));
    }
    return list;
  }
  Op AnyOp() { return static_cast<Op>(maker_.Below(6)); }

  void Leaf(Filter* filter) {
    filter->left = AnyOperand();
    const DataType type = filter->left.type;
    const bool json = type == DataType::kJson;
    if (type == DataType::kArray) return ArrayLeaf(filter);
    switch (maker_.Below(json ? 15 : 12)) {
      case 0:
        return NullLeaf(filter);
      case 1:
      case 2:
        return ListLeaf(filter);
      case 3:
        if (type != DataType::kBool) return RangeLeaf(filter);
        break;
      case 4:
      case 5:
        if (IsNumeric(type) || json) return ArithmeticLeaf(filter);
        [[fallthrough]];
      case 6:
      case 7:
        if (type == DataType::kVarChar || json) return TextLeaf(filter);
        [[fallthrough]];
      case 8:
        if (!json && ColumnsLeaf(filter)) return;
        break;
      case 12:
      case 13:
        return ContainsLeaf(filter);
      case 14:
        if (maker_.OneIn(2) && !filter->left.path.empty()) {
          filter->kind = Filter::Kind::kExists;
          return;
        }
        return LengthLeaf(filter);
      default:
        break;
    }
    filter->kind = Filter::Kind::kCompare;
    filter->op = AnyOp();
    filter->value = Constant(filter->left);
    // Bools have no order beside equality.
    if (type == DataType::kBool && filter->op < Op::kEq) filter->op = Op::kEq;
  }
  void NullLeaf(Filter* filter) {
    filter->kind = Filter::Kind::kIsNull;
    filter->negated = maker_.OneIn(2);
    if (filter->left.element < 0) return;
    filter->left.element = -1;
    filter->left.type = DataType::kArray;
  }
  void ListLeaf(Filter* filter) {
    filter->kind = Filter::Kind::kIn;
    filter->negated = maker_.OneIn(3);
    filter->value = List(filter->left);
  }
  void RangeLeaf(Filter* filter) {
    filter->kind = Filter::Kind::kRange;
    filter->with_lower = maker_.OneIn(2);
    filter->with_upper = maker_.OneIn(2);
    Value a = Constant(filter->left), b = Constant(filter->left);
    const bool text =
        filter->left.type == DataType::kVarChar || (filter->left.type == DataType::kJson && maker_.OneIn(3));
    for (Value* v : {&a, &b}) {
      if (text ? v->kind != Value::Kind::kText : !v->is_number())
        *v = text ? Value::Text(maker_.Text()) : Value::Int(maker_.Integer());
    }
    if (!text && a.kind != b.kind) {
      a = Value::Real(maker_.Real());
      b = Value::Real(maker_.Real());
    }
    if (filter->left.type == DataType::kFloat) {
      a = Value::Real(static_cast<double>(NearestFloat(a.AsReal())));
      b = Value::Real(static_cast<double>(NearestFloat(b.AsReal())));
      for (Value* v : {&a, &b}) {
        if (!std::isfinite(v->real)) v->real = 1;
      }
    }
    const bool more = text                          ? a.text > b.text
                      : a.kind == Value::Kind::kInt ? a.integer > b.integer
                                                    : a.AsReal() > b.AsReal();
    if (more) std::swap(a, b);
    // As doubles they may be equal although the integers differ.
    const bool equal = text ? a.text == b.text : a.AsReal() == b.AsReal();
    if (equal) filter->with_lower = filter->with_upper = true;
    filter->value = std::move(a);
    filter->upper = std::move(b);
  }
  void ArithmeticLeaf(Filter* filter) {
    filter->kind = Filter::Kind::kCompare;
    filter->op = AnyOp();
    const DataType type = filter->left.type;
    const bool whole = IsInteger(type) || (type == DataType::kJson && maker_.OneIn(2));
    static constexpr char kWhole[] = {'+', '-', '*', '/', '%', '&', '|', '^'};
    filter->arithmetic = kWhole[maker_.Below(whole ? 8 : 4)];
    const bool reals = !whole && (plain_ || maker_.OneIn(2));
    filter->operand = reals ? Value::Real(maker_.Real()) : Value::Int(maker_.Integer());
    const bool divides = filter->arithmetic == '/' || filter->arithmetic == '%';
    if (divides && filter->operand.AsReal() == 0) filter->operand = reals ? Value::Real(0.5) : Value::Int(-1);
    filter->value = whole && !(type == DataType::kJson && maker_.OneIn(4)) ? Value::Int(maker_.Integer())
                                                                           : Value::Real(maker_.Real());
    if (IsInteger(type)) filter->value = Value::Int(maker_.Integer());
    if (!plain_) return;
    // SQL leaves the integers where they overflow, and has no `^`.
    if (filter->arithmetic == '^') filter->arithmetic = '+';
    if (whole) {
      filter->operand.integer %= 1000;
      if (filter->operand.integer == 0) filter->operand.integer = 3;
      if (type == DataType::kInt64) filter->arithmetic = 0;
    }
  }
  void TextLeaf(Filter* filter) {
    const bool column = filter->left.type == DataType::kVarChar;
    switch (maker_.Below(column ? 7 : 4)) {
      case 0:
      case 1:
        if (!plain_) {
          filter->kind = Filter::Kind::kRegex;
          filter->negated = maker_.OneIn(3);
          filter->pattern = patterns_.Regex(3);
          return;
        }
        [[fallthrough]];
      case 2:
      case 3:
        filter->kind = Filter::Kind::kLike;
        filter->value =
            Value::Text(patterns_.Like(maker_.OneIn(2) ? Constant(filter->left).text : maker_.Text()));
        return;
      case 4:
        filter->kind = Filter::Kind::kEmpty;
        return;
      case 5:
        if (std::optional<Operand> other = Other(filter->left)) {
          filter->kind = Filter::Kind::kStartsWithColumn;
          filter->right = std::move(*other);
          return;
        }
        [[fallthrough]];
      default: {
        filter->kind = Filter::Kind::kStartsWith;
        const Value text = Constant(filter->left);
        filter->value = Value::Text(text.text.substr(0, maker_.OneIn(2) ? 1 : text.text.size()));
        // Not a part of a character.
        if (!filter->value.text.empty() && (filter->value.text[0] & 0x80) != 0) filter->value.text = "a";
      }
    }
  }
  /// Another operand of a kind that can be compared with this one.
  std::optional<Operand> Other(const Operand& operand) {
    for (int tries = 0; tries < 12; ++tries) {
      Operand other = AnyOperand();
      if (other.type == operand.type || (IsNumeric(other.type) && IsNumeric(operand.type))) return other;
    }
    return std::nullopt;
  }
  bool ColumnsLeaf(Filter* filter) {
    std::optional<Operand> other = Other(filter->left);
    if (!other) return false;
    filter->kind = Filter::Kind::kCompareColumns;
    filter->op = AnyOp();
    if (filter->left.type == DataType::kBool && filter->op < Op::kEq) filter->op = Op::kNe;
    filter->right = std::move(*other);
    return true;
  }
  void ArrayLeaf(Filter* filter) {
    switch (maker_.Below(8)) {
      case 0:
        return NullLeaf(filter);
      case 1:
      case 2:
        return LengthLeaf(filter);
      case 3:
      case 4:
        filter->kind = Filter::Kind::kArrayEquals;
        filter->negated = maker_.OneIn(3);
        filter->value = maker_.OneIn(2) ? List(AnElement(filter->left))
                                        : Seen(filter->left).value_or(Value{Value::Kind::kArray});
        return;
      default:
        return ContainsLeaf(filter);
    }
  }
  Operand AnElement(const Operand& array) {
    Operand element = array;
    element.element = static_cast<int>(maker_.Below(3));
    element.type = FieldOf(array).element_type;
    return element;
  }
  void ContainsLeaf(Filter* filter) {
    static constexpr Filter::Kind kOf[] = {Filter::Kind::kContains, Filter::Kind::kContainsAny,
                                           Filter::Kind::kContainsAll};
    filter->kind = maker_.OneOf(kOf);
    const bool one = filter->kind == Filter::Kind::kContains;
    if (filter->left.type == DataType::kArray) {
      const Operand element = AnElement(filter->left);
      filter->value = one ? Constant(element) : List(element);
      return;
    }
    Value list{Value::Kind::kArray};
    const std::optional<Value> seen = Seen(filter->left);
    for (uint64_t n = one ? 1 : maker_.Below(4); n > 0; --n) {
      const bool take =
          seen && seen->kind == Value::Kind::kArray && !seen->members.empty() && !maker_.OneIn(3);
      list.members.emplace_back("", take ? Element(seen->members[maker_.Below(seen->members.size())].second)
                                         : Element(maker_.Json(1)));
    }
    filter->value = one ? list.members[0].second : list;
  }
  /// The value where a constant can be it, else another one.
  Value Element(const Value& value) {
    if (IsScalar(value)) return value;
    if (value.kind != Value::Kind::kArray) return Made(DataType::kJson);
    Value array{Value::Kind::kArray};
    for (const auto& [key, member] : value.members) array.members.emplace_back("", Element(member));
    return array;
  }
  void LengthLeaf(Filter* filter) {
    filter->kind = Filter::Kind::kLength;
    filter->op = AnyOp();
    filter->value = Value::Int(maker_.OneIn(10) ? maker_.Integer() : static_cast<int64_t>(maker_.Below(5)));
  }
  static constexpr DataType kKinds[] = {DataType::kBool, DataType::kInt64, DataType::kVarChar};
  ValueMaker maker_;
  PatternMaker patterns_;
  Random* const random_;
  const Table& table_;
  const bool plain_;
};

}  // namespace redkite::exec::differential
