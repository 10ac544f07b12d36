#include "jobs/index_job.h"

#include <gtest/gtest.h>

#include "jobs/flush_job.h"
#include "shard/shard_test_kit.h"

namespace redkite::jobs {
namespace {

using shard::kVectorField;
using shard::ShardKit;

constexpr size_t kRowsMin = 64;

meta::IndexMeta Index(const std::string& type, int64_t id = 7) {
  meta::IndexMeta index;
  index.id = IndexId(id);
  index.field = kVectorField;
  index.name = "vec";
  index.params = {{"index_type", type}, {"metric_type", "L2"}, {"M", "8"}, {"efConstruction", "40"}};
  return index;
}

struct IndexJob : testing::Test {
  void Fill(size_t rows) {
    ASSERT_TRUE(kit.Open().ok());
    Random random(3);
    std::vector<shard::TestRow> batch;
    for (size_t i = 0; i < rows; ++i) {
      batch.push_back({static_cast<int64_t>(i),
                       "t",
                       1,
                       {static_cast<float>(random.Unit()), static_cast<float>(random.Unit()), 0}});
    }
    ASSERT_TRUE(kit.Write(shard::TestRecord(batch))->ok());
  }
  const segment::SegmentSnapshot& Segment() {
    snapshot = kit.shard->snapshot();
    return *snapshot->segments.at(0);
  }
  Status Build(IndexTask task) {
    Status outcome = Status::Internal("not answered");
    StartIndexJob(std::move(task), &inline_executor, &inline_executor,
                  [&](Status status) { outcome = status; });
    return outcome;
  }
  IndexTask Task(const meta::IndexMeta& index) {
    IndexTask task;
    task.shard = kit.shard;
    task.segment = kit.shard->snapshot()->segments.at(0);
    task.index = index;
    return task;
  }
  const FieldSchema& Field() { return *kit.options.schema->Find(kVectorField); }

