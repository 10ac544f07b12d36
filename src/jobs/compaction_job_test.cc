#include "jobs/compaction_job.h"

#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::jobs {
namespace {

using shard::ShardKit;
using shard::TestRecord;

/// A shard with two sealed segments, and a job over them that the test drives.
struct CompactionJobTest : testing::Test {
  CompactionJobTest() {
    EXPECT_TRUE(kit.Open().ok());
    EXPECT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 2, {}}}))->ok());
    EXPECT_TRUE(kit.Flush().ok());
    EXPECT_TRUE(kit.Write(TestRecord({{3, "c", 3, {}}}, {1}))->ok());
    EXPECT_TRUE(kit.Flush().ok());
    hooks.file_executor = &files;
    hooks.build_indexes = [](const CompactionTask&, const auto&, auto built) {
      built(std::vector<BuiltIndex>());
    };
    hooks.run_alone = [this](const auto&, auto task) {
      files.Submit(Priority::kBackground, std::move(task));
    };
    hooks.done = [this](const CompactionOutcome& outcome) { outcomes.push_back(outcome); };
  }
  CompactionTask Task(Timestamp horizon = kMaxTimestamp - 1) {
    CompactionTask task;
    task.shard = kit.shard;
    task.drop.horizon = horizon;
    for (const shard::SealedSize& s : kit.shard->SealedSizes()) task.inputs.push_back(s.segment);
    return task;
  }
  size_t FileCount() { return kit.fs.List(kit.dir).value().size(); }

  ShardKit kit;
  shard::HandExecutor files;
  CompactionHooks hooks;
  std::vector<CompactionOutcome> outcomes;
};

TEST_F(CompactionJobTest, MergesAndTells) {
  StartCompaction(Task(), hooks);
  EXPECT_TRUE(outcomes.empty());
  files.RunAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0].status.ok());
  EXPECT_EQ(outcomes[0].rows_read, 3u);
  EXPECT_EQ(outcomes[0].rows_written, 2u);
  EXPECT_GT(outcomes[0].bytes_written, 0u);
  const auto sizes = kit.shard->SealedSizes();
  ASSERT_EQ(sizes.size(), 1u);
  EXPECT_EQ(sizes[0].segment->id, outcomes[0].output);
  ASSERT_EQ(kit.Rows().size(), 2u);
}

TEST_F(CompactionJobTest, DeletesBetweenAnyTwoStepsCount) {
  for (int steps = 0; steps < 9; ++steps) {
    SCOPED_TRACE(steps);
    ShardKit fresh;
    kit.shard.reset();
    ASSERT_TRUE(fresh.Open().ok());
    for (int64_t id : {1, 2, 3}) {
      ASSERT_TRUE(fresh.Write(TestRecord({{id, "a", 1, {}}, {id + 10, "b", 1, {}}}))->ok());
      ASSERT_TRUE(fresh.Flush().ok());
    }
    CompactionTask task;
    task.shard = fresh.shard;
    for (const shard::SealedSize& s : fresh.shard->SealedSizes()) task.inputs.push_back(s.segment);
    StartCompaction(std::move(task), hooks);
    for (int i = 0; i < steps; ++i) files.RunOne();
    ASSERT_TRUE(fresh.Write(TestRecord({{12, "new", 1, {}}}, {1, 12}))->ok());
    if (steps % 2 == 0) {
      ASSERT_TRUE(fresh.Flush().ok());
    }
    files.RunAll();
    ASSERT_TRUE(outcomes.back().status.ok());
    for (const bool reopened : {false, true}) {
      if (reopened) {
        ASSERT_TRUE(fresh.Open().ok());
      }
      const auto rows = fresh.Rows();
      ASSERT_EQ(rows.size(), 5u);
      EXPECT_EQ(rows[0].id, 2);
      EXPECT_EQ(rows[3].tag, "new");
    }
  }
}

TEST_F(CompactionJobTest, WhenNoRowIsLeftThereIsNoOutput) {
  ASSERT_TRUE(kit.Write(TestRecord({}, {2, 3}))->ok());
  StartCompaction(Task(), hooks);
  files.RunAll();
  ASSERT_TRUE(outcomes.at(0).status.ok());
  EXPECT_EQ(outcomes[0].output, SegmentId(0));
  EXPECT_TRUE(kit.shard->SealedSizes().empty());
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(CompactionJobTest, ACancelledOneLeavesNothing) {
  const size_t before = FileCount();
  for (int steps = 0; steps < 9; ++steps) {
    CompactionTask task = Task();
    const auto cancel = task.cancel;
    StartCompaction(std::move(task), hooks);
    for (int i = 0; i < steps; ++i) files.RunOne();
    cancel->Cancel();
    files.RunAll();
    ASSERT_EQ(outcomes.size(), static_cast<size_t>(steps) + 1);
    if (outcomes.back().status.ok()) {
      EXPECT_GT(steps, 6);
      return;
    }
    EXPECT_EQ(outcomes.back().status.code(), Code::kCanceled);
    EXPECT_EQ(outcomes.back().output, SegmentId(0));
    EXPECT_EQ(FileCount(), before);
    EXPECT_EQ(kit.Rows().size(), 2u);
  }
  FAIL() << "it never got to its end";
}

TEST_F(CompactionJobTest, WithoutRoomInMemoryTheInputsStay) {
  MemoryLedger memory(10);
  hooks.memory = &memory;
  StartCompaction(Task(), hooks);
  files.RunAll();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].status.code(), Code::kMemoryLimitExceeded);
  EXPECT_EQ(kit.shard->SealedSizes().size(), 2u);
  MemoryLedger enough(1000);
  hooks.memory = &enough;
  StartCompaction(Task(), hooks);
  files.RunAll();
  EXPECT_TRUE(outcomes.at(1).status.ok());
  EXPECT_EQ(enough.used_bytes(), 0);
}

TEST_F(CompactionJobTest, AFailingDiskLeavesTheInputs) {
  for (const io::FileOp op : {io::FileOp::kCreate, io::FileOp::kWrite, io::FileOp::kSync, io::FileOp::kMap}) {
    for (uint64_t nth = 1; nth <= 6; ++nth) {
      const size_t before = FileCount();
      kit.fs.FailNth(op, nth, Status::Io("injected"));
      StartCompaction(Task(), hooks);
      files.RunAll();
      kit.fs.ClearFaults();
      if (outcomes.back().status.ok()) break;
      EXPECT_EQ(kit.Rows().size(), 2u);
      if (kit.shard->NextGeneration().ok()) {
        EXPECT_EQ(FileCount(), before);
      } else {
        ASSERT_TRUE(kit.Open().ok());
        EXPECT_EQ(kit.Rows().size(), 2u);
      }
    }
  }
}

TEST_F(CompactionJobTest, AFailedIndexEndsIt) {
  const size_t before = FileCount();
  hooks.build_indexes = [](const CompactionTask&, const auto&, auto built) { built(Status::Io("injected")); };
  StartCompaction(Task(), hooks);
  files.RunAll();
  EXPECT_EQ(outcomes.at(0).status.code(), Code::kIoFailed);
  EXPECT_EQ(FileCount(), before);
  EXPECT_EQ(kit.shard->SealedSizes().size(), 2u);
}

}  // namespace
}  // namespace redkite::jobs
