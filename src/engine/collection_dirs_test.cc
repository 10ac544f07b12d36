#include "engine/collection_dirs.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "io/mem_file_system.h"
#include "storage/manifest.h"

namespace redkite::engine {
namespace {

class CollectionDirsTest : public testing::Test {
 protected:
  CollectionDirsTest()
      : logger_(&clock_, LogLevel::kOff),
        random_(1),
        data_(storage::DataDir::Open(&fs_, "/data", &random_).value()),
        dirs_(&fs_, data_.get(), &logger_) {}

  void Make(int64_t id) {
    ASSERT_TRUE(dirs_.BeginCreate(CollectionId(id)).ok());
    ASSERT_TRUE(fs_.CreateDirs(data_->shard_dir(CollectionId(id), ShardId(id))).ok());
  }
  CollectionDirs::Survey Look(std::set<int64_t> in_catalog, int64_t id_max) {
    return dirs_.Look([&](CollectionId id) { return in_catalog.contains(id.value()); }, id_max).value();
  }
  size_t EntryCount() { return fs_.List(data_->collections_dir())->size(); }

  io::MemFileSystem fs_;
  ManualClock clock_;
  Logger logger_;
  Random random_;
  std::unique_ptr<storage::DataDir> data_;
  CollectionDirs dirs_;
};

using Ids = std::vector<CollectionId>;

TEST_F(CollectionDirsTest, NothingYet) {
  const auto survey = Look({}, 0);
  EXPECT_TRUE(survey.leftovers.empty() && survey.finished.empty() && survey.lost.empty());
}

TEST_F(CollectionDirsTest, TellsCreatesDropsAndLossesApart) {
  for (const int64_t id : {101, 102, 103, 104, 105}) Make(id);
  for (const int64_t id : {101, 102, 104}) dirs_.EndCreate(CollectionId(id));
  const auto survey = Look({101, 105}, 103);
  EXPECT_EQ(survey.leftovers, (Ids{CollectionId(102), CollectionId(103)}));
  EXPECT_EQ(survey.finished, Ids{CollectionId(105)});
  EXPECT_EQ(survey.lost, Ids{CollectionId(104)});
  ASSERT_TRUE(dirs_.SetAside(CollectionId(104), "test").ok());
  dirs_.Clean(survey);
  EXPECT_TRUE(fs_.Exists("/data/collections/104.damaged").value());
  EXPECT_EQ(EntryCount(), 3u);
  EXPECT_TRUE(Look({101, 105}, 103).lost.empty());
}

TEST_F(CollectionDirsTest, ARenamedDirectoryIsNoLeftoverOfADrop) {
  for (const int64_t id : {101, 102}) {
    Make(id);
    const auto manifests =
        storage::ManifestStore::Open(&fs_, data_->shard_dir(CollectionId(id), ShardId(id))).value();
    const auto committed = manifests->Commit([&](storage::Manifest* m) {
      m->collection = CollectionId(id);
      return Status::Ok();
    });
    ASSERT_TRUE(committed.ok());
  }
  dirs_.EndCreate(CollectionId(101));
  ASSERT_TRUE(fs_.Rename("/data/collections/102", "/data/collections/103").ok());
  dirs_.EndCreate(CollectionId(102));
  ASSERT_TRUE(fs_.Rename("/data/collections/101", "/data/collections/104").ok());
  ASSERT_TRUE(dirs_.BeginCreate(CollectionId(104)).ok());  // marked or not
  const auto survey = Look({101}, 104);
  EXPECT_TRUE(survey.leftovers.empty() && survey.lost.empty());
  using Renamed = CollectionDirs::Renamed;
  EXPECT_EQ(survey.renamed, (std::vector<Renamed>{{CollectionId(103), CollectionId(102)},
                                                  {CollectionId(104), CollectionId(101)}}));
}

TEST_F(CollectionDirsTest, OtherNamesAreLeftAlone) {
  ASSERT_TRUE(fs_.CreateDirs("/data/collections/notes").ok());
  ASSERT_TRUE(fs_.CreateDirs("/data/collections/12x").ok());
  fs_.PutFile("/data/collections/77", "a file");
  const auto survey = Look({}, 1000);
  EXPECT_TRUE(survey.leftovers.empty() && survey.lost.empty());
}

TEST_F(CollectionDirsTest, AMarkedDirectoryNeverSurvivesUnmarked) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto id = static_cast<int64_t>(seed);
    Make(id);
    fs_.CutPowerAt(seed % 6 + 1);
    (void)dirs_.Remove(CollectionId(id));
    fs_.Crash();
    ASSERT_TRUE(Look({}, 0).lost.empty()) << "seed " << seed;
  }
}

TEST_F(CollectionDirsTest, WhatCannotBeRemovedStays) {
  Make(101);
  fs_.FailNth(io::FileOp::kRemove, 1, Status::Io("injected"), true);
  dirs_.Clean(Look({}, 0));
  fs_.ClearFaults();
  EXPECT_EQ(EntryCount(), 2u);
  dirs_.Clean(Look({}, 0));
  EXPECT_EQ(EntryCount(), 0u);
}

}  // namespace
}  // namespace redkite::engine
