// Kernels for AVX2 + FMA. Each row has two partial sums whatever the form, so that all forms round alike; the
// batched forms take four rows at a time, which shares the loads of the query and hides the latency of the
// sums.
#if defined(__x86_64__)
#include <immintrin.h>

#include "simd/tables.h"

namespace redkite::simd {
namespace {

constexpr size_t kLanes = 8;
constexpr size_t kTile = 4;           // rows at a time
constexpr size_t kPrefetchAhead = 8;  // rows

alignas(32) constexpr int32_t kMaskWindow[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

struct DotStep {
  static __m256 Add(__m256 sum, __m256 a, __m256 b) { return _mm256_fmadd_ps(a, b, sum); }
};
struct L2Step {
  static __m256 Add(__m256 sum, __m256 a, __m256 b) {
    const __m256 d = _mm256_sub_ps(a, b);
    return _mm256_fmadd_ps(d, d, sum);
  }
};

/// The four horizontal sums.
inline __m128 SumEach(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 t = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1));
}

/// The four distances of `query` to rows r[0..3]. Always inline: the count of distinct rows is known at the
/// call.
template <class Step, size_t kRows>
inline __attribute__((always_inline)) __m128 Tile(const float* query, const float* const* r, size_t dim) {
  __m256 even[kTile], odd[kTile];
  for (size_t j = 0; j < kTile; ++j) even[j] = odd[j] = _mm256_setzero_ps();
  size_t i = 0;
  for (; i + 2 * kLanes <= dim; i += 2 * kLanes) {
    const __m256 q0 = _mm256_loadu_ps(query + i);
    const __m256 q1 = _mm256_loadu_ps(query + i + kLanes);
    for (size_t j = 0; j < kRows; ++j) {
      even[j] = Step::Add(even[j], q0, _mm256_loadu_ps(r[j] + i));
      odd[j] = Step::Add(odd[j], q1, _mm256_loadu_ps(r[j] + i + kLanes));
    }
  }
  if (i + kLanes <= dim) {
    const __m256 q0 = _mm256_loadu_ps(query + i);
    for (size_t j = 0; j < kRows; ++j) even[j] = Step::Add(even[j], q0, _mm256_loadu_ps(r[j] + i));
    i += kLanes;
  }
  if (i < dim) {
    const __m256i mask =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMaskWindow + kLanes - (dim - i)));
    const __m256 q0 = _mm256_maskload_ps(query + i, mask);
    for (size_t j = 0; j < kRows; ++j) odd[j] = Step::Add(odd[j], q0, _mm256_maskload_ps(r[j] + i, mask));
  }
  for (size_t j = 0; j < kRows; ++j) even[j] = _mm256_add_ps(even[j], odd[j]);
  return SumEach(even[0], even[1], even[2], even[3]);
}

template <class Step>
float One(const float* a, const float* b, size_t dim) {
  return _mm_cvtss_f32(Tile<Step, 1>(a, &b, dim));
}

template <class Step>
void Gather(const float* query, Rows rows, const uint32_t* ids, size_t count, float* out) {
  const size_t row_bytes = rows.dim * sizeof(float);
  const auto row = [&](size_t i) { return rows.data + ids[i] * rows.dim; };
  for (size_t i = 0; i < count && i < kPrefetchAhead; ++i) Prefetch(row(i), row_bytes);
  size_t i = 0;
  for (; i + kTile <= count; i += kTile) {
    for (size_t j = i + kPrefetchAhead; j < i + kPrefetchAhead + kTile && j < count; ++j)
      Prefetch(row(j), row_bytes);
    const float* const r[kTile] = {row(i), row(i + 1), row(i + 2), row(i + 3)};
    _mm_storeu_ps(out + i, Tile<Step, kTile>(query, r, rows.dim));
  }
  for (; i < count; ++i) out[i] = One<Step>(query, row(i), rows.dim);
}

template <class Step>
void Block(const float* query, Rows rows, size_t count, float* out) {
  const float* row = rows.data;
  size_t i = 0;
  for (; i + kTile <= count; i += kTile, row += kTile * rows.dim) {
    const float* const r[kTile] = {row, row + rows.dim, row + 2 * rows.dim, row + 3 * rows.dim};
    _mm_storeu_ps(out + i, Tile<Step, kTile>(query, r, rows.dim));
  }
  for (; i < count; ++i, row += rows.dim) out[i] = One<Step>(query, row, rows.dim);
}

}  // namespace

const DistanceKernels kAvx2Kernels = {Isa::kAvx2,     One<DotStep>,   One<L2Step>,  Gather<DotStep>,
                                      Gather<L2Step>, Block<DotStep>, Block<L2Step>};

}  // namespace redkite::simd
#endif
