#include "jobs/job_scheduler.h"

#include <gtest/gtest.h>

#include "jobs/scheduler_test_kit.h"

namespace redkite::jobs {
namespace {

using shard::kVectorField;
using Scheduler = SchedulerKit;

TEST_F(Scheduler, RequestsForOneShardShareAFlush) {
  Write(2);
  std::string answered;
  for (const char* name : {"a", "b", "c"}) {
    scheduler->RequestFlush(kit.shard,
                            [&answered, name](Status status) { answered += status.ok() ? name : "?"; });
  }
  EXPECT_EQ(files.task_count(), 1u);
  EXPECT_EQ(answered, "");
  RunAll();
  EXPECT_EQ(answered, "abc");
  EXPECT_EQ(flushed, 1);
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
  scheduler->RequestFlush(kit.shard);  // without a callback
  RunAll();
  EXPECT_EQ(flushed, 2);
}

TEST_F(Scheduler, ARequestDuringAFlushIsServedByAnother) {
  Write(2);
  int second = 0;
  scheduler->RequestFlush(kit.shard, [&](Status) {
    Write(1);  // applied after the first flush began
    scheduler->RequestFlush(kit.shard, [&](Status status) { second += status.ok() ? 1 : 0; });
  });
  RunAll();
  EXPECT_EQ(second, 1);
  EXPECT_EQ(flushed, 2);
  EXPECT_EQ(kit.shard->PinnedPosition(), 0u);
}

TEST_F(Scheduler, AFailedFlushIsToldAndNotRepeated) {
  Write(2);
  kit.fs.FailNth(io::FileOp::kCreate, 1, Status(Code::kDiskLimitExceeded, "injected"), true);
  Status answer;
  scheduler->RequestFlush(kit.shard, [&](Status status) { answer = status; });
  RunAll();
  EXPECT_EQ(answer.code(), Code::kDiskLimitExceeded);
  EXPECT_EQ(flushed, 0);
  EXPECT_EQ(files.task_count(), 0u);
  EXPECT_EQ(kit.Rows().size(), 2u);
}

TEST_F(Scheduler, ATaskAfterTheFlushComesLast) {
  Write(2);
  std::string order;
  scheduler->RequestFlush(kit.shard, [&](Status) { order += "flush "; });
  scheduler->RunLast(kit.shard, [&] { order += "after "; });
  scheduler->RequestFlush(kit.shard, [&](Status) { order += "flush "; });
  EXPECT_EQ(order, "");
  RunAll();
  EXPECT_EQ(order, "flush flush after ");
  scheduler->RunLast(kit.shard, [&] { order += "alone"; });
  RunAll();
  EXPECT_EQ(order, "flush flush after alone");
}

TEST_F(Scheduler, BuildsWhatTheCatalogDefinesAndSegmentsLack) {
  const auto index = Define(7);
  Write(100);
  scheduler->RequestIndexes(kit.shard);
  EXPECT_EQ(compute.task_count(), 0u);  // nothing is sealed
  scheduler->RequestFlush(kit.shard);
  EXPECT_TRUE(files.RunOne());
  EXPECT_TRUE(Progress(index).building);
  EXPECT_EQ(Progress(index).total_rows, 100);
  EXPECT_LT(Progress(index).indexed_rows, 100);
  scheduler->RequestIndexes(kit.shard);  // known already
  RunAll();
  EXPECT_FALSE(Progress(index).building);
  EXPECT_EQ(Progress(index).indexed_rows, 100);
  EXPECT_NE(kit.shard->snapshot()->segments[0]->FindIndex(kVectorField), nullptr);
  scheduler->RequestIndexes(kit.shard);
  EXPECT_EQ(compute.task_count(), 0u);
}

TEST_F(Scheduler, OneBuildAtATime) {
  RestartWithoutQuantizing();
  const auto index = Define(7);
  for (int i = 0; i < 3; ++i) {
    Write(80);
    scheduler->RequestFlush(kit.shard);
    ASSERT_TRUE(files.RunOne());
  }
  EXPECT_LE(compute.task_count(), 2u);  // of one build
  RunAll();
  EXPECT_EQ(Progress(index).indexed_rows, 240);
}

TEST_F(Scheduler, WhatComesAfterATruncationWaitsForNoBuildOfWhatIsGone) {
  RestartWithoutQuantizing();
  const auto index = Define(7);
  for (int i = 0; i < 2; ++i) {
    Write(80);
    scheduler->RequestFlush(kit.shard);
    ASSERT_TRUE(files.RunOne());
  }
  auto truncation = std::make_shared<shard::WriteRecord>();
  truncation->truncates = true;
  ASSERT_TRUE(kit.Write(truncation)->ok());
  Write(80);
  scheduler->RequestFlush(kit.shard);
  ASSERT_TRUE(files.RunOne());
  const uint64_t files_before = kit.fs.op_count(io::FileOp::kCreate);
  RunAll();
  EXPECT_EQ(kit.fs.op_count(io::FileOp::kCreate) - files_before, 2u);  // one index, and the manifest
  EXPECT_EQ(Progress(index).indexed_rows, 80);
}

TEST_F(Scheduler, FewRowsAndFlatIndexesCountAsIndexed) {
  const auto flat = Define(7, "FLAT");
  Write(100);
  scheduler->RequestFlush(kit.shard);
  RunAll();
  EXPECT_EQ(Progress(flat).indexed_rows, 100);
  EXPECT_FALSE(Progress(flat).building);
}

TEST_F(Scheduler, AFailedBuildIsToldUntilTheNextOne) {
  const auto index = Define(7);
  Write(100);
  scheduler->RequestFlush(kit.shard);
  ASSERT_TRUE(files.RunOne());
  kit.fs.FailNth(io::FileOp::kCreate, 1, Status::Io("injected"));
  RunAll();
  EXPECT_NE(Progress(index).failure.find("injected"), std::string::npos);
  EXPECT_FALSE(Progress(index).building);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  EXPECT_EQ(Progress(index).failure, "");
  EXPECT_EQ(Progress(index).indexed_rows, 100);
}

TEST_F(Scheduler, ABuildThatFoundNoRoomIsTriedAgainWhenThereIsSome) {
  const auto index = Define(7);
  Write(200);
  MemoryReservation most = memory.Reserve(memory.limit_bytes() - memory.used_bytes() - 1000, "test").value();
  Flush();
  EXPECT_NE(Progress(index).failure.find("memory.limit"), std::string::npos) << Progress(index).failure;
  scheduler->RetryRefused(1);
  EXPECT_FALSE(Progress(index).failure.empty()) << "there is no more room than before";
  most.Release();
  scheduler->RetryRefused(2);
  RunAll();
  EXPECT_EQ(Progress(index).indexed_rows, 200);
  EXPECT_EQ(compute.task_count() + files.task_count(), 0u);
  scheduler->RetryRefused(3);
  EXPECT_EQ(compute.task_count() + files.task_count(), 0u) << "nothing is left to try";
}

TEST_F(Scheduler, ABuildThatFoundTheDiskFullLeavesNoFileAndIsTriedAgainAfterAPause) {
  const auto index = Define(7);
  Write(100);
  scheduler->RequestFlush(kit.shard);
  ASSERT_TRUE(files.RunOne());
  const size_t before = kit.fs.List(kit.dir)->size();
  for (int64_t now_ms = 0, pause_ms = 10'000; pause_ms < 100'000; pause_ms *= 2) {
    kit.fs.FailNth(io::FileOp::kWrite, 1, Status(Code::kDiskLimitExceeded, "no space left"));
    RunAll();
    EXPECT_NE(Progress(index).failure.find("no space left"), std::string::npos);
    EXPECT_EQ(kit.fs.List(kit.dir)->size(), before);
    scheduler->RetryRefused(now_ms);
    scheduler->RetryRefused(now_ms + pause_ms - 1);
    EXPECT_EQ(compute.task_count() + files.task_count(), 0u) << "too soon, pause " << pause_ms;
    now_ms += pause_ms;
    scheduler->RetryRefused(now_ms);
    EXPECT_GT(compute.task_count() + files.task_count(), 0u) << "pause " << pause_ms;
  }
  RunAll();
  EXPECT_EQ(Progress(index).indexed_rows, 100);
  EXPECT_EQ(Progress(index).failure, "");
  scheduler->RetryRefused(1 << 30);
  EXPECT_EQ(compute.task_count() + files.task_count(), 0u);
}

TEST_F(Scheduler, ACancelledBuildInstallsNothingAndIsNoFailure) {
  const auto index = Define(7);
  Write(100);
  scheduler->RequestFlush(kit.shard);
  ASSERT_TRUE(files.RunOne());
  scheduler->CancelIndexes(kit.options.shard, IndexId(0));
  RunAll();
  EXPECT_EQ(kit.shard->snapshot()->segments[0]->FindIndex(kVectorField), nullptr);
  EXPECT_EQ(Progress(index).failure, "");
}

TEST_F(Scheduler, ACollectionThatIsNotInTheCatalogHasNoIndexes) {
  Define(7);
  ASSERT_TRUE(catalog->DropCollection(kit.options.collection).ok());
  Write(100);
  scheduler->RequestFlush(kit.shard);
  RunAll();
  EXPECT_EQ(flushed, 1);
  EXPECT_EQ(compute.task_count(), 0u);
}

TEST_F(Scheduler, AfterStopNothingBegins) {
  Define(7);
  Write(100);
  scheduler->RequestFlush(kit.shard);
  RunAll();
  scheduler->Stop();
  Status answer;
  scheduler->RequestFlush(kit.shard, [&](Status status) { answer = status; });
  scheduler->RequestIndexes(kit.shard);
  EXPECT_EQ(answer.code(), Code::kServiceUnavailable);
  EXPECT_EQ(files.task_count() + compute.task_count(), 0u);
}

}  // namespace
}  // namespace redkite::jobs
