// Kernels for AVX2 + FMA + F16C. Tails of elements narrower than 32 bits go through a small buffer, since the
// set has no masked load for them.
#if defined(__x86_64__)
#include "simd/kernel_forms.h"
#include "simd/tables.h"
#include "simd/x86_sums.h"

namespace redkite::simd {
namespace {

alignas(32) constexpr int32_t kMaskWindow[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

inline __m128i Load16(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
inline __m128i LoadTail16(const char* p, size_t bytes) {
  alignas(16) char buffer[16] = {};
  __builtin_memcpy(buffer, p, bytes);
  return _mm_load_si128(reinterpret_cast<const __m128i*>(buffer));
}

// Elements, eight at a time as floats.
struct Float {
  static constexpr size_t kBytes = 32;
  static __m256 Load(const char* p) { return _mm256_loadu_ps(reinterpret_cast<const float*>(p)); }
  static __m256 LoadTail(const char* p, size_t bytes) {
    const __m256i mask =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMaskWindow + 8 - bytes / sizeof(float)));
    return _mm256_maskload_ps(reinterpret_cast<const float*>(p), mask);
  }
};
struct Half {
  static constexpr size_t kBytes = 16;
  static __m256 Load(const char* p) { return _mm256_cvtph_ps(Load16(p)); }
  static __m256 LoadTail(const char* p, size_t bytes) { return _mm256_cvtph_ps(LoadTail16(p, bytes)); }
};
struct BFloat16 {
  static constexpr size_t kBytes = 16;
  static __m256 Widen(__m128i v) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
  }
  static __m256 Load(const char* p) { return Widen(Load16(p)); }
  static __m256 LoadTail(const char* p, size_t bytes) { return Widen(LoadTail16(p, bytes)); }
};

template <class Element>
struct FloatSums : Element, NothingSeen {
  using Sum = __m256;
  using QuerySum = NothingSeen;
  static __m256 Zero() { return _mm256_setzero_ps(); }
  static __m256 Join(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
  static __m128 Finish(const __m256* s, NothingSeen) { return SumEach(s[0], s[1], s[2], s[3]); }
};
template <class Element>
struct Dot : FloatSums<Element> {
  static __m256 Add(__m256 sum, __m256 a, __m256 b) { return _mm256_fmadd_ps(a, b, sum); }
};
template <class Element>
struct L2 : FloatSums<Element> {
  static __m256 Add(__m256 sum, __m256 a, __m256 b) {
    const __m256 d = _mm256_sub_ps(a, b);
    return _mm256_fmadd_ps(d, d, sum);
  }
};

// Int8, sixteen at a time as 16-bit numbers; sums of 32 bits.
struct Int8Sums : NothingSeen {
  static constexpr size_t kBytes = 16;
  using Sum = __m256i;
  using QuerySum = NothingSeen;
  static __m256i Load(const char* p) { return _mm256_cvtepi8_epi16(Load16(p)); }
  static __m256i LoadTail(const char* p, size_t bytes) { return _mm256_cvtepi8_epi16(LoadTail16(p, bytes)); }
  static __m256i Zero() { return _mm256_setzero_si256(); }
  static __m256i Join(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }
  static __m128 Finish(const __m256i* s, NothingSeen) {
    return _mm_cvtepi32_ps(SumEach(s[0], s[1], s[2], s[3]));
  }
};
struct Int8Dot : Int8Sums {
  static __m256i Add(__m256i sum, __m256i a, __m256i b) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
  }
};
struct Int8L2 : Int8Sums {
  static __m256i Add(__m256i sum, __m256i a, __m256i b) {
    const __m256i d = _mm256_sub_epi16(a, b);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(d, d));
  }
};

// Bits, 32 bytes at a time; counts in 64-bit lanes.
struct Bits : NothingSeen {
  static constexpr size_t kBytes = 32;
  using QuerySum = NothingSeen;
  static __m256i Load(const char* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static __m256i LoadTail(const char* p, size_t bytes) {
    alignas(32) char buffer[32] = {};
    __builtin_memcpy(buffer, p, bytes);
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(buffer));
  }
  static __m256i Count(__m256i v) {
    const __m256i counts = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(0x0f);
    const __m256i bytes =
        _mm256_add_epi8(_mm256_shuffle_epi8(counts, _mm256_and_si256(v, low)),
                        _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(v, 4), low)));
    return _mm256_sad_epu8(bytes, _mm256_setzero_si256());
  }
};
struct Hamming : Bits {
  using Sum = __m256i;
  static __m256i Zero() { return _mm256_setzero_si256(); }
  static __m256i Add(__m256i sum, __m256i a, __m256i b) {
    return _mm256_add_epi64(sum, Count(_mm256_xor_si256(a, b)));
  }
  static __m256i Join(__m256i a, __m256i b) { return _mm256_add_epi64(a, b); }
  static __m128 Finish(const __m256i* s, NothingSeen) {
    return _mm_cvtepi32_ps(SumEach(s[0], s[1], s[2], s[3]));
  }
};
struct Jaccard : Bits {
  struct Sum {
    __m256i different, either;
  };
  static Sum Zero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  static Sum Add(Sum sum, __m256i a, __m256i b) {
    return {_mm256_add_epi64(sum.different, Count(_mm256_xor_si256(a, b))),
            _mm256_add_epi64(sum.either, Count(_mm256_or_si256(a, b)))};
  }
  static Sum Join(Sum a, Sum b) {
    return {_mm256_add_epi64(a.different, b.different), _mm256_add_epi64(a.either, b.either)};
  }
  static __m128 Finish(const Sum* s, NothingSeen) {
    return JaccardOf(SumEach(s[0].different, s[1].different, s[2].different, s[3].different),
                     SumEach(s[0].either, s[1].either, s[2].either, s[3].either));
  }
};
/// Or of what must be empty.
struct AnyBit : Bits {
  using Sum = __m256i;
  static __m256i Zero() { return _mm256_setzero_si256(); }
  static __m256i Join(__m256i a, __m256i b) { return _mm256_or_si256(a, b); }
  static float Of(__m256i v) { return _mm256_testz_si256(v, v) != 0 ? 0.0f : 1.0f; }
  static __m128 Finish(const __m256i* s, NothingSeen) {
    return _mm_setr_ps(Of(s[0]), Of(s[1]), Of(s[2]), Of(s[3]));
  }
};
struct NotSubset : AnyBit {
  static __m256i Add(__m256i sum, __m256i a, __m256i b) {
    return _mm256_or_si256(sum, _mm256_andnot_si256(b, a));
  }
};
struct NotSuperset : AnyBit {
  static __m256i Add(__m256i sum, __m256i a, __m256i b) {
    return _mm256_or_si256(sum, _mm256_andnot_si256(a, b));
  }
};

}  // namespace

const KernelTable kAvx2Table = {{
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
