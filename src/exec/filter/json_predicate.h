// Predicates on one JSON value. A value that is missing, null or of another kind than the constant gives
// unknown. Thread safety: pure functions.
#pragma once

#include <string>

#include "exec/filter/json_value.h"
#include "plan/expr.h"

namespace redkite::exec {

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };
constexpr Truth TruthOf(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

/// `scratch` holds unescaped text during the call.
Truth JsonCompare(const plan::CompareExpr& compare, const JsonValue& value, std::string* scratch);
Truth JsonInRange(const plan::RangeExpr& range, const JsonValue& value, std::string* scratch);
Truth JsonIn(const plan::ValueSet& values, const JsonValue& value, std::string* scratch);

}  // namespace redkite::exec
