#include "simd/distance_fixture.h"

namespace redkite::simd {

INSTANTIATE_TEST_SUITE_P(Avx512Bf16, DistanceTest, testing::Values(Isa::kAvx512Bf16));

}  // namespace redkite::simd
