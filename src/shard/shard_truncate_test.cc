// Truncation at the shard: whatever is flushed, merged, indexed, damaged or lost with the power meanwhile.
#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

std::shared_ptr<WriteRecord> Truncation() {
  auto record = std::make_shared<WriteRecord>();
  record->truncates = true;
  return record;
}

size_t FileCount(ShardKit* kit) { return kit->fs.List(kit->dir).value().size(); }

void TrimLog(ShardKit* kit) {
  const wal::LogPosition pinned = kit->shard->PinnedPosition();
  ASSERT_TRUE(kit->log.Trim(pinned != 0 ? pinned : kit->log.last_position() + 1).ok());
}

// Two segments in files, one of them with a delete that is not, and rows in memory.
void Fill(ShardKit* kit) {
  ASSERT_TRUE(kit->Open().ok());
  ASSERT_TRUE(kit->Write(TestRecord({{1, "a", 1, {}}, {2, "b", 2, {}}}))->ok());
  ASSERT_TRUE(kit->Flush().ok());
  ASSERT_TRUE(kit->Write(TestRecord({{3, "c", 3, {}}}))->ok());
  ASSERT_TRUE(kit->Flush().ok());
  ASSERT_TRUE(kit->Write(TestRecord({{4, "d", 4, {}}}, {1}))->ok());
  TrimLog(kit);
}

TEST(ShardTruncate, RowsAndFilesAreGone) {
  ShardKit kit;
  Fill(&kit);
  const auto old_reader = kit.shard->snapshot();
  ASSERT_TRUE(kit.Write(Truncation())->ok());
  EXPECT_TRUE(kit.Rows().empty());
  EXPECT_EQ(kit.shard->Stats().row_count, 0);
  EXPECT_EQ(FileCount(&kit), 1u);  // the manifest
  EXPECT_EQ(old_reader->segments.size(), 3u);
  EXPECT_EQ(old_reader->segments[0]->blocks[0]->Find(kTagField)->TextAt(0), "a");  // its map is still there
  ASSERT_TRUE(kit.Write(TestRecord({{5, "e", 5, {}}}))->ok());
  EXPECT_EQ(kit.Rows().size(), 1u);
  for (const bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(kit.Flush().ok());
      TrimLog(&kit);
    }
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_EQ(kit.Rows().size(), 1u) << flushed;
    EXPECT_EQ(kit.Rows()[0].id, 5);
  }
}

TEST(ShardTruncate, TimeTravelEndsThere) {
  ShardKit kit;
  Fill(&kit);
  const Timestamp before = kit.shard->snapshot()->applied_ts;
  ASSERT_TRUE(kit.Write(Truncation())->ok());
  const Timestamp truncated = kit.shard->snapshot()->applied_ts;
  for (const bool reopened : {false, true}) {
    if (reopened) {
      ASSERT_TRUE(kit.Open().ok());
    }
    plan::QueryPlan plan = TestQuery();
    plan.rows.read_ts = before;
    EXPECT_EQ(kit.shard->Query(plan, nullptr).status().code(), Code::kParameterInvalid);
    plan.rows.read_ts = truncated;
    EXPECT_EQ(kit.shard->Query(plan, nullptr).value().count, 0);
  }
}

// The log may forget the truncation as soon as a flush that comes after it was committed.
TEST(ShardTruncate, AFlushThatWasUnderWayBringsNothingBack) {
  for (const bool late : {false, true}) {
    SCOPED_TRACE(late);
    ShardKit kit;
    Fill(&kit);
    const auto work = kit.shard->BeginFlush();
    ASSERT_TRUE(work.has_value());
    FlushResult result;
    if (late) {
      ASSERT_TRUE(kit.WriteFiles(*work, &result).ok());
    }
    ASSERT_TRUE(kit.Write(Truncation())->ok());
    if (!late) {
      ASSERT_TRUE(kit.WriteFiles(*work, &result).ok());
    }
    ASSERT_TRUE(kit.shard->CommitFlush(*work, result).ok());
    TrimLog(&kit);
    EXPECT_TRUE(kit.Rows().empty());
    EXPECT_EQ(FileCount(&kit), 1u);
    ASSERT_TRUE(kit.Open().ok());
    EXPECT_TRUE(kit.Rows().empty());
    ASSERT_TRUE(kit.Flush().ok());
    TrimLog(&kit);
    EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
    ASSERT_TRUE(kit.Open().ok());
    EXPECT_TRUE(kit.Rows().empty());
  }
}

