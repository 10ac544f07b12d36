#include "wire/field_members.h"

#include "wire/pb_reader.h"

namespace redkite::wire {
namespace {

constexpr uint32_t kScalarMemberMax = 16;

std::optional<PackedKind> KindOf(uint32_t member) {
  switch (member) {
    case kBoolMember:
    case kIntMember:
    case kLongMember:
      return PackedKind::kVarint;
    case kFloatMember:
    case kFloatVectorMember:
      return PackedKind::kFixed32;
    case kDoubleMember:
      return PackedKind::kFixed64;
    case kStringMember:
    case kJsonMember:
    case kGeometryWktMember:
    case kArrayMember:  // each row is a message of its own
    case kSparseVectorMember:
      return PackedKind::kText;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool IsRawMember(uint32_t member) {
  return member == kBinaryVectorMember || member == kFloat16VectorMember || member == kBFloat16VectorMember ||
         member == kInt8VectorMember;
}

Carrier CarrierOf(DataType type) {
  switch (type) {
    case DataType::kBool:
      return {kBoolMember, "bool array"};
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32:
      return {kIntMember, "int array"};
    case DataType::kInt64:
      return {kLongMember, "long array"};
    case DataType::kFloat:
      return {kFloatMember, "float array"};
    case DataType::kDouble:
      return {kDoubleMember, "double array"};
    case DataType::kGeometry:
      return {kGeometryWktMember, "geometry wkt array"};
    case DataType::kVarChar:
    case DataType::kText:
    case DataType::kTimestamptz:  // as ISO-8601 texts
      return {kStringMember, "string array"};
    case DataType::kArray:
      return {kArrayMember, "array of arrays"};
    case DataType::kJson:
      return {kJsonMember, "json array"};
    case DataType::kFloatVector:
      return {kFloatVectorMember, "float vector"};
    case DataType::kBinaryVector:
      return {kBinaryVectorMember, "binary vector"};
    case DataType::kFloat16Vector:
      return {kFloat16VectorMember, "float16 vector"};
    case DataType::kBFloat16Vector:
      return {kBFloat16VectorMember, "bfloat16 vector"};
    case DataType::kSparseFloatVector:
      return {kSparseVectorMember, "sparse float vector"};
    case DataType::kInt8Vector:
      return {kInt8VectorMember, "int8 vector"};
    case DataType::kArrayOfVector:
      return {kVectorArrayMember, "vector array"};
    default:
      return {kNoMember, ""};
  }
}

void MemberValues::Switch(uint32_t to) {
  if (to == member) return;
  member = to;
  values.reset();
  bytes = {};
}

bool MemberValues::Collect(uint32_t of, std::string_view body) {
  Switch(of);
  if (IsRawMember(of)) bytes = body;
  const std::optional<PackedKind> kind = KindOf(of);
  if (!kind) return true;  // a type that is refused by name later
  if (!values) values.emplace(*kind);
  return values->Collect(body);
}

bool MemberValues::CollectScalars(std::string_view message) {
  if (member >= kVectorMember) Switch(kNoMember);
  PbReader r(message);
  while (r.Next()) {
    const uint32_t number = r.tag() >> 3;
    if ((r.tag() & 7) != 2 || number > kScalarMemberMax) continue;
    if (!Collect(number, r.bytes())) return false;
  }
  return r.ok();
}

}  // namespace redkite::wire
