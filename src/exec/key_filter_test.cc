#include "exec/key_filter.h"

#include <gtest/gtest.h>

#include "exec/exec_fixture.h"

namespace redkite::exec {
namespace {

TEST(KeyFilterTest, TheFirstRowOfEachKeyStays) {
  KeyFilter filter;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TestSegments data(seed, {.keys = seed % 2 == 0 ? 50 : 1'000'000'000});
    Random random(seed);
    std::vector<ScoredRow> hits;
    std::vector<int64_t> expected;
    std::set<int64_t> seen;
    for (uint64_t i = 0, n = random.Below(400); i < n; ++i) {
      const ModelRow& row = data.rows()[random.Below(data.rows().size())];
      hits.push_back({row.ref, 0});
      if (seen.insert(row.key).second) expected.push_back(row.key);
    }
    const size_t before = hits.size();
    EXPECT_EQ(filter.DropRepeated(data.segments(), &hits), expected.size() < before);
    std::vector<int64_t> kept;
    for (const ScoredRow& hit : hits) kept.push_back(KeyOf(data.segments(), hit.ref).number);
    ASSERT_EQ(kept, expected);
  }
}

TEST(KeyFilterTest, ElementsOfTheFirstRowStay) {
  TestSegments data(3, {.segments = 1, .batches = 4, .keys = 3, .grid = 1024});
  std::map<int64_t, std::vector<RowRef>> rows;
  for (const ModelRow& row : data.rows()) rows[row.key].push_back(row.ref);
  for (const auto& [key, refs] : rows) {
    ASSERT_GT(refs.size(), 1U);
    std::vector<ScoredRow> hits = {
        {refs[0], 1, 2}, {refs[1], 2, 0}, {refs[0], 3, 0}, {refs[0], 4, 2}, {refs[0], 5, 1}};
    EXPECT_TRUE(KeyFilter().DropRepeated(data.segments(), &hits));
    ASSERT_EQ(hits.size(), 3U) << key;
    EXPECT_EQ(hits[1].element, 0U);
    EXPECT_EQ(hits[2].element, 1U);
  }
}

TEST(KeyFilterTest, Texts) {
  segment::GrowingSegment segment(SegmentId(1), PartitionId(1), kKeyField);
  RowBatch batch;
  Column key(kKeyField, DataType::kVarChar, 0);
  for (const char* text : {"a", "b", "a", "", "b", ""}) key.AppendText(text);
  batch.row_count = key.row_count();
  batch.columns.push_back(std::move(key));
  segment.Append(segment::PrepareRows(std::move(batch), kKeyField), 1);
  const Segments segments = {segment.Snapshot()};
  std::vector<ScoredRow> hits;
  for (RowOffset r = 0; r < 6; ++r) hits.push_back({{0, r}, 0});
  EXPECT_TRUE(KeyFilter().DropRepeated(segments, &hits));
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[2].ref.row, 3u);
  EXPECT_FALSE(KeyFilter().DropRepeated(segments, &hits));
}

}  // namespace
}  // namespace redkite::exec
