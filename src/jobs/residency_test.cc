#include "jobs/residency.h"

#include "jobs/scheduler_test_kit.h"

namespace redkite::jobs {
namespace {

constexpr FieldId kVector = shard::kVectorField;
constexpr IndexId kIndex{7};

storage::SegmentMeta MetaOf(uint64_t column_bytes, uint64_t index_bytes) {
  storage::SegmentMeta meta;
  meta.columns = {{shard::kIdField, {"id", 9 << 20, 1, 1}}, {kVector, {"v", column_bytes, 1, 1}}};
  storage::IndexRef index;
  index.field = kVector;
  index.index = kIndex;
  index.file = {"i", index_bytes, 1, 1};
  meta.indexes = {index};
  return meta;
}

meta::CollectionMeta Collection() {
  meta::CollectionMeta collection;
  collection.schema = *shard::TestSchema();
  meta::IndexMeta index;
  index.id = kIndex;
  index.field = kVector;
  collection.indexes = {index};
  return collection;
}

TEST(ResidentParts, VectorsAndIndexesUnlessTheSettingsSayOtherwise) {
  const auto meta = MetaOf(4 << 20, 3 << 20);
  meta::CollectionMeta collection = Collection();
  const auto choose = [&](int64_t room = INT64_MAX) {
    return ChooseResidentParts(collection, meta, 1 << 20, room);
  };
  EXPECT_EQ(choose().columns, std::vector<FieldId>{kVector});
  EXPECT_EQ(choose().indexes, std::vector<IndexId>{kIndex});
  // The index first.
  EXPECT_TRUE(choose(6 << 20).columns.empty());
  EXPECT_EQ(choose(6 << 20).indexes.size(), 1u);
  EXPECT_EQ(choose(7 << 20).columns.size(), 1u);
  EXPECT_TRUE(choose(-5).indexes.empty());
  collection.properties = {{"mmap.enabled", "true"}};
  EXPECT_TRUE(choose().columns.empty() && choose().indexes.empty());
  // The nearest setting counts.
  collection.indexes[0].params = {{"mmap.enabled", "false"}};
  EXPECT_TRUE(choose().columns.empty() && choose().indexes.size() == 1);
  collection.properties.clear();
  collection.indexes[0].params.clear();
  for (FieldSchema& field : collection.schema.fields) {
    if (field.id == kVector) field.type_params = {{"dim", "3"}, {"mmap.enabled", "true"}};
  }
  EXPECT_TRUE(choose().columns.empty() && choose().indexes.empty());
  collection.indexes.clear();
  EXPECT_TRUE(choose().indexes.empty()) << "dropped";
}

TEST(ResidentParts, SmallFilesStayMapped) {
  EXPECT_TRUE(ChooseResidentParts(Collection(), MetaOf(1000, 1000), 1001, INT64_MAX).columns.empty());
}

class Resident : public SchedulerKit {
 protected:
  Resident() {
    Load(true);
    Write(200);
    Flush();
    Make(int64_t{1} << 30);
  }
  // The ledger goes after everything that is accounted there.
  ~Resident() override {
    residency->Stop();
    scheduler->BeginStop();
    RunAll();
    scheduler->Stop();
    kit.shard.reset();
  }
  void Make(int64_t limit_bytes, bool enabled = true) {
    if (residency) residency->Stop();
    memory = std::make_unique<MemoryLedger>(limit_bytes);
    residency =
        std::make_unique<Residency>(Residency::Seams{&files, catalog.get(), memory.get(), &kit.logger},
                                    ResidencyOptions{.enabled = enabled, .bytes_min = 0});
  }
  void Change(const std::function<void(meta::CollectionMeta*)>& change) {
    ASSERT_TRUE(catalog
                    ->UpdateCollection(kit.options.collection,
                                       [&](meta::CollectionMeta* c) {
                                         change(c);
                                         return Status::Ok();
                                       })
                    .ok());
  }
  void Load(bool loaded) {
    Change([&](meta::CollectionMeta* c) {
      c->loaded = loaded;
      if (c->partitions.empty()) c->partitions.push_back({PartitionId(1), "_default", 0, loaded});
      c->partitions[0].id = PartitionId(1);
      c->partitions[0].loaded = loaded;
    });
  }
  void Maintain() {
    residency->Maintain({kit.shard});
    RunAll();
  }
  segment::SegmentSnapshot View() { return *kit.shard->snapshot()->segments.at(0); }
  bool HasVectors() { return View().resident_columns == std::vector<FieldId>{kVector}; }

