#include "simd/distance.h"
#include "simd/tables.h"

namespace redkite::simd {

const DistanceKernels* KernelsOf(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return &kScalarKernels;
#if defined(__x86_64__)
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kAvx2Kernels : nullptr;
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") ? &kAvx512Kernels : nullptr;
#endif
    default:
      return nullptr;
  }
}

const DistanceKernels& Kernels() {
  static const DistanceKernels& best = [&]() -> const DistanceKernels& {
    for (Isa isa : {Isa::kAvx512, Isa::kAvx2}) {
      if (const DistanceKernels* kernels = KernelsOf(isa)) return *kernels;
    }
    return kScalarKernels;
  }();
  return best;
}

std::string_view IsaName(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return "";
}

}  // namespace redkite::simd
