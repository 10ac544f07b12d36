#include "rest/rows/field_reader.h"

#include <gtest/gtest.h>

#include "rest/rows/all_types_fixture.h"

namespace redkite::rest {
namespace {

/// The column of the values in a JSON array.
Result<InputColumn> Read(const FieldSchema& field, std::string_view json) {
  const JsonBody body = ParseBody(json);
  FieldReader reader(field);
  Status status;
  body.root().EachItem([&](const JsonValue& value) {
    status = reader.Append(value);
    return status.ok();
  });
  RK_RETURN_IF_ERROR(status);
  return reader.Take();
}

template <class T>
std::vector<T> Numbers(DataType type, std::string_view json) {
  const FieldSchema field = FieldOf("f", type);
  const auto column = Read(field, json);
  EXPECT_TRUE(column.ok()) << json << column.status().ToString();
  return column.ok() ? ValuesOf<T>(&*column) : std::vector<T>();
}

void ExpectRefused(const FieldSchema& field, std::initializer_list<const char*> values) {
  for (const char* value : values) {
    const auto column = Read(field, std::string("[") + value + "]");
    ASSERT_FALSE(column.ok()) << DataTypeName(field.type) << " " << value;
    EXPECT_NE(column.status().message().find("not a value of type "), std::string::npos);
  }
}

TEST(FieldReader, ReadsNumbersAndTheirTexts) {
  EXPECT_EQ(Numbers<int8_t>(DataType::kInt8, R"([-128,"127"])"), (std::vector<int8_t>{-128, 127}));
  EXPECT_EQ(Numbers<int16_t>(DataType::kInt16, R"([-32768,"32767"])"), (std::vector<int16_t>{-32768, 32767}));
  EXPECT_EQ(Numbers<int32_t>(DataType::kInt32, R"([-2147483648,"2147483647"])"),
            (std::vector<int32_t>{INT32_MIN, INT32_MAX}));
  EXPECT_EQ(Numbers<int64_t>(DataType::kInt64, R"([-9223372036854775808,"9223372036854775807"])"),
            (std::vector<int64_t>{INT64_MIN, INT64_MAX}));
  EXPECT_EQ(Numbers<float>(DataType::kFloat, R"([1,"-2.5",0.1])"), (std::vector<float>{1, -2.5f, 0.1f}));
  EXPECT_EQ(Numbers<double>(DataType::kDouble, R"([1,"1e300",0.1])"), (std::vector<double>{1, 1e300, 0.1}));
  EXPECT_EQ(Numbers<uint8_t>(DataType::kBool, R"([true,false,"true","False",1,0])"),
            (std::vector<uint8_t>{1, 0, 1, 0, 1, 0}));
}

TEST(FieldReader, RefusesWhatDoesNotFit) {
  ExpectRefused(FieldOf("f", DataType::kInt8),
                {"128", "-129", "1.0", "\"x\"", "\"\"", "\" 1\"", "true", "[1]", "{}"});
  ExpectRefused(FieldOf("f", DataType::kInt16), {"32768", "\"32768\"", "1.5"});
  ExpectRefused(FieldOf("f", DataType::kInt32), {"2147483648", "\"1.0\""});
  ExpectRefused(FieldOf("f", DataType::kInt64),
                {"9223372036854775808", "\"9223372036854775808\"", "1e3", "null"});
  ExpectRefused(FieldOf("f", DataType::kFloat), {"1e39", "\"inf\"", "\"nan\"", "\"\"", "true", "[1]"});
  ExpectRefused(FieldOf("f", DataType::kDouble), {"\"1e400\"", "\"x\"", "{}"});
  ExpectRefused(FieldOf("f", DataType::kBool), {"2", "\"yes\"", "1.0", "[]"});
  ExpectRefused(FieldOf("f", DataType::kVarChar), {"1.5", "true", "[]", "{}"});
  ExpectRefused(FieldOf("f", DataType::kTimestamptz), {"1", "true"});
}

TEST(FieldReader, ReadsTexts) {
  auto column = Read(FieldOf("f", DataType::kVarChar), R"(["a","",7,"ä"])");
  ASSERT_TRUE(column.ok());
  EXPECT_EQ(TextsOf(&*column), (std::vector<std::string>{"a", "", "7", "ä"}));
  EXPECT_EQ(column->type(), DataType::kVarChar);
  column = Read(FieldOf("f", DataType::kTimestamptz), R"(["2025-01-01T00:00:00Z"])");
  ASSERT_TRUE(column.ok());
  EXPECT_EQ(column->type(), DataType::kTimestamptz);
  EXPECT_EQ(column->column.type(), DataType::kVarChar);
  column = Read(FieldOf("f", DataType::kGeometry), R"x(["POINT (1 2)"])x");
  ASSERT_TRUE(column.ok());
  EXPECT_EQ(column->type(), DataType::kGeometry);
}

TEST(FieldReader, KeepsJsonAsItsText) {
  const auto column =
      Read(FieldOf("f", DataType::kJson), R"([ {"a": [1, 2]}, 5, true, "{\"b\":1}", "plain", "7", [ ] ])");
  ASSERT_TRUE(column.ok());
  EXPECT_EQ(TextsOf(&*column),
            (std::vector<std::string>{R"({"a":[1,2]})", "5", "true", R"({"b":1})", R"("plain")", "7", "[]"}));
}

TEST(FieldReader, ReadsArrays) {
  auto column = Read(ArrayOf("f", DataType::kInt8), R"([[1,"-2"],[],"[3]"])");
  ASSERT_TRUE(column.ok());
  EXPECT_EQ(column->element_type, DataType::kInt8);
  EXPECT_EQ(TextsOf(&*column),
            (std::vector<std::string>{BytesOf<int8_t>({1, -2}), "", BytesOf<int8_t>({3})}));
  const DataType types[] = {DataType::kBool,  DataType::kInt16, DataType::kInt32,
                            DataType::kInt64, DataType::kFloat, DataType::kDouble};
  for (const DataType type : types) {
    column = Read(ArrayOf("f", type), "[[1,0]]");
    ASSERT_TRUE(column.ok());
    EXPECT_EQ(column->column.view().TextAt(0).size(), 2 * ValueBytes(type, 0));
  }
  column = Read(ArrayOf("f", DataType::kVarChar), R"([["a",5,""]])");
  ASSERT_TRUE(column.ok());
  const std::string stored = TextsOf(&*column)[0];
  const auto array = ArrayValue::Parse(DataType::kVarChar, stored);
  ASSERT_TRUE(array && array->size() == 3);
  EXPECT_EQ(array->TextAt(1), "5");
  ExpectRefused(ArrayOf("f", DataType::kInt8),
                {"[128]", "[null]", "5", "{}", "\"x\"", "\"{}\"", "[[1]]", "[\"a\"]"});
}

TEST(FieldReader, SaysWhatItsColumnIs) {
  FieldSchema field = FieldOf("f", DataType::kInt64);
  EXPECT_FALSE(Read(field, "[1]")->has_valid_data);
  field.nullable = true;
  EXPECT_TRUE(Read(field, "[1]")->has_valid_data);
  field.nullable = false;
  field.default_value = DefaultValue::Long(1);
  EXPECT_TRUE(Read(field, "[1]")->has_valid_data);
  EXPECT_EQ(FieldReader(FieldOf("f", DataType::kFloatVector, 100)).null_bytes(), 400u);
  EXPECT_EQ(FieldReader(FieldOf("f", DataType::kBool)).null_bytes(), 8u);
}

}  // namespace
}  // namespace redkite::rest
