#include "jobs/compaction_scheduler.h"

#include <gtest/gtest.h>

#include "jobs/scheduler_test_kit.h"

namespace redkite::jobs {
namespace {

using shard::TestRecord;
using Compactions = SchedulerKit;

TEST_F(Compactions, FlushesThatFillATierAreMerged) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Sealed().size(), static_cast<size_t>(i));
    Write(4);
    Flush();
  }
  EXPECT_EQ(Sealed().size(), 1u);
  EXPECT_EQ(kit.Rows().size(), 12u);
  EXPECT_EQ(Count("redkite_compactions_total"), 1);
  EXPECT_EQ(Count("redkite_compaction_rows_read_total"), 12);
  EXPECT_EQ(Count("redkite_compaction_rows_written_total"), 12);
  EXPECT_GT(Count("redkite_compaction_bytes_total"), 0);
  const auto plans = scheduler->compactions().Plans(0, kit.options.collection);
  ASSERT_EQ(plans.size(), 1u);
  EXPECT_EQ(plans[0].state, CompactionPlanState::kCompleted);
  EXPECT_EQ(plans[0].sources.size(), 3u);
  EXPECT_EQ(plans[0].target, Sealed()[0]);
}

TEST_F(Compactions, OneLeadsToTheNext) {
  for (int i = 0; i < 27; ++i) {
    Write(1);
    Flush();
  }
  EXPECT_EQ(Sealed().size(), 1u);
  EXPECT_EQ(kit.Rows().size(), 27u);
}

TEST_F(Compactions, DeadRowsAreFreedWithTheFlushOfTheirDeletes) {
  Write(10);
  Flush();
  const size_t files_before = FileCount();
  ASSERT_TRUE(kit.Write(TestRecord({}, {1, 2, 3}))->ok());
  Flush();
  const auto snapshot = kit.shard->snapshot();
  ASSERT_EQ(snapshot->segments.size(), 1u);
  EXPECT_EQ(snapshot->segments[0]->row_count, 7u);
  EXPECT_EQ(FileCount(), files_before);
}

TEST_F(Compactions, FlushesGoOnBetweenTheSteps) {
  for (int i = 0; i < 3; ++i) {
    Write(4);
    scheduler->RequestFlush(kit.shard);
    if (i < 2) RunAll();
  }
  ASSERT_TRUE(files.RunOne());  // the flush
  int flushes = 0;
  while (files.task_count() > 0 && Sealed().size() != 1) {
    ASSERT_TRUE(kit.Write(TestRecord({}, {1 + flushes}))->ok());
    scheduler->RequestFlush(kit.shard, [&](Status status) { flushes += status.ok() ? 1 : 0; });
    files.RunOne();
    files.RunOne();
  }
  EXPECT_GT(flushes, 2);
  RunAll();
  EXPECT_EQ(Sealed().size(), 1u);
  const auto rows = kit.Rows();
  EXPECT_EQ(rows.at(0).id, 1 + flushes);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Rows(), rows);
}

