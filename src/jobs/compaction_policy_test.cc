#include "jobs/compaction_policy.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace redkite::jobs {
namespace {

SegmentSize Size(int64_t id, uint64_t rows, uint64_t dead = 0, uint64_t row_bytes = 100,
                 int64_t partition = 1) {
  return {SegmentId(id), PartitionId(partition), rows, dead, rows * row_bytes};
}

CompactionGroup Ids(std::initializer_list<int64_t> ids) {
  CompactionGroup out;
  for (int64_t id : ids) out.push_back(SegmentId(id));
  return out;
}

TEST(CompactionPolicy, ATierIsMergedWhenItIsFull) {
  CompactionOptions options;
  options.fan_in = 3;
  EXPECT_TRUE(PickCompaction({}, options).empty());
  EXPECT_TRUE(PickCompaction({Size(1, 10), Size(2, 10)}, options).empty());
  EXPECT_EQ(PickCompaction({Size(1, 10), Size(2, 10), Size(3, 10)}, options), Ids({1, 2, 3}));
  EXPECT_TRUE(PickCompaction({Size(1, 10), Size(2, 10), Size(3, 100)}, options).empty());
  // What is smaller goes along.
  EXPECT_EQ(PickCompaction({Size(1, 2), Size(2, 10), Size(3, 10), Size(4, 100), Size(5, 10)}, options),
            Ids({1, 2, 3, 5}));
  // Partitions stay apart.
  EXPECT_TRUE(PickCompaction({Size(1, 10), Size(2, 10), Size(3, 10, 0, 100, 2)}, options).empty());
}

TEST(CompactionPolicy, FullSegmentsStay) {
  CompactionOptions options;
  options.fan_in = 3;
  options.target_bytes = 10'000;
  EXPECT_TRUE(PickCompaction({Size(1, 50), Size(2, 60), Size(3, 70), Size(4, 50)}, options).empty());
  EXPECT_EQ(PickCompaction({Size(1, 50), Size(2, 40), Size(3, 40), Size(4, 40)}, options), Ids({2, 3}));
  // Fewer than fan_in, but they fill an output.
  options.fan_in = 100;
  EXPECT_EQ(PickCompaction({Size(2, 40), Size(3, 40), Size(4, 40)}, options), Ids({2, 3}));
}

TEST(CompactionPolicy, DeadRowsMakeASegmentBeRewritten) {
  CompactionOptions options;
  EXPECT_TRUE(PickCompaction({Size(1, 100, 19)}, options).empty());
  EXPECT_EQ(PickCompaction({Size(1, 100, 20)}, options), Ids({1}));
  EXPECT_EQ(PickCompaction({Size(1, 100, 100), Size(2, 100), Size(3, 10, 9)}, options), Ids({1, 3}));
  EXPECT_TRUE(PickCompaction({Size(1, 0)}, options).empty());
  options.target_bytes = 8000;
  EXPECT_EQ(PickCompaction({Size(1, 100, 20)}, options), Ids({1}));  // larger than a target after it
}

TEST(CompactionPolicy, FullCompactionLeavesNothingToDo) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const uint64_t target = 1 + random.Below(5'000);
    std::vector<SegmentSize> segments;
    for (int64_t id = 1, n = static_cast<int64_t>(random.Below(30)); id <= n; ++id) {
      const uint64_t rows = 1 + random.Below(40);
      segments.push_back(Size(id, rows, random.Below(2) * random.Below(rows + 1), 100,
                              static_cast<int64_t>(random.Below(3))));
    }
    std::map<SegmentId, int> seen;
    std::map<SegmentId, SegmentSize> left;
    for (const SegmentSize& s : segments) left[s.id] = s;
    int64_t next = 1000;
    for (const CompactionGroup& group : PlanFullCompaction(segments, target)) {
      SegmentSize sum = Size(++next, 0);
      for (const SegmentId id : group) {
        EXPECT_EQ(++seen[id], 1);
        sum.rows += left[id].live_rows();
        sum.partition = left[id].partition;
        left.erase(id);
      }
      sum.bytes = sum.rows * 100;
      EXPECT_TRUE(sum.bytes <= target || group.size() == 1);
      if (sum.rows > 0) left[sum.id] = sum;
    }
    std::map<PartitionId, std::vector<uint64_t>> sizes;
    for (const auto& [id, s] : left) {
      EXPECT_EQ(s.dead_rows, 0u);
      sizes[s.partition].push_back(s.bytes);
    }
    for (const auto& [partition, list] : sizes) {  // no two segments of a partition fit into one
      for (size_t i = 0; i < list.size(); ++i) {
        for (size_t j = i + 1; j < list.size(); ++j) EXPECT_GT(list[i] + list[j], target);
      }
    }
  }
}

