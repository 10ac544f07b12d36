#include "types/default_value.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

template <class T>
T Stored(DataType type, const DefaultValue& value) {
  Column column(FieldId(1), type, 0);
  AppendDefault(value, &column);
  EXPECT_EQ(column.row_count(), 1u);
  return column.view().At<T>(0);
}

TEST(DefaultValue, AppendsAValueOfEachType) {
  EXPECT_EQ(Stored<uint8_t>(DataType::kBool, DefaultValue::Bool(true)), 1);
  EXPECT_EQ(Stored<int8_t>(DataType::kInt8, DefaultValue::Int(-128)), -128);
  EXPECT_EQ(Stored<int16_t>(DataType::kInt16, DefaultValue::Int(-32768)), -32768);
  EXPECT_EQ(Stored<int32_t>(DataType::kInt32, DefaultValue::Int(7)), 7);
  EXPECT_EQ(Stored<int64_t>(DataType::kInt64, DefaultValue::Long(int64_t{1} << 60)), int64_t{1} << 60);
  EXPECT_EQ(Stored<float>(DataType::kFloat, DefaultValue::Float(0.1f)), 0.1f);
  EXPECT_EQ(Stored<double>(DataType::kDouble, DefaultValue::Double(0.1)), 0.1);
  Column texts(FieldId(1), DataType::kVarChar, 0);
  AppendDefault(DefaultValue::Text("x"), &texts);
  AppendDefault(DefaultValue::Text(""), &texts);
  EXPECT_EQ(texts.view().TextAt(0), "x");
  EXPECT_EQ(texts.view().TextAt(1), "");
  EXPECT_FALSE(texts.has_nulls());
}

TEST(DefaultValue, NoneIsTold) {
  EXPECT_FALSE(DefaultValue().given());
  EXPECT_TRUE(DefaultValue::Bool(false).given());
  EXPECT_TRUE(DefaultValue::Text("").given());
  EXPECT_FALSE(DefaultValue::Int(1) == DefaultValue::Long(1));
}

}  // namespace
}  // namespace redkite
