#include "types/partition_key.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

// Rows are where these numbers have put them: a change would lose them from pruned reads.
TEST(PartitionKey, NumbersNeverChange) {
  const std::pair<int64_t, std::pair<size_t, size_t>> kInts[] = {
      {0, {14, 904}}, {1, {9, 580}}, {2, {9, 605}}, {-1, {14, 915}}, {int64_t{1} << 62, {0, 2}}};
  for (const auto& [key, expected] : kInts) {
    EXPECT_EQ(PartitionOfKey(key, 16), expected.first) << key;
    EXPECT_EQ(PartitionOfKey(key, 1024), expected.second) << key;
    EXPECT_EQ(PartitionOfKey(key, 1), 0u) << key;
  }
  const std::pair<const char*, std::pair<size_t, size_t>> kTexts[] = {
      {"", {12, 782}}, {"a", {5, 380}}, {"tenant-7", {1, 96}}, {"\xc3\xbc", {4, 288}}};
  for (const auto& [key, expected] : kTexts) {
    EXPECT_EQ(PartitionOfKey(std::string_view(key), 16), expected.first) << key;
    EXPECT_EQ(PartitionOfKey(std::string_view(key), 1024), expected.second) << key;
  }
}

TEST(PartitionKey, ColumnsAndSingleKeysAgree) {
  Column ints(FieldId(1), DataType::kInt64, 0), texts(FieldId(2), DataType::kVarChar, 0);
  for (int64_t i = 0; i < 1000; ++i) {
    ints.Append<int64_t>(i * 7919);
    texts.AppendText("key " + std::to_string(i));
  }
  const auto of_ints = PartitionsOfKeys(ints.view(), 13), of_texts = PartitionsOfKeys(texts.view(), 13);
  std::vector<size_t> counts(13);
  for (size_t row = 0; row < 1000; ++row) {
    EXPECT_EQ(of_ints[row], PartitionOfKey(ints.view().At<int64_t>(row), 13));
    EXPECT_EQ(of_texts[row], PartitionOfKey(texts.view().TextAt(row), 13));
    ++counts[of_ints[row]];
  }
  for (const size_t count : counts) EXPECT_GT(count, 40u);  // 77 each when they spread
}

}  // namespace
}  // namespace redkite
