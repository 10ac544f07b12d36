#include "jobs/quantize_job.h"

#include <gtest/gtest.h>

#include "jobs/scheduler_test_kit.h"

namespace redkite::jobs {
namespace {

class QuantizeJobTest : public SchedulerKit {
 protected:
  bool IsQuantized(Metric metric = Metric::kL2) const {
    for (const auto& segment : kit.shard->snapshot()->segments) {
      if (!segment->growing && segment->FindQuantized(shard::kVectorField, metric) != nullptr) return true;
    }
    return false;
  }
  // Until a segment is quantized, or nothing is left to do.
  bool RunUntilQuantized() {
    while (!IsQuantized()) {
      if (!compute.RunOne() && !files.RunOne()) return false;
    }
    return true;
  }
};

TEST_F(QuantizeJobTest, ASegmentIsQuantizedUntilItsIndexIsThere) {
  const meta::IndexMeta index = Define(7);
  Write(200);
  scheduler->RequestFlush(kit.shard);
  ASSERT_TRUE(RunUntilQuantized());
  EXPECT_GT(memory.used_bytes(), 0);
  EXPECT_FALSE(IsQuantized(Metric::kIp));
  EXPECT_LT(Progress(index).indexed_rows, 200);
  const auto found = kit.shard->Search(shard::TestSearch({0, 0, 0}, 5), nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->hit_counts[0], 5);
  EXPECT_LT(found->stats.distances_computed, 200);  // the others were told far by their bytes
  RunAll();
  EXPECT_FALSE(IsQuantized());
  EXPECT_EQ(Progress(index).indexed_rows, 200);
  EXPECT_EQ(memory.used_bytes(), 0);
}

TEST_F(QuantizeJobTest, WithoutRoomTheRowsAreScannedAsTheyAre) {
  auto all = memory.Reserve(memory.limit_bytes() - 1000, "the rest");
  ASSERT_TRUE(all.ok());
  const meta::IndexMeta index = Define(7);
  Write(200);
  scheduler->RequestFlush(kit.shard);
  EXPECT_FALSE(RunUntilQuantized());
  EXPECT_NE(Progress(index).failure.find("index build"), std::string::npos) << Progress(index).failure;
  EXPECT_TRUE(kit.shard->Search(shard::TestSearch({0, 0, 0}, 5), nullptr).ok());
  all->Release();
  scheduler->RequestIndexes(kit.shard);
  EXPECT_TRUE(RunUntilQuantized());
  RunAll();
  EXPECT_EQ(Progress(index).indexed_rows, 200);
}

TEST_F(QuantizeJobTest, NothingIsDoneForAFlatIndexOrFewRows) {
  Define(7, "FLAT");
  Write(200);
  scheduler->RequestFlush(kit.shard);
  EXPECT_FALSE(RunUntilQuantized());
  Define(8);
  Write(10);
  scheduler->RequestFlush(kit.shard);
  while (compute.RunOne() || files.RunOne()) {
    for (const auto& segment : kit.shard->snapshot()->segments) {
      EXPECT_TRUE(segment->row_count > 10 || segment->quantized.empty());
    }
  }
}

TEST_F(QuantizeJobTest, ItGoesWithTheIndexThatItWaitsFor) {
  for (const bool dropped_before : {false, true}) {
    Define(dropped_before ? 8 : 7);
    Write(200);
    scheduler->RequestFlush(kit.shard);
    if (dropped_before) {
      ASSERT_TRUE(files.RunOne());
    } else {
      ASSERT_TRUE(RunUntilQuantized());
    }
    const IndexId index(dropped_before ? 8 : 7);
    scheduler->CancelIndexes(kit.options.shard, index);
    ASSERT_TRUE(kit.shard->RemoveIndex(index).ok());
    EXPECT_FALSE(IsQuantized());
    RunAll();
    EXPECT_FALSE(IsQuantized());
    EXPECT_EQ(memory.used_bytes(), 0);
  }
}

TEST_F(QuantizeJobTest, AStopEndsIt) {
  Define(7);
  Write(200);
  scheduler->RequestFlush(kit.shard);
  while (compute.task_count() == 0 && files.RunOne()) continue;
  scheduler->BeginStop();
  RunAll();
  scheduler->Stop();  // returns
  EXPECT_FALSE(IsQuantized());
  EXPECT_EQ(memory.used_bytes(), 0);
}

}  // namespace
}  // namespace redkite::jobs