  std::unique_ptr<MemoryLedger> memory;
  std::unique_ptr<Residency> residency;
};

TEST_F(Resident, LoadedSegmentsMoveIntoMemoryAndReleasedOnesBack) {
  const auto rows = kit.Rows("n == 1");
  const auto reader = kit.shard->snapshot();
  EXPECT_FALSE(HasVectors());
  Maintain();
  EXPECT_TRUE(HasVectors());
  EXPECT_GT(memory->used_bytes(), 2'000);
  EXPECT_EQ(kit.Rows("n == 1"), rows);
  const auto view = kit.shard->snapshot()->segments[0];
  Maintain();
  EXPECT_EQ(kit.shard->snapshot()->segments[0], view) << "nothing to move";
  ASSERT_TRUE(kit.Write(shard::TestRecord({}, {1, 2}))->ok());
  Load(false);
  Maintain();
  EXPECT_FALSE(HasVectors());
  EXPECT_EQ(kit.Rows().size(), rows.size() - 2) << "with the deletes that came meanwhile";
  EXPECT_EQ(reader->segments[0]->row_count, 200u);
}

TEST_F(Resident, ItIsGivenBackWithItsLastReader) {
  Maintain();
  auto reader = kit.shard->snapshot();
  Load(false);
  Maintain();
  EXPECT_GT(memory->used_bytes(), 2'000);
  reader.reset();
  EXPECT_EQ(memory->used_bytes(), 0);
}

TEST_F(Resident, WithoutRoomTheMapServes) {
  Make(3000);  // of which 60 % may be taken
  Maintain();
  EXPECT_FALSE(HasVectors());
  EXPECT_EQ(memory->used_bytes(), 0);
  Make(int64_t{1} << 30, false);
  Maintain();
  EXPECT_FALSE(HasVectors());
}

TEST_F(Resident, AnIndexThatIsBuiltLaterFollows) {
  Maintain();
  ASSERT_TRUE(HasVectors());
  Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  ASSERT_EQ(View().indexes.size(), 1u);
  EXPECT_EQ(View().indexes[0].resident_bytes, 0);
  const auto search = shard::TestSearch({0.5, 0.5, 0}, 5);
  const auto before = kit.shard->Search(search, nullptr)->distances;
  Maintain();
  EXPECT_GT(View().indexes[0].resident_bytes, 0);
  EXPECT_TRUE(HasVectors());
  EXPECT_EQ(kit.shard->Search(search, nullptr)->distances, before);
}

TEST_F(Resident, AMergedSegmentFollows) {
  Maintain();
  for (int i = 0; i < 2; ++i) {
    Write(150);
    Flush();
  }
  ASSERT_EQ(Sealed().size(), 1u);
  EXPECT_FALSE(HasVectors());
  Maintain();
  EXPECT_TRUE(HasVectors());
  EXPECT_EQ(kit.Rows().size(), 500u);
}

TEST_F(Resident, WhatAStartDeferredIsReadOfLoadedSegmentsWithOrWithoutRoom) {
  const auto index = Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  for (const bool enabled : {false, true}) {
    for (const int64_t limit_bytes : {int64_t{3000}, int64_t{1} << 30}) {
      ASSERT_TRUE(kit.Open().ok());
      Make(limit_bytes, enabled);
      Load(false);
      ASSERT_NE(View().deferred, nullptr);
      EXPECT_TRUE(View().indexes.empty());
      EXPECT_EQ(Progress(index).indexed_rows, 200) << "it is there";
      Maintain();
      EXPECT_NE(View().deferred, nullptr) << "nobody may ask for it";
      Load(true);
      Maintain();
      EXPECT_EQ(View().deferred, nullptr);
      EXPECT_EQ(View().indexes.size(), 1u);
      EXPECT_EQ(HasVectors(), enabled && limit_bytes > 3000);
      kit.shard.reset();
    }
  }
}

TEST_F(Resident, ADeferredIndexThatIsDamagedIsBuiltAgain) {
  const auto index = Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  const auto search = shard::TestSearch({0.5, 0.5, 0}, 5);
  const auto before = kit.shard->Search(search, nullptr)->distances;
  std::string file;
  for (const io::FileInfo& info : kit.fs.List(kit.dir).value()) {
    if (info.name.find(".idx") != std::string::npos) file = kit.dir + "/" + info.name;
  }
  kit.fs.FlipBit(file, 8 * 70);
  kit.options.index_lost = [this] { scheduler->RequestIndexes(kit.shard); };
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.shard->Search(search, nullptr)->distances, before) << "by a scan";
  RunAll();
  EXPECT_EQ(View().indexes.size(), 1u);
  EXPECT_FALSE(kit.fs.Exists(file).value());
  EXPECT_EQ(kit.shard->Search(search, nullptr)->distances, before);
}

TEST_F(Resident, ASegmentIsNotOpenedAgainAndAgainForAnIndexThatIsLost) {
  Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  Maintain();
  int lost = 0;
  kit.options.index_lost = [&lost] { ++lost; };  // and nobody builds it
  for (const io::FileInfo& info : kit.fs.List(kit.dir).value()) {
    if (info.name.find(".idx") != std::string::npos) kit.fs.FlipBit(kit.dir + "/" + info.name, 8 * 70);
  }
  ASSERT_TRUE(kit.Open().ok());
  Maintain();
  EXPECT_EQ(lost, 1);
  EXPECT_TRUE(HasVectors());
  const auto view = kit.shard->snapshot()->segments[0];
  Maintain();
  EXPECT_EQ(kit.shard->snapshot()->segments[0], view);
  EXPECT_EQ(lost, 1);
}

TEST_F(Resident, IndexesComeAndGoWhileOthersAreDeferred) {
  Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.shard->RemoveIndex(IndexId(7)).ok());
  EXPECT_FALSE(View().HasIndex(IndexId(7)));
  const auto index = Define(8);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  EXPECT_TRUE(View().HasIndex(IndexId(8)));
  EXPECT_NE(View().deferred, nullptr);
  EXPECT_EQ(Progress(index).indexed_rows, 200);
  Maintain();
  EXPECT_EQ(View().deferred, nullptr);
  ASSERT_EQ(View().indexes.size(), 1u);
  EXPECT_EQ(View().indexes[0].id, IndexId(8));
}

TEST_F(Resident, ASegmentThatABuildFindsDamagedIsSetAsideAndNoFailureOfTheIndex) {
  Write(8000);
  Flush();
  const std::string prefix = "s" + std::to_string(Sealed()[1].value()) + "-f103-";
  for (const io::FileInfo& info : kit.fs.List(kit.dir).value()) {
    if (info.name.starts_with(prefix)) kit.fs.FlipBit(kit.dir + "/" + info.name, 8 * 70'000);
  }
  ASSERT_TRUE(kit.Open().ok());
  const auto index = Define(7);
  scheduler->RequestIndexes(kit.shard);
  RunAll();
  EXPECT_EQ(kit.shard->snapshot()->damaged.size(), 1u);
  EXPECT_EQ(Progress(index).failure, "");
  EXPECT_EQ(Progress(index).indexed_rows, 200);
}

TEST_F(Resident, DeferredSegmentsAreMergedAndDamageIsFoundFirst) {
  const auto merge_all = [this] {
    ASSERT_TRUE(scheduler->compactions().RequestFull(kit.shard, {}).ok());
    RunAll();
  };
  Write(20'000);  // of a merged file the last block is read by a start, too: statistics
  Flush();
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_NE(View().deferred, nullptr);
  merge_all();
  ASSERT_EQ(Sealed().size(), 1u);
  EXPECT_EQ(kit.Rows().size(), 20'200u);
  const std::string prefix = "s" + std::to_string(Sealed()[0].value()) + "-f103-";
  for (const io::FileInfo& info : kit.fs.List(kit.dir).value()) {
    if (info.name.starts_with(prefix)) kit.fs.FlipBit(kit.dir + "/" + info.name, 8 * 70'000);
  }
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.shard->CheckWritable().ok()) << kit.shard->CheckWritable().message();
  Write(300);
  Flush();
  merge_all();
  EXPECT_EQ(kit.shard->snapshot()->damaged.size(), 1u);
  EXPECT_FALSE(kit.shard->Query(shard::TestQuery(), nullptr).ok());
}

}  // namespace
}  // namespace redkite::jobs
