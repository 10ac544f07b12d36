#include "exec/aggregator.h"

#include <limits>

#include "base/check.h"

namespace redkite::exec {

using plan::AggregateOp;

Aggregator::Aggregator(AggregateOp op, DataType field)
    : op_(op), field_(field), type_(plan::TypeOfAggregate(op, field).value_or(DataType::kNone)) {
  CHECK(type_ != DataType::kNone);
}

void Aggregator::Resize(size_t group_count) {
  counts_.resize(group_count);
  if (op_ == AggregateOp::kCount) return;
  if (!is_sum()) {
    best_.resize(group_count);
  } else if (IsInteger(field_)) {
    wide_sums_.resize(group_count);
  } else {
    real_sums_.resize(group_count);
  }
}

template <class T, class Sum>
void Aggregator::AddNumbers(const ColumnView& column, const GroupedRows& rows, std::vector<Sum>* sums) {
  const std::span<const T> values = column.Values<T>();
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (!column.IsValid(rows.rows[i])) continue;
    (*sums)[rows.groups[i]] += static_cast<Sum>(values[rows.rows[i]]);
    ++counts_[rows.groups[i]];
  }
}

void Aggregator::AddSums(const ColumnView& column, const GroupedRows& rows) {
  switch (column.type) {
    case DataType::kInt8:
      return AddNumbers<int8_t>(column, rows, &wide_sums_);
    case DataType::kInt16:
      return AddNumbers<int16_t>(column, rows, &wide_sums_);
    case DataType::kInt32:
      return AddNumbers<int32_t>(column, rows, &wide_sums_);
    case DataType::kInt64:
      return AddNumbers<int64_t>(column, rows, &wide_sums_);
    case DataType::kFloat:
      return AddNumbers<float>(column, rows, &real_sums_);
    default:
      return AddNumbers<double>(column, rows, &real_sums_);
  }
}

void Aggregator::AddBest(const ColumnView& column, const GroupedRows& rows) {
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const Cell value = Cell::At(&column, rows.rows[i]);
    if (value.is_null()) continue;
    Cell& best = best_[rows.groups[i]];
    const int order = best.is_null() ? 0 : value.Compare(best);
    if (best.is_null() || (op_ == AggregateOp::kMin ? order < 0 : order > 0)) best = value;
    ++counts_[rows.groups[i]];
  }
}

void Aggregator::Add(const ColumnView* column, const GroupedRows& rows) {
  if (field_ == DataType::kNone) {
    for (const uint32_t group : rows.groups) ++counts_[group];
    return;
  }
  if (column == nullptr) return;
  if (is_sum()) return AddSums(*column, rows);
  if (op_ != AggregateOp::kCount) return AddBest(*column, rows);
  for (size_t i = 0; i < rows.rows.size(); ++i) counts_[rows.groups[i]] += column->IsValid(rows.rows[i]);
}

bool Aggregator::Overflows(uint32_t group) const {
  if (op_ != AggregateOp::kSum || !IsInteger(field_)) return false;
  return wide_sums_[group] < std::numeric_limits<int64_t>::min() ||
         wide_sums_[group] > std::numeric_limits<int64_t>::max();
}

Cell Aggregator::ValueOf(uint32_t group) const {
  if (op_ == AggregateOp::kCount) return Cell::Of(counts_[group]);
  if (counts_[group] == 0) return Cell();
  if (!is_sum()) return best_[group];
  if (op_ == AggregateOp::kSum && IsInteger(field_)) return Cell::Of(static_cast<int64_t>(wide_sums_[group]));
  const double sum = IsInteger(field_) ? static_cast<double>(wide_sums_[group]) : real_sums_[group];
  return Cell::Of(op_ == AggregateOp::kSum ? sum : sum / static_cast<double>(counts_[group]));
}

}  // namespace redkite::exec
