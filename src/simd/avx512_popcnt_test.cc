#include "simd/distance_fixture.h"

namespace redkite::simd {

INSTANTIATE_TEST_SUITE_P(Avx512Popcnt, DistanceTest, testing::Values(Isa::kAvx512Popcnt));

}  // namespace redkite::simd
