#include "simd/distance.h"
#include "simd/tables.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace redkite::simd {
namespace {

constexpr Isa kBestFirst[] = {Isa::kAvx512Vnni, Isa::kAvx512Bf16, Isa::kAvx512Popcnt, Isa::kAvx512,
                              Isa::kAvx2,       Isa::kNeon,       Isa::kScalar};

#if defined(__x86_64__)
bool HasHalf() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

bool HasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
}

const KernelTable* TableOf(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return &kScalarTable;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasHalf() ? &kAvx2Table
                                                                                          : nullptr;
    case Isa::kAvx512:
      return HasAvx512() ? &kAvx512Table : nullptr;
    case Isa::kAvx512Vnni:
      return HasAvx512() && __builtin_cpu_supports("avx512vnni") ? &kAvx512VnniTable : nullptr;
    case Isa::kAvx512Bf16:
      return HasAvx512() && __builtin_cpu_supports("avx512bf16") ? &kAvx512Bf16Table : nullptr;
    case Isa::kAvx512Popcnt:
      return HasAvx512() && __builtin_cpu_supports("avx512vpopcntdq") ? &kAvx512PopcntTable : nullptr;
    default:
      return nullptr;
  }
}
#elif defined(__aarch64__)
const KernelTable* TableOf(Isa isa) {
  return isa == Isa::kScalar ? &kScalarTable : isa == Isa::kNeon ? &kNeonTable : nullptr;
}
#else
const KernelTable* TableOf(Isa isa) { return isa == Isa::kScalar ? &kScalarTable : nullptr; }
#endif

/// The best of each kind.
struct BestKernels {
  DistanceKernel kernels[kDistanceCount];
  Isa isas[kDistanceCount];
  BestKernels() {
    for (size_t d = 0; d < kDistanceCount; ++d) {
      for (const Isa isa : kBestFirst) {
        const DistanceKernel* kernel = KernelOf(isa, static_cast<Distance>(d));
        if (kernel == nullptr) continue;
        kernels[d] = *kernel;
        isas[d] = isa;
        break;
      }
    }
  }
};

const BestKernels& Best() {
  static const BestKernels best;
  return best;
}

}  // namespace

const DistanceKernel* KernelOf(Isa isa, Distance distance) {
  const KernelTable* table = TableOf(isa);
  if (table == nullptr) return nullptr;
  const DistanceKernel& kernel = table->kernels[static_cast<size_t>(distance)];
  return kernel.one == nullptr ? nullptr : &kernel;
}

const DistanceKernel& KernelFor(Distance distance) { return Best().kernels[static_cast<size_t>(distance)]; }
Isa IsaFor(Distance distance) { return Best().isas[static_cast<size_t>(distance)]; }

std::string_view IsaName(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kNeon:
      return "neon";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx512Vnni:
      return "avx512_vnni";
    case Isa::kAvx512Bf16:
      return "avx512_bf16";
    case Isa::kAvx512Popcnt:
      return "avx512_popcnt";
  }
  return "";
}

std::string_view DistanceName(Distance distance) {
  constexpr std::string_view kNames[kDistanceCount] = {
      "FloatDot", "FloatL2", "HalfDot",    "HalfL2",     "BFloat16Dot",  "BFloat16L2",
      "Int8Dot",  "Int8L2",  "BitHamming", "BitJaccard", "BitNotSubset", "BitNotSuperset"};
  return kNames[static_cast<size_t>(distance)];
}

}  // namespace redkite::simd
