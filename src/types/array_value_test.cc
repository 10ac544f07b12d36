#include "types/array_value.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/random.h"

namespace redkite {
namespace {

constexpr DataType kElements[] = {DataType::kBool,  DataType::kInt8,  DataType::kInt16,  DataType::kInt32,
                                  DataType::kInt64, DataType::kFloat, DataType::kDouble, DataType::kVarChar};

std::string Text(std::string_view bytes) { return std::string(bytes); }

TEST(ArrayValue, OnlyScalarsAreElements) {
  for (const DataType type : kElements) EXPECT_TRUE(IsArrayElement(type)) << DataTypeName(type);
  for (const DataType type : {DataType::kNone, DataType::kArray, DataType::kJson, DataType::kTimestamptz,
                              DataType::kFloatVector, static_cast<DataType>(20)}) {
    EXPECT_FALSE(IsArrayElement(type)) << static_cast<int>(type);
    EXPECT_FALSE(ArrayValue::Parse(type, "").has_value()) << static_cast<int>(type);
  }
}

TEST(ArrayValue, NoBytesAreNoElements) {
  for (const DataType type : kElements) {
    const auto value = ArrayValue::Parse(type, "");
    ASSERT_TRUE(value.has_value()) << DataTypeName(type);
    EXPECT_EQ(value->size(), 0U);
    EXPECT_EQ(ArrayBuilder(type).Finish(), "");
  }
}

TEST(ArrayValue, NumbersStandOneAfterAnother) {
  ArrayBuilder builder(DataType::kInt16);
  builder.Append<int16_t>(1);
  builder.Append<int16_t>(-2);
  EXPECT_EQ(builder.Finish(), std::string_view("\x01\x00\xfe\xff", 4));
  const auto value = ArrayValue::Parse(DataType::kInt16, "\x01\x7f\xfe\xff");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->size(), 2U);
  EXPECT_EQ(value->At<int16_t>(0), 0x7f01);
  EXPECT_EQ(value->At<int16_t>(1), -2);
}

TEST(ArrayValue, TextsStandBehindTheirEnds) {
  ArrayBuilder builder(DataType::kVarChar);
  for (const char* text : {"a", "", "bcd"}) builder.AppendText(text);
  const std::string bytes = Text(builder.Finish());
  EXPECT_EQ(bytes, std::string("\3\0\0\0\1\0\0\0\1\0\0\0\4\0\0\0abcd", 20));
  const auto value = ArrayValue::Parse(DataType::kVarChar, bytes);
  ASSERT_TRUE(value.has_value());
  ASSERT_EQ(value->size(), 3U);
  EXPECT_EQ(value->TextAt(0), "a");
  EXPECT_EQ(value->TextAt(1), "");
  EXPECT_EQ(value->TextAt(2), "bcd");
}

TEST(ArrayValue, OtherBytesAreRefused) {
  using namespace std::string_literals;
  EXPECT_FALSE(ArrayValue::Parse(DataType::kInt32, "abc").has_value());
  EXPECT_FALSE(ArrayValue::Parse(DataType::kBool, "\2").has_value());
  const std::string texts[] = {"\1\0\0"s,                      // no count
                               "\0\0\0\0"s,                    // the empty array has another form
                               "\1\0\0\0"s,                    // no end
                               "\1\0\0\0\2\0\0\0a"s,           // the end is beyond
                               "\1\0\0\0\0\0\0\0a"s,           // bytes are left over
                               "\2\0\0\0\2\0\0\0\1\0\0\0ab"s,  // ends fall
                               "\xff\xff\xff\xff\1\0\0\0a"s,   // more than any value has
                               "\1\0\0\0\xff\xff\xff\xff"s};
  for (const std::string& bytes : texts) {
    EXPECT_FALSE(ArrayValue::Parse(DataType::kVarChar, bytes).has_value()) << testing::PrintToString(bytes);
  }
}

TEST(ArrayValue, ReadsAsNothingWhereAMapBecameZeros) {
  ArrayBuilder builder(DataType::kVarChar);
  for (const char* text : {"abc", "def"}) builder.AppendText(text);
  std::string bytes = Text(builder.Finish());
  const auto value = ArrayValue::Parse(DataType::kVarChar, bytes);
  ASSERT_TRUE(value.has_value());
  for (size_t from = bytes.size(); from > 0; --from) {
    bytes[from - 1] = '\0';
    EXPECT_LE(value->TextAt(0).size() + value->TextAt(1).size(), 6U);
  }
}

TEST(ArrayValue, TooLongNamesBothLengths) {
  EXPECT_EQ(
      ArrayTooLong("array field a, row number: 3", 5, 4).message(),
      "length of array field a, row number: 3 exceeds max capacity, length: 5, max capacity: 4: invalid "
      "parameter[expected=valid length array][actual=array length exceeds max capacity]");
}

using Element = std::variant<bool, int8_t, int16_t, int32_t, int64_t, float, double, std::string>;

Element RandomElement(DataType type, Random* random) {
  switch (type) {
    case DataType::kBool:
      return random->Below(2) != 0;
    case DataType::kInt8:
      return static_cast<int8_t>(random->Next());
    case DataType::kInt16:
      return static_cast<int16_t>(random->Next());
    case DataType::kInt32:
      return static_cast<int32_t>(random->Next());
    case DataType::kInt64:
      return static_cast<int64_t>(random->Next());
    case DataType::kFloat:
      return static_cast<float>(random->Unit());
    case DataType::kDouble:
      return random->Unit();
    default:
      return std::string(random->Below(20), static_cast<char>(random->Next()));
  }
}

void AppendTo(ArrayBuilder* builder, const Element& element) {
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>)
          builder->AppendText(v);
        else if constexpr (std::is_same_v<T, bool>)
          builder->Append<uint8_t>(v ? 1 : 0);
        else
          builder->Append(v);
      },
      element);
}

TEST(ArrayValue, WhatIsBuiltIsReadAndHasOneForm) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (const DataType type : kElements) {
    ArrayBuilder builder(type), again(type);
    for (int round = 0; round < 200; ++round) {
      std::vector<Element> elements;
      for (uint64_t n = random.Below(30); n > 0; --n) elements.push_back(RandomElement(type, &random));
      for (const Element& element : elements) AppendTo(&builder, element);
      const std::string bytes = Text(builder.Finish());
      const auto value = ArrayValue::Parse(type, bytes);
      ASSERT_TRUE(value.has_value());
      ASSERT_EQ(value->size(), elements.size());
      std::vector<Element> read;
      value->ForEach([&](auto v) {
        if constexpr (std::is_same_v<decltype(v), std::string_view>)
          read.emplace_back(std::string(v));
        else
          read.emplace_back(v);
      });
      ASSERT_TRUE(read == elements);
      for (const Element& element : read) AppendTo(&again, element);
      ASSERT_EQ(again.Finish(), bytes);
    }
  }
}

}  // namespace
}  // namespace redkite
