#include "types/integer_range.h"

#include <gtest/gtest.h>

#include <limits>

namespace redkite {
namespace {

constexpr int32_t kLowest = std::numeric_limits<int32_t>::min(),
                  kHighest = std::numeric_limits<int32_t>::max();

TEST(IntegerRange, BoundsBelong) {
  for (const int32_t v : {-128, 0, 127}) EXPECT_TRUE(CheckIntegerFits(DataType::kInt8, 0, v).ok()) << v;
  for (const int32_t v : {-32768, 128, 32767})
    EXPECT_TRUE(CheckIntegerFits(DataType::kInt16, 0, v).ok()) << v;
  for (const int32_t v : {kLowest, kHighest}) EXPECT_TRUE(CheckIntegerFits(DataType::kInt32, 0, v).ok()) << v;
}

TEST(IntegerRange, BeyondIsRefusedWithItsPlace) {
  for (const int32_t v : {kLowest, -129, 128, kHighest})
    EXPECT_EQ(CheckIntegerFits(DataType::kInt8, 0, v).code(), Code::kParameterInvalid) << v;
  for (const int32_t v : {kLowest, -32769, 32768, kHighest})
    EXPECT_EQ(CheckIntegerFits(DataType::kInt16, 0, v).code(), Code::kParameterInvalid) << v;
  EXPECT_EQ(CheckIntegerFits(DataType::kInt8, 3, 300).message(),
            "the 3th element (300) out of range: [-128, 127]: invalid parameter[expected=integer doesn't "
            "overflow][actual=out of range]");
}

}  // namespace
}  // namespace redkite
