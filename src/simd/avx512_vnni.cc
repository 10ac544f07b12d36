// Int8 kernels for AVX-512 VNNI. Its dot product of bytes takes one operand without sign, so rows are moved
// up by 128, and 128 times the sum of the query is taken away at the end.
#if defined(__x86_64__)
#include "simd/avx512_lanes.h"
#include "simd/kernel_forms.h"
#include "simd/tables.h"

namespace redkite::simd {
namespace {

/// Each byte plus 128.
inline __m512i Raise(__m512i v) { return _mm512_xor_si512(v, _mm512_set1_epi8(static_cast<char>(0x80))); }

struct Int8Dot {
  static constexpr size_t kBytes = 64;
  using Sum = __m512i;
  struct QuerySum {
    __m512i sum = _mm512_setzero_si512();
  };
  static __m512i Load(const char* p) { return Load64(p); }
  static __m512i LoadTail(const char* p, size_t bytes) { return LoadTail64(p, bytes); }
  static __m512i Zero() { return _mm512_setzero_si512(); }
  static QuerySum See(QuerySum seen, __m512i q) {
    return {_mm512_dpbusd_epi32(seen.sum, _mm512_set1_epi8(static_cast<char>(0x80)), q)};
  }
  static __m512i Add(__m512i sum, __m512i q, __m512i r) { return _mm512_dpbusd_epi32(sum, Raise(r), q); }
  static __m512i Join(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
  static __m128 Finish(const __m512i* s, QuerySum seen) {
    __m512i dots[kTile];
    for (size_t j = 0; j < kTile; ++j) dots[j] = _mm512_sub_epi32(s[j], seen.sum);
    return _mm_cvtepi32_ps(SumEach(dots));
  }
};

/// On raised bytes: the size of a difference fits a byte without sign, its square is summed in 16-bit pairs.
struct Int8L2 : NothingSeen {
  static constexpr size_t kBytes = 64;
  using Sum = __m512i;
  using QuerySum = NothingSeen;
  static __m512i Load(const char* p) { return Raise(Load64(p)); }
  static __m512i LoadTail(const char* p, size_t bytes) { return Raise(LoadTail64(p, bytes)); }
  static __m512i Zero() { return _mm512_setzero_si512(); }
  static __m512i Add(__m512i sum, __m512i a, __m512i b) {
    const __m512i d = _mm512_or_si512(_mm512_subs_epu8(a, b), _mm512_subs_epu8(b, a));
    const __m512i low = _mm512_unpacklo_epi8(d, _mm512_setzero_si512());
    const __m512i high = _mm512_unpackhi_epi8(d, _mm512_setzero_si512());
    return _mm512_dpwssd_epi32(_mm512_dpwssd_epi32(sum, low, low), high, high);
  }
  static __m512i Join(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
  static __m128 Finish(const __m512i* s, NothingSeen) { return _mm_cvtepi32_ps(SumEach(s)); }
};

}  // namespace

const KernelTable kAvx512VnniTable = {
    {{}, {}, {}, {}, {}, {}, Forms<Int8Dot>::kKernel, Forms<Int8L2>::kKernel, {}, {}, {}, {}}};

}  // namespace redkite::simd
#endif
