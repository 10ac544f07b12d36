// Indexes of a compaction's output.
#include <gtest/gtest.h>

#include "jobs/scheduler_test_kit.h"

namespace redkite::jobs {
namespace {

using shard::kVectorField;

struct CompactionIndexes : SchedulerKit {
  // Three indexed segments whose merge has begun.
  void Begin() {
    for (int i = 0; i < 3; ++i) {
      Write(80);
      scheduler->RequestFlush(kit.shard);
      if (i < 2) RunAll();
    }
    ASSERT_TRUE(files.RunOne());
    ASSERT_TRUE(scheduler->compactions().IsRunning(kit.options.shard));
  }
  bool IsIndexed(int64_t index) const {
    const auto snapshot = kit.shard->snapshot();
    return std::all_of(snapshot->segments.begin(), snapshot->segments.end(), [&](const auto& s) {
      const segment::FieldIndex* found = s->FindIndex(kVectorField);
      return s->growing || (found != nullptr && found->id == IndexId(index));
    });
  }
  size_t IndexFiles() {
    size_t count = 0;
    const auto listing = kit.fs.List(kit.dir).value();
    for (const io::FileInfo& file : listing) count += file.name.ends_with(".idx");
    return count;
  }
};

TEST_F(CompactionIndexes, TheOutputHasThemBeforeItIsSeen) {
  Define(7);
  Begin();
  while (compute.RunOne() || files.RunOne()) {
    // The newest input may lack its own; the output never does.
    if (Sealed().size() == 1) {
      EXPECT_TRUE(IsIndexed(7));
    }
  }
  ASSERT_EQ(Sealed().size(), 1u);
  EXPECT_EQ(IndexFiles(), 1u);
  ASSERT_TRUE(kit.Open().ok());
  const auto found = kit.shard->Search(shard::TestSearch({0.5f, 0.5f, 0}, 3), nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(IsIndexed(7));
  EXPECT_EQ(found->stats.segments_scanned, 0);
}

TEST_F(CompactionIndexes, AnIndexThatIsDroppedAtAnyStepIsNotInIt) {
  for (int steps = 0; steps < 40; ++steps) {
    SCOPED_TRACE(steps);
    const auto index = Define(100 + steps);
    Begin();
    for (int i = 0; i < steps; ++i) {
      if (!compute.RunOne()) files.RunOne();
    }
    ASSERT_TRUE(catalog
                    ->UpdateCollection(kit.options.collection,
                                       [](meta::CollectionMeta* c) {
                                         c->indexes.clear();
                                         return Status::Ok();
                                       })
                    .ok());
    scheduler->CancelIndexes(kit.options.shard, index.id);
    ASSERT_TRUE(kit.shard->RemoveIndex(index.id).ok());
    RunAll();
    EXPECT_EQ(IndexFiles(), 0u);
    ASSERT_EQ(Sealed().size(), 1u);
    const auto snapshot = kit.shard->snapshot();
    for (const auto& segment : snapshot->segments) EXPECT_TRUE(segment->indexes.empty());
    ASSERT_TRUE(kit.shard->DropPartition(PartitionId(1)).ok());
    ASSERT_TRUE(kit.Open().ok());
  }
}

TEST_F(CompactionIndexes, AFailedBuildLeavesTheInputsWithTheirs) {
  RestartWithoutQuantizing();
  const auto index = Define(7);
  for (int i = 0; i < 2; ++i) {
    Write(80);
    Flush();
  }
  EXPECT_TRUE(IsIndexed(7));
  Write(80);
  scheduler->RequestFlush(kit.shard);
  ASSERT_TRUE(files.RunOne());
  // Files of the merge are made, then that of the index is not.
  uint64_t creates = kit.fs.op_count(io::FileOp::kCreate);
  while (compute.task_count() == 0) ASSERT_TRUE(files.RunOne());
  EXPECT_GT(kit.fs.op_count(io::FileOp::kCreate), creates);
  kit.fs.FailNth(io::FileOp::kCreate, 1, Status::Io("injected"));
  RunAll();
  EXPECT_EQ(Sealed().size(), 3u);
  EXPECT_TRUE(IsIndexed(7));  // the third got its own
  EXPECT_EQ(Progress(index).failure, "");
  EXPECT_EQ(Count("redkite_compaction_failures_total"), 1);
}

// The segment whose build failed is not there any more.
TEST_F(CompactionIndexes, AFailureEndsWithItsSegment) {
  const auto index = Define(7);
  Write(80);
  scheduler->RequestFlush(kit.shard);
  ASSERT_TRUE(files.RunOne());
  kit.fs.FailNth(io::FileOp::kCreate, 1, Status::Io("injected"));
  RunAll();
  EXPECT_NE(Progress(index).failure, "");
  ASSERT_TRUE(kit.Write(shard::TestRecord({}, {1}))->ok());
  ASSERT_TRUE(scheduler->compactions().RequestFull(kit.shard).ok());
  RunAll();
  EXPECT_EQ(Progress(index).failure, "");
  EXPECT_EQ(Progress(index).indexed_rows, 79);
  EXPECT_TRUE(IsIndexed(7));
}

TEST_F(CompactionIndexes, WithoutACatalogEntryThereAreNone) {
  Begin();
  RunAll();
  EXPECT_EQ(Sealed().size(), 1u);
  EXPECT_EQ(IndexFiles(), 0u);
}

}  // namespace
}  // namespace redkite::jobs
