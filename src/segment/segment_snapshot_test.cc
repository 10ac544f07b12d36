#include "segment/segment_snapshot.h"

#include <gtest/gtest.h>

#include "segment/growing_segment.h"

namespace redkite::segment {
namespace {

constexpr FieldId kKey{100};

PreparedRows Rows(const std::vector<int64_t>& keys) {
  RowBatch batch;
  batch.row_count = keys.size();
  Column key(kKey, DataType::kInt64, 0);
  for (const int64_t k : keys) key.Append<int64_t>(k);
  batch.columns.push_back(std::move(key));
  return PrepareRows(std::move(batch), kKey);
}

TEST(SegmentSnapshot, FindsBlocksRowsAndKeys) {
  GrowingSegment segment(SegmentId(1), PartitionId(2), kKey);
  segment.Append(Rows(std::vector<int64_t>(100, 4)), 10);
  segment.Append(Rows({4, 5, 6}), 20);
  segment.Append(Rows({4}), 30);
  const auto snapshot = segment.Snapshot();
  ASSERT_EQ(snapshot->row_count, 104u);
  ASSERT_GE(snapshot->blocks.size(), 2u);
  for (RowOffset row = 0; row < 104; ++row) {
    const RowBlock& block = snapshot->BlockOf(row);
    ASSERT_LE(block.first_row, row);
    ASSERT_LT(row - block.first_row, block.row_count);
  }
  size_t count = 0;
  std::vector<Timestamp> timestamps;
  snapshot->ForEachRowOf({false, 4, {}}, [&](RowOffset row, Timestamp ts) {
    ++count;
    if (row >= 100) timestamps.push_back(ts);
  });
  EXPECT_EQ(count, 102u);
  EXPECT_EQ(timestamps, (std::vector<Timestamp>{20, 30}));
  EXPECT_EQ(snapshot->min_ts, 10u);
  EXPECT_EQ(snapshot->max_ts, 30u);
  EXPECT_GT(snapshot->memory_bytes(), 104u * 8);
}

TEST(SegmentSnapshot, ExcludesWhatIsNotVisible) {
  GrowingSegment segment(SegmentId(1), PartitionId(2), kKey);
  segment.Append(Rows({1, 2, 3}), 10);
  segment.Append(Rows({4}), 20);
  const DeleteEntry gone[] = {{1, 15}};
  segment.Delete(gone);
  const auto visible = [&](Timestamp ts) {
    ExcludeBitset exclude(4);
    segment.Snapshot()->ExcludeInvisible(ts, &exclude);
    std::string rows;
    for (size_t r = 0; r < 4; ++r) rows += exclude.Test(r) ? '.' : 'x';
    return rows;
  };
  EXPECT_EQ(visible(9), "....");
  EXPECT_EQ(visible(14), "xxx.");
  EXPECT_EQ(visible(15), "x.x.");
  EXPECT_EQ(visible(kMaxTimestamp), "x.xx");
}

TEST(SegmentSnapshot, FindsAnIndexByItsField) {
  SegmentSnapshot snapshot;
  EXPECT_EQ(snapshot.FindIndex(FieldId(5)), nullptr);
  FieldIndex index;
  index.id = IndexId(9);
  index.field = FieldId(5);
  snapshot.indexes.push_back(index);
  EXPECT_EQ(snapshot.FindIndex(FieldId(5))->id, IndexId(9));
  EXPECT_EQ(snapshot.FindIndex(FieldId(6)), nullptr);
  EXPECT_EQ(snapshot.memory_bytes(), 0u);
}

}  // namespace
}  // namespace redkite::segment
