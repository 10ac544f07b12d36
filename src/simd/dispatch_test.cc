#include <gtest/gtest.h>

#include "simd/distance.h"

namespace redkite::simd {
namespace {

TEST(DispatchTest, BestTableIsOneOfThoseThatTheMachineHas) {
  const DistanceKernels& best = Kernels();
  EXPECT_EQ(KernelsOf(best.isa), &best);
  for (Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
    if (KernelsOf(isa) != nullptr) {
      EXPECT_GE(static_cast<int>(best.isa), static_cast<int>(isa));
    }
  }
}

}  // namespace
}  // namespace redkite::simd
