// Portable kernels, the oracle of the others. Sixteen partial sums keep the rounding error of floats near
// that of the wide forms.
#include <cstring>

#include "base/half.h"
#include "simd/tables.h"

namespace redkite::simd {
namespace {

template <class T>
T ReadAt(const std::byte* row, size_t i) {
  T value;
  std::memcpy(&value, row + i * sizeof(T), sizeof(T));
  return value;
}

struct Float {
  static constexpr size_t kBytes = 4;
  using Sum = float;
  static float At(const std::byte* row, size_t i) { return ReadAt<float>(row, i); }
};
struct Half {
  static constexpr size_t kBytes = 2;
  using Sum = float;
  static float At(const std::byte* row, size_t i) { return FloatOfHalf(ReadAt<uint16_t>(row, i)); }
};
struct BFloat16 {
  static constexpr size_t kBytes = 2;
  using Sum = float;
  static float At(const std::byte* row, size_t i) { return FloatOfBFloat16(ReadAt<uint16_t>(row, i)); }
};
struct Int8 {
  static constexpr size_t kBytes = 1;
  using Sum = int32_t;  // 2^15 elements of at most 2^16 each
  static int32_t At(const std::byte* row, size_t i) { return ReadAt<int8_t>(row, i); }
};

struct DotTerm {
  template <class T>
  static T Of(T a, T b) {
    return a * b;
  }
};
struct L2Term {
  template <class T>
  static T Of(T a, T b) {
    return (a - b) * (a - b);
  }
};

template <class Element, class Term>
struct NumberMeasure {
  static float One(const std::byte* a, const std::byte* b, size_t row_bytes) {
    constexpr size_t kLanes = 16;
    typename Element::Sum sum[kLanes] = {};
    const size_t dim = row_bytes / Element::kBytes;
    size_t i = 0;
    for (; i + kLanes <= dim; i += kLanes) {
      for (size_t j = 0; j < kLanes; ++j) sum[j] += Term::Of(Element::At(a, i + j), Element::At(b, i + j));
    }
    for (size_t j = 0; i + j < dim; ++j) sum[j] += Term::Of(Element::At(a, i + j), Element::At(b, i + j));
    for (size_t width = kLanes / 2; width > 0; width /= 2) {
      for (size_t j = 0; j < width; ++j) sum[j] += sum[j + width];
    }
    return static_cast<float>(sum[0]);
  }
};

/// Bits that `Op` leaves of two rows.
template <class Op>
uint32_t CountBits(const std::byte* a, const std::byte* b, size_t bytes, Op op) {
  uint32_t count = 0;
  size_t i = 0;
  for (; i + 8 <= bytes; i += 8)
    count += static_cast<uint32_t>(
        __builtin_popcountll(op(ReadAt<uint64_t>(a + i, 0), ReadAt<uint64_t>(b + i, 0))));
  for (; i < bytes; ++i)
    count += static_cast<uint32_t>(
        __builtin_popcountll(op(uint64_t{ReadAt<uint8_t>(a, i)}, uint64_t{ReadAt<uint8_t>(b, i)})));
  return count;
}

struct Hamming {
  static float One(const std::byte* a, const std::byte* b, size_t bytes) {
    return static_cast<float>(CountBits(a, b, bytes, [](uint64_t x, uint64_t y) { return x ^ y; }));
  }
};
struct Jaccard {
  static float One(const std::byte* a, const std::byte* b, size_t bytes) {
    const uint32_t different = CountBits(a, b, bytes, [](uint64_t x, uint64_t y) { return x ^ y; });
    const uint32_t either = CountBits(a, b, bytes, [](uint64_t x, uint64_t y) { return x | y; });
    return either == 0 ? 1.0f : static_cast<float>(different) / static_cast<float>(either);
  }
};
struct NotSubset {
  static float One(const std::byte* a, const std::byte* b, size_t bytes) {
    return CountBits(a, b, bytes, [](uint64_t x, uint64_t y) { return x & ~y; }) == 0 ? 0.0f : 1.0f;
  }
};
struct NotSuperset {
  static float One(const std::byte* a, const std::byte* b, size_t bytes) {
    return NotSubset::One(b, a, bytes);
  }
};

template <class M>
struct ScalarForms {
  static float One(const void* query, const void* row, size_t row_bytes) {
    return M::One(static_cast<const std::byte*>(query), static_cast<const std::byte*>(row), row_bytes);
  }
  static void Gather(const void* query, Rows rows, const uint32_t* ids, size_t count, float* out) {
    for (size_t i = 0; i < count; ++i)
      out[i] = One(query, rows.data + ids[i] * rows.row_bytes, rows.row_bytes);
  }
  static void Block(const void* query, Rows rows, size_t count, float* out) {
    for (size_t i = 0; i < count; ++i) out[i] = One(query, rows.data + i * rows.row_bytes, rows.row_bytes);
  }
  static constexpr DistanceKernel kKernel{One, Gather, Block};
};

}  // namespace

const KernelTable kScalarTable = {{
    ScalarForms<NumberMeasure<Float, DotTerm>>::kKernel,
    ScalarForms<NumberMeasure<Float, L2Term>>::kKernel,
    ScalarForms<NumberMeasure<Half, DotTerm>>::kKernel,
    ScalarForms<NumberMeasure<Half, L2Term>>::kKernel,
    ScalarForms<NumberMeasure<BFloat16, DotTerm>>::kKernel,
    ScalarForms<NumberMeasure<BFloat16, L2Term>>::kKernel,
    ScalarForms<NumberMeasure<Int8, DotTerm>>::kKernel,
    ScalarForms<NumberMeasure<Int8, L2Term>>::kKernel,
    ScalarForms<Hamming>::kKernel,
    ScalarForms<Jaccard>::kKernel,
    ScalarForms<NotSubset>::kKernel,
    ScalarForms<NotSuperset>::kKernel,
}};

}  // namespace redkite::simd
