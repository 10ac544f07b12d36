// Test data of every dense vector type: rows as bytes, and distances by their definition in double precision.
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/half.h"
#include "base/random.h"
#include "index/any_index.h"

namespace redkite::index {

struct TypedCase {
  DataType type;
  Metric metric;
};

inline std::vector<TypedCase> AllTypedCases() {
  std::vector<TypedCase> cases;
  for (const DataType type :
       {DataType::kFloatVector, DataType::kFloat16Vector, DataType::kBFloat16Vector, DataType::kInt8Vector}) {
    for (const Metric metric : {Metric::kL2, Metric::kIp, Metric::kCosine}) cases.push_back({type, metric});
  }
  for (const Metric metric : {Metric::kHamming, Metric::kJaccard})
    cases.push_back({DataType::kBinaryVector, metric});
  return cases;
}

inline std::string CaseName(const TypedCase& c) {
  return std::string(DataTypeName(c.type)) + "_" + std::string(MetricName(c.metric));
}

/// `count` vectors around 16 centres.
inline std::vector<std::byte> RandomVectors(DataType type, int dim, size_t count, uint64_t seed) {
  Random centres(99), random(seed);
  const size_t bytes = ValueBytes(type, dim);
  std::vector<double> centre(16 * static_cast<size_t>(dim));
  for (double& c : centre) c = centres.Unit() * 2 - 1;
  std::vector<std::byte> out(count * bytes);
  for (size_t i = 0; i < count; ++i) {
    const double* const from = centre.data() + random.Below(16) * static_cast<size_t>(dim);
    for (int d = 0; d < dim; ++d) {
      const double x = from[d] + random.Unit() - 0.5;
      const auto f = static_cast<float>(x);
      const uint16_t half = type == DataType::kFloat16Vector ? HalfOfFloat(f) : BFloat16OfFloat(f);
      std::byte* const row = out.data() + i * bytes;
      if (type == DataType::kFloatVector)
        std::memcpy(row + 4 * d, &f, 4);
      else if (type == DataType::kInt8Vector)
        row[d] = static_cast<std::byte>(static_cast<int>(x * 80));
      else if (type == DataType::kBinaryVector)
        row[d / 8] |= static_cast<std::byte>(x > 0 ? 0x80 >> (d % 8) : 0);
      else
        std::memcpy(row + 2 * d, &half, 2);
    }
  }
  return out;
}

/// An element, or a bit, as a number.
inline double ElementAt(DataType type, const std::byte* row, int d) {
  float f;
  uint16_t half;
  switch (type) {
    case DataType::kFloatVector:
      std::memcpy(&f, row + 4 * d, 4);
      return f;
    case DataType::kFloat16Vector:
      std::memcpy(&half, row + 2 * d, 2);
      return FloatOfHalf(half);
    case DataType::kBFloat16Vector:
      std::memcpy(&half, row + 2 * d, 2);
      return FloatOfBFloat16(half);
    case DataType::kInt8Vector:
      return static_cast<int8_t>(row[d]);
    default:
      return (std::to_integer<int>(row[d / 8]) >> (7 - d % 8)) & 1;
  }
}

inline double TypedDistance(const TypedCase& c, const std::byte* a, const std::byte* b, int dim) {
  double dot = 0, l2 = 0, aa = 0, bb = 0;
  for (int d = 0; d < dim; ++d) {
    const double x = ElementAt(c.type, a, d), y = ElementAt(c.type, b, d);
    dot += x * y;
    l2 += (x - y) * (x - y);
    aa += x * x;
    bb += y * y;
  }
  switch (c.metric) {
    case Metric::kL2:
    case Metric::kHamming:
      return l2;
    case Metric::kIp:
      return -dot;
    case Metric::kJaccard:
      return aa + bb == 0 ? 1 : l2 / (aa + bb - dot);
    default:
      return aa == 0 || bb == 0 ? 0 : -dot / std::sqrt(aa * bb);
  }
}

}  // namespace redkite::index
