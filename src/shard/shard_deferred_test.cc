// What a start leaves unread of sealed segments, and when it is read.
#include <gtest/gtest.h>

#include <new>

#include "base/clock.h"
#include "index/builder.h"
#include "index/index_spec.h"
#include "segment/sealed_segment.h"
#include "shard/hooked_file_system_test_kit.h"
#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

class Deferred : public testing::Test {
 protected:
  Deferred() {
    kit.options.index_lost = [this] { ++lost; };
    EXPECT_TRUE(kit.Open().ok());
    for (int64_t id = 0; id < 20; ++id) {
      const auto x = static_cast<float>(id);
      EXPECT_TRUE(kit.Write(TestRecord({{id, "t", id, {x, 0, 0}}}, {}, PartitionId(1 + id / 10)))->ok());
    }
    EXPECT_TRUE(kit.Flush().ok());
  }
  /// A segment's file whose name has `part`.
  std::string FileOf(size_t segment, const std::string& part) {
    const SegmentId id = kit.shard->snapshot()->segments.at(segment)->id;
    const std::string prefix = "s" + std::to_string(id.value()) + "-" + part;
    for (const io::FileInfo& file : kit.fs.List(kit.dir).value()) {
      if (file.name.starts_with(prefix)) return kit.dir + "/" + file.name;
    }
    ADD_FAILURE() << prefix;
    return "";
  }
  bool IsDeferred(size_t segment) { return kit.shard->snapshot()->segments.at(segment)->deferred != nullptr; }
  Result<QueryRows> Query(std::vector<FieldId> fields, const std::string& filter = "") {
    plan::QueryPlan plan = TestQuery(filter);
    plan.rows.output_fields = std::move(fields);
    return kit.shard->Query(plan, nullptr);
  }
  Result<QueryRows> Count() {
    plan::QueryPlan plan = TestQuery();
    plan.rows.output_fields.clear();
    plan.count_only = true;
    return kit.shard->Query(plan, nullptr);
  }
  Result<SearchRows> Search(std::vector<PartitionId> partitions = {}) {
    plan::SearchPlan plan = TestSearch({0, 0, 0}, 3);
    plan.rows.partitions = std::move(partitions);
    return kit.shard->Search(plan, nullptr);
  }

  ShardKit kit;
  int lost = 0;
};

TEST_F(Deferred, AFlushedSegmentIsNot) {
  EXPECT_FALSE(IsDeferred(0));
  EXPECT_FALSE(IsDeferred(1));
}

TEST_F(Deferred, ASearchReadsTheSegmentsOfItsPartitions) {
  const auto before = Search()->distances;
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_TRUE(IsDeferred(0) && IsDeferred(1));
  EXPECT_EQ(Count()->count, 20);
  EXPECT_EQ(Query({kIdField, kTagField}, "n < 5")->count, 5);
  EXPECT_TRUE(IsDeferred(0) && IsDeferred(1)) << "queries read their fields alone";
  EXPECT_EQ(Search({PartitionId(2)})->distances.at(0), 100);
  EXPECT_TRUE(IsDeferred(0));
  EXPECT_FALSE(IsDeferred(1));
  EXPECT_EQ(Search()->distances, before);
  EXPECT_FALSE(IsDeferred(0) || IsDeferred(1));
}

TEST_F(Deferred, ReadingASegmentMapsNothingAnew) {
  HookedFileSystem hooked(&kit.fs);
  kit.seam_fs = &hooked;
  ASSERT_TRUE(kit.Open().ok());
  hooked.before_map = [](const std::string& path) { ADD_FAILURE() << path; };
  EXPECT_TRUE(Search({PartitionId(1)}).ok());
  EXPECT_FALSE(IsDeferred(0));
  EXPECT_TRUE(kit.shard->Reopen(kit.shard->snapshot()->segments.at(1)->id, {}).ok());
  EXPECT_FALSE(IsDeferred(1));
  kit.shard.reset();
}

TEST_F(Deferred, DeletesAreAppliedBeforeAndAfter) {
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({}, {0}))->ok());
  EXPECT_TRUE(IsDeferred(0));
  EXPECT_EQ(Search()->distances, (std::vector<float>{1, 4, 9}));
  EXPECT_FALSE(IsDeferred(0));
  ASSERT_TRUE(kit.Write(TestRecord({}, {1}))->ok());
  EXPECT_EQ(Search()->distances, (std::vector<float>{4, 9, 16}));
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(Search()->distances, (std::vector<float>{4, 9, 16})) << "from the log";
}

