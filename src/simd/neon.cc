// Kernels for 64-bit ARM: what ARMv8.0 has everywhere.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "simd/kernel_forms.h"
#include "simd/tables.h"

namespace redkite::simd {
namespace {

// Elements, four at a time as floats.
struct Float {
  static constexpr size_t kBytes = 16;
  static float32x4_t Load(const char* p) {
    return vreinterpretq_f32_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(p)));
  }
};
struct Half {
  static constexpr size_t kBytes = 8;
  static float32x4_t Load(const char* p) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(reinterpret_cast<const uint8_t*>(p))));
  }
};
struct BFloat16 {
  static constexpr size_t kBytes = 8;
  static float32x4_t Load(const char* p) {
    const uint16x4_t v = vreinterpret_u16_u8(vld1_u8(reinterpret_cast<const uint8_t*>(p)));
    return vreinterpretq_f32_u32(vshll_n_u16(v, 16));
  }
};

template <class Element>
auto LoadZeroFilled(const char* p, size_t bytes) {
  char buffer[Element::kBytes] = {};
  __builtin_memcpy(buffer, p, bytes);
  return Element::Load(buffer);
}

inline float32x4_t SumEach(const float32x4_t* s) {
  return vpaddq_f32(vpaddq_f32(s[0], s[1]), vpaddq_f32(s[2], s[3]));
}
inline float32x4_t SumEach(const int32x4_t* s) {
  return vcvtq_f32_s32(vpaddq_s32(vpaddq_s32(s[0], s[1]), vpaddq_s32(s[2], s[3])));
}
inline float32x4_t SumEach(const uint32x4_t* s) {
  return vcvtq_f32_u32(vpaddq_u32(vpaddq_u32(s[0], s[1]), vpaddq_u32(s[2], s[3])));
}

template <class Element>
struct FloatSums : Element, NothingSeen {
  using Sum = float32x4_t;
  using QuerySum = NothingSeen;
  static float32x4_t LoadTail(const char* p, size_t bytes) { return LoadZeroFilled<Element>(p, bytes); }
  static Sum Zero() { return vdupq_n_f32(0); }
  static Sum Join(Sum a, Sum b) { return vaddq_f32(a, b); }
  static float32x4_t Finish(const Sum* s, NothingSeen) { return SumEach(s); }
};
template <class Element>
struct Dot : FloatSums<Element> {
  static float32x4_t Add(float32x4_t sum, float32x4_t a, float32x4_t b) { return vfmaq_f32(sum, a, b); }
};
template <class Element>
struct L2 : FloatSums<Element> {
  static float32x4_t Add(float32x4_t sum, float32x4_t a, float32x4_t b) {
    const float32x4_t d = vsubq_f32(a, b);
    return vfmaq_f32(sum, d, d);
  }
};

// Int8, eight at a time as 16-bit numbers.
struct Int8Sums : NothingSeen {
  static constexpr size_t kBytes = 8;
  using Sum = int32x4_t;
  using QuerySum = NothingSeen;
  static int16x8_t Load(const char* p) { return vmovl_s8(vld1_s8(reinterpret_cast<const int8_t*>(p))); }
  static int16x8_t LoadTail(const char* p, size_t bytes) { return LoadZeroFilled<Int8Sums>(p, bytes); }
  static Sum Zero() { return vdupq_n_s32(0); }
  static Sum Join(Sum a, Sum b) { return vaddq_s32(a, b); }
  static float32x4_t Finish(const Sum* s, NothingSeen) { return SumEach(s); }
};
struct Int8Dot : Int8Sums {
  static int32x4_t Add(int32x4_t sum, int16x8_t a, int16x8_t b) {
    return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(a), vget_low_s16(b)), a, b);
  }
};
struct Int8L2 : Int8Sums {
  static int32x4_t Add(int32x4_t sum, int16x8_t a, int16x8_t b) {
    const int16x8_t d = vsubq_s16(a, b);
    return Int8Dot::Add(sum, d, d);
  }
};

// Bits, 16 bytes at a time.
struct Bits : NothingSeen {
  static constexpr size_t kBytes = 16;
  using QuerySum = NothingSeen;
  static uint8x16_t Load(const char* p) { return vld1q_u8(reinterpret_cast<const uint8_t*>(p)); }
  static uint8x16_t LoadTail(const char* p, size_t bytes) { return LoadZeroFilled<Bits>(p, bytes); }
  static uint32x4_t Count(uint8x16_t v) { return vpaddlq_u16(vpaddlq_u8(vcntq_u8(v))); }
};
struct Hamming : Bits {
  using Sum = uint32x4_t;
  static Sum Zero() { return vdupq_n_u32(0); }
  static Sum Add(Sum sum, uint8x16_t a, uint8x16_t b) { return vaddq_u32(sum, Count(veorq_u8(a, b))); }
  static Sum Join(Sum a, Sum b) { return vaddq_u32(a, b); }
  static float32x4_t Finish(const Sum* s, NothingSeen) { return SumEach(s); }
};
struct Jaccard : Bits {
  struct Sum {
    uint32x4_t different, either;
  };
  static Sum Zero() { return {vdupq_n_u32(0), vdupq_n_u32(0)}; }
  static Sum Add(Sum sum, uint8x16_t a, uint8x16_t b) {
    return {vaddq_u32(sum.different, Count(veorq_u8(a, b))), vaddq_u32(sum.either, Count(vorrq_u8(a, b)))};
  }
  static Sum Join(Sum a, Sum b) {
    return {vaddq_u32(a.different, b.different), vaddq_u32(a.either, b.either)};
  }
  static float32x4_t Finish(const Sum* s, NothingSeen) {
    const uint32x4_t different[kTile] = {s[0].different, s[1].different, s[2].different, s[3].different};
    const uint32x4_t either[kTile] = {s[0].either, s[1].either, s[2].either, s[3].either};
    const float32x4_t all = SumEach(either);
    return vbslq_f32(vceqzq_f32(all), vdupq_n_f32(1), vdivq_f32(SumEach(different), all));
  }
};
/// Or of what must be empty.
struct AnyBit : Bits {
  using Sum = uint8x16_t;
  static Sum Zero() { return vdupq_n_u8(0); }
  static Sum Join(Sum a, Sum b) { return vorrq_u8(a, b); }
  static float Of(Sum v) { return vmaxvq_u8(v) == 0 ? 0.0f : 1.0f; }
  static float32x4_t Finish(const Sum* s, NothingSeen) {
    return float32x4_t{Of(s[0]), Of(s[1]), Of(s[2]), Of(s[3])};
  }
};
struct NotSubset : AnyBit {
  static uint8x16_t Add(uint8x16_t sum, uint8x16_t a, uint8x16_t b) { return vorrq_u8(sum, vbicq_u8(a, b)); }
};
struct NotSuperset : AnyBit {
  static uint8x16_t Add(uint8x16_t sum, uint8x16_t a, uint8x16_t b) { return vorrq_u8(sum, vbicq_u8(b, a)); }
};

}  // namespace

const KernelTable kNeonTable = {{
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