// Each row is rewritten at most four times on the way from flushes of 600 rows or more to 3,000,000, and the
// number of segments stays small.
TEST(CompactionPolicy, RewritesAreBounded) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    CompactionOptions options;
    if (seed % 2 == 0) options.target_bytes = uint64_t{200} << 20;
    const uint64_t flush_rows_max = seed % 3 == 0 ? 1000 : 40'000;
    struct State {
      SegmentSize size;
      int rewrites = 0;  // of its row that was rewritten most
    };
    std::vector<State> segments;
    uint64_t rows = 0, written = 0;
    int64_t id = 0;
    int most = 0;
    size_t count_max = 0;
    while (rows < 3'000'000) {
      const uint64_t n = 600 + random.Below(flush_rows_max);
      rows += n;
      segments.push_back({Size(++id, n, 0, 540), 0});
      while (true) {
        std::vector<SegmentSize> sizes;
        for (const State& s : segments) sizes.push_back(s.size);
        const CompactionGroup group = PickCompaction(sizes, options);
        if (group.empty()) break;
        State merged{Size(++id, 0), 0};
        for (const SegmentId input : group) {
          const auto it = std::find_if(segments.begin(), segments.end(),
                                       [&](const State& s) { return s.size.id == input; });
          merged.size.rows += it->size.rows;
          merged.rewrites = std::max(merged.rewrites, it->rewrites + 1);
          segments.erase(it);
        }
        merged.size.bytes = merged.size.rows * 540;
        written += merged.size.rows;
        most = std::max(most, merged.rewrites);
        segments.push_back(merged);
      }
      count_max = std::max(count_max, segments.size());
    }
    EXPECT_LE(most, 4);
    EXPECT_LE(written, 4 * rows);
    EXPECT_LE(count_max, 45u);
    RecordProperty("seed" + std::to_string(seed),
                   std::to_string(static_cast<double>(written) / static_cast<double>(rows)));
  }
}

/// Segments of 100 rows and 10,000 bytes with deletes at these times.
shard::SealedSize Sealed(const std::vector<Timestamp>& deletes) {
  auto segment = std::make_shared<segment::SegmentSnapshot>();
  segment->row_count = 100;
  std::vector<segment::DeleteEntry> entries;
  for (const Timestamp ts : deletes) entries.push_back({static_cast<RowOffset>(entries.size()), ts});
  segment->deletes = segment->deletes->With(entries, 100);
  return {segment, 10'000};
}

TEST(CompactionPolicy, TheHorizonIsTheWindowUnlessTooMuchIsKept) {
  CompactionOptions options;
  options.retention_ms = 100;
  options.retention_ratio = 0.2;
  options.retention_bytes = 0;
  const Timestamp now = MakeTimestamp(1000), start = MakeTimestamp(900);
  EXPECT_EQ(ChooseHorizon(now, {}, options), start);
  EXPECT_EQ(ChooseHorizon(MakeTimestamp(50), {}, options), 0u);
  std::vector<Timestamp> few, many;
  for (uint64_t i = 0; i < 10; ++i) few.push_back(MakeTimestamp(950) + i);
  for (uint64_t i = 0; i < 60; ++i) many.push_back(MakeTimestamp(950) + i);
  EXPECT_EQ(ChooseHorizon(now, {Sealed(few)}, options), start);
  // 40 live rows allow 8 hidden ones: the newest.
  EXPECT_EQ(ChooseHorizon(now, {Sealed(many)}, options), MakeTimestamp(950) + 51);
  // With 140 live rows it is 28.
  EXPECT_EQ(ChooseHorizon(now, {Sealed(many), Sealed({})}, options), MakeTimestamp(950) + 31);
  std::vector<Timestamp> all(100, MakeTimestamp(950));
  EXPECT_EQ(ChooseHorizon(now, {Sealed(all)}, options), MakeTimestamp(950));
  // A little may always be kept.
  options.retention_bytes = 10'000;
  EXPECT_EQ(ChooseHorizon(now, {Sealed(all)}, options), start);
  options.retention_bytes = 0;
  options.retention_ms = 0;
  EXPECT_EQ(ChooseHorizon(now, {Sealed(few)}, options), now);
  EXPECT_EQ(MeasureSegments({Sealed(few)}, {MakeTimestamp(950) + 3, 0})[0].dead_rows, 4u);
}

TEST(CompactionPolicy, ACollectionMaySetItsOwnWindow) {
  CompactionOptions options;
  options.retention_ms = 100;
  options.retention_bytes = 0;
  const Timestamp now = MakeTimestamp(100'000);
  const std::vector<shard::SealedSize> segments = {Sealed(std::vector<Timestamp>(90, MakeTimestamp(99'000)))};
  const auto rule = [&](const Params& properties) {
    return ChooseDropRule(now, segments, properties, options);
  };
  EXPECT_EQ(rule({}).horizon, MakeTimestamp(99'900));
  EXPECT_EQ(rule({}).expired_before, 0u);
  EXPECT_EQ(rule({{"collection.retention.seconds", "0"}}).horizon, now);
  // Without the bound on bytes.
  EXPECT_EQ(rule({{"collection.retention.seconds", "60"}}).horizon, MakeTimestamp(40'000));
  // What expired inside the window stays readable at older timestamps.
  const segment::DropRule both =
      rule({{"collection.retention.seconds", "60"}, {"collection.ttl.seconds", "10"}});
  EXPECT_EQ(both.expired_before, MakeTimestamp(30'000));
}

}  // namespace
}  // namespace redkite::jobs
