// Distance kernels over float32 vectors: dot product and squared Euclidean distance, single and batched, one
// table per instruction set. The best table that this machine can run is chosen once.
//
// Within one table the single, gathered and block forms give bit-equal results for equal vectors; between
// tables sums differ by rounding. Nothing is read beyond a vector's last element. No alignment is required.
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace redkite::simd {

enum class Isa : uint8_t { kScalar, kAvx2, kAvx512 };

/// Borrowed rows of `dim` floats, one after another.
struct Rows {
  const float* data;
  size_t dim;
};

struct DistanceKernels {
  Isa isa;
  /// Inner product of two vectors of `dim` floats.
  float (*dot)(const float* a, const float* b, size_t dim);
  /// Squared Euclidean distance.
  float (*l2)(const float* a, const float* b, size_t dim);
  /// out[i] = dot(query, row ids[i]) for `count` ids, with software prefetch of the rows ahead.
  void (*dot_gather)(const float* query, Rows rows, const uint32_t* ids, size_t count, float* out);
  void (*l2_gather)(const float* query, Rows rows, const uint32_t* ids, size_t count, float* out);
  /// out[i] = dot(query, row i) for the first `count` rows.
  void (*dot_block)(const float* query, Rows rows, size_t count, float* out);
  void (*l2_block)(const float* query, Rows rows, size_t count, float* out);
};

/// The best kernels of this machine.
const DistanceKernels& Kernels();
/// The kernels of one instruction set, or null where machine or build lacks it; for tests and benchmarks.
const DistanceKernels* KernelsOf(Isa isa);
std::string_view IsaName(Isa isa);

/// Asks for the cache lines of `bytes` bytes from `p`.
inline void Prefetch(const void* p, size_t bytes) {
  const char* c = static_cast<const char*>(p);
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(c + i, 0, 3);
}

}  // namespace redkite::simd
