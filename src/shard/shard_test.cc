#include "shard/shard.h"

#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

TEST(Shard, AWriteIsVisibleWhenItIsDurableAndApplied) {
  ShardKit kit(true);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_FALSE(kit.Write(TestRecord({{1, "a", 1, {}}})).has_value());
  EXPECT_TRUE(kit.Rows().empty());
  bool done = false;
  kit.shard->Append(TestRecord({{2, "b", 2, {}}}), [&](Status status, Timestamp) { done = status.ok(); });
  EXPECT_EQ(kit.log.Commit(), 2u);
  EXPECT_TRUE(kit.Rows().empty());            // durable, and waiting for its turn
  EXPECT_EQ(kit.executor->task_count(), 1u);  // one task for all that waits
  kit.executor->RunAll();
  EXPECT_TRUE(done);
  EXPECT_EQ(kit.Rows().size(), 2u);
}

// One record with rows of several partitions is one write: before a restart, after it, and after a flush.
TEST(Shard, RowsOfSeveralPartitionsAreOneWrite) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "old", 1, {}}, {2, "old", 1, {}}}))->ok());
  auto upsert = TestRecord({{1, "new", 1, {}}}, {1, 2}, PartitionId(2));
  upsert->more.push_back({PartitionId(3), TestRecord({{2, "new", 2, {}}, {3, "new", 3, {}}})->rows});
  const auto find = [&](PartitionId partition) {
    plan::QueryPlan plan = TestQuery("tag == \"new\"");
    plan.rows.partitions = {partition};
    return RowsOf(kit.shard->Query(plan, nullptr).value().columns).size();
  };
  const auto check = [&] {
    EXPECT_TRUE(kit.Rows("tag == \"old\"").empty());
    EXPECT_EQ(find(PartitionId(1)), 0u);
    EXPECT_EQ(find(PartitionId(2)), 1u);
    EXPECT_EQ(find(PartitionId(3)), 2u);
  };
  ASSERT_TRUE(kit.Write(upsert)->ok());
  check();
  kit.log.Restart();
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.log.Start().ok());
  check();
  EXPECT_GT(kit.memory.used_bytes(), 0);
  ASSERT_TRUE(kit.Flush().ok());
  check();
}

TEST(Shard, ARefusedRecordIsNotApplied) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  kit.log.FailNext(Status(Code::kDiskLimitExceeded, "injected"));
  EXPECT_EQ(kit.Write(TestRecord({{1, "a", 1, {}}}))->code(), Code::kDiskLimitExceeded);
  EXPECT_TRUE(kit.Rows().empty());
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  EXPECT_TRUE(kit.Write(TestRecord({{2, "b", 2, {}}}))->ok());
  EXPECT_EQ(kit.Rows().size(), 1u);
}

TEST(Shard, AnUnknownOutcomeIsSettledByReplay) {
  for (const auto fate : {wal::MemLog::Fate::kPresent, wal::MemLog::Fate::kAbsent}) {
    ShardKit kit;
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
    kit.log.FailNext(Status::Io("injected"), fate);
    EXPECT_EQ(kit.Write(TestRecord({{2, "b", 2, {}}}, {1}))->code(), Code::kIoFailed);
    EXPECT_EQ(kit.Rows().size(), 1u);
    kit.log.Restart();
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.log.Start().ok());
    ASSERT_EQ(kit.Rows().size(), 1u);
    EXPECT_EQ(kit.Rows()[0].id, fate == wal::MemLog::Fate::kPresent ? 2 : 1);
  }
}

TEST(Shard, ATimestampThatCannotBeGivenRefusesTheWrite) {
  ShardKit kit;
  TimestampOracle failing(&kit.clock, 0, [](Timestamp) { return Status::Io("no mark"); });
  ASSERT_TRUE(kit.Open().ok());
  auto shard =
      Shard::Open({&kit.fs, &kit.log, kit.executor.get(), &failing, &kit.logger, nullptr, &kit.seen_position},
                  kit.options);
  ASSERT_TRUE(shard.ok());
  Status outcome;
  (*shard)->Append(TestRecord({{1, "a", 1, {}}}), [&](Status status, Timestamp) { outcome = status; });
  EXPECT_EQ(outcome.code(), Code::kIoFailed);
  EXPECT_EQ(kit.log.last_position(), 0u);
}

