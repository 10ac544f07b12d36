#include "types/value_zone.h"

#include <cmath>
#include <type_traits>
#include <utility>

namespace redkite {
namespace {

template <class T>
void Widen(T value, ValueZone* zone) {
  if constexpr (std::is_floating_point_v<T>) {
    const auto v = static_cast<double>(value);
    if (!zone->ordered || v < zone->min_real) zone->min_real = v;
    if (!zone->ordered || v > zone->max_real) zone->max_real = v;
  } else {
    const auto v = static_cast<int64_t>(value);
    if (!zone->ordered || v < zone->min_int) zone->min_int = v;
    if (!zone->ordered || v > zone->max_int) zone->max_int = v;
  }
  zone->ordered = true;
}

}  // namespace

template <class T>
void ZoneSum::AddValues(const ColumnView& rows) {
  const auto values = rows.Values<T>();
  for (size_t r = 0; r < rows.row_count; ++r, ++row_count_) {
    if (row_count_ % kValueZoneRows == 0) {
      CloseZone();
      zones_.emplace_back();
    }
    if (!rows.IsValid(r)) continue;
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(values[r])) {
        has_nan_ = true;
        continue;
      }
    }
    Widen(values[r], &zones_.back());
  }
}

void ZoneSum::CloseZone() {
  if (has_nan_) zones_.back() = {};
  has_nan_ = false;
}

void ZoneSum::Add(const ColumnView& rows) {
  switch (rows.type) {
    case DataType::kInt8:
      return AddValues<int8_t>(rows);
    case DataType::kInt16:
      return AddValues<int16_t>(rows);
    case DataType::kInt32:
      return AddValues<int32_t>(rows);
    case DataType::kInt64:
    case DataType::kTimestamptz:
      return AddValues<int64_t>(rows);
    case DataType::kFloat:
      return AddValues<float>(rows);
    case DataType::kDouble:
      return AddValues<double>(rows);
    default:
      return;
  }
}

std::vector<ValueZone> ZoneSum::Take() {
  CloseZone();
  return std::move(zones_);
}

}  // namespace redkite
