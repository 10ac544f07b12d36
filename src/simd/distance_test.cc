#include "simd/distance.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/half.h"
#include "base/random.h"
#include "simd/distance_fixture.h"

namespace redkite::simd {
namespace {

constexpr size_t kMaxDim = 300;   // for bits: bytes
constexpr size_t kRowCount = 23;  // not a multiple of a tile
using Bytes = std::vector<std::byte>;

enum class Element { kFloat, kHalf, kBFloat16, kInt8, kBits };

Element ElementOf(Distance distance) {
  const auto d = static_cast<size_t>(distance);
  return d < 8 ? static_cast<Element>(d / 2) : Element::kBits;
}
bool IsL2(Distance distance) {
  return distance < Distance::kBitHamming && static_cast<size_t>(distance) % 2 == 1;
}
/// Whole numbers on the way: equal in every instruction set.
bool IsExact(Distance distance) { return distance >= Distance::kInt8Dot; }

size_t ElementBytes(Element element) {
  return element == Element::kFloat ? 4 : element == Element::kInt8 || element == Element::kBits ? 1 : 2;
}

void Put(Element element, double value, std::byte* to) {
  const auto f = static_cast<float>(value);
  const uint16_t half = element == Element::kHalf ? HalfOfFloat(f) : BFloat16OfFloat(f);
  switch (element) {
    case Element::kFloat:
      std::memcpy(to, &f, 4);
      break;
    case Element::kHalf:
    case Element::kBFloat16:
      std::memcpy(to, &half, 2);
      break;
    default:
      *to = static_cast<std::byte>(static_cast<int>(value));
  }
}

double Get(Element element, const std::byte* from) {
  float f;
  uint16_t half;
  switch (element) {
    case Element::kFloat:
      std::memcpy(&f, from, 4);
      return f;
    case Element::kHalf:
      std::memcpy(&half, from, 2);
      return FloatOfHalf(half);
    case Element::kBFloat16:
      std::memcpy(&half, from, 2);
      return FloatOfBFloat16(half);
    default:
      return static_cast<int8_t>(*from);
  }
}

/// Numbers around zero; every Int8; bits in all densities, so that subsets are among them.
Bytes RandomElements(Element element, size_t count, uint64_t seed) {
  Random random(seed);
  Bytes out(count * ElementBytes(element));
  uint64_t mask = 0xff;
  for (size_t i = 0; i < count; ++i) {
    std::byte* const to = out.data() + i * ElementBytes(element);
    if (element == Element::kBits) {
      if (i % 64 == 0) mask = random.Below(256);
      *to = static_cast<std::byte>(random.Next() & mask);
    } else if (element == Element::kInt8) {
      *to = static_cast<std::byte>(random.Next());
    } else {
      Put(element, random.Unit() * 4 - 2, to);
    }
  }
  return out;
}

struct Exact {
  double value = 0;
  double magnitude = 0;  // what rounding errors grow with
};

Exact ExactNumbers(Distance distance, const std::byte* a, const std::byte* b, size_t bytes) {
  const Element element = ElementOf(distance);
  Exact exact;
  for (size_t i = 0; i < bytes; i += ElementBytes(element)) {
    const double x = Get(element, a + i), y = Get(element, b + i);
    const double term = IsL2(distance) ? (x - y) * (x - y) : x * y;
    exact.value += term;
    exact.magnitude += std::fabs(term);
  }
  return exact;
}

double ExactBits(Distance distance, const std::byte* a, const std::byte* b, size_t bytes) {
  int both = 0, either = 0, first = 0, second = 0;
  for (size_t i = 0; i < bytes * 8; ++i) {
    const bool x = (std::to_integer<int>(a[i / 8]) >> (i % 8) & 1) != 0;
    const bool y = (std::to_integer<int>(b[i / 8]) >> (i % 8) & 1) != 0;
    both += x && y;
    either += x || y;
    first += x;
    second += y;
  }
  switch (distance) {
    case Distance::kBitHamming:
      return either - both;
    case Distance::kBitJaccard:
      return either == 0 ? 1 : static_cast<float>(either - both) / static_cast<float>(either);
    case Distance::kBitNotSubset:
      return both == first ? 0 : 1;
    default:
      return both == second ? 0 : 1;
  }
}

void ExpectDistance(Distance distance, float got, const std::byte* a, const std::byte* b, size_t bytes) {
  if (ElementOf(distance) == Element::kBits) {
    ASSERT_EQ(got, ExactBits(distance, a, b, bytes)) << bytes;
  } else if (IsExact(distance)) {
    ASSERT_EQ(got, static_cast<float>(ExactNumbers(distance, a, b, bytes).value)) << bytes;
  } else {
    const Exact exact = ExactNumbers(distance, a, b, bytes);
    ASSERT_NEAR(got, exact.value, 1e-6 * exact.magnitude) << bytes;
  }
}

}  // namespace

TEST_P(DistanceTest, SingleEqualsTheDefinitionForAllDimsAndAlignments) {
  ForEachKernel([](Distance distance, const DistanceKernel& kernel) {
    const Element element = ElementOf(distance);
    const size_t element_bytes = ElementBytes(element);
    const Bytes a = RandomElements(element, kMaxDim + 16, 7);
    const Bytes b = RandomElements(element, kMaxDim + 16, 8);
    for (size_t dim = 1; dim <= kMaxDim; ++dim) {
      for (size_t shift : {0, 1, 3, 7}) {
        const std::byte* x = a.data() + shift * element_bytes;
        const std::byte* y = b.data() + (shift * 5) % 16 * element_bytes;
        ExpectDistance(distance, kernel.one(x, y, dim * element_bytes), x, y, dim * element_bytes);
      }
    }
  });
}

TEST_P(DistanceTest, GatherAndBlockEqualSingleBitForBit) {
  ForEachKernel([](Distance distance, const DistanceKernel& kernel) {
    const Element element = ElementOf(distance);
    Random random(11);
    for (size_t dim = 1; dim <= kMaxDim; ++dim) {
      // Exactly as much memory as is needed, so that the address sanitizer sees a read beyond the last byte.
      const Bytes rows = RandomElements(element, kRowCount * dim, dim);
      const Bytes query = RandomElements(element, dim, dim + 1);
      const Rows view{rows.data(), dim * ElementBytes(element)};
      for (size_t count : {size_t{0}, size_t{1}, size_t{3}, size_t{4}, size_t{9}, kRowCount}) {
        std::vector<uint32_t> ids(count);
        for (uint32_t& id : ids) id = static_cast<uint32_t>(random.Below(kRowCount));
        std::vector<float> gathered(count), block(count);
        kernel.gather(query.data(), view, ids.data(), count, gathered.data());
        kernel.block(query.data(), view, count, block.data());
        for (size_t i = 0; i < count; ++i) {
          const auto one = [&](size_t row) {
            return kernel.one(query.data(), rows.data() + row * view.row_bytes, view.row_bytes);
          };
          ASSERT_EQ(gathered[i], one(ids[i])) << dim << " " << i;
          ASSERT_EQ(block[i], one(i)) << dim << " " << i;
        }
      }
    }
  });
}

TEST_P(DistanceTest, AgreesWithScalarTwin) {
  ForEachKernel([](Distance distance, const DistanceKernel& kernel) {
    const Element element = ElementOf(distance);
    const DistanceKernel& scalar = *KernelOf(Isa::kScalar, distance);
    for (size_t dim = 1; dim <= kMaxDim; ++dim) {
      const Bytes a = RandomElements(element, dim, dim), b = RandomElements(element, dim, dim + 1000);
      const float got = kernel.one(a.data(), b.data(), a.size());
      const float twin = scalar.one(a.data(), b.data(), a.size());
      if (IsExact(distance)) {
        ASSERT_EQ(got, twin) << dim;
      } else {
        ASSERT_NEAR(got, twin, 1e-6 * ExactNumbers(distance, a.data(), b.data(), a.size()).magnitude) << dim;
      }
    }
  });
}

TEST_P(DistanceTest, WholeNumbersAreExact) {
  ForEachKernel([](Distance distance, const DistanceKernel& kernel) {
    const Element element = ElementOf(distance);
    if (element == Element::kBits) return;
    for (size_t dim = 1; dim <= kMaxDim; ++dim) {
      Bytes a(dim * ElementBytes(element)), b(a.size());
      float expected = 0;
      for (size_t i = 0; i < dim; ++i) {
        const auto x = static_cast<double>(i % 7), y = static_cast<double>(i % 5) - 2;
        Put(element, x, a.data() + i * ElementBytes(element));
        Put(element, y, b.data() + i * ElementBytes(element));
        expected += static_cast<float>(IsL2(distance) ? (x - y) * (x - y) : x * y);
      }
      ASSERT_EQ(kernel.one(a.data(), b.data(), a.size()), expected) << dim;
    }
  });
}

// The same numbers for every instruction set, written down once.
TEST_P(DistanceTest, GoldenIntegers) {
  ForEachKernel([](Distance distance, const DistanceKernel& kernel) {
    if (!IsExact(distance)) return;
    constexpr size_t kBytes = 1000;
    Bytes a(kBytes), b(kBytes);
    for (size_t i = 0; i < kBytes; ++i) {
      a[i] = static_cast<std::byte>(i * 37 + i / 256);
      b[i] = static_cast<std::byte>(i * 101 + 77);
    }
    constexpr float kGolden[] = {-48748.0f, 11023520.0f, 4411.0f, 4411.0f / 6203.0f, 1.0f, 1.0f};
    EXPECT_EQ(kernel.one(a.data(), b.data(), kBytes),
              kGolden[static_cast<size_t>(distance) - static_cast<size_t>(Distance::kInt8Dot)]);
  });
}

TEST_P(DistanceTest, LargestInt8RowsDoNotOverflow) {
  ForEachKernel([](Distance distance, const DistanceKernel& kernel) {
    if (ElementOf(distance) != Element::kInt8) return;
    constexpr size_t kDim = 32768;
    const Bytes low(kDim, static_cast<std::byte>(-128)), high(kDim, static_cast<std::byte>(127));
    EXPECT_EQ(kernel.one(low.data(), low.data(), kDim), IsL2(distance) ? 0.0f : 536870912.0f);
    EXPECT_EQ(kernel.one(low.data(), high.data(), kDim), IsL2(distance) ? 2130739200.0f : -532676608.0f);
    EXPECT_EQ(kernel.one(high.data(), high.data(), kDim), IsL2(distance) ? 0.0f : 528515072.0f);
  });
}

TEST_P(DistanceTest, LargestAndEmptyBits) {
  ForEachKernel([](Distance distance, const DistanceKernel& kernel) {
    if (ElementOf(distance) != Element::kBits) return;
    constexpr size_t kBytes = 32768;
    const Bytes none(kBytes), all(kBytes, std::byte{0xff});
    for (const Bytes* a : {&none, &all}) {
      for (const Bytes* b : {&none, &all}) {
        EXPECT_EQ(kernel.one(a->data(), b->data(), kBytes),
                  ExactBits(distance, a->data(), b->data(), kBytes));
      }
    }
    // A single bit at every place of a row is seen.
    for (size_t bit = 0; bit < 160 * 8; ++bit) {
      Bytes one(160), full(160, std::byte{0xff});
      one[bit / 8] = static_cast<std::byte>(1 << (bit % 8));
      full[bit / 8] ^= one[bit / 8];
      ASSERT_EQ(kernel.one(one.data(), full.data(), 160), ExactBits(distance, one.data(), full.data(), 160))
          << bit;
      ASSERT_EQ(kernel.one(full.data(), one.data(), 160), ExactBits(distance, full.data(), one.data(), 160))
          << bit;
    }
  });
}

}  // namespace redkite::simd
