// Predicates on one JSON value. A value that is missing, null or of another kind than the constant gives
// unknown, but for json_contains*. Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "exec/filter/json_value.h"
#include "plan/expr.h"

namespace redkite::exec {

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };
constexpr Truth TruthOf(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

inline bool IsNumber(const plan::Literal& literal) {
  return std::holds_alternative<int64_t>(literal) || std::holds_alternative<double>(literal);
}
/// Of one that is a number.
inline double NumberOf(const plan::Literal& literal) {
  const auto* i = std::get_if<int64_t>(&literal);
  return i != nullptr ? static_cast<double>(*i) : std::get<double>(literal);
}

/// `scratch` holds unescaped text during the call.
Truth JsonCompare(const plan::CompareExpr& compare, const JsonValue& value, std::string* scratch);
Truth JsonInRange(const plan::RangeExpr& range, const JsonValue& value, std::string* scratch);
Truth JsonIn(const plan::ValueSet& values, const JsonValue& value, std::string* scratch);
Truth JsonLength(const plan::ArrayLengthExpr& length, const JsonValue& value);

/// json_contains*, with what it needs between rows. Thread safety: one thread.
class JsonContains {
 public:
  /// False for what is no array, also where there is nothing.
  Truth Of(const plan::ContainsExpr& contains, const JsonValue& value);

 private:
  /// Whether the element is the first of this row that equals its constant.
  bool IsNew(size_t place);

  std::string text_;
  std::string key_;
  std::vector<uint32_t> seen_;  // by place: the last row that had the constant
  uint32_t row_ = 0;
};

}  // namespace redkite::exec
