#include "simd/distance_fixture.h"

namespace redkite::simd {

INSTANTIATE_TEST_SUITE_P(Neon, DistanceTest, testing::Values(Isa::kNeon));

}  // namespace redkite::simd
