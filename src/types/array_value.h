// ArrayValue: what an Array field holds in one row, as the byte string that its Column stores; ArrayBuilder
// makes one. Format: docs/formats/array_value.md.
//
// Elements of a fixed length stand one after another as a Column of their type has them; VarChar elements are
// a count, the ends of the texts, and the texts. No bytes are no elements, for every type, and every value
// has one form only, so equal arrays have equal bytes. The element type is that of the field: no value names
// it.
//
// Thread safety: an ArrayValue is a view, immutable; the bytes must outlive it. A builder is one thread's.
// Invariants: what Parse let through is never read beyond, also when a mapped file reads as zeros since.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/status.h"
#include "types/data_type.h"

namespace redkite {

/// Elements that an array may have, whatever its field allows.
inline constexpr size_t kArrayCapacityMax = 4096;

/// Bool, Int8 … Int64, Float, Double and VarChar.
bool IsArrayElement(DataType type);

class ArrayValue {
 public:
  ArrayValue() = default;
  /// Nothing when `bytes` are not an array of `element`.
  static std::optional<ArrayValue> Parse(DataType element, std::string_view bytes);

  /// Of bytes that Parse let through before: looks at none of the elements. Where a mapped file reads as
  /// zeros since, the elements are other ones, but nothing beyond the bytes is read.
  static ArrayValue OfStored(DataType element, std::string_view bytes);

  DataType element() const { return element_; }
  size_t size() const { return size_; }
  /// An element of a fixed length; T must be the stored type (Bool: uint8_t).
  template <class T>
  T At(size_t i) const {
    DCHECK(i < size_ && sizeof(T) == ValueBytes(element_, 0));
    T value;
    std::memcpy(&value, bytes_.data() + i * sizeof value, sizeof value);
    return value;
  }
  /// A VarChar element.
  std::string_view TextAt(size_t i) const;
  /// Calls `each` with every element, in order and in its own type: bool, int8_t … int64_t, float, double or
  /// std::string_view.
  template <class F>
  void ForEach(F each) const;

 private:
  template <class T, class F>
  void ForEachOf(F each) const {
    for (size_t i = 0; i < size_; ++i) each(At<T>(i));
  }
  DataType element_ = DataType::kNone;
  size_t size_ = 0;
  std::string_view bytes_;  // of the elements; of VarChar the ends and the texts
};

/// Lays out one array after another.
class ArrayBuilder {
 public:
  explicit ArrayBuilder(DataType element) : element_(element) { DCHECK(IsArrayElement(element)); }
  /// T must be the stored type (Bool: uint8_t, 0 or 1).
  template <class T>
  void Append(T value) {
    DCHECK(sizeof(T) == ValueBytes(element_, 0));
    elements_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void AppendText(std::string_view text);
  /// The array of what was appended since the last one, valid until the next call.
  std::string_view Finish();

 private:
  DataType element_;
  std::string elements_;
  std::vector<uint32_t> ends_;  // of VarChar
  std::string value_;
};

/// The error for an array with more elements than its field takes; `where` names the field and the row.
Status ArrayTooLong(const std::string& where, size_t length, size_t capacity);

template <class F>
void ArrayValue::ForEach(F each) const {
  switch (element_) {
    case DataType::kBool:
      return ForEachOf<uint8_t>([&](uint8_t v) { each(v != 0); });
    case DataType::kInt8:
      return ForEachOf<int8_t>(each);
    case DataType::kInt16:
      return ForEachOf<int16_t>(each);
    case DataType::kInt32:
      return ForEachOf<int32_t>(each);
    case DataType::kInt64:
      return ForEachOf<int64_t>(each);
    case DataType::kFloat:
      return ForEachOf<float>(each);
    case DataType::kDouble:
      return ForEachOf<double>(each);
    default:
      for (size_t i = 0; i < size_; ++i) each(TextAt(i));
  }
}

}  // namespace redkite
