// Field members: the oneofs of ScalarField and VectorField in schema.proto: which member carries a type, and
// its values, still encoded.
// Private to the room. The input is untrusted. Thread safety: pure functions and plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "types/data_type.h"
#include "wire/packed_values.h"

namespace redkite::wire {

/// Members of ScalarField.data and, with kVectorMember added, of VectorField.data.
enum FieldMember : uint32_t {
  kNoMember = 0,
  kBoolMember = 1,
  kIntMember = 2,
  kLongMember = 3,
  kFloatMember = 4,
  kDoubleMember = 5,
  kStringMember = 6,
  kArrayMember = 8,
  kJsonMember = 9,
  kGeometryWktMember = 12,
  kVectorMember = 100,
  kFloatVectorMember = 102,
  kBinaryVectorMember = 103,
  kFloat16VectorMember = 104,
  kBFloat16VectorMember = 105,
  kSparseVectorMember = 106,
  kInt8VectorMember = 107,
  kVectorArrayMember = 108,
  kStructMember = 200,
};

/// Members whose body is not a message but the vectors themselves.
bool IsRawMember(uint32_t member);

/// The member that carries a type, and how Milvus names it when another one came.
struct Carrier {
  uint32_t member;
  std::string_view array_name;
};
Carrier CarrierOf(DataType type);

/// The member of a oneof that was set last. One that comes again adds to its values.
struct MemberValues {
  uint32_t member = kNoMember;
  std::optional<PackedValues> values;
  std::string_view bytes;  // of a member that holds its vectors as they are stored

  void Switch(uint32_t to);
  /// Adds a member's body; false when it is malformed.
  bool Collect(uint32_t of, std::string_view body);
  /// Adds what a ScalarField holds; false when it is malformed.
  bool CollectScalars(std::string_view message);
};

}  // namespace redkite::wire
