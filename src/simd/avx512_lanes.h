// What the AVX-512 files share: masked tails and horizontal sums. Of internal linkage, see kernel_forms.h.
// Needs AVX-512F, BW and VL.
#pragma once

#include <cstddef>

#include "simd/x86_sums.h"

namespace redkite::simd {
namespace {

/// Lower half plus upper half.
inline __m256 Fold(__m512 v) {
  const __m256 high = _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xff, _mm512_castps_pd(v), 1));
  return _mm256_add_ps(_mm512_castps512_ps256(v), high);
}
/// The same for 32-bit lanes.
inline __m256i Fold(__m512i v) {
  const __m256i high = _mm512_maskz_extracti64x4_epi64(0xff, v, 1);
  return _mm256_add_epi32(_mm512_castsi512_si256(v), high);
}
inline __m128 SumEach(const __m512* s) { return SumEach(Fold(s[0]), Fold(s[1]), Fold(s[2]), Fold(s[3])); }
inline __m128i SumEach(const __m512i* s) { return SumEach(Fold(s[0]), Fold(s[1]), Fold(s[2]), Fold(s[3])); }

inline __m512i Load64(const char* p) { return _mm512_loadu_si512(p); }
inline __m512i LoadTail64(const char* p, size_t bytes) {
  return _mm512_maskz_loadu_epi8((__mmask64{1} << bytes) - 1, p);
}
inline __m256i Load32(const char* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
inline __m256i LoadTail32(const char* p, size_t bytes) {
  return _mm256_maskz_loadu_epi8((__mmask32{1} << bytes) - 1, p);
}

}  // namespace
}  // namespace redkite::simd
