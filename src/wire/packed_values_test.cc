#include "wire/packed_values.h"

#include <gtest/gtest.h>

#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

std::string Packed(std::string_view chunk) {
  std::string out;
  PbWriter(&out).Bytes(1, chunk);
  return out;
}

TEST(PackedValues, ChunksAndSingleValuesAreOneSequence) {
  // packed {1, 300}, single 5, packed {} and {-1}
  const std::string message =
      Packed("\x01\xac\x02") + "\x08\x05" + Packed("") + Packed("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  PackedValues values(PackedKind::kVarint);
  ASSERT_TRUE(values.Collect(message));
  EXPECT_EQ(values.count(), 4U);
  Column column(FieldId(100), DataType::kInt64, 0);
  ASSERT_TRUE(AppendPacked(values, &column).ok());
  const auto numbers = column.view().Values<int64_t>();
  EXPECT_EQ(std::vector<int64_t>(numbers.begin(), numbers.end()), (std::vector<int64_t>{1, 300, 5, -1}));
}

TEST(PackedValues, ManyVarintsCrossTheBlock) {
  std::string chunk;
  for (int i = 0; i < 5000; ++i) {
    char buffer[10];
    chunk.append(buffer, static_cast<size_t>(PutPbVarint(buffer, static_cast<uint64_t>(i)) - buffer));
  }
  PackedValues values(PackedKind::kVarint);
  const std::string message = Packed(chunk);
  ASSERT_TRUE(values.Collect(message));
  Column column(FieldId(100), DataType::kInt32, 0);
  ASSERT_TRUE(AppendPacked(values, &column).ok());
  ASSERT_EQ(column.row_count(), 5000U);
  for (size_t i = 0; i < 5000; ++i) ASSERT_EQ(column.view().At<int32_t>(i), static_cast<int32_t>(i));
}

TEST(PackedValues, VectorsMaySpanChunks) {
  const float floats[] = {1, 2, 3, 4};
  const std::string bytes(reinterpret_cast<const char*>(floats), sizeof floats);
  const std::string message = Packed(bytes.substr(0, 4)) + Packed(bytes.substr(4));
  PackedValues values(PackedKind::kFixed32);
  ASSERT_TRUE(values.Collect(message));
  Column column(FieldId(100), DataType::kFloatVector, 2);
  AppendPackedVectors(values, &column);
  ASSERT_EQ(column.row_count(), 2U);
  EXPECT_EQ(column.view().VectorAt(1)[0], 3.0f);
}

TEST(PackedValues, MalformedChunksAreRefused) {
  const std::string cut = Packed("\x80"), long_one = Packed(std::string(10, '\x80') + "\x01"),
                    odd = Packed("abc");
  EXPECT_FALSE(PackedValues(PackedKind::kVarint).Collect(cut));
  EXPECT_FALSE(PackedValues(PackedKind::kVarint).Collect(long_one));
  EXPECT_FALSE(PackedValues(PackedKind::kFixed32).Collect(odd));
  EXPECT_FALSE(PackedValues(PackedKind::kFixed64).Collect(odd));
  EXPECT_FALSE(PackedValues(PackedKind::kText).Collect("\x0a\x05x"));
}

}  // namespace
}  // namespace redkite::wire
