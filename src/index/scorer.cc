#include "index/scorer.h"

#include <cstring>

#include "base/check.h"
#include "base/half.h"

namespace redkite::index {

using simd::Distance;

namespace {

// Only these have elements whose squares leave the range of float.
bool HasWideRange(DataType type) {
  return type == DataType::kFloatVector || type == DataType::kBFloat16Vector;
}

double ElementOf(const VectorView& vectors, const std::byte* row, size_t d) {
  if (vectors.type == DataType::kFloatVector) {
    float value;
    std::memcpy(&value, row + d * sizeof value, sizeof value);
    return static_cast<double>(value);
  }
  uint16_t value;
  std::memcpy(&value, row + d * sizeof value, sizeof value);
  return static_cast<double>(FloatOfBFloat16(value));
}

void SetElement(const VectorView& vectors, std::byte* row, size_t d, float value) {
  if (vectors.type == DataType::kFloatVector) {
    std::memcpy(row + d * sizeof value, &value, sizeof value);
    return;
  }
  const uint16_t half = BFloat16OfFloat(value);
  std::memcpy(row + d * sizeof half, &half, sizeof half);
}

bool IsZero(const std::byte* row, size_t bytes) {
  return row[0] == std::byte{0} && std::memcmp(row, row + 1, bytes - 1) == 0;
}

}  // namespace

Scorer::Query Scorer::ScaledQuery(const std::byte* vector) const {
  if (!HasWideRange(vectors_.type) || IsZero(vector, vectors_.row_bytes)) return {vector, 0.0f};
  const auto dim = static_cast<size_t>(vectors_.dim);
  double square = 0;
  for (size_t d = 0; d < dim; ++d) {
    const double x = ElementOf(vectors_, vector, d);
    square += x * x;
  }
  if (square == 0 || !std::isfinite(square)) return {vector, 0.0f};
  const double norm = std::sqrt(square);
  const int exponent = std::ilogb(norm) + 1;  // the scaled norm is in [0.5, 1)
  Query query{nullptr, static_cast<float>(1 / std::ldexp(norm, -exponent)),
              std::make_unique_for_overwrite<std::byte[]>(vectors_.row_bytes)};
  for (size_t d = 0; d < dim; ++d) {
    const double scaled = std::ldexp(ElementOf(vectors_, vector, d), -exponent);
    SetElement(vectors_, query.scaled.get(), d, static_cast<float>(scaled));
  }
  query.vector = query.scaled.get();
  return query;
}

float Scorer::PreciseCosineDistance(const Query& query, const std::byte* row) const {
  if (query.scale == 0 || !HasWideRange(vectors_.type) || IsZero(row, vectors_.row_bytes)) return 0.0f;
  double dot = 0, square = 0;
  for (size_t d = 0; d < static_cast<size_t>(vectors_.dim); ++d) {
    const double y = ElementOf(vectors_, row, d);
    dot += ElementOf(vectors_, query.vector, d) * y;
    square += y * y;
  }
  return square == 0 ? 0.0f : static_cast<float>(-dot * static_cast<double>(query.scale) / std::sqrt(square));
}

Distance DistanceOf(DataType type, Metric metric) {
  const bool dot = metric == Metric::kIp || metric == Metric::kCosine;
  switch (type) {
    case DataType::kFloatVector:
      return dot ? Distance::kFloatDot : Distance::kFloatL2;
    case DataType::kFloat16Vector:
      return dot ? Distance::kHalfDot : Distance::kHalfL2;
    case DataType::kBFloat16Vector:
      return dot ? Distance::kBFloat16Dot : Distance::kBFloat16L2;
    case DataType::kInt8Vector:
      return dot ? Distance::kInt8Dot : Distance::kInt8L2;
    default:
      break;
  }
  CHECK(type == DataType::kBinaryVector);
  switch (metric) {
    case Metric::kHamming:
      return Distance::kBitHamming;
    case Metric::kSubstructure:
      return Distance::kBitNotSubset;
    case Metric::kSuperstructure:
      return Distance::kBitNotSuperset;
    default:
      return Distance::kBitJaccard;
  }
}

}  // namespace redkite::index
