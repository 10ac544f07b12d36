#include "simd/distance_fixture.h"

namespace redkite::simd {

INSTANTIATE_TEST_SUITE_P(Avx512, DistanceTest, testing::Values(Isa::kAvx512));

}  // namespace redkite::simd
