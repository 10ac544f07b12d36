#include "proxy/array_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "types/array_value.h"

namespace redkite::proxy {
namespace {

FieldSchema Field(DataType element, int capacity = 3) {
  FieldSchema field;
  field.id = FieldId(101);
  field.name = "a";
  field.type = DataType::kArray;
  field.element_type = element;
  field.max_capacity = capacity;
  field.max_length = 4;
  return field;
}

template <class T>
std::string Array(DataType element, std::initializer_list<T> values) {
  ArrayBuilder builder(element);
  for (const T v : values) builder.Append(v);
  return std::string(builder.Finish());
}
std::string Texts(std::initializer_list<std::string_view> values) {
  ArrayBuilder builder(DataType::kVarChar);
  for (const std::string_view v : values) builder.AppendText(v);
  return std::string(builder.Finish());
}

Column Rows(std::initializer_list<std::string> values) {
  Column column(FieldId(), DataType::kArray, 0);
  for (const std::string& v : values) column.AppendText(v);
  return column;
}

Status StatusOf(const FieldSchema& field, DataType given, Column column) {
  return TakeArrays(field, given, std::move(column)).status();
}

#define EXPECT_HAS(text, phrase) EXPECT_NE((text).find(phrase), std::string::npos) << (text)

TEST(ArrayRules, FittingArraysStayAsTheyAre) {
  const std::string one = Array<int64_t>(DataType::kInt64, {1, 2, 3});
  const auto taken = TakeArrays(Field(DataType::kInt64), DataType::kInt64, Rows({one, "", one}));
  ASSERT_TRUE(taken.ok()) << taken.status().ToString();
  ASSERT_EQ(taken->row_count(), 3u);
  EXPECT_EQ(taken->view().TextAt(0), one);
  EXPECT_EQ(taken->view().TextAt(1), "");
  EXPECT_TRUE(StatusOf(Field(DataType::kVarChar), DataType::kVarChar, Rows({Texts({"", "abcd"})})).ok());
}

TEST(ArrayRules, EmptyArraysFitEveryType) {
  for (const DataType element : {DataType::kBool, DataType::kInt8, DataType::kDouble, DataType::kVarChar})
    EXPECT_TRUE(StatusOf(Field(element), DataType::kNone, Rows({"", ""})).ok()) << DataTypeName(element);
}

TEST(ArrayRules, NarrowIntegersAreLaidOutAsTheFieldHasThem) {
  Column given = Rows({Array<int32_t>(DataType::kInt32, {-128, 127}), ""});
  given.AppendNull();
  const auto bytes = TakeArrays(Field(DataType::kInt8), DataType::kInt32, std::move(given));
  ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
  ASSERT_EQ(bytes->row_count(), 3u);
  EXPECT_EQ(bytes->view().TextAt(0), "\x80\x7f");
  EXPECT_EQ(bytes->view().TextAt(1), "");
  EXPECT_TRUE(bytes->view().IsValid(1));
  EXPECT_FALSE(bytes->view().IsValid(2));
  const auto shorts = TakeArrays(Field(DataType::kInt16), DataType::kInt32,
                                 Rows({Array<int32_t>(DataType::kInt32, {-32768})}));
  ASSERT_TRUE(shorts.ok());
  EXPECT_EQ(shorts->view().TextAt(0), std::string_view("\x00\x80", 2));
}

TEST(ArrayRules, IntegersOutOfRangeAreNamed) {
  const Status s = StatusOf(Field(DataType::kInt8), DataType::kInt32,
                            Rows({"", Array<int32_t>(DataType::kInt32, {1, 128})}));
  EXPECT_EQ(s.message(),
            "array field a, row number: 1: the 1th element (128) out of range: [-128, 127]: invalid "
            "parameter[expected=integer doesn't overflow][actual=out of range]");
  EXPECT_EQ(
      StatusOf(Field(DataType::kInt16), DataType::kInt32, Rows({Array<int32_t>(DataType::kInt32, {-32769})}))
          .code(),
      Code::kParameterInvalid);
}

TEST(ArrayRules, LengthsHaveLimits) {
  const std::string four = Array<float>(DataType::kFloat, {1, 2, 3, 4});
  const Status s = StatusOf(Field(DataType::kFloat), DataType::kFloat, Rows({"", four}));
  EXPECT_HAS(s.message(), "length of array field a, row number: 1 exceeds max capacity, length: 4");
  EXPECT_HAS(s.message(), "[expected=valid length array][actual=array length exceeds max capacity]");
  EXPECT_TRUE(StatusOf(Field(DataType::kFloat, 4), DataType::kFloat, Rows({four})).ok());
  EXPECT_HAS(StatusOf(Field(DataType::kVarChar), DataType::kVarChar, Rows({Texts({"a", "abcde"})})).message(),
             "length of varchar field a exceeds max length, row number: 0, length: 5, max length: 4");
  EXPECT_HAS(StatusOf(Field(DataType::kVarChar), DataType::kVarChar, Rows({Texts({"\xff"})})).message(),
             "not valid UTF-8");
}

TEST(ArrayRules, NumbersAreFinite) {
  const double nan = std::nan("");
  EXPECT_HAS(StatusOf(Field(DataType::kDouble), DataType::kDouble,
                      Rows({Array<double>(DataType::kDouble, {1, nan})}))
                 .message(),
             "value 'NaN' is not a number or infinity");
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_HAS(
      StatusOf(Field(DataType::kFloat), DataType::kFloat, Rows({Array<float>(DataType::kFloat, {-infinite})}))
          .message(),
      "value '-Inf' is not a number or infinity");
}

TEST(ArrayRules, AnotherElementTypeIsRefused) {
  const Status s = StatusOf(Field(DataType::kInt64), DataType::kVarChar, Rows({Texts({"a"})}));
  EXPECT_EQ(s.message(),
            "the element type of array field a doesn't match its schema: invalid "
            "parameter[expected=Int64][actual=VarChar]: invalid parameter");
  for (const DataType element : {DataType::kBool, DataType::kInt64, DataType::kFloat})
    EXPECT_FALSE(StatusOf(Field(element), DataType::kInt32, Rows({""})).ok()) << DataTypeName(element);
  EXPECT_FALSE(StatusOf(Field(DataType::kInt64), DataType::kInt64, Rows({"odd"})).ok());
}

}  // namespace
}  // namespace redkite::proxy
