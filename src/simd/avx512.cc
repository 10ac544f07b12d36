// Kernels for AVX-512F, BW and VL: what every server processor with AVX-512 has. Tails are masked loads. Sets
// that came later have files of their own.
#if defined(__x86_64__)
#include "simd/avx512_lanes.h"
#include "simd/kernel_forms.h"
#include "simd/tables.h"

namespace redkite::simd {
namespace {

// Elements, sixteen at a time as floats.
struct Float {
  static constexpr size_t kBytes = 64;
  static __m512 Load(const char* p) { return _mm512_loadu_ps(p); }
  static __m512 LoadTail(const char* p, size_t bytes) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << (bytes / sizeof(float))) - 1), p);
  }
};
struct Half {
  static constexpr size_t kBytes = 32;
  static __m512 Load(const char* p) { return _mm512_cvtph_ps(Load32(p)); }
  static __m512 LoadTail(const char* p, size_t bytes) { return _mm512_cvtph_ps(LoadTail32(p, bytes)); }
};
struct BFloat16 {
  static constexpr size_t kBytes = 32;
  static __m512 Widen(__m256i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
  }
  static __m512 Load(const char* p) { return Widen(Load32(p)); }
  static __m512 LoadTail(const char* p, size_t bytes) { return Widen(LoadTail32(p, bytes)); }
};

template <class Element>
struct FloatSums : Element, NothingSeen {
  using Sum = __m512;
  using QuerySum = NothingSeen;
  static __m512 Zero() { return _mm512_setzero_ps(); }
  static __m512 Join(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
  static __m128 Finish(const __m512* s, NothingSeen) { return SumEach(s); }
};
template <class Element>
struct Dot : FloatSums<Element> {
  static __m512 Add(__m512 sum, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, sum); }
};
template <class Element>
struct L2 : FloatSums<Element> {
  static __m512 Add(__m512 sum, __m512 a, __m512 b) {
    const __m512 d = _mm512_sub_ps(a, b);
    return _mm512_fmadd_ps(d, d, sum);
  }
};

// Int8, 32 at a time as 16-bit numbers; sums of 32 bits.
struct Int8Sums : NothingSeen {
  static constexpr size_t kBytes = 32;
  using Sum = __m512i;
  using QuerySum = NothingSeen;
  static __m512i Load(const char* p) { return _mm512_cvtepi8_epi16(Load32(p)); }
  static __m512i LoadTail(const char* p, size_t bytes) { return _mm512_cvtepi8_epi16(LoadTail32(p, bytes)); }
  static __m512i Zero() { return _mm512_setzero_si512(); }
  static __m512i Join(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
  static __m128 Finish(const __m512i* s, NothingSeen) { return _mm_cvtepi32_ps(SumEach(s)); }
};
struct Int8Dot : Int8Sums {
  static __m512i Add(__m512i sum, __m512i a, __m512i b) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
  }
};
struct Int8L2 : Int8Sums {
  static __m512i Add(__m512i sum, __m512i a, __m512i b) {
    const __m512i d = _mm512_sub_epi16(a, b);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(d, d));
  }
};

// Bits, 64 bytes at a time; counts in 64-bit lanes.
struct Bits : NothingSeen {
  static constexpr size_t kBytes = 64;
  using QuerySum = NothingSeen;
  static __m512i Load(const char* p) { return Load64(p); }
  static __m512i LoadTail(const char* p, size_t bytes) { return LoadTail64(p, bytes); }
  static __m512i Count(__m512i v) {
    const __m512i counts = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);
    const __m512i low = _mm512_set1_epi8(0x0f);
    const __m512i bytes =
        _mm512_add_epi8(_mm512_shuffle_epi8(counts, _mm512_and_si512(v, low)),
                        _mm512_shuffle_epi8(counts, _mm512_and_si512(_mm512_srli_epi16(v, 4), low)));
    return _mm512_sad_epu8(bytes, _mm512_setzero_si512());
  }
};
struct Hamming : Bits {
  using Sum = __m512i;
  static __m512i Zero() { return _mm512_setzero_si512(); }
  static __m512i Add(__m512i sum, __m512i a, __m512i b) {
    return _mm512_add_epi64(sum, Count(_mm512_xor_si512(a, b)));
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
    return {_mm512_add_epi64(sum.different, Count(_mm512_xor_si512(a, b))),
            _mm512_add_epi64(sum.either, Count(_mm512_or_si512(a, b)))};
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
/// Or of what must be empty.
struct AnyBit : Bits {
  using Sum = __m512i;
  static __m512i Zero() { return _mm512_setzero_si512(); }
  static __m512i Join(__m512i a, __m512i b) { return _mm512_or_si512(a, b); }
  static float Of(__m512i v) { return _mm512_test_epi64_mask(v, v) == 0 ? 0.0f : 1.0f; }
  static __m128 Finish(const __m512i* s, NothingSeen) {
    return _mm_setr_ps(Of(s[0]), Of(s[1]), Of(s[2]), Of(s[3]));
  }
};
struct NotSubset : AnyBit {
  static __m512i Add(__m512i sum, __m512i a, __m512i b) {
    return _mm512_ternarylogic_epi64(sum, a, b, 0xf4);  // sum | (a & ~b)
  }
};
struct NotSuperset : AnyBit {
  static __m512i Add(__m512i sum, __m512i a, __m512i b) { return _mm512_ternarylogic_epi64(sum, b, a, 0xf4); }
};

}  // namespace

const KernelTable kAvx512Table = {{
    Forms<Dot<Float>>::kKernel,
    Forms<L2<Float>>::kKernel,
    Forms<Dot<Half>>::kKernel,
    Forms<L2<Half>>::kKernel,
    Forms<Dot<BFloat16>>::kKernel,
    Forms<L2<BFloat16>>::kKernel,
    Forms<Int8Dot>::kKernel,
    Forms<Int8L2>::kKernel,
    Forms<Hamming>::kKernel,
    Forms<Jaccard>::kKernel,
    Forms<NotSubset>::kKernel,
    Forms<NotSuperset>::kKernel,
}};

}  // namespace redkite::simd
#endif
