// Horizontal sums of four registers at once, for the files of AVX2 and above. Of internal linkage, see
// kernel_forms.h.
#pragma once

#include <immintrin.h>

namespace redkite::simd {
namespace {

inline __m128 SumEach(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 t = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1));
}

/// The sums of 32-bit lanes.
inline __m128i SumEach(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i t = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(t), _mm256_extracti128_si256(t, 1));
}

/// different / either, and 1 where `either` is 0.
inline __m128 JaccardOf(__m128i different, __m128i either) {
  const __m128 quotient = _mm_div_ps(_mm_cvtepi32_ps(different), _mm_cvtepi32_ps(either));
  const __m128 empty = _mm_castsi128_ps(_mm_cmpeq_epi32(either, _mm_setzero_si128()));
  return _mm_blendv_ps(quotient, _mm_set1_ps(1.0f), empty);
}

}  // namespace
}  // namespace redkite::simd
