// The kernel tables that the per-instruction-set files define; only dispatch.cc uses them.
#pragma once

#include "simd/distance.h"

namespace redkite::simd {

/// Kernels by Distance; those that a set has no form of its own for are empty.
struct KernelTable {
  DistanceKernel kernels[kDistanceCount];
};

extern const KernelTable kScalarTable;
#if defined(__x86_64__)
extern const KernelTable kAvx2Table;
extern const KernelTable kAvx512Table;
extern const KernelTable kAvx512VnniTable;
extern const KernelTable kAvx512Bf16Table;
extern const KernelTable kAvx512PopcntTable;
#elif defined(__aarch64__)
extern const KernelTable kNeonTable;
#endif

}  // namespace redkite::simd
