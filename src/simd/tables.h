// The kernel tables that the per-instruction-set files define; only dispatch.cc uses them.
#pragma once

#include "simd/distance.h"

namespace redkite::simd {

extern const DistanceKernels kScalarKernels;
#if defined(__x86_64__)
extern const DistanceKernels kAvx2Kernels;
extern const DistanceKernels kAvx512Kernels;
#endif

}  // namespace redkite::simd
