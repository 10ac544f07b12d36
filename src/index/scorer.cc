#include "index/scorer.h"

#include "base/check.h"

namespace redkite::index {

using simd::Distance;

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
