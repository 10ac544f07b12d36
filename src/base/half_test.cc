#include "base/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace redkite {
namespace {

TEST(HalfTest, EveryHalfComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = FloatOfHalf(half);
    if (std::isnan(value)) {
      EXPECT_GT(half & 0x7fff, 0x7c00);
      EXPECT_TRUE(std::isnan(FloatOfHalf(HalfOfFloat(value))));
    } else {
      ASSERT_EQ(HalfOfFloat(value), half);
    }
  }
}

TEST(HalfTest, KnownValues) {
  EXPECT_EQ(FloatOfHalf(0x3c00), 1.0f);
  EXPECT_EQ(FloatOfHalf(0xc000), -2.0f);
  EXPECT_EQ(FloatOfHalf(0x7bff), 65504.0f);
  EXPECT_EQ(FloatOfHalf(0x0001), 0x1p-24f);
  EXPECT_EQ(FloatOfHalf(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_EQ(FloatOfBFloat16(0x3f80), 1.0f);
  EXPECT_EQ(FloatOfBFloat16(0xc040), -3.0f);
}

TEST(HalfTest, HalvesRoundToNearestAndTiesToEven) {
  // Between two neighbours: just below the middle, the middle, just above it.
  for (uint32_t bits = 0; bits + 1 < 0x7c00; ++bits) {
    const float low = FloatOfHalf(static_cast<uint16_t>(bits));
    const float high = FloatOfHalf(static_cast<uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;
    ASSERT_EQ(HalfOfFloat(std::nextafterf(middle, low)), bits);
    ASSERT_EQ(HalfOfFloat(middle), bits + (bits & 1));
    ASSERT_EQ(HalfOfFloat(std::nextafterf(middle, high)), bits + 1);
    ASSERT_EQ(HalfOfFloat(-middle), 0x8000 + bits + (bits & 1));
  }
  EXPECT_EQ(HalfOfFloat(65519.996f), 0x7bff);
  EXPECT_EQ(HalfOfFloat(65520.0f), 0x7c00);
  EXPECT_EQ(HalfOfFloat(std::numeric_limits<float>::max()), 0x7c00);
  EXPECT_EQ(HalfOfFloat(-std::numeric_limits<float>::infinity()), 0xfc00);
}

TEST(HalfTest, BFloat16RoundsToNearestAndTiesToEven) {
  for (uint32_t bits = 0; bits + 1 < 0x7f80; ++bits) {
    const uint32_t middle = (bits << 16) | 0x8000;
    ASSERT_EQ(BFloat16OfFloat(std::bit_cast<float>(middle - 1)), bits);
    ASSERT_EQ(BFloat16OfFloat(std::bit_cast<float>(middle)), bits + (bits & 1));
    ASSERT_EQ(BFloat16OfFloat(std::bit_cast<float>(middle + 1)), bits + 1);
    ASSERT_EQ(BFloat16OfFloat(FloatOfBFloat16(static_cast<uint16_t>(bits))), bits);
  }
  EXPECT_TRUE(std::isnan(FloatOfBFloat16(BFloat16OfFloat(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_EQ(BFloat16OfFloat(std::numeric_limits<float>::max()), 0x7f80);
}

}  // namespace
}  // namespace redkite
