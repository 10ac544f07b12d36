#include "proxy/default_rules.h"

#include <gtest/gtest.h>

#include <cmath>

namespace redkite::proxy {
namespace {

FieldSchema Field(DataType type, DefaultValue value) {
  FieldSchema field;
  field.id = FieldId(101);
  field.name = "f";
  field.type = type;
  field.max_length = type == DataType::kVarChar ? 5 : 0;
  field.dim = IsVector(type) ? 2 : 0;
  field.default_value = std::move(value);
  return field;
}

std::string Refusal(const FieldSchema& field) {
  const Status status = CheckDefaultValue(field);
  EXPECT_TRUE(status.ok() || status.code() == Code::kParameterInvalid);
  return status.ok() ? "" : status.message();
}

TEST(DefaultRules, FittingValues) {
  EXPECT_EQ(Refusal(Field(DataType::kFloatVector, {})), "");
  EXPECT_EQ(Refusal(Field(DataType::kBool, DefaultValue::Bool(false))), "");
  EXPECT_EQ(Refusal(Field(DataType::kInt8, DefaultValue::Int(-128))), "");
  EXPECT_EQ(Refusal(Field(DataType::kInt16, DefaultValue::Int(32767))), "");
  EXPECT_EQ(Refusal(Field(DataType::kInt32, DefaultValue::Int(INT32_MIN))), "");
  EXPECT_EQ(Refusal(Field(DataType::kInt64, DefaultValue::Long(INT64_MAX))), "");
  EXPECT_EQ(Refusal(Field(DataType::kFloat, DefaultValue::Float(0))), "");
  EXPECT_EQ(Refusal(Field(DataType::kDouble, DefaultValue::Double(-1e300))), "");
  EXPECT_EQ(Refusal(Field(DataType::kVarChar, DefaultValue::Text("12345"))), "");
}

TEST(DefaultRules, UnfitValues) {
  const auto has = [](const FieldSchema& field, const std::string& phrase) {
    const std::string refusal = Refusal(field);
    EXPECT_NE(refusal.find(phrase), std::string::npos) << refusal;
  };
  has(Field(DataType::kInt8, DefaultValue::Int(128)),
      "default value out of range: invalid parameter[128 out of range -128 <= value <= 127]");
  has(Field(DataType::kInt16, DefaultValue::Int(-32769)), "-32769 out of range -32768 <= value <= 32767");
  has(Field(DataType::kInt64, DefaultValue::Int(1)),
      "type (Int64) of field (f) is not equal to the type(DataType_Int) of default_value");
  has(Field(DataType::kFloat, DefaultValue::Double(1)),
      "type (Float) of field (f) is not equal to the type(DataType_Double) of default_value");
  has(Field(DataType::kVarChar, DefaultValue::Bool(true)),
      "type (VarChar) of field (f) is not equal to the type(DataType_Bool) of default_value");
  has(Field(DataType::kFloat, DefaultValue::Float(std::nanf(""))), "not a number");
  has(Field(DataType::kDouble, DefaultValue::Double(HUGE_VAL)), "not a number");
  has(Field(DataType::kVarChar, DefaultValue::Text("123456")),
      "the length (6) of string exceeds max length (5)");
  has(Field(DataType::kVarChar, DefaultValue::Text("\xff")), "not valid UTF-8");
  has(Field(DataType::kJson, DefaultValue::Text("{}")), "type not support default_value, type:JSON, name:f");
  has(Field(DataType::kFloatVector, DefaultValue::Float(1)), "type not support default_value");
  FieldSchema key = Field(DataType::kInt64, DefaultValue::Long(1));
  key.is_primary = true;
  has(key, "primary field not support default_value");
}

TEST(DefaultRules, Columns) {
  const FieldSchema field = Field(DataType::kVarChar, DefaultValue::Text("d"));
  const Column absent = DefaultColumn(field, 3);
  EXPECT_EQ(absent.row_count(), 3u);
  EXPECT_EQ(absent.view().TextAt(2), "d");
  Column sent(FieldId(), DataType::kVarChar, 0);
  sent.AppendText("a");
  sent.AppendNull();
  const Column filled = WithDefaults(field, std::move(sent));
  EXPECT_EQ(filled.field(), field.id);
  EXPECT_FALSE(filled.has_nulls());
  EXPECT_EQ(filled.view().TextAt(0), "a");
  EXPECT_EQ(filled.view().TextAt(1), "d");
  EXPECT_EQ(FilledRowBytes(field), 9);
  EXPECT_EQ(FilledRowBytes(Field(DataType::kInt16, {})), 2);
  EXPECT_EQ(FilledRowBytes(Field(DataType::kFloatVector, {})), 8);
}

}  // namespace
}  // namespace redkite::proxy
