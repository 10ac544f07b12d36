// What a read of Shard does beyond the contract of ShardClient (shard_client_contract_test.cc).
#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

TEST(ShardRead, AReaderKeepsItsSnapshot) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  const auto before = kit.shard->snapshot();
  ASSERT_TRUE(kit.Write(TestRecord({{2, "b", 2, {}}}, {1}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  ASSERT_EQ(before->segments.size(), 1u);
  EXPECT_EQ(before->segments[0]->row_count, 1u);
  EXPECT_TRUE(before->segments[0]->deletes->empty());
  EXPECT_LT(before->applied_ts, kit.shard->snapshot()->applied_ts);
}

TEST(ShardRead, StatsCountSegmentsOfEachKind) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 1, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{3, "c", 1, {}}}, {1}))->ok());
  const ShardStats stats = kit.shard->Stats();
  EXPECT_EQ(stats.row_count, 3);  // deletes are not looked at
  EXPECT_EQ(stats.sealed_row_count, 2);
  EXPECT_EQ(stats.segment_count, 2);
  EXPECT_GT(stats.growing_bytes, 0);
}

TEST(ShardRead, WorkIsCounted) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  for (int64_t id = 0; id < 10; ++id) {
    ASSERT_TRUE(kit.Write(TestRecord({{id, "a", id, {static_cast<float>(id), 0, 0}}}))->ok());
  }
  const auto found = kit.shard->Search(TestSearch({0, 0, 0}, 3, "n < 4"), nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->stats.segments, 1);
  EXPECT_EQ(found->stats.rows_filtered, 10);
  EXPECT_EQ(found->stats.rows_excluded, 6);
  EXPECT_GT(found->stats.distances_computed, 0);
}

TEST(ShardRead, AsksForAFlushWhenAnIndexWouldHaveCostLess) {
  ShardKit kit;
  int asked = 0;
  kit.options.scan = {4, 3};
  kit.options.scan_due = [&asked] { ++asked; };
  ASSERT_TRUE(kit.Open().ok());
  const auto search = [&](int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(kit.shard->Search(TestSearch({0, 0, 0}, 1), nullptr).ok());
  };
  // No two rows are equally far: ties are looked at again.
  const auto row = [](int64_t id) { return TestRow{id, "a", 1, {static_cast<float>(id), 0, 0}}; };
  ASSERT_TRUE(kit.Write(TestRecord({row(1), row(2), row(3)}))->ok());
  search(20);
  EXPECT_EQ(asked, 0);  // too few rows for an index of their own
  ASSERT_TRUE(kit.Flush().ok());
  ASSERT_TRUE(kit.Write(TestRecord({row(4), row(5), row(6), row(7)}))->ok());
  search(2);
  EXPECT_EQ(asked, 0);
  search(1);
  EXPECT_EQ(asked, 1);
  search(2);
  EXPECT_EQ(asked, 1);  // from the beginning again
  ASSERT_TRUE(kit.Flush().ok());
  search(20);
  EXPECT_EQ(asked, 1);  // nothing grows
}

std::string ColumnFileOf(ShardKit* kit, SegmentId segment) {
  const std::string prefix = "s" + std::to_string(segment.value()) + "-f102-";
  for (const io::FileInfo& file : kit->fs.List(kit->dir).value()) {
    if (file.name.starts_with(prefix)) return kit->dir + "/" + file.name;
  }
  return "";
}

TEST(ShardRead, ADamagedSegmentIsSetAsideAndToldAboutWhereItCounts) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}, {}, PartitionId(1)))->ok());
  const Timestamp before = kit.shard->snapshot()->applied_ts;
  ASSERT_TRUE(kit.Flush().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{2, "b", 2, {}}}, {}, PartitionId(2)))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  // A delete that only the log has.
  ASSERT_TRUE(kit.Write(TestRecord({}, {2}, PartitionId(2)))->ok());
  const SegmentId second = kit.shard->SealedSizes().at(1).segment->id;
  const std::string file = ColumnFileOf(&kit, second);
  ASSERT_FALSE(file.empty());
  kit.fs.FlipBit(file, 8 * 70);
  ASSERT_TRUE(kit.Open().ok());
  const auto read = [&](std::vector<PartitionId> partitions, Timestamp ts = kMaxTimestamp) {
    plan::QueryPlan plan = TestQuery();
    plan.rows.partitions = std::move(partitions);
    plan.rows.read_ts = ts;
    return kit.shard->Query(plan, nullptr);
  };
  for (const auto& partitions :
       {std::vector<PartitionId>{}, {PartitionId(2)}, {PartitionId(1), PartitionId(2)}}) {
    const auto found = read(partitions);
    EXPECT_EQ(found.status().code(), Code::kDataIntegrity);
    EXPECT_NE(found.status().message().find(file), std::string::npos) << found.status().ToString();
  }
  EXPECT_EQ(read({PartitionId(1)})->count, 1);
  EXPECT_EQ(read({}, before)->count, 1) << "it holds no row that is as old";
  EXPECT_EQ(kit.shard->Stats().row_count, 2);
  EXPECT_EQ(kit.Write(TestRecord({{3, "c", 3, {}}}))->code(), Code::kDataIntegrity);
  EXPECT_FALSE(kit.shard->BeginFlush().has_value());
  // With the right file the delete is there as well.
  kit.fs.FlipBit(file, 8 * 70);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(read({})->count, 1);
  EXPECT_TRUE(kit.Write(TestRecord({{3, "c", 3, {}}}))->ok());
  // Without the partition nothing is missing.
  kit.fs.FlipBit(file, 8 * 70);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.shard->DropPartition(PartitionId(2)).ok());
  EXPECT_EQ(read({})->count, 2);
  EXPECT_TRUE(kit.Write(TestRecord({{4, "d", 4, {}}}))->ok());
}

