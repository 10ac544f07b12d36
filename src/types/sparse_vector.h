// Sparse vectors: a row is pairs of (u32 index, f32 value), little-endian, 8 bytes each, with strictly
// ascending indices. On the wire, in the log and in column files it is the same bytes; no pairs are legal.
// Thread safety: pure functions and plain data.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/status.h"
#include "types/column.h"

namespace redkite {

inline constexpr size_t kSparsePairBytes = 8;
inline constexpr uint32_t kSparseIndexMax = 0xfffffffe;

/// A row, borrowed. Reading is safe whatever the bytes are; a rest of less than a pair is not seen.
class SparseRow {
 public:
  explicit SparseRow(std::string_view bytes) : data_(bytes.data()), size_(bytes.size() / kSparsePairBytes) {}
  size_t size() const { return size_; }
  uint32_t Index(size_t i) const { return ReadAt<uint32_t>(i * kSparsePairBytes); }
  float Value(size_t i) const { return ReadAt<float>(i * kSparsePairBytes + 4); }

 private:
  template <class T>
  T ReadAt(size_t at) const {
    T value;
    std::memcpy(&value, data_ + at, sizeof value);
    return value;
  }
  const char* data_;
  size_t size_;
};

/// kParameterInvalid unless the bytes are a row whose indices ascend and whose values are finite and not
/// negative.
Status CheckSparseRow(std::string_view bytes);
/// The largest index of a sparse column's rows + 1; 0 when no row has any.
int64_t SparseDimension(const ColumnView& column);

}  // namespace redkite
