#include "simd/distance.h"

#include <cmath>
#include <vector>

#include "base/random.h"
#include "simd/distance_fixture.h"

namespace redkite::simd {
namespace {

constexpr size_t kMaxDim = 300;
constexpr size_t kRowCount = 23;  // not a multiple of a tile

double Magnitude(const float* a, const float* b, size_t dim, bool l2) {
  double sum = 0;
  for (size_t i = 0; i < dim; ++i) {
    sum += l2 ? (double{a[i]} - b[i]) * (double{a[i]} - b[i]) : std::fabs(double{a[i]} * b[i]);
  }
  return sum;
}

double Exact(const float* a, const float* b, size_t dim, bool l2) {
  double sum = 0;
  for (size_t i = 0; i < dim; ++i) {
    sum += l2 ? (double{a[i]} - b[i]) * (double{a[i]} - b[i]) : double{a[i]} * b[i];
  }
  return sum;
}

std::vector<float> RandomFloats(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> v(count);
  for (float& x : v) x = static_cast<float>(random.Unit() * 4 - 2);
  return v;
}

}  // namespace

TEST_P(DistanceTest, SingleAgreesWithDoublePrecisionForAllDimsAndAlignments) {
  const uint64_t seed = 7;
  SCOPED_TRACE(seed);
  const std::vector<float> a = RandomFloats(kMaxDim + 16, seed);
  const std::vector<float> b = RandomFloats(kMaxDim + 16, seed + 1);
  for (size_t dim = 1; dim <= kMaxDim; ++dim) {
    for (size_t shift : {0, 1, 3, 7}) {
      const float* x = a.data() + shift;
      const float* y = b.data() + (shift * 5) % 16;
      EXPECT_NEAR(kernels_->dot(x, y, dim), Exact(x, y, dim, false), 1e-6 * Magnitude(x, y, dim, false))
          << dim;
      EXPECT_NEAR(kernels_->l2(x, y, dim), Exact(x, y, dim, true), 1e-6 * Magnitude(x, y, dim, true)) << dim;
    }
  }
}

TEST_P(DistanceTest, GatherAndBlockEqualSingleBitForBit) {
  const std::vector<float> query = RandomFloats(kMaxDim, 3);
  Random random(11);
  for (size_t dim = 1; dim <= kMaxDim; ++dim) {
    // Exactly as much memory as the rows need, so that the address sanitizer sees a read beyond the last
    // element.
    const std::vector<float> rows = RandomFloats(kRowCount * dim, dim);
    const std::vector<float> q(query.begin(), query.begin() + static_cast<ptrdiff_t>(dim));
    for (size_t count : {size_t{0}, size_t{1}, size_t{3}, size_t{4}, size_t{9}, kRowCount}) {
      std::vector<uint32_t> ids(count);
      for (uint32_t& id : ids) id = static_cast<uint32_t>(random.Below(kRowCount));
      std::vector<float> dots(count), l2s(count), block_dots(count), block_l2s(count);
      const Rows view{rows.data(), dim};
      kernels_->dot_gather(q.data(), view, ids.data(), count, dots.data());
      kernels_->l2_gather(q.data(), view, ids.data(), count, l2s.data());
      kernels_->dot_block(q.data(), view, count, block_dots.data());
      kernels_->l2_block(q.data(), view, count, block_l2s.data());
      for (size_t i = 0; i < count; ++i) {
        const float* gathered = rows.data() + ids[i] * dim;
        ASSERT_EQ(dots[i], kernels_->dot(q.data(), gathered, dim)) << dim << " " << i;
        ASSERT_EQ(l2s[i], kernels_->l2(q.data(), gathered, dim)) << dim << " " << i;
        ASSERT_EQ(block_dots[i], kernels_->dot(q.data(), rows.data() + i * dim, dim)) << dim << " " << i;
        ASSERT_EQ(block_l2s[i], kernels_->l2(q.data(), rows.data() + i * dim, dim)) << dim << " " << i;
      }
    }
  }
}

TEST_P(DistanceTest, AgreesWithScalarTwin) {
  const DistanceKernels* scalar = KernelsOf(Isa::kScalar);
  for (size_t dim = 1; dim <= kMaxDim; ++dim) {
    const std::vector<float> a = RandomFloats(dim, dim);
    const std::vector<float> b = RandomFloats(dim, dim + 1000);
    const double bound = 1e-6;
    EXPECT_NEAR(kernels_->dot(a.data(), b.data(), dim), scalar->dot(a.data(), b.data(), dim),
                bound * Magnitude(a.data(), b.data(), dim, false));
    EXPECT_NEAR(kernels_->l2(a.data(), b.data(), dim), scalar->l2(a.data(), b.data(), dim),
                bound * Magnitude(a.data(), b.data(), dim, true));
  }
}

TEST_P(DistanceTest, WholeNumbersAreExact) {
  for (size_t dim = 1; dim <= kMaxDim; ++dim) {
    std::vector<float> a(dim), b(dim);
    float dot = 0, l2 = 0;
    for (size_t i = 0; i < dim; ++i) {
      a[i] = static_cast<float>(i % 7);
      b[i] = static_cast<float>(i % 5) - 2;
      dot += a[i] * b[i];
      l2 += (a[i] - b[i]) * (a[i] - b[i]);
    }
    EXPECT_EQ(kernels_->dot(a.data(), b.data(), dim), dot);
    EXPECT_EQ(kernels_->l2(a.data(), b.data(), dim), l2);
    EXPECT_EQ(kernels_->l2(a.data(), a.data(), dim), 0.0f);
  }
}

}  // namespace redkite::simd