TEST_F(Compactions, RowsThatOutlivedTheirTimeToLiveGo) {
  const auto set = [&](Params properties) {
    ASSERT_TRUE(catalog
                    ->UpdateCollection(kit.options.collection,
                                       [&](meta::CollectionMeta* c) {
                                         c->properties = properties;
                                         return Status::Ok();
                                       })
                    .ok());
  };
  set({{"collection.ttl.seconds", "10"}, {"collection.retention.seconds", "5"}});
  Write(8);
  Flush();
  kit.clock.AdvanceMs(4000);
  Write(4);
  Flush();
  kit.clock.AdvanceMs(8000);  // the first rows have expired, but are kept for reads of the past
  scheduler->compactions().Request(kit.shard);
  RunAll();
  EXPECT_EQ(kit.Rows().size(), 12u);
  kit.clock.AdvanceMs(4000);
  scheduler->compactions().Request(kit.shard);
  RunAll();
  EXPECT_EQ(kit.Rows().size(), 4u);
  EXPECT_GT(kit.shard->snapshot()->expiry_from, 0u);
  EXPECT_EQ(kit.shard->snapshot()->history_from, 0u);
  plan::QueryPlan past = shard::TestQuery();
  past.rows.read_ts = kit.shard->snapshot()->expiry_from - 1;
  EXPECT_TRUE(kit.shard->Query(past, nullptr).ok()) << "a page of an iterator";
  past.rows.travels = true;
  EXPECT_FALSE(kit.shard->Query(past, nullptr).ok());
  past.rows.read_ts += 1;
  EXPECT_TRUE(kit.shard->Query(past, nullptr).ok());
  const Timestamp expiry_from = kit.shard->snapshot()->expiry_from;
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.shard->snapshot()->expiry_from, expiry_from);
  set({{"collection.ttl.seconds", "1"}, {"collection.retention.seconds", "0"}});
  scheduler->compactions().Request(kit.shard);
  RunAll();
  EXPECT_TRUE(Sealed().empty());
}

TEST_F(Compactions, FailuresMakeItSkipEvents) {
  for (int i = 0; i < 2; ++i) {
    Write(4);
    Flush();
  }
  kit.fs.FailNth(io::FileOp::kCreate, 1'000'000, Status::Io("never"));
  int attempts = 0;
  for (int i = 0; i < 8; ++i) {
    Write(1);
    scheduler->RequestFlush(kit.shard);
    files.RunOne();  // the flush itself succeeds
    kit.fs.FailNth(io::FileOp::kCreate, 1, Status(Code::kDiskLimitExceeded, "injected"), true);
    RunAll();
    kit.fs.ClearFaults();
    attempts = static_cast<int>(Count("redkite_compaction_failures_total"));
  }
  EXPECT_GE(attempts, 2);
  EXPECT_LE(attempts, 4);
  EXPECT_EQ(Sealed().size(), 10u);
  EXPECT_EQ(kit.Rows().size(), 16u);
  for (int i = 0; i < 70 && Sealed().size() > 3; ++i) {
    Write(1);
    Flush();
  }
  EXPECT_LE(Sealed().size(), 3u);
}

TEST_F(Compactions, AFullOneIsAskedForAndTold) {
  for (int i = 0; i < 2; ++i) {
    Write(4);
    Flush();
  }
  ASSERT_TRUE(kit.Write(TestRecord({}, {1}))->ok());
  const auto asked = scheduler->compactions().RequestFull(kit.shard);
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->plan_count, 1);
  auto plans = scheduler->compactions().Plans(asked->id, CollectionId(0));
  ASSERT_EQ(plans.size(), 1u);
  EXPECT_EQ(plans[0].state, CompactionPlanState::kExecuting);
  EXPECT_EQ(plans[0].sources, Sealed());
  RunAll();
  plans = scheduler->compactions().Plans(asked->id, CollectionId(0));
  EXPECT_EQ(plans.at(0).state, CompactionPlanState::kCompleted);
  EXPECT_EQ(Sealed(), std::vector<SegmentId>{plans[0].target});
  EXPECT_EQ(kit.shard->snapshot()->segments[0]->row_count, 7u);
  const auto again = scheduler->compactions().RequestFull(kit.shard);
  ASSERT_TRUE(again.ok());
  EXPECT_NE(again->id, asked->id);
  EXPECT_EQ(again->plan_count, 0);
  EXPECT_TRUE(scheduler->compactions().Plans(again->id, CollectionId(0)).empty());
}

