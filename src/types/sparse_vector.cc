#include "types/sparse_vector.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace redkite {

Status CheckSparseRow(std::string_view bytes) {
  if (bytes.size() % kSparsePairBytes != 0) {
    return Status::Invalid("invalid data length in sparse float vector: " + std::to_string(bytes.size()) +
                           " bytes are no pairs of " + std::to_string(kSparsePairBytes));
  }
  const SparseRow row(bytes);
  for (size_t i = 0; i < row.size(); ++i) {
    const uint32_t index = row.Index(i);
    const float value = row.Value(i);
    if (index > kSparseIndexMax) {
      return Status::Invalid("invalid index in sparse float vector: must be less than 2^32-1, got " +
                             std::to_string(index));
    }
    if (i > 0 && index <= row.Index(i - 1)) {
      return Status::Invalid("unsorted or same indices in sparse float vector: " + std::to_string(index) +
                             " after " + std::to_string(row.Index(i - 1)));
    }
    if (!std::isfinite(value)) {
      return Status::Invalid("value '" +
                             std::string(std::isnan(value) ? "NaN"
                                         : value > 0       ? "+Inf"
                                                           : "-Inf") +
                             "' is not a number or infinity, index " + std::to_string(index) +
                             " of a sparse float vector");
    }
    if (value < 0) {
      return Status::Invalid("negative value in sparse float vector: " + std::to_string(value) +
                             " at index " + std::to_string(index));
    }
  }
  return Status::Ok();
}

int64_t SparseDimension(const ColumnView& column) {
  int64_t dimension = 0;
  for (size_t r = 0; r < column.row_count; ++r) {
    const SparseRow row(column.TextAt(r));
    if (row.size() > 0) dimension = std::max(dimension, int64_t{row.Index(row.size() - 1)} + 1);
  }
  return dimension;
}

}  // namespace redkite