TEST(Shard, AClosedShardIsReadAndNotWritten) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  kit.shard->Close();
  EXPECT_EQ(kit.Write(TestRecord({{2, "b", 1, {}}}))->code(), Code::kCollectionNotFound);
  EXPECT_EQ(kit.Rows().size(), 1u);
  EXPECT_EQ(kit.log.last_position(), 1u);
}

TEST(Shard, ReplayIsIdempotentAndSkipsWhatIsInFiles) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  for (int64_t id = 1; id <= 6; ++id) {
    ASSERT_TRUE(kit.Write(TestRecord({{id, "a", id, {}}}, {id - 2}))->ok());
    if (id == 3) {
      ASSERT_TRUE(kit.Flush().ok());
    }
  }
  const auto rows = kit.Rows();
  EXPECT_EQ(kit.shard->replay_from(), 4u);
  for (int life = 0; life < 2; ++life) {
    ASSERT_TRUE(kit.Open().ok());
    EXPECT_EQ(kit.Rows(), rows);
    EXPECT_EQ(kit.shard->PinnedPosition(), 4u);
    EXPECT_EQ(kit.shard->Stats().row_count, 6);
  }
}

TEST(Shard, ReplayRefusesWhatItDoesNotKnow) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  wal::LogRecord record;
  record.position = 1;
  record.type = 77;
  EXPECT_EQ(kit.shard->Replay(record).code(), Code::kOperationNotSupported);
  record.type = kWriteRecordType;
  record.payload = "nonsense";
  EXPECT_EQ(kit.shard->Replay(record).code(), Code::kDataIntegrity);
  EXPECT_TRUE(kit.Rows().empty());
}

TEST(Shard, OpenRemovesGarbageAndKeepsWhatTheManifestNames) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  const size_t files = kit.fs.List(kit.dir)->size();
  kit.fs.PutFile(kit.dir + "/s99-f100-g7.col", "left by a flush that did not end");
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.fs.List(kit.dir)->size(), files);
  EXPECT_EQ(kit.Rows().size(), 1u);
}

TEST(Shard, OpenRefusesAnotherCollectionsManifestAndALostOne) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  kit.options.collection = CollectionId(6);
  EXPECT_EQ(kit.Open().code(), Code::kDataIntegrity);
  kit.options.collection = CollectionId(5);
  const auto listing = kit.fs.List(kit.dir).value();
  for (const io::FileInfo& file : listing) {
    if (file.name.starts_with("MANIFEST")) {
      ASSERT_TRUE(kit.fs.Remove(kit.dir + "/" + file.name).ok());
    }
  }
  EXPECT_EQ(kit.Open().code(), Code::kDataIntegrity);
}

TEST(Shard, AsksForAFlushBySizeOnce) {
  ShardKit kit;
  int asked = 0;
  kit.options.seal_bytes = 1500;
  kit.options.flush_due = [&asked] { ++asked; };
  ASSERT_TRUE(kit.Open().ok());
  int64_t id = 0;
  while (asked == 0 && id < 100)
    ASSERT_TRUE(kit.Write(TestRecord({{++id, std::string(50, 't'), 1, {}}}))->ok());
  EXPECT_GT(id, 3);
  EXPECT_LT(id, 40);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(kit.Write(TestRecord({{++id, "t", 1, {}}}))->ok());
  EXPECT_EQ(asked, 1);  // until it has been tried
  ASSERT_TRUE(kit.Flush().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{++id, "t", 1, {}}}))->ok());
  EXPECT_EQ(asked, 1);
}

TEST(Shard, AsksForAFlushByAge) {
  ShardKit kit;
  int asked = 0;
  kit.options.seal_age_ms = 1000;
  kit.options.flush_due = [&asked] { ++asked; };
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  kit.clock.AdvanceMs(999);
  ASSERT_TRUE(kit.Write(TestRecord({{2, "a", 1, {}}}))->ok());
  EXPECT_EQ(asked, 0);
  kit.clock.AdvanceMs(1);
  ASSERT_TRUE(kit.Write(TestRecord({{3, "a", 1, {}}}))->ok());
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace redkite::shard