  ShardKit kit;
  InlineExecutor inline_executor;
  std::shared_ptr<const shard::ShardSnapshot> snapshot;
};

TEST_F(IndexJob, OnlyLargeSealedSegmentsWithoutOneNeedAnIndex) {
  Fill(kRowsMin);
  EXPECT_FALSE(NeedsIndex(Segment(), Index("HNSW"), Field(), kRowsMin));  // growing
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  EXPECT_TRUE(NeedsIndex(Segment(), Index("HNSW"), Field(), kRowsMin));
  EXPECT_FALSE(NeedsIndex(Segment(), Index("FLAT"), Field(), kRowsMin));
  EXPECT_FALSE(NeedsIndex(Segment(), Index("NONSENSE"), Field(), kRowsMin));
  EXPECT_FALSE(NeedsIndex(Segment(), Index("HNSW"), *kit.options.schema->Find(shard::kTagField), kRowsMin));
  ASSERT_TRUE(Build(Task(Index("HNSW"))).ok());
  EXPECT_FALSE(NeedsIndex(Segment(), Index("HNSW"), Field(), kRowsMin));
  EXPECT_TRUE(NeedsIndex(Segment(), Index("HNSW", 8), Field(), kRowsMin));  // another one of the same field
}

TEST_F(IndexJob, OnlyWhatIsBuiltMakesItWorthToSealEarly) {
  meta::CollectionMeta collection;
  collection.schema = *shard::TestSchema();
  EXPECT_FALSE(HasBuiltIndex(collection));
  collection.indexes = {Index("FLAT", 7)};
  EXPECT_FALSE(HasBuiltIndex(collection));
  collection.indexes.push_back(Index("HNSW", 8));
  EXPECT_TRUE(HasBuiltIndex(collection));
  collection.indexes[1].field = shard::kTagField;
  EXPECT_FALSE(HasBuiltIndex(collection));
}

TEST_F(IndexJob, WhatABuildHoldsIsAccounted) {
  Fill(kRowsMin);
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  MemoryLedger small(100), enough(1 << 20);
  IndexTask task = Task(Index("HNSW"));
  task.memory = &small;
  const Status refused = Build(task);
  EXPECT_EQ(refused.code(), Code::kMemoryLimitExceeded);
  EXPECT_NE(refused.message().find("index build"), std::string::npos);
  task.memory = &enough;
  EXPECT_TRUE(Build(task).ok());
  EXPECT_EQ(enough.used_bytes(), 0);
}

TEST_F(IndexJob, FewRowsNeedNone) {
  Fill(kRowsMin - 1);
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  EXPECT_FALSE(NeedsIndex(Segment(), Index("HNSW"), Field(), kRowsMin));
}

TEST_F(IndexJob, ABuiltIndexIsUsedAndSurvives) {
  Fill(kRowsMin);
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  IndexTask task = Task(Index("HNSW"));
  const auto rows_done = task.rows_done;
  ASSERT_TRUE(Build(std::move(task)).ok());
  EXPECT_GT(rows_done->load(), 0u);
  for (const bool reopened : {false, true}) {
    if (reopened) {
      ASSERT_TRUE(kit.Open().ok());
    }
    EXPECT_TRUE(Segment().HasIndex(IndexId(7)));
    const auto found = kit.shard->Search(shard::TestSearch({0.5f, 0.5f, 0}, 3), nullptr);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->stats.segments_scanned, 0);
    EXPECT_NE(Segment().FindIndex(kVectorField), nullptr);
  }
  ASSERT_TRUE(kit.shard->RemoveIndex(IndexId(7)).ok());
  EXPECT_EQ(Segment().FindIndex(kVectorField), nullptr);
  const auto listing = kit.fs.List(kit.dir).value();
  for (const io::FileInfo& file : listing) EXPECT_FALSE(file.name.ends_with(".idx")) << file.name;
}

TEST_F(IndexJob, ACancelledBuildInstallsNothing) {
  Fill(kRowsMin);
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  IndexTask task = Task(Index("HNSW"));
  task.cancel->Cancel();
  EXPECT_EQ(Build(std::move(task)).code(), Code::kCanceled);
  EXPECT_EQ(Segment().FindIndex(kVectorField), nullptr);
}

TEST_F(IndexJob, AnIndexThatIsDroppedWhileItsFileIsWrittenIsNotInstalled) {
  Fill(kRowsMin);
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  shard::HandExecutor files;
  Status outcome;
  // The token stays quiet: a drop that comes behind the last look at it.
  StartIndexJob(Task(Index("HNSW")), &inline_executor, &files, [&](Status status) { outcome = status; });
  ASSERT_EQ(files.task_count(), 1u);
  ASSERT_TRUE(kit.shard->RemoveIndex(IndexId(7)).ok());
  files.RunAll();
  EXPECT_EQ(outcome.code(), Code::kIndexNotFound);
  EXPECT_EQ(Segment().FindIndex(kVectorField), nullptr);
  const auto listing = kit.fs.List(kit.dir).value();
  for (const io::FileInfo& file : listing) EXPECT_FALSE(file.name.ends_with(".idx")) << file.name;
  EXPECT_TRUE(Build(Task(Index("HNSW", 8))).ok());
  EXPECT_NE(Segment().FindIndex(kVectorField), nullptr);
}

TEST_F(IndexJob, AFailingDiskInstallsNothingAndTheNextBuildDoes) {
  Fill(kRowsMin);
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  kit.fs.FailNth(io::FileOp::kSync, 1, Status::Io("injected"));
  EXPECT_EQ(Build(Task(Index("HNSW"))).code(), Code::kIoFailed);
  EXPECT_EQ(Segment().FindIndex(kVectorField), nullptr);
  EXPECT_TRUE(Build(Task(Index("HNSW"))).ok());
  EXPECT_NE(Segment().FindIndex(kVectorField), nullptr);
}

TEST_F(IndexJob, BadParametersAreAnswered) {
  Fill(kRowsMin);
  ASSERT_TRUE(RunFlush(kit.shard.get()).ok());
  EXPECT_EQ(Build(Task(Index("NONSENSE"))).code(), Code::kParameterInvalid);
}

}  // namespace
}  // namespace redkite::jobs
