#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

TEST(ShardFlush, RowsMoveToFilesAndTheLogIsFree) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_FALSE(kit.shard->BeginFlush().has_value());  // nothing to persist
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 2, {}}}))->ok());
  EXPECT_EQ(kit.shard->PinnedPosition(), 1u);
  const auto growing = kit.shard->UnflushedSegments();
  ASSERT_EQ(growing.size(), 1u);
  const auto work = kit.shard->BeginFlush();
  ASSERT_TRUE(work.has_value());
  EXPECT_FALSE(kit.shard->BeginFlush().has_value());  // one at a time
  EXPECT_EQ(kit.shard->PinnedPosition(), 1u);
  EXPECT_EQ(kit.shard->UnflushedSegments(), growing);
  ASSERT_TRUE(kit.Commit(*work).ok());
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  EXPECT_TRUE(kit.shard->UnflushedSegments().empty());
  EXPECT_EQ(kit.shard->Stats().sealed_row_count, 2);
  EXPECT_EQ(kit.shard->replay_from(), 2u);
  EXPECT_EQ(kit.Rows().size(), 2u);
  // Without the log everything is there.
  kit.log.Restart();
  ASSERT_TRUE(kit.log.Start().ok());
  ASSERT_TRUE(kit.log.Trim(2).ok());
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Rows().size(), 2u);
}

TEST(ShardFlush, WritesDuringAFlushComeThrough) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 2, {}}}))->ok());
  const auto work = kit.shard->BeginFlush();
  ASSERT_TRUE(work.has_value());
  FlushResult result;
  ASSERT_TRUE(kit.WriteFiles(*work, &result).ok());
  ASSERT_TRUE(kit.Write(TestRecord({{3, "c", 3, {}}}, {1}))->ok());  // a delete of a frozen row among them
  ASSERT_TRUE(kit.shard->CommitFlush(*work, result).ok());
  const auto rows = kit.Rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, 2);
  EXPECT_EQ(kit.shard->PinnedPosition(), 2u);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Rows(), rows);
  ASSERT_TRUE(kit.Flush().ok());
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Rows(), rows);
}

// A record that is durable and waits in the queue is in no segment: the checkpoint must not pass it and the
// log must keep it, whatever a flush does meanwhile.
TEST(ShardFlush, ARecordThatWaitsInTheQueueKeepsTheLog) {
  ShardKit kit(true);
  ASSERT_TRUE(kit.Open().ok());
  kit.Write(TestRecord({{1, "applied", 1, {}}}));
  kit.log.Commit();
  kit.executor->RunAll();
  kit.Write(TestRecord({{2, "queued", 2, {}}}));
  EXPECT_EQ(kit.log.Commit(), 1u);  // durable now, and its task is not run
  EXPECT_EQ(kit.seen_position.load(), 2u);

  const auto work = kit.shard->BeginFlush();
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(kit.shard->PinnedPosition(), 1u);
  EXPECT_EQ(work->checkpoint.log_position, 2u);
  ASSERT_TRUE(kit.Commit(*work).ok());
  EXPECT_EQ(kit.shard->PinnedPosition(), 2u);
  EXPECT_FALSE(kit.shard->BeginFlush().has_value());  // nothing of it has been applied
  EXPECT_EQ(kit.shard->PinnedPosition(), 2u);
  ASSERT_TRUE(kit.log.Trim(kit.shard->PinnedPosition()).ok());

  // A crash here: the record is replayed.
  const auto queued_task = std::move(kit.executor);
  kit.log.Restart();
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.log.Start().ok());
  ASSERT_EQ(kit.Rows().size(), 2u);
  EXPECT_EQ(kit.Rows()[1].tag, "queued");
}

TEST(ShardFlush, AFlushBetweenDurableAndAppliedTakesTheNextBatchLater) {
  ShardKit kit(true);
  ASSERT_TRUE(kit.Open().ok());
  for (int64_t id = 1; id <= 3; ++id) kit.Write(TestRecord({{id, "a", id, {}}}));
  kit.log.Commit();
  EXPECT_FALSE(kit.shard->BeginFlush().has_value());
  EXPECT_EQ(kit.shard->PinnedPosition(), 1u);
  kit.executor->RunAll();
  for (int64_t id = 4; id <= 5; ++id) kit.Write(TestRecord({{id, "b", id, {}}}));
  kit.log.Commit();
  ASSERT_TRUE(kit.Flush().ok());
  EXPECT_EQ(kit.shard->PinnedPosition(), 4u);
  kit.executor->RunAll();
  EXPECT_EQ(kit.shard->PinnedPosition(), 4u);
  ASSERT_TRUE(kit.Flush().ok());
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  EXPECT_EQ(kit.Rows().size(), 5u);
}

