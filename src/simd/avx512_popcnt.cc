// Kernels that count bits, for AVX-512 VPOPCNTDQ.
#if defined(__x86_64__)
#include "simd/avx512_lanes.h"
#include "simd/kernel_forms.h"
#include "simd/tables.h"

namespace redkite::simd {
namespace {

struct Bits : NothingSeen {
  static constexpr size_t kBytes = 64;
  using QuerySum = NothingSeen;
  static __m512i Load(const char* p) { return Load64(p); }
  static __m512i LoadTail(const char* p, size_t bytes) { return LoadTail64(p, bytes); }
};
struct Hamming : Bits {
  using Sum = __m512i;
  static __m512i Zero() { return _mm512_setzero_si512(); }
  static __m512i Add(__m512i sum, __m512i a, __m512i b) {
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(a, b)));
  }
  static __m512i Join(__m512i a, __m512i b) { return _mm512_add_epi64(a, b); }
  static __m128 Finish(const __m512i* s, NothingSeen) { return _mm_cvtepi32_ps(SumEach(s)); }
};
struct Jaccard : Bits {
  struct Sum {
    __m512i different, either;
  };
  static Sum Zero() { return {_mm512_setzero_si512(), _mm512_setzero_si512()}; }
  static Sum Add(Sum sum, __m512i a, __m512i b) {
    return {_mm512_add_epi64(sum.different, _mm512_popcnt_epi64(_mm512_xor_si512(a, b))),
            _mm512_add_epi64(sum.either, _mm512_popcnt_epi64(_mm512_or_si512(a, b)))};
  }
  static Sum Join(Sum a, Sum b) {
    return {_mm512_add_epi64(a.different, b.different), _mm512_add_epi64(a.either, b.either)};
  }
  static __m128 Finish(const Sum* s, NothingSeen) {
    const __m512i different[kTile] = {s[0].different, s[1].different, s[2].different, s[3].different};
    const __m512i either[kTile] = {s[0].either, s[1].either, s[2].either, s[3].either};
    return JaccardOf(SumEach(different), SumEach(either));
  }
};

}  // namespace

const KernelTable kAvx512PopcntTable = {
    {{}, {}, {}, {}, {}, {}, {}, {}, Forms<Hamming>::kKernel, Forms<Jaccard>::kKernel, {}, {}}};

}  // namespace redkite::simd
#endif
