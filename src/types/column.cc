#include "types/column.h"

#include <algorithm>

#include "types/bitset.h"

namespace redkite {

std::byte* Column::Grow(size_t bytes) {
  if (used_bytes_ + bytes > buffer_.size()) {
    AlignedBuffer larger(std::max<size_t>({64, used_bytes_ + bytes, buffer_.size() + buffer_.size() / 2}));
    if (used_bytes_ > 0) std::memcpy(larger.data(), buffer_.data(), used_bytes_);
    buffer_ = std::move(larger);
  }
  std::byte* at = buffer_.data() + used_bytes_;
  used_bytes_ += bytes;
  return at;
}

void Column::RowAdded(size_t rows) {
  if (!validity_.empty()) {
    validity_.resize(BitWords(row_count_ + rows), 0);
    for (size_t r = row_count_; r < row_count_ + rows; ++r) validity_[r >> 6] |= uint64_t{1} << (r & 63);
  }
  row_count_ += rows;
}

void Column::Reserve(size_t rows, size_t text_bytes) {
  const size_t bytes = IsVariableLength(type_) ? text_bytes : rows * ValueBytes(type_, dim_);
  const size_t used = used_bytes_;
  if (bytes > 0) Grow(bytes);
  used_bytes_ = used;
  if (IsVariableLength(type_)) offsets_.reserve(offsets_.size() + rows);
}

void Column::AppendText(std::string_view text) {
  if (!text.empty()) std::memcpy(Grow(text.size()), text.data(), text.size());
  offsets_.push_back(used_bytes_);
  RowAdded(1);
}

void Column::AppendVector(const float* vector) { AppendRaw(vector, 1); }

void Column::AppendRaw(const void* values, size_t rows) {
  const size_t bytes = rows * ValueBytes(type_, dim_);
  if (bytes > 0) std::memcpy(Grow(bytes), values, bytes);
  RowAdded(rows);
}

void Column::AppendNull() {
  const size_t row = row_count_;
  if (validity_.empty()) {
    validity_.assign(BitWords(row + 1), ~uint64_t{0});
    if ((row & 63) != 0)
      validity_.back() = (uint64_t{1} << (row & 63)) - 1;
    else
      validity_.back() = 0;
  }
  if (IsVariableLength(type_)) {
    AppendText({});
  } else {
    const size_t bytes = ValueBytes(type_, dim_);
    if (bytes > 0) std::memset(Grow(bytes), 0, bytes);
    RowAdded(1);
  }
  validity_[row >> 6] &= ~(uint64_t{1} << (row & 63));
}

void Column::Clear() {
  row_count_ = used_bytes_ = 0;
  if (IsVariableLength(type_)) offsets_.resize(1);
  validity_.clear();
}

void Column::AppendFrom(const ColumnView& from, size_t row) {
  DCHECK(from.type == type_ && from.dim == dim_);
  if (!from.IsValid(row)) return AppendNull();
  if (IsVariableLength(type_)) return AppendText(from.TextAt(row));
  AppendRaw(from.data + row * ValueBytes(type_, dim_), 1);
}

void Column::AppendAll(const ColumnView& from) {
  DCHECK(from.type == type_ && from.dim == dim_);
  if (from.validity != nullptr || IsVariableLength(type_)) {
    if (IsVariableLength(type_)) Reserve(from.row_count, from.data_bytes());
    for (size_t r = 0; r < from.row_count; ++r) AppendFrom(from, r);
    return;
  }
  AppendRaw(from.data, from.row_count);
}

ColumnView Column::view() const {
  return {type_,
          dim_,
          row_count_,
          buffer_.data(),
          offsets_.empty() ? nullptr : offsets_.data(),
          validity_.empty() ? nullptr : validity_.data()};
}

const Column* RowBatch::Find(FieldId field) const {
  auto it = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.field() == field; });
  return it == columns.end() ? nullptr : &*it;
}

}  // namespace redkite