TEST(ShardFlush, AFailedFlushKeepsItsRowsAndTheNextOneTakesThem) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  kit.fs.FailNth(io::FileOp::kCreate, 1, Status(Code::kDiskLimitExceeded, "injected"), true);
  EXPECT_FALSE(kit.Flush().ok());
  kit.fs.ClearFaults();
  EXPECT_EQ(kit.Rows().size(), 1u);
  EXPECT_EQ(kit.shard->PinnedPosition(), 1u);
  ASSERT_TRUE(kit.Write(TestRecord({{2, "b", 2, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Rows().size(), 2u);
  EXPECT_EQ(kit.shard->Stats().sealed_row_count, 2);
}

// A full disk must not be asked at each write: after a failed flush the next one waits 1 s, then 2 s, 4 s ….
TEST(ShardFlush, AfterAFailedFlushWritesAskForOneAfterAPause) {
  ShardKit kit;
  int asked = 0;
  kit.options.seal_bytes = 1;  // every write is reason enough
  kit.options.flush_due = [&] {
    ++asked;
    EXPECT_EQ(kit.Flush().code(), Code::kDiskLimitExceeded);
  };
  ASSERT_TRUE(kit.Open().ok());
  kit.fs.FailNth(io::FileOp::kCreate, 1, Status(Code::kDiskLimitExceeded, "injected"), true);
  int64_t id = 0;
  const auto asked_during = [&](int64_t ms) {
    asked = 0;
    for (int64_t passed = 0; passed < ms; passed += 100) {
      kit.clock.AdvanceMs(100);
      EXPECT_TRUE(kit.Write(TestRecord({{++id, "a", 1, {}}}))->ok());
    }
    return asked;
  };
  EXPECT_EQ(asked_during(100), 1);
  EXPECT_EQ(asked_during(1000), 0);
  EXPECT_EQ(asked_during(200), 1);
  EXPECT_EQ(asked_during(1900), 0);
  EXPECT_EQ(asked_during(200), 1);
  EXPECT_EQ(asked_during(30'000), 3);    // after 4, 8 and 16 s
  EXPECT_EQ(asked_during(600'000), 10);  // never rarer than once a minute
  kit.fs.ClearFaults();
  kit.options.flush_due = {};
  ASSERT_TRUE(kit.Flush().ok());  // asked for, it does not wait
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  EXPECT_EQ(kit.Rows().size(), static_cast<size_t>(id));
}

TEST(ShardFlush, DeletesOfSealedRowsArePersisted) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 2, {}}, {3, "c", 3, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  for (const int64_t id : {1, 2}) {
    ASSERT_TRUE(kit.Write(TestRecord({}, {id}))->ok());
    const auto work = kit.shard->BeginFlush();
    ASSERT_TRUE(work.has_value());
    EXPECT_TRUE(work->frozen.empty());
    ASSERT_EQ(work->with_new_deletes.size(), 1u);
    ASSERT_TRUE(kit.Commit(*work).ok());
    EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  }
  size_t deltas = 0;
  const auto listing = kit.fs.List(kit.dir).value();
  for (const io::FileInfo& file : listing) deltas += file.name.ends_with(".del") ? 1 : 0;
  EXPECT_EQ(deltas, 1u);  // the replaced one is gone
  ASSERT_TRUE(kit.Open().ok());
  const auto rows = kit.Rows();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].id, 3);
}

TEST(ShardFlush, APowerCutDuringAFlushLosesNothing) {
  for (uint64_t nth = 1; nth <= 45; ++nth) {
    SCOPED_TRACE("cut at " + std::to_string(nth));
    ShardKit kit(false, nth);
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 2, {}}}))->ok());
    ASSERT_TRUE(kit.Flush().ok());
    ASSERT_TRUE(kit.Write(TestRecord({{3, "c", 3, {}}}, {1}))->ok());
    kit.fs.CutPowerAt(nth);
    (void)kit.Flush();
    kit.fs.Crash();
    ASSERT_TRUE(kit.Open().ok());
    const auto rows = kit.Rows();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].id, 2);
    EXPECT_EQ(rows[1].id, 3);
  }
}

TEST(ShardFlush, AnIndexForASegmentThatIsGoneIsRefused) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.shard->InstallIndex(SegmentId(99), {}, {}).code(), Code::kSegmentNotFound);
  EXPECT_TRUE(kit.shard->RemoveIndex(IndexId(7)).ok());
}

TEST(ShardFlush, GenerationsGrowWithEachCommit) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  const uint64_t first = *kit.shard->NextGeneration();
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  EXPECT_GT(*kit.shard->NextGeneration(), first);
  const uint64_t second = *kit.shard->NextGeneration();
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(*kit.shard->NextGeneration(), second);
}

}  // namespace
}  // namespace redkite::shard
