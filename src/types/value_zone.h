// ValueZone: between what the values of kValueZoneRows neighbouring rows of a column lie (a zone map). A
// filter that all or none of a zone can pass needs no look at its values. Thread safety: plain data; a
// ZoneSum: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "types/column.h"
#include "types/data_type.h"

namespace redkite {

inline constexpr size_t kValueZoneRows = 4096;

struct ValueZone {
  bool ordered = false;               // there is a value, and none is a NaN
  int64_t min_int = 0, max_int = 0;   // integers and Timestamptz
  double min_real = 0, max_real = 0;  // Float, Double
  bool operator==(const ValueZone&) const = default;
};

inline bool HasIntZones(DataType type) {
  return type == DataType::kInt8 || type == DataType::kInt16 || type == DataType::kInt32 ||
         type == DataType::kInt64 || type == DataType::kTimestamptz;
}
inline bool HasRealZones(DataType type) { return type == DataType::kFloat || type == DataType::kDouble; }
inline bool HasValueZones(DataType type) { return HasIntZones(type) || HasRealZones(type); }

/// The zones of a column that is seen run by run; none for types without them.
class ZoneSum {
 public:
  void Add(const ColumnView& rows);
  std::vector<ValueZone> Take();

 private:
  template <class T>
  void AddValues(const ColumnView& rows);
  void CloseZone();

  std::vector<ValueZone> zones_;
  size_t row_count_ = 0;
  bool has_nan_ = false;  // in the last zone
};

}  // namespace redkite