TEST_F(Compactions, AFullOneKeepsToItsScope) {
  for (int i = 0; i < 2; ++i) {
    Write(4);
    Flush();
  }
  ASSERT_TRUE(kit.Write(TestRecord({{100, "a", 1, {}}}, {}, PartitionId(2)))->ok());
  Flush();
  const auto sealed = Sealed();
  ASSERT_EQ(sealed.size(), 3u);
  auto& compactions = scheduler->compactions();
  EXPECT_EQ(compactions.RequestFull(kit.shard, {0, PartitionId(2), {}})->plan_count, 0);
  EXPECT_EQ(compactions.RequestFull(kit.shard, {0, PartitionId(0), {sealed[0]}})->plan_count, 0);
  EXPECT_EQ(compactions.RequestFull(kit.shard, {1, PartitionId(0), {}})->plan_count, 0);  // too small for two
  RunAll();
  EXPECT_EQ(Sealed(), sealed);
  EXPECT_EQ(compactions.RequestFull(kit.shard, {0, PartitionId(1), {}})->plan_count, 1);
  RunAll();
  EXPECT_EQ(Sealed().size(), 2u);
}

TEST_F(Compactions, SwitchedOffByAPropertyOrAnOption) {
  ASSERT_TRUE(catalog
                  ->UpdateCollection(kit.options.collection,
                                     [](meta::CollectionMeta* c) {
                                       c->properties = {{"collection.autocompaction.enabled", "false"}};
                                       return Status::Ok();
                                     })
                  .ok());
  for (int i = 0; i < 4; ++i) {
    Write(4);
    Flush();
  }
  EXPECT_EQ(Sealed().size(), 4u);
  ASSERT_TRUE(scheduler->compactions().RequestFull(kit.shard).ok());
  RunAll();
  EXPECT_EQ(Sealed().size(), 1u);
}

TEST_F(Compactions, CancelledWithItsPartitionOrCollection) {
  for (const bool whole : {false, true}) {
    for (int i = 0; i < 3; ++i) {
      Write(4);
      scheduler->RequestFlush(kit.shard);
      if (i < 2) RunAll();
    }
    files.RunOne();
    files.RunOne();
    EXPECT_TRUE(scheduler->compactions().IsRunning(kit.options.shard));
    EXPECT_TRUE(scheduler->compactions().IsInput(kit.options.shard, Sealed()[0]));
    bool removed = false;
    if (whole) {
      scheduler->CancelShard(kit.options.shard);
      scheduler->RunLast(kit.shard, [&] { removed = true; });
      EXPECT_TRUE(catalog->DropCollection(kit.options.collection).ok());
    } else {
      scheduler->CancelPartition(kit.options.shard, PartitionId(1));
      ASSERT_TRUE(kit.shard->DropPartition(PartitionId(1)).ok());
    }
    EXPECT_FALSE(removed);
    RunAll();
    EXPECT_FALSE(scheduler->compactions().IsRunning(kit.options.shard));
    EXPECT_EQ(removed, whole);
    EXPECT_EQ(Count("redkite_compaction_failures_total"), 0);
    if (!whole) {
      EXPECT_TRUE(kit.Rows().empty());
      EXPECT_EQ(FileCount(), 1u);
      ASSERT_TRUE(kit.Open().ok());  // partition 1 is another one from here on
    }
  }
}

TEST_F(Compactions, StopEndsWhatRuns) {
  for (int i = 0; i < 3; ++i) {
    Write(4);
    scheduler->RequestFlush(kit.shard);
    if (i < 2) RunAll();
  }
  files.RunOne();
  files.RunOne();
  scheduler->BeginStop();
  RunAll();
  scheduler->Stop();
  EXPECT_EQ(Sealed().size(), 3u);
  EXPECT_FALSE(scheduler->compactions().RequestFull(kit.shard).ok());
  scheduler->compactions().Request(kit.shard);
  EXPECT_EQ(files.task_count(), 0u);
  Restart();
  scheduler->compactions().Request(kit.shard);
  RunAll();
  EXPECT_EQ(Sealed().size(), 1u);
}

}  // namespace
}  // namespace redkite::jobs
