#include "proxy/vector_rules.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/half.h"
#include "types/sparse_vector.h"

namespace redkite::proxy {
namespace {

constexpr uint16_t kHalfExponent = 0x7c00;
constexpr uint16_t kBFloat16Exponent = 0x7f80;

template <class T>
T ReadAt(std::span<const std::byte> vectors, size_t i) {
  T value;
  std::memcpy(&value, vectors.data() + i * sizeof(T), sizeof(T));
  return value;
}

/// The first element whose exponent bits are all set: neither number nor zero. Looks for one without
/// stopping, which the compiler makes wide; the place matters only in the error.
template <class T>
bool FindNotFinite(std::span<const std::byte> vectors, T exponent, T* found) {
  const size_t count = vectors.size() / sizeof(T);
  bool any = false;
  for (size_t i = 0; i < count; ++i) any |= (ReadAt<T>(vectors, i) & exponent) == exponent;
  for (size_t i = 0; any && i < count; ++i) {
    *found = ReadAt<T>(vectors, i);
    if ((*found & exponent) == exponent) return true;
  }
  return false;
}

bool IsConverted(DataType given, DataType field) {
  return given == DataType::kFloatVector &&
         (field == DataType::kFloat16Vector || field == DataType::kBFloat16Vector);
}

std::vector<std::byte> NarrowFloats(std::span<const std::byte> floats, DataType to) {
  const size_t count = floats.size() / sizeof(float);
  std::vector<std::byte> out(count * sizeof(uint16_t));
  for (size_t i = 0; i < count; ++i) {
    const auto value = ReadAt<float>(floats, i);
    const uint16_t narrow = to == DataType::kFloat16Vector ? HalfOfFloat(value) : BFloat16OfFloat(value);
    std::memcpy(out.data() + i * sizeof narrow, &narrow, sizeof narrow);
  }
  return out;
}

Status CheckSparseQueries(const QueryVectors& queries) {
  for (size_t i = 0; i < queries.count; ++i) {
    const size_t begin = queries.offsets[i];
    const Status row =
        CheckSparseRow(std::string_view(queries.bytes).substr(begin, queries.offsets[i + 1] - begin));
    if (!row.ok()) return Status::Invalid(row.message() + ", query " + std::to_string(i));
  }
  return Status::Ok();
}

Status CheckLists(const QueryVectors& queries, size_t vector_bytes) {
  for (size_t i = 0; i < queries.count; ++i) {
    const size_t bytes = queries.offsets[i + 1] - queries.offsets[i];
    if (bytes != 0 && bytes % vector_bytes == 0) continue;
    return {Code::kUnexpected,
            "failed to search: vector dimension mismatch, a list is one or more vectors of size(byte) " +
                std::to_string(vector_bytes) + ", actual " + std::to_string(bytes)};
  }
  return Status::Ok();
}

}  // namespace

Result<const FieldSchema*> ChooseVectorField(const CollectionSchema& schema, const std::string& name) {
  if (!name.empty()) {
    const FieldSchema* field = schema.Find(name);
    if (field == nullptr)
      return Status::Invalid("failed to get field schema by name: fieldName(" + name + ") not found");
    if (!IsVector(field->type))
      return Status::Invalid("field (" + name + ") to search is not of vector data type");
    return field;
  }
  const FieldSchema* only = nullptr;
  for (const FieldSchema& field : schema.fields) {
    if (!IsVector(field.type)) continue;
    if (only != nullptr) {
      return Status::Invalid("multiple anns_fields exist, please specify a anns_field in search_params");
    }
    only = &field;
  }
  return only;
}

Status NotFinite(double value) {
  const char* const name = std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return Status::Invalid(std::string("value '") + name + "' is not a number or infinity");
}

Status CheckFiniteVectors(DataType type, std::span<const std::byte> vectors) {
  uint32_t word = 0;
  uint16_t half = 0;
  switch (type) {
    case DataType::kFloatVector:
      return FindNotFinite<uint32_t>(vectors, 0x7f800000, &word) ? NotFinite(std::bit_cast<float>(word))
                                                                 : Status::Ok();
    case DataType::kFloat16Vector:
      return FindNotFinite(vectors, kHalfExponent, &half) ? NotFinite(FloatOfHalf(half)) : Status::Ok();
    case DataType::kBFloat16Vector:
      return FindNotFinite(vectors, kBFloat16Exponent, &half) ? NotFinite(FloatOfBFloat16(half))
                                                              : Status::Ok();
    default:
      return Status::Ok();
  }
}

std::vector<uint64_t> OffsetsOf(const QueryVectors& queries, size_t bytes) {
  std::vector<uint64_t> offsets = queries.offsets;
  if (offsets.empty() || offsets.back() == bytes) return offsets;
  for (uint64_t& offset : offsets) offset = offset * bytes / queries.offsets.back();
  return offsets;
}

Result<std::vector<std::byte>> TakeQueryVectors(const QueryVectors& queries, const FieldSchema& field) {
  const bool lists = queries.is_lists();
  const auto given = static_cast<DataType>(queries.placeholder_type - (lists ? kListPlaceholder : 0));
  const DataType type = field.vector_type();
  const bool fits = !lists || field.type == DataType::kArrayOfVector;
  if (!fits || (given != type && !IsConverted(given, type))) {
    return Status::Invalid("vector type must be the same, field " + field.name + " - type " +
                           std::string(DataTypeName(field.type)) + ", search info type " +
                           std::string(DataTypeName(given)));
  }
  const auto bytes = std::as_bytes(std::span(queries.bytes));
  if (given == DataType::kSparseFloatVector) {
    RK_RETURN_IF_ERROR(CheckSparseQueries(queries));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  }
  const size_t expected = ValueBytes(given, field.dim);
  if (lists) RK_RETURN_IF_ERROR(CheckLists(queries, expected));
  if (!lists && (!queries.uniform || queries.value_bytes != expected)) {
    return Status(Code::kUnexpected,
                  "failed to search: vector dimension mismatch, expected vector size(byte) " +
                      std::to_string(expected) + ", actual " + std::to_string(queries.value_bytes));
  }
  RK_RETURN_IF_ERROR(CheckFiniteVectors(given, bytes));
  if (given == type) return std::vector<std::byte>(bytes.begin(), bytes.end());
  std::vector<std::byte> converted = NarrowFloats(bytes, type);
  RK_RETURN_IF_ERROR(CheckFiniteVectors(type, converted));  // too large for the narrow type
  return converted;
}

}  // namespace redkite::proxy
