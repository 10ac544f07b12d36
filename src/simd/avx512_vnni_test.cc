#include "simd/distance_fixture.h"

namespace redkite::simd {

INSTANTIATE_TEST_SUITE_P(Avx512Vnni, DistanceTest, testing::Values(Isa::kAvx512Vnni));

}  // namespace redkite::simd
