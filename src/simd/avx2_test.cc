#include "simd/distance_fixture.h"

namespace redkite::simd {

INSTANTIATE_TEST_SUITE_P(Avx2, DistanceTest, testing::Values(Isa::kAvx2));

}  // namespace redkite::simd