TEST_F(Deferred, WhatAnOrderLooksAtIsReadToo) {
  constexpr int64_t kRows = 20'000;
  std::vector<TestRow> rows;
  for (int64_t id = 0; id < kRows; ++id) rows.push_back({1000 + id, "t", id, {}});
  ASSERT_TRUE(kit.Write(TestRecord(rows, {}, PartitionId(3)))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  const std::string numbers = FileOf(2, "f102-");
  kit.fs.FlipBit(numbers, 8 * (2 * 65'536 + 100));  // beyond the block of the file's head
  ASSERT_TRUE(kit.Open().ok());
  plan::QueryPlan plan = TestQuery("", 3);
  plan.rows.output_fields = {kIdField};
  EXPECT_TRUE(kit.shard->Query(plan, nullptr).ok());
  plan.order = {{kNumberField, {}}};
  plan.rows.also_read = {kNumberField};
  EXPECT_EQ(kit.shard->Query(plan, nullptr).status().code(), Code::kDataIntegrity);
}

TEST_F(Deferred, DamagedValuesAreToldWhenTheyAreNeeded) {
  constexpr int64_t kRows = 20'000, kByte = 2 * 65'536 + 100;  // beyond the block of the file's head
  for (const int64_t partition : {3, 4}) {
    std::vector<TestRow> rows;
    for (int64_t id = 0; id < kRows; ++id) rows.push_back({1000 + partition * kRows + id, "t", id, {}});
    ASSERT_TRUE(kit.Write(TestRecord(rows, {}, PartitionId(partition)))->ok());
  }
  ASSERT_TRUE(kit.Flush().ok());
  const std::string vectors = FileOf(2, "f103-"), numbers = FileOf(3, "f102-");
  kit.fs.FlipBit(vectors, 8 * kByte);
  kit.fs.FlipBit(numbers, 8 * kByte);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(Count()->count, 20 + 2 * kRows);
  EXPECT_EQ(Query({kIdField, kTagField})->count, 20 + 2 * kRows);
  EXPECT_TRUE(kit.Write(TestRecord({{100, "new", 1, {}}}, {5}))->ok());
  const auto filtered = Query({kIdField}, "n < 5");
  EXPECT_EQ(filtered.status().code(), Code::kDataIntegrity);
  EXPECT_NE(filtered.status().message().find(numbers), std::string::npos) << filtered.status().ToString();
  EXPECT_FALSE(Count().ok()) << "from now on it is set aside";
  EXPECT_TRUE(Search({PartitionId(1)}).ok());
  const auto found = Search({PartitionId(3)});
  EXPECT_EQ(found.status().code(), Code::kDataIntegrity);
  EXPECT_NE(found.status().message().find(vectors), std::string::npos) << found.status().ToString();
  EXPECT_FALSE(kit.Write(TestRecord({{101, "new", 1, {}}}))->ok());
  kit.fs.FlipBit(vectors, 8 * kByte);
  kit.fs.FlipBit(numbers, 8 * kByte);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(Count()->count, 20 + 2 * kRows) << "nothing is lost";
  EXPECT_TRUE(Search().ok());
}

TEST_F(Deferred, DamagedKeysAreToldByTheStart) {
  kit.fs.FlipBit(FileOf(0, "f100-"), 8 * 70);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_FALSE(Count().ok());
  EXPECT_FALSE(kit.Write(TestRecord({{100, "new", 1, {}}}))->ok());
}

TEST_F(Deferred, WithoutDescriptorsASegmentIsReadAllTheSame) {
  ASSERT_TRUE(kit.Open().ok());
  kit.fs.FailNth(io::FileOp::kMap, 1, Status::Io("too many open files"), true);
  EXPECT_TRUE(Search().ok());
  MemoryLedger memory(1 << 30);
  segment::ResidentParts parts;
  parts.memory = &memory;
  parts.columns = {kVectorField};
  const SegmentId first = kit.shard->snapshot()->segments[0]->id;
  EXPECT_EQ(kit.shard->Reopen(first, parts).code(), Code::kIoFailed);
  kit.fs.ClearFaults();
  EXPECT_TRUE(kit.shard->Reopen(first, parts).ok());
  EXPECT_EQ(kit.shard->snapshot()->segments[0]->resident_columns, std::vector<FieldId>{kVectorField});
  EXPECT_TRUE(Search().ok());
  EXPECT_TRUE(kit.shard->snapshot()->damaged.empty());
  kit.shard.reset();
}

TEST_F(Deferred, ACancelledSearchReadsNothing) {
  ASSERT_TRUE(kit.Open().ok());
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(kit.shard->Search(TestSearch({0, 0, 0}, 3), &cancel).status().code(), Code::kCanceled);
  EXPECT_EQ(kit.shard->Query(TestQuery(), &cancel).status().code(), Code::kCanceled);
  EXPECT_TRUE(IsDeferred(0));
}

TEST_F(Deferred, AReadThatThrowsIsNoReasonToWaitForTheNext) {
  const auto segment = kit.shard->snapshot()->segments.at(0);
  storage::IndexRef ref;
  ref.field = kVectorField;
  ref.index = IndexId(7);
  ref.build_id = static_cast<int64_t>(kit.shard->NextGeneration().value());
  ref.params = {{"index_type", "HNSW"}, {"metric_type", "L2"}, {"M", "8"}, {"efConstruction", "40"}};
  const auto spec = index::ParseIndexSpec(ref.params, DataType::kFloatVector, kTestDim);
  const auto built = index::BuildIndex(*spec, index::VectorView(*segment->blocks[0]->Find(kVectorField)));
  const storage::SegmentFiles place{kit.dir, segment->id, static_cast<uint64_t>(ref.build_id)};
  ASSERT_TRUE(segment::WriteIndex(kit.seam_fs, place, **built, &ref).ok());
  auto opened = segment::OpenFieldIndex(kit.seam_fs, kit.dir, *segment, ref);
  ASSERT_TRUE(kit.shard->InstallIndex(segment->id, ref, std::move(*opened)).ok());
  HookedFileSystem hooked(&kit.fs);
  kit.seam_fs = &hooked;
  ASSERT_TRUE(kit.Open().ok());
  hooked.before_map = [](const std::string&) { throw std::bad_alloc(); };
  EXPECT_THROW((void)Search(), std::bad_alloc);
  hooked.before_map = nullptr;
  SystemClock clock;
  CancelToken cancel(&clock, clock.MonotonicNs() + int64_t{20'000'000'000});  // a test that hangs tells less
  EXPECT_TRUE(kit.shard->Search(TestSearch({0, 0, 0}, 3), &cancel).ok());
  kit.shard.reset();
}

TEST_F(Deferred, DeletesThatAreFlushedWhileASegmentIsReadAreNoDamage) {
  ASSERT_TRUE(kit.Write(TestRecord({}, {0}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  HookedFileSystem hooked(&kit.fs);
  kit.seam_fs = &hooked;
  ASSERT_TRUE(kit.Open().ok());
  int64_t next = 1;
  hooked.before_map = [&](const std::string& path) {
    if (path.ends_with(".del") && next == 1) {
      EXPECT_TRUE(kit.Write(TestRecord({}, {next++}))->ok());
      EXPECT_TRUE(kit.Flush().ok());
    }
  };
  MemoryLedger memory(1 << 30);
  segment::ResidentParts parts;
  parts.memory = &memory;
  parts.columns = {kVectorField};
  EXPECT_TRUE(kit.shard->Reopen(kit.shard->snapshot()->segments[0]->id, parts).ok());
  EXPECT_EQ(Search()->distances, (std::vector<float>{4, 9, 16}));
  EXPECT_EQ(next, 2);
  EXPECT_TRUE(kit.shard->snapshot()->damaged.empty());
  EXPECT_FALSE(IsDeferred(0));
  hooked.before_map = nullptr;
  kit.shard.reset();
}

TEST_F(Deferred, AClosedShardIsNotCalledDamaged) {
  ASSERT_TRUE(kit.Open().ok());
  const std::string vectors = FileOf(0, "f103-");
  kit.shard->Close();  // its collection was dropped, and its files went
  ASSERT_TRUE(kit.fs.Remove(vectors).ok());
  MemoryLedger memory(1 << 30);
  segment::ResidentParts parts;
  parts.memory = &memory;
  parts.columns = {kVectorField};
  EXPECT_FALSE(kit.shard->Reopen(kit.shard->snapshot()->segments[0]->id, parts).ok());
  EXPECT_TRUE(kit.shard->snapshot()->damaged.empty());
  EXPECT_TRUE(Search().ok()) << "through its maps";
}

}  // namespace
}  // namespace redkite::shard
