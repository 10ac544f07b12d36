// Column: the values of one field for a run of rows, owned; ColumnView: the same, borrowed.
//
// Layout, equal in memory and in column files: fixed-length types are an array of values (Bool one byte each,
// vectors row after row); VarChar, JSON, Array (types/array_value.h) and SparseFloatVector
// (types/sparse_vector.h) are the bytes one after another with rows + 1 offsets (uint64).
// Validity is a bitmap, 1 = present; none means that every row is present. A null row holds a zero value or
// an empty text. Thread safety: plain data. ColumnView does not own: its source must outlive it.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/check.h"
#include "types/data_type.h"
#include "types/ids.h"

namespace redkite {

struct ColumnView {
  DataType type = DataType::kNone;
  int dim = 0;
  size_t row_count = 0;
  const std::byte* data = nullptr;
  const uint64_t* offsets = nullptr;
  const uint64_t* validity = nullptr;

  bool IsValid(size_t row) const {
    return validity == nullptr || ((validity[row >> 6] >> (row & 63)) & 1) != 0;
  }
  /// All values of a fixed-length scalar column; T must be the stored type (Bool: uint8_t).
  template <class T>
  std::span<const T> Values() const {
    DCHECK(sizeof(T) == ValueBytes(type, dim));
    return {reinterpret_cast<const T*>(data), row_count};
  }
  template <class T>
  T At(size_t row) const {
    return Values<T>()[row];
  }
  /// The bytes of a row of variable length.
  std::string_view TextAt(size_t row) const {
    // A mapped file that becomes shorter reads as zeros from some page on (io/map_guard.h).
    const auto begin = offsets[row], end = offsets[row + 1];
    return {reinterpret_cast<const char*>(data) + begin, end > begin ? end - begin : 0};
  }
  /// FloatVector columns only.
  const float* VectorAt(size_t row) const {
    return reinterpret_cast<const float*>(data) + row * static_cast<size_t>(dim);
  }
  /// Bytes of the values (without offsets and validity).
  size_t data_bytes() const {
    return offsets != nullptr ? offsets[row_count] : row_count * ValueBytes(type, dim);
  }
};

class Column {
 public:
  Column() = default;
  Column(FieldId field, DataType type, int dim) : field_(field), type_(type), dim_(dim) {
    if (IsVariableLength(type)) offsets_.push_back(0);
  }
  FieldId field() const { return field_; }
  void set_field(FieldId field) { field_ = field; }
  DataType type() const { return type_; }
  int dim() const { return dim_; }
  size_t row_count() const { return row_count_; }
  bool has_nulls() const { return !validity_.empty(); }

  void Reserve(size_t rows, size_t text_bytes = 0);
  template <class T>
  void Append(T value) {
    DCHECK(sizeof(T) == ValueBytes(type_, dim_));
    std::memcpy(Grow(sizeof value), &value, sizeof value);
    RowAdded(1);
  }
  void AppendText(std::string_view text);
  /// One row of a FloatVector column.
  void AppendVector(const float* vector);
  /// `rows` values of a fixed-length type at once, in the stored layout.
  void AppendRaw(const void* values, size_t rows);
  void AppendNull();
  /// Back to no rows; what was allocated stays.
  void Clear();
  /// Row `row` of `from`, which has the same type.
  void AppendFrom(const ColumnView& from, size_t row);
  /// All rows of `from`, which has the same type.
  void AppendAll(const ColumnView& from);

  ColumnView view() const;
  size_t memory_bytes() const { return buffer_.size() + offsets_.capacity() * 8 + validity_.capacity() * 8; }

 private:
  std::byte* Grow(size_t bytes);
  void RowAdded(size_t rows);
  FieldId field_;
  DataType type_ = DataType::kNone;
  int dim_ = 0;
  size_t row_count_ = 0;
  size_t used_bytes_ = 0;
  AlignedBuffer buffer_;
  std::vector<uint64_t> offsets_;
  std::vector<uint64_t> validity_;  // empty while there is no null
};

/// Rows of one collection as columns, one per stored field, in schema order.
struct RowBatch {
  size_t row_count = 0;
  std::vector<Column> columns;
  const Column* Find(FieldId field) const;
};

}  // namespace redkite
