#include "plan/group_plan.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace redkite::plan {
namespace {

constexpr std::string_view kNames[] = {"count", "sum", "avg", "min", "max"};

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string_view AggregateName(AggregateOp op) { return kNames[static_cast<size_t>(op)]; }

std::optional<AggregateOp> ParseAggregateName(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (EqualsIgnoringCase(name, kNames[i])) return static_cast<AggregateOp>(i);
  }
  return std::nullopt;
}

std::optional<DataType> TypeOfAggregate(AggregateOp op, DataType field) {
  switch (op) {
    case AggregateOp::kCount:
      return DataType::kInt64;
    case AggregateOp::kSum:
      if (IsInteger(field)) return DataType::kInt64;
      return IsFloating(field) ? std::optional(DataType::kDouble) : std::nullopt;
    case AggregateOp::kAvg:
      return IsNumeric(field) ? std::optional(DataType::kDouble) : std::nullopt;
    default:
      return IsSortable(field) ? std::optional(field) : std::nullopt;
  }
}

bool IsSortable(DataType type) {
  return type == DataType::kBool || IsNumeric(type) || type == DataType::kVarChar ||
         type == DataType::kTimestamptz;
}

bool IsGroupable(DataType type) {
  return type == DataType::kBool || IsInteger(type) || type == DataType::kVarChar ||
         type == DataType::kTimestamptz;
}

}  // namespace redkite::plan
