// Kernels for AVX-512F. Each row has two partial sums whatever the form, so that all forms round alike; tails
// are masked loads, the batched forms take four rows at a time.
#if defined(__x86_64__)
#include <immintrin.h>

#include "simd/tables.h"

namespace redkite::simd {
namespace {

constexpr size_t kLanes = 16;
constexpr size_t kTile = 4;           // rows at a time
constexpr size_t kPrefetchAhead = 8;  // rows

struct DotStep {
  static __m512 Add(__m512 sum, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, sum); }
};
struct L2Step {
  static __m512 Add(__m512 sum, __m512 a, __m512 b) {
    const __m512 d = _mm512_sub_ps(a, b);
    return _mm512_fmadd_ps(d, d, sum);
  }
};

/// Lower half plus upper half.
inline __m256 Fold(__m512 v) {
  const __m256 high = _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xff, _mm512_castps_pd(v), 1));
  return _mm256_add_ps(_mm512_castps512_ps256(v), high);
}

/// The four horizontal sums.
inline __m128 SumEach(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 t = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1));
}

/// The distances of `query` to the rows r[0..kRows), in the lower lanes.
template <class Step, size_t kRows>
inline __attribute__((always_inline)) __m128 Tile(const float* query, const float* const* r, size_t dim) {
  __m512 even[kTile], odd[kTile];
  for (size_t j = 0; j < kTile; ++j) even[j] = odd[j] = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + 2 * kLanes <= dim; i += 2 * kLanes) {
    const __m512 q0 = _mm512_loadu_ps(query + i);
    const __m512 q1 = _mm512_loadu_ps(query + i + kLanes);
    for (size_t j = 0; j < kRows; ++j) {
      even[j] = Step::Add(even[j], q0, _mm512_loadu_ps(r[j] + i));
      odd[j] = Step::Add(odd[j], q1, _mm512_loadu_ps(r[j] + i + kLanes));
    }
  }
  if (i + kLanes <= dim) {
    const __m512 q0 = _mm512_loadu_ps(query + i);
    for (size_t j = 0; j < kRows; ++j) even[j] = Step::Add(even[j], q0, _mm512_loadu_ps(r[j] + i));
    i += kLanes;
  }
  if (i < dim) {
    const auto mask = static_cast<__mmask16>((1u << (dim - i)) - 1);
    const __m512 q0 = _mm512_maskz_loadu_ps(mask, query + i);
    for (size_t j = 0; j < kRows; ++j) odd[j] = Step::Add(odd[j], q0, _mm512_maskz_loadu_ps(mask, r[j] + i));
  }
  __m256 sum[kTile];
  for (size_t j = 0; j < kTile; ++j) sum[j] = Fold(_mm512_add_ps(even[j], odd[j]));
  return SumEach(sum[0], sum[1], sum[2], sum[3]);
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

const DistanceKernels kAvx512Kernels = {Isa::kAvx512,   One<DotStep>,   One<L2Step>,  Gather<DotStep>,
                                        Gather<L2Step>, Block<DotStep>, Block<L2Step>};

}  // namespace redkite::simd
#endif
