// Packed values: the numbers and texts of a repeated protobuf field, from received bytes into a Column.
// A repeated field may come in several chunks and unpacked; both are rare and read too.
// Private to the room. The input is untrusted. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "types/column.h"

namespace redkite::wire {

enum class PackedKind { kVarint, kFixed32, kFixed64, kText };

/// The values of field 1 of an array message (BoolArray, FloatArray, StringArray …), still encoded: numbers
/// packed, texts as the fields of the message. A view of the input, unless it came in several pieces.
class PackedValues {
 public:
  explicit PackedValues(PackedKind kind) : kind_(kind) {}
  PackedKind kind() const { return kind_; }
  size_t count() const { return count_; }
  size_t text_bytes() const { return text_bytes_; }
  std::string_view encoded() const { return joined_.empty() ? only_ : std::string_view(joined_); }
  /// Adds the array message's body; false when it is malformed.
  bool Collect(std::string_view message);

 private:
  bool AddChunk(std::string_view chunk);
  void Keep(std::string_view encoded);
  PackedKind kind_;
  size_t count_ = 0;
  size_t text_bytes_ = 0;
  std::string_view only_;
  std::string joined_;
};

/// Appends all values to a column of a type that fits the kind: Bool, Int8 … Int64 from varints, Float and
/// Double from fixed ones, VarChar and JSON from texts. Fails for an Int8 or Int16 value that does not fit.
Status AppendPacked(const PackedValues& values, Column* column);
/// `values.count() / dim` rows of float vectors.
void AppendPackedVectors(const PackedValues& values, Column* column);
/// The same floats rounded into a Float16Vector or BFloat16Vector column.
void AppendNarrowed(const PackedValues& values, Column* column);

}  // namespace redkite::wire