TEST(ShardRead, DamageThatIsFoundLaterCountsFromThenOn) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  const SegmentId segment = kit.shard->SealedSizes().at(0).segment->id;
  const auto reader = kit.shard->snapshot();
  kit.shard->SetAside(SegmentId(12345), Status::Corrupt("another"));
  EXPECT_EQ(kit.Rows().size(), 1u);
  kit.shard->SetAside(segment, Status::Corrupt("found by the scrubber"));
  EXPECT_NE(kit.shard->Query(TestQuery(), nullptr).status().message().find("found by the scrubber"),
            std::string::npos);
  EXPECT_FALSE(kit.shard->CheckWritable().ok());
  EXPECT_EQ(reader->segments.size(), 1u);
}

plan::QueryPlan QueryAt(Timestamp ts) {
  plan::QueryPlan plan = TestQuery();
  plan.rows.read_ts = ts;
  return plan;
}

TEST(ShardRead, AReadAtATimestampWaitsForTheWritesBeforeIt) {
  ShardKit kit(true);
  ASSERT_TRUE(kit.Open().ok());
  kit.shard->Append(TestRecord({{1, "a", 1, {}}}), [](Status, Timestamp) {});
  kit.log.Commit();
  kit.executor->RunAll();
  const Timestamp first = kit.oracle.last();
  kit.shard->Append(TestRecord({{2, "b", 2, {}}}), [](Status, Timestamp) {});  // is on its way to the log
  const Timestamp second = kit.oracle.last();
  EXPECT_EQ(kit.shard->Query(QueryAt(first), nullptr)->count, 1) << "what is applied needs no wait";
  EXPECT_EQ(kit.shard->Query(TestQuery(), nullptr)->count, 1);
  std::atomic<int64_t> seen{-1};
  Thread reader("reader", [&] { seen = kit.shard->Query(QueryAt(second), nullptr)->count; });
  kit.log.Commit();  // nobody runs the task that applies it
  reader.Join();
  EXPECT_EQ(seen, 2);
}

TEST(ShardRead, NoWriteGetsATimestampThatWasRead) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  const Timestamp later = MakeTimestamp(WallMsOf(kit.oracle.last()), 1000);
  EXPECT_EQ(kit.shard->Query(QueryAt(later), nullptr)->count, 1);
  ASSERT_TRUE(kit.Write(TestRecord({{2, "b", 2, {}}}))->ok());
  EXPECT_GT(kit.shard->snapshot()->applied_ts, later);
  EXPECT_EQ(kit.shard->Query(QueryAt(later), nullptr)->count, 1);
  // One that is ahead of the clock does not take it along.
  const Timestamp ahead = MakeTimestamp(kit.clock.WallMs() + 500'000);
  EXPECT_EQ(kit.shard->Query(QueryAt(ahead), nullptr)->count, 2);
  EXPECT_LT(kit.oracle.last(), ahead);
}

TEST(ShardRead, AReadDoesNotWaitForAWriteThatFailed) {
  ShardKit kit(true);
  ASSERT_TRUE(kit.Open().ok());
  kit.shard->Append(TestRecord({{1, "a", 1, {}}}), [](Status, Timestamp) {});
  const Timestamp ts = kit.oracle.last();
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(kit.shard->Query(QueryAt(ts), &cancel).status().code(), Code::kCanceled);
  kit.log.FailNext(Status(Code::kDiskLimitExceeded, "full"));
  kit.log.Commit();
  EXPECT_EQ(kit.shard->Query(QueryAt(ts), nullptr)->count, 0);
}

// Else no write that is made from a read would come through before some other one has.
TEST(ShardRead, AReadEndsAtTheWriteThatItWaitedForAlsoWhenThatFailed) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  kit.log.FailNext(Status(Code::kDiskLimitExceeded, "full"));
  ASSERT_EQ(kit.Write(TestRecord({{2, "b", 2, {}}}))->code(), Code::kDiskLimitExceeded);
  Timestamp newer = 0;
  const auto attempt = [&](Timestamp not_before) {
    plan::QueryPlan plan = TestQuery();
    plan.rows.not_before = not_before;
    auto record = TestRecord({{1, "made", 1, {}}}, {1});
    record->made_at = kit.shard->Query(plan, nullptr).value().snapshot_ts;
    Status outcome(Code::kServiceNotReady, "");
    kit.shard->Append(record, [&](Status status, Timestamp ts) {
      outcome = std::move(status);
      newer = ts;
    });
    kit.executor->RunAll();
    return outcome;
  };
  const Status first = attempt(0);
  ASSERT_TRUE(IsOutdated(first, newer));
  EXPECT_TRUE(attempt(newer).ok());
  EXPECT_EQ(kit.Rows().at(0).tag, "made");
}

}  // namespace
}  // namespace redkite::shard
