// Distance kernels over rows of one element type: single, gathered and block form, one table per instruction
// set. The best kernel that this machine can run is chosen once for each kind of distance; a batch takes it
// by pointer.
//
// Within one instruction set the three forms give bit-equal results for equal rows. Between sets the sums
// over Float, half and bfloat16 elements differ by rounding; those over Int8 and bits are whole numbers,
// equal everywhere. Rows stand one after another without gaps, at any address; nothing is read beyond a row's
// last byte. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace redkite::simd {

enum class Isa : uint8_t { kScalar, kNeon, kAvx2, kAvx512, kAvx512Vnni, kAvx512Bf16, kAvx512Popcnt };
inline constexpr Isa kAllIsas[] = {Isa::kScalar,     Isa::kNeon,       Isa::kAvx2,        Isa::kAvx512,
                                   Isa::kAvx512Vnni, Isa::kAvx512Bf16, Isa::kAvx512Popcnt};

/// Element type and what is computed. Dot: inner product; L2: squared Euclidean distance. On bits, the query
/// first: Hamming: number of different bits; Jaccard: 1 - |both| / |either|, 1 when neither has a bit; and 0
/// where every bit of the query is set in the row (NotSubset), or of the row in the query (NotSuperset), else
/// 1.
enum class Distance : uint8_t {
  kFloatDot,
  kFloatL2,
  kHalfDot,
  kHalfL2,
  kBFloat16Dot,
  kBFloat16L2,
  kInt8Dot,
  kInt8L2,
  kBitHamming,
  kBitJaccard,
  kBitNotSubset,
  kBitNotSuperset,
};
inline constexpr size_t kDistanceCount = 12;

/// Borrowed rows, one after another.
struct Rows {
  const std::byte* data;
  size_t row_bytes;
};

struct DistanceKernel {
  float (*one)(const void* query, const void* row, size_t row_bytes);
  /// out[i] = the distance to row ids[i] for `count` ids, with software prefetch of the rows ahead.
  void (*gather)(const void* query, Rows rows, const uint32_t* ids, size_t count, float* out);
  /// out[i] = the distance to row i for the first `count` rows.
  void (*block)(const void* query, Rows rows, size_t count, float* out);
};

/// The best kernel of this machine.
const DistanceKernel& KernelFor(Distance distance);
/// The set that KernelFor takes it from.
Isa IsaFor(Distance distance);
/// The kernel of one instruction set, or null where machine, build or set lacks it; for tests and benchmarks.
const DistanceKernel* KernelOf(Isa isa, Distance distance);

std::string_view IsaName(Isa isa);
std::string_view DistanceName(Distance distance);

/// Asks for the cache lines of `bytes` bytes from `p`.
inline void Prefetch(const void* p, size_t bytes) {
  const char* c = static_cast<const char*>(p);
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(c + i, 0, 3);
}

}  // namespace redkite::simd
