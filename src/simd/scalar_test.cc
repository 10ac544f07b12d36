#include "simd/distance_fixture.h"

namespace redkite::simd {

INSTANTIATE_TEST_SUITE_P(Scalar, DistanceTest, testing::Values(Isa::kScalar));

}  // namespace redkite::simd