// The manifest cannot be written when the truncation is applied: the next flush must not let go of the
// record.
TEST(ShardTruncate, TheNextFlushRemovesFilesThatStayed) {
  ShardKit kit;
  Fill(&kit);
  kit.fs.FailNth(io::FileOp::kCreate, 1, Status(Code::kDiskLimitExceeded, "injected"), true);
  ASSERT_TRUE(kit.Write(Truncation())->ok());
  EXPECT_TRUE(kit.Rows().empty());
  EXPECT_GT(FileCount(&kit), 1u);
  kit.fs.ClearFaults();
  ASSERT_TRUE(kit.Open().ok());  // replayed
  EXPECT_TRUE(kit.Rows().empty());
  EXPECT_GT(FileCount(&kit), 1u);
  ASSERT_TRUE(kit.Flush().ok());
  TrimLog(&kit);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_TRUE(kit.Rows().empty());
  ASSERT_TRUE(kit.shard->RemoveGarbage().ok());
  EXPECT_EQ(FileCount(&kit), 1u);
}

TEST(ShardTruncate, AMergeOfWhatIsGoneFails) {
  ShardKit kit;
  Fill(&kit);
  std::vector<std::shared_ptr<const segment::SegmentSnapshot>> inputs;
  for (const SealedSize& s : kit.shard->SealedSizes()) inputs.push_back(s.segment);
  const segment::MergeRows rows = segment::ChooseRows(inputs, {0, 0});
  CompactionResult result;
  result.rows = &rows;
  const storage::SegmentFiles files{kit.dir, kit.shard->NewSegmentId(), kit.shard->NextGeneration().value()};
  segment::SegmentMerge writer(&kit.fs, files, &rows, kit.options.schema.get());
  while (!writer.Step(1 << 20).value()) continue;
  result.meta = writer.meta();
  result.opened = segment::OpenSegment(&kit.fs, kit.dir, result.meta, *kit.options.schema).value();
  ASSERT_TRUE(kit.Write(Truncation())->ok());
  EXPECT_EQ(kit.shard->CommitCompaction(result).code(), Code::kSegmentNotFound);
  EXPECT_TRUE(kit.Rows().empty());
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_TRUE(kit.Rows().empty());
}

// The log's record is what makes it happen: a crash at any change of the disk leaves either all rows, when it
// was not answered, or none.
TEST(ShardTruncate, PowerCutsAtEveryStep) {
  for (uint64_t cut = 1; cut < 60; ++cut) {
    SCOPED_TRACE(cut);
    ShardKit kit(false, cut);
    Fill(&kit);
    kit.fs.CutPowerAt(cut);
    ASSERT_TRUE(kit.Write(Truncation())->ok());  // in the log, which does not fail here
    (void)kit.Write(TestRecord({{9, "after", 9, {}}}));
    (void)kit.Flush();
    const bool whole = !kit.fs.cut_call().has_value();
    kit.fs.Crash();
    kit.log.Restart();
    ASSERT_TRUE(kit.log.Start().ok());
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_EQ(kit.Rows().size(), 1u);
    EXPECT_EQ(kit.Rows()[0].id, 9);
    if (whole) break;
  }
}

// Writes have one order, and the truncation its place in it.
TEST(ShardTruncate, WhatIsWrittenBesideItHasAnOrder) {
  ShardKit kit(true);
  ASSERT_TRUE(kit.Open().ok());
  int done = 0;
  const auto count = [&done](const Status& status, Timestamp) { done += status.ok() ? 1 : 0; };
  kit.shard->Append(TestRecord({{1, "before", 1, {}}}), count);
  kit.shard->Append(Truncation(), count);
  kit.shard->Append(TestRecord({{2, "after", 2, {}}}), count);
  ASSERT_TRUE(kit.log.Commit());
  kit.executor->RunAll();
  EXPECT_EQ(done, 3);
  ASSERT_EQ(kit.Rows().size(), 1u);
  EXPECT_EQ(kit.Rows()[0].tag, "after");
}

}  // namespace
}  // namespace redkite::shard
