#include "types/data_type.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(DataType, NumbersAreTheOnesOnTheWire) {
  EXPECT_EQ(static_cast<int>(DataType::kInt64), 5);
  EXPECT_EQ(static_cast<int>(DataType::kVarChar), 21);
  EXPECT_EQ(static_cast<int>(DataType::kJson), 23);
  EXPECT_EQ(static_cast<int>(DataType::kFloatVector), 101);
}

TEST(DataType, Names) {
  EXPECT_EQ(DataTypeName(DataType::kVarChar), "VarChar");
  EXPECT_EQ(DataTypeName(DataType::kJson), "JSON");
  EXPECT_EQ(DataTypeName(static_cast<DataType>(999)), "None");
}

TEST(DataType, BytesPerValue) {
  EXPECT_EQ(ValueBytes(DataType::kBool, 0), 1u);
  EXPECT_EQ(ValueBytes(DataType::kInt32, 0), 4u);
  EXPECT_EQ(ValueBytes(DataType::kDouble, 0), 8u);
  EXPECT_EQ(ValueBytes(DataType::kFloatVector, 100), 400u);
  EXPECT_EQ(ValueBytes(DataType::kBinaryVector, 128), 16u);
  EXPECT_EQ(ValueBytes(DataType::kFloat16Vector, 100), 200u);
  EXPECT_EQ(ValueBytes(DataType::kBFloat16Vector, 3), 6u);
  EXPECT_EQ(ValueBytes(DataType::kInt8Vector, 100), 100u);
  EXPECT_EQ(ValueBytes(DataType::kVarChar, 0), 0u);
  EXPECT_EQ(ValueBytes(DataType::kArray, 0), 0u);
}

TEST(DataType, EveryStorableTypeHasALayout) {
  for (int number = 0; number < 256; ++number) {
    const auto type = static_cast<DataType>(number);
    if (!IsStorable(type)) continue;
    EXPECT_TRUE(IsVariableLength(type) != (ValueBytes(type, 8) > 0)) << number;
    EXPECT_NE(DataTypeName(type), "None") << number;
  }
}

TEST(DataType, Classes) {
  EXPECT_TRUE(IsVector(DataType::kFloatVector));
  EXPECT_FALSE(IsVector(DataType::kJson));
  EXPECT_TRUE(IsDenseVector(DataType::kBinaryVector));
  EXPECT_FALSE(IsDenseVector(DataType::kSparseFloatVector) || IsDenseVector(DataType::kInt8));
  EXPECT_TRUE(IsNumeric(DataType::kInt8) && IsNumeric(DataType::kFloat));
  EXPECT_FALSE(IsNumeric(DataType::kBool));
}

}  // namespace
}  // namespace redkite
