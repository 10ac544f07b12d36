#include "segment/row_block.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace redkite::segment {
namespace {

constexpr FieldId kKey{100};
constexpr FieldId kNote{101};

RowBatch Batch(const std::vector<int64_t>& keys) {
  RowBatch batch;
  batch.row_count = keys.size();
  Column key(kKey, DataType::kInt64, 0), note(kNote, DataType::kVarChar, 0);
  for (const int64_t k : keys) {
    key.Append<int64_t>(k);
    k % 3 == 0 ? note.AppendNull() : note.AppendText("of " + std::to_string(k));
  }
  batch.columns.push_back(std::move(key));
  batch.columns.push_back(std::move(note));
  return batch;
}

RowBatch TextBatch(const std::vector<std::string>& keys) {
  RowBatch batch;
  batch.row_count = keys.size();
  Column key(kKey, DataType::kVarChar, 0);
  for (const std::string& k : keys) key.AppendText(k);
  batch.columns.push_back(std::move(key));
  return batch;
}

std::vector<uint32_t> RowsOf(const RowBlock& block, const PrimaryKey& key) {
  std::vector<uint32_t> rows;
  block.ForEachRowOf(key, [&](uint32_t row) { rows.push_back(row); });
  return rows;
}

using Rows = std::vector<uint32_t>;

TEST(SortByPrimaryKey, KeysThenRows) {
  const RowBatch numbers = Batch({5, -1, 5, 0, 5});
  EXPECT_EQ(SortByPrimaryKey(numbers.columns[0].view()), (Rows{1, 3, 0, 2, 4}));
  const RowBatch texts = TextBatch({"b", "", "B", "a", ""});
  EXPECT_EQ(SortByPrimaryKey(texts.columns[0].view()), (Rows{1, 4, 2, 3, 0}));
}

TEST(RowBlock, KnowsItsRows) {
  MemoryLedger ledger(1 << 20);
  const auto block =
      MakeBlock(PrepareRows(Batch({7, 3, 7}), kKey, ledger.Reserve(100, "test").value()), kKey, 40, 99);
  EXPECT_EQ(block->first_row, 40u);
  EXPECT_EQ(block->row_count, 3u);
  EXPECT_EQ(block->min_ts, 99u);
  EXPECT_EQ(block->max_ts, 99u);
  EXPECT_EQ(block->timestamps.size(), 3u);
  EXPECT_GT(block->memory_bytes, 0u);
  EXPECT_EQ(block->Find(kNote)->TextAt(0), "of 7");
  EXPECT_FALSE(block->Find(kNote)->IsValid(1));
  EXPECT_EQ(block->Find(FieldId(999)), nullptr);
  EXPECT_EQ(RowsOf(*block, {false, 7, {}}), (Rows{0, 2}));
  EXPECT_EQ(RowsOf(*block, {false, 3, {}}), (Rows{1}));
  for (const int64_t absent : {2, 5, 8}) EXPECT_TRUE(RowsOf(*block, {false, absent, {}}).empty());
}

TEST(RowBlock, TextKeys) {
  const auto block = MakeBlock(PrepareRows(TextBatch({"b", "", "b", "a"}), kKey), kKey, 0, 1);
  EXPECT_EQ(RowsOf(*block, {true, 0, "b"}), (Rows{0, 2}));
  EXPECT_EQ(RowsOf(*block, {true, 0, ""}), (Rows{1}));
  EXPECT_TRUE(RowsOf(*block, {true, 0, "ab"}).empty());
}

TEST(MergeBlocks, HoldsBothInOrder) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<int64_t> first(1 + random.Below(40)), second(1 + random.Below(40));
    for (int64_t& k : first) k = static_cast<int64_t>(random.Below(20));
    for (int64_t& k : second) k = static_cast<int64_t>(random.Below(20));
    const auto a = MakeBlock(PrepareRows(Batch(first), kKey), kKey, 10, 5);
    const auto b =
        MakeBlock(PrepareRows(Batch(second), kKey), kKey, static_cast<RowOffset>(10 + first.size()), 8);
    const auto merged = MergeBlocks(*a, *b, kKey);
    std::vector<int64_t> all = first;
    all.insert(all.end(), second.begin(), second.end());
    ASSERT_EQ(merged->row_count, all.size());
    EXPECT_EQ(merged->first_row, 10u);
    EXPECT_EQ(merged->min_ts, 5u);
    EXPECT_EQ(merged->max_ts, 8u);
    for (size_t r = 0; r < all.size(); ++r) {
      ASSERT_EQ(merged->pk.At<int64_t>(r), all[r]);
      ASSERT_EQ(merged->timestamps[r], r < first.size() ? 5u : 8u);
      ASSERT_EQ(merged->Find(kNote)->IsValid(r), all[r] % 3 != 0);
      if (all[r] % 3 != 0) {
        ASSERT_EQ(merged->Find(kNote)->TextAt(r), "of " + std::to_string(all[r]));
      }
    }
    EXPECT_EQ(Rows(merged->pk_order.begin(), merged->pk_order.end()), SortByPrimaryKey(merged->pk));
  }
}

}  // namespace
}  // namespace redkite::segment
