// Bounds of a column's values, computed when it is written and kept in its file.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/coding.h"
#include "storage/column_file.h"

namespace redkite::storage {
namespace {

constexpr size_t kTextBoundBytes = 64;

template <class T, class Out>
void NumericRange(const ColumnView& column, ColumnStats* stats, Out* min, Out* max) {
  const auto values = column.Values<T>();
  for (size_t r = 0; r < column.row_count; ++r) {
    if (!column.IsValid(r)) continue;
    const auto v = static_cast<Out>(values[r]);
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(v)) {
        stats->has_range = false;
        *min = *max = 0;
        return;
      }
    }
    if (!stats->has_range || v < *min) *min = v;
    if (!stats->has_range || v > *max) *max = v;
    stats->has_range = true;
  }
}

void TextRange(const ColumnView& column, ColumnStats* stats) {
  std::string_view min;
  std::string_view max;
  for (size_t r = 0; r < column.row_count; ++r) {
    if (!column.IsValid(r)) continue;
    const std::string_view v = column.TextAt(r).substr(0, kTextBoundBytes);
    if (!stats->has_range || v < min) min = v;
    if (!stats->has_range || v > max) max = v;
    stats->has_range = true;
  }
  stats->min_text = min;
  stats->max_text = max;
}

}  // namespace

ColumnStats ComputeStats(const ColumnView& column) {
  ColumnStats s;
  if (column.validity != nullptr) {
    for (size_t r = 0; r < column.row_count; ++r) s.null_count += column.IsValid(r) ? 0 : 1;
  }
  switch (column.type) {
    case DataType::kBool:
      NumericRange<uint8_t>(column, &s, &s.min_int, &s.max_int);
      break;
    case DataType::kInt8:
      NumericRange<int8_t>(column, &s, &s.min_int, &s.max_int);
      break;
    case DataType::kInt16:
      NumericRange<int16_t>(column, &s, &s.min_int, &s.max_int);
      break;
    case DataType::kInt32:
      NumericRange<int32_t>(column, &s, &s.min_int, &s.max_int);
      break;
    case DataType::kInt64:
      NumericRange<int64_t>(column, &s, &s.min_int, &s.max_int);
      break;
    case DataType::kFloat:
      NumericRange<float>(column, &s, &s.min_real, &s.max_real);
      break;
    case DataType::kDouble:
      NumericRange<double>(column, &s, &s.min_real, &s.max_real);
      break;
    case DataType::kVarChar:
      TextRange(column, &s);
      break;
    default:
      break;
  }
  return s;
}

std::string EncodeStats(const ColumnStats& stats) {
  std::string out;
  PutFixed<uint64_t>(&out, stats.null_count);
  PutVarint(&out, stats.has_range ? 1 : 0);
  PutFixed<int64_t>(&out, stats.min_int);
  PutFixed<int64_t>(&out, stats.max_int);
  PutFixed<double>(&out, stats.min_real);
  PutFixed<double>(&out, stats.max_real);
  PutBytes(&out, stats.min_text);
  PutBytes(&out, stats.max_text);
  return out;
}

void StatsSum::Add(const ColumnView& rows) {
  const ColumnStats of = ComputeStats(rows);
  // Values without a range in a run mean the same for the whole.
  unordered_ = unordered_ || (!of.has_range && rows.row_count > of.null_count);
  sum_.null_count += of.null_count;
  if (unordered_) {
    const uint64_t nulls = sum_.null_count;
    sum_ = ColumnStats();
    sum_.null_count = nulls;
    return;
  }
  if (!of.has_range) return;
  const bool first = !sum_.has_range;
  const auto widen = [first](auto* min, auto* max, const auto& low, const auto& high) {
    if (first || low < *min) *min = low;
    if (first || *max < high) *max = high;
  };
  widen(&sum_.min_int, &sum_.max_int, of.min_int, of.max_int);
  widen(&sum_.min_real, &sum_.max_real, of.min_real, of.max_real);
  widen(&sum_.min_text, &sum_.max_text, of.min_text, of.max_text);
  sum_.has_range = true;
}

}  // namespace redkite::storage
