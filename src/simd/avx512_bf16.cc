// The bfloat16 dot product for AVX-512 BF16. Products are exact; subnormal numbers count as zero.
#if defined(__x86_64__)
#include "simd/avx512_lanes.h"
#include "simd/kernel_forms.h"
#include "simd/tables.h"

namespace redkite::simd {
namespace {

struct BFloat16Dot : NothingSeen {
  static constexpr size_t kBytes = 64;
  using Sum = __m512;
  using QuerySum = NothingSeen;
  static __m512i Load(const char* p) { return Load64(p); }
  static __m512i LoadTail(const char* p, size_t bytes) { return LoadTail64(p, bytes); }
  static __m512 Zero() { return _mm512_setzero_ps(); }
  static __m512 Add(__m512 sum, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
  }
  static __m512 Join(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
  static __m128 Finish(const __m512* s, NothingSeen) { return SumEach(s); }
};

}  // namespace

const KernelTable kAvx512Bf16Table = {
    {{}, {}, {}, {}, Forms<BFloat16Dot>::kKernel, {}, {}, {}, {}, {}, {}, {}}};

}  // namespace redkite::simd
#endif
