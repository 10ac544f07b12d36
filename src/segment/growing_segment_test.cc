#include "segment/growing_segment.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace redkite::segment {
namespace {

constexpr FieldId kKey{100};
constexpr FieldId kText{101};

PreparedRows Rows(const std::vector<std::pair<int64_t, std::string>>& values) {
  RowBatch batch;
  Column key(kKey, DataType::kInt64, 0), text(kText, DataType::kVarChar, 0);
  for (const auto& [k, t] : values) {
    key.Append<int64_t>(k);
    text.AppendText(t);
  }
  batch.row_count = values.size();
  batch.columns.push_back(std::move(key));
  batch.columns.push_back(std::move(text));
  return PrepareRows(std::move(batch), kKey);
}

TEST(GrowingSegmentTest, RowsKeepTheirPlaceWhileBlocksMerge) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    GrowingSegment segment(SegmentId(1), PartitionId(2), kKey);
    std::vector<std::pair<int64_t, std::string>> model;
    std::vector<Timestamp> timestamps;
    for (Timestamp ts = 1; ts <= 300; ++ts) {
      std::vector<std::pair<int64_t, std::string>> batch;
      for (uint64_t i = 0, n = 1 + random.Below(4); i < n; ++i) {
        batch.emplace_back(static_cast<int64_t>(random.Below(500)), std::to_string(random.Next()));
      }
      for (const auto& row : batch) {
        model.push_back(row);
        timestamps.push_back(ts);
      }
      segment.Append(Rows(batch), ts);
    }
    const auto snapshot = segment.Snapshot();
    ASSERT_EQ(snapshot->row_count, model.size());
    EXPECT_LE(snapshot->blocks.size(), 12u);  // O(log n), not one per append
    for (size_t r = 0; r < model.size(); ++r) {
      const RowBlock& block = snapshot->BlockOf(static_cast<RowOffset>(r));
      const size_t at = r - block.first_row;
      ASSERT_EQ(block.Find(kKey)->At<int64_t>(at), model[r].first);
      ASSERT_EQ(block.Find(kText)->TextAt(at), model[r].second);
      ASSERT_EQ(block.timestamps[at], timestamps[r]);
    }
    for (int64_t key = -1; key < 500; key += 7) {
      std::multimap<RowOffset, Timestamp> found, expected;
      snapshot->ForEachRowOf({false, key, {}}, [&](RowOffset row, Timestamp ts) { found.emplace(row, ts); });
      for (size_t r = 0; r < model.size(); ++r) {
        if (model[r].first == key) expected.emplace(static_cast<RowOffset>(r), timestamps[r]);
      }
      ASSERT_EQ(found, expected);
    }
  }
}

TEST(GrowingSegmentTest, SnapshotsDoNotChange) {
  GrowingSegment segment(SegmentId(1), PartitionId(2), kKey);
  segment.Append(Rows({{5, "a"}}), 10);
  const auto before = segment.Snapshot();
  segment.Append(Rows({{6, "b"}}), 11);
  const DeleteEntry gone[] = {{0, 12}};
  segment.Delete(gone);
  EXPECT_EQ(before->row_count, 1u);
  EXPECT_TRUE(before->deletes->empty());
  EXPECT_EQ(segment.Snapshot()->row_count, 2u);
}

TEST(GrowingSegmentTest, VisibilityFollowsTimestamps) {
  GrowingSegment segment(SegmentId(1), PartitionId(2), kKey);
  segment.Append(Rows({{1, "a"}}), 10);
  segment.Append(Rows({{2, "b"}}), 20);
  const DeleteEntry gone[] = {{0, 30}};
  segment.Delete(gone);
  const auto snapshot = segment.Snapshot();
  const auto excluded = [&](Timestamp at) {
    ExcludeBitset bits(2);
    snapshot->ExcludeInvisible(at, &bits);
    return std::pair(bits.Test(0), bits.Test(1));
  };
  EXPECT_EQ(excluded(9), std::pair(true, true));
  EXPECT_EQ(excluded(10), std::pair(false, true));
  EXPECT_EQ(excluded(29), std::pair(false, false));
  EXPECT_EQ(excluded(30), std::pair(true, false));
  EXPECT_EQ(excluded(kMaxTimestamp), std::pair(true, false));
}

}  // namespace
}  // namespace redkite::segment
