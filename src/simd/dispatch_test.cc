#include <gtest/gtest.h>

#include <set>

#include "simd/distance.h"

namespace redkite::simd {
namespace {

TEST(DispatchTest, BestKernelIsOneOfThoseThatTheMachineHas) {
  for (size_t d = 0; d < kDistanceCount; ++d) {
    const auto distance = static_cast<Distance>(d);
    const DistanceKernel* best = KernelOf(IsaFor(distance), distance);
    ASSERT_NE(best, nullptr) << DistanceName(distance);
    EXPECT_EQ(best->one, KernelFor(distance).one);
    EXPECT_EQ(best->gather, KernelFor(distance).gather);
    EXPECT_EQ(best->block, KernelFor(distance).block);
    EXPECT_NE(KernelOf(Isa::kScalar, distance), nullptr);
    // A wide set is not passed over for the portable one.
    if (KernelOf(Isa::kAvx2, distance) != nullptr) {
      EXPECT_NE(IsaFor(distance), Isa::kScalar);
    }
    if (KernelOf(Isa::kAvx512, distance) != nullptr) {
      EXPECT_GE(IsaFor(distance), Isa::kAvx512);
    }
  }
}

TEST(DispatchTest, NamesDiffer) {
  std::set<std::string_view> names;
  for (const Isa isa : kAllIsas) names.insert(IsaName(isa));
  EXPECT_EQ(names.size(), std::size(kAllIsas));
  names.clear();
  for (size_t d = 0; d < kDistanceCount; ++d) names.insert(DistanceName(static_cast<Distance>(d)));
  EXPECT_EQ(names.size(), kDistanceCount);
}

}  // namespace
}  // namespace redkite::simd
