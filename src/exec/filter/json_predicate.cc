#include "exec/filter/json_predicate.h"

#include <cmath>

#include "exec/filter/scalar_kernels.h"

namespace redkite::exec {
namespace {

using plan::ArithOp;
using plan::CompareOp;
using plan::Literal;

/// Exact between integers, by double otherwise.
bool CompareNumber(CompareOp op, const JsonValue& value, const Literal& constant) {
  const auto* i = std::get_if<int64_t>(&constant);
  if (i != nullptr && value.kind == JsonKind::kInt) return CompareValues(op, value.int_value, *i);
  if (i != nullptr && value.kind == JsonKind::kUint) return CompareValues(op, 1, 0);  // beyond every int64
  return CompareValues(op, value.double_value, NumberOf(constant));
}

/// The number after the calculation; false where it has no meaning.
bool Apply(const plan::Arithmetic& arithmetic, JsonValue* value) {
  const auto* i = std::get_if<int64_t>(&arithmetic.operand);
  if (i != nullptr && value->kind == JsonKind::kInt) {
    value->int_value = Calculate(arithmetic.op, value->int_value, *i);
    value->double_value = static_cast<double>(value->int_value);
    return true;
  }
  if (arithmetic.op > ArithOp::kDiv) return false;
  value->double_value = Calculate(arithmetic.op, value->double_value, NumberOf(arithmetic.operand));
  value->kind = JsonKind::kDouble;
  return true;
}

}  // namespace

Truth JsonCompare(const plan::CompareExpr& compare, const JsonValue& value, std::string* scratch) {
  const Literal& constant = compare.value;
  if (value.is_number()) {
    if (!IsNumber(constant)) return Truth::kUnknown;
    if (!compare.arithmetic) return TruthOf(CompareNumber(compare.op, value, constant));
    JsonValue result = value;
    if (!Apply(*compare.arithmetic, &result)) return Truth::kUnknown;
    return TruthOf(CompareNumber(compare.op, result, constant));
  }
  if (compare.arithmetic) return Truth::kUnknown;
  const auto* text = std::get_if<std::string>(&constant);
  if (text != nullptr && value.kind == JsonKind::kString) {
    return TruthOf(CompareValues<std::string_view>(compare.op, JsonText(value, scratch), *text));
  }
  const auto* flag = std::get_if<bool>(&constant);
  if (flag != nullptr && value.kind == JsonKind::kBool) {
    return TruthOf(CompareValues(compare.op, value.bool_value, *flag));
  }
  return Truth::kUnknown;
}

Truth JsonInRange(const plan::RangeExpr& range, const JsonValue& value, std::string* scratch) {
  const CompareOp above = range.lower_inclusive ? CompareOp::kGe : CompareOp::kGt;
  const CompareOp below = range.upper_inclusive ? CompareOp::kLe : CompareOp::kLt;
  const auto* lower = std::get_if<std::string>(&range.lower);
  if (lower != nullptr && value.kind == JsonKind::kString) {
    const std::string_view text = JsonText(value, scratch);
    const std::string_view upper = std::get<std::string>(range.upper);
    return TruthOf(CompareValues<std::string_view>(above, text, *lower) && CompareValues(below, text, upper));
  }
  if (lower != nullptr || !value.is_number()) return Truth::kUnknown;
  return TruthOf(CompareNumber(above, value, range.lower) && CompareNumber(below, value, range.upper));
}

Truth JsonIn(const plan::ValueSet& values, const JsonValue& value, std::string* scratch) {
  switch (value.kind) {
    case JsonKind::kInt:
      if (!values.doubles().empty()) return TruthOf(values.ContainsDouble(value.double_value));
      return values.ints().empty() && !values.empty() ? Truth::kUnknown
                                                      : TruthOf(values.ContainsInt(value.int_value));
    case JsonKind::kUint:
    case JsonKind::kDouble: {
      if (!values.doubles().empty()) return TruthOf(values.ContainsDouble(value.double_value));
      if (values.ints().empty() && !values.empty()) return Truth::kUnknown;
      const double d = value.double_value;
      const bool whole = d == std::trunc(d) && d >= -9223372036854775808.0 && d < 9223372036854775808.0;
      return TruthOf(whole && value.kind == JsonKind::kDouble && values.ContainsInt(static_cast<int64_t>(d)));
    }
    case JsonKind::kString:
      if (values.texts().empty() && !values.empty()) return Truth::kUnknown;
      return TruthOf(values.ContainsText(JsonText(value, scratch)));
    case JsonKind::kBool:
      if (!values.has_bools() && !values.empty()) return Truth::kUnknown;
      return TruthOf(values.ContainsBool(value.bool_value));
    default:
      return Truth::kUnknown;
  }
}

Truth JsonLength(const plan::ArrayLengthExpr& length, const JsonValue& value) {
  if (value.kind != JsonKind::kArray) return Truth::kUnknown;
  return TruthOf(CompareValues(length.op, CountJsonElements(value), length.value));
}

bool JsonContains::IsNew(size_t place) {
  if (seen_[place] == row_) return false;
  seen_[place] = row_;
  return true;
}

Truth JsonContains::Of(const plan::ContainsExpr& contains, const JsonValue& value) {
  if (value.kind != JsonKind::kArray) return Truth::kFalse;
  const plan::ElementSet& constants = *contains.elements;
  size_t missing = contains.all ? constants.size() : 1;
  if (missing == 0) return Truth::kTrue;
  if (contains.all) {
    if (constants.size() > value.text.size()) return Truth::kFalse;  // an element takes a byte at least
    if (++row_ == 0) {
      seen_.clear();
      row_ = 1;
    }
    if (seen_.size() < constants.size()) seen_.resize(constants.size());
  }
  JsonElements elements(value);
  for (JsonValue element; elements.Next(&element);) {
    if (element.kind == JsonKind::kArray && !constants.has_arrays()) continue;
    key_.clear();
    AppendElementKey(element, &text_, &key_);
    const size_t place = constants.Find(key_);
    if (place == plan::ElementSet::kNone || (contains.all && !IsNew(place))) continue;
    if (--missing == 0) return Truth::kTrue;
  }
  return Truth::kFalse;
}

}  // namespace redkite::exec
