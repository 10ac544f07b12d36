// Starts of an engine that find less than there was: what is missing is named, nothing is removed, and no row
// is lost without a word.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "engine/engine_test_kit.h"
#include "meta/kv_log.h"

namespace redkite::engine {
namespace {

constexpr int kDim = 4;
const Params kFlat = {{"index_type", "FLAT"}};

Status InsertOne(EngineKit* kit, const std::string& collection, int64_t id,
                 const std::string& partition = "") {
  ItemRows rows(collection, kDim, false);
  rows.Add(id, "a", id, {1, 2, 3, 4});
  InsertRequest request = rows.Take();
  request.partition = partition;
  return kit->Insert(std::move(request)).status();
}

std::map<std::string, std::string> Files(io::MemFileSystem* fs, const std::string& dir) {
  std::map<std::string, std::string> out;
  for (const io::FileInfo& info : fs->List(dir).value()) {
    const std::string path = dir + "/" + info.name;
    if (!info.is_dir) {
      out[path] = fs->ReadAll(path).value();
    } else {
      out[path] = "a directory";
      out.merge(Files(fs, path));
    }
  }
  return out;
}

std::string MetaLog(io::MemFileSystem* fs) {
  for (const io::FileInfo& info : fs->List("/data/meta").value()) {
    if (info.name.starts_with("LOG-")) return "/data/meta/" + info.name;
  }
  return "";
}

std::string DirOf(EngineKit* kit, const std::string& collection) {
  return "/data/collections/" +
         std::to_string(kit->proxy().DescribeCollection({{"", collection}, {}})->id.value());
}

// An engine with a collection, whose metadata is taken back to an earlier state: the case of a backup of
// `meta/` that is older than the data, and of a damaged log whose end looks unwritten.
struct Older {
  explicit Older(bool flushed, bool with_partition = false) : fs(1), kit(&fs) {
    EXPECT_TRUE(kit.Open().ok());
    EXPECT_TRUE(kit.CreateItems("first", kDim, kFlat).ok());
    EXPECT_TRUE(InsertOne(&kit, "first", 1).ok());
    path = MetaLog(&fs);
    before = fs.ReadAll(path).value();
    if (with_partition) {
      EXPECT_TRUE(kit.proxy().CreatePartition({{"", "first"}, "p"}).ok());
      EXPECT_TRUE(InsertOne(&kit, "first", 2, "p").ok());
      EXPECT_TRUE(!flushed || kit.Flush("first").ok());
    } else {
      EXPECT_TRUE(kit.CreateItems("second", kDim, kFlat).ok());
      EXPECT_TRUE(InsertOne(&kit, "second", 2).ok());
      EXPECT_TRUE(!flushed || kit.Flush("second").ok());
      second_dir = DirOf(&kit, "second");
    }
    kit.CloseEngine();
    after = fs.ReadAll(path).value();
    EXPECT_NE(before, after);
    fs.PutFile(path, before);
  }
  io::MemFileSystem fs;
  EngineKit kit;
  std::string path, before, after, second_dir;
};

TEST(EngineStartTest, ACatalogThatLostACollectionIsRefusedAndNothingIsRemoved) {
  for (const bool flushed : {false, true}) {
    Older older(flushed);
    const auto files = Files(&older.fs, "/data");
    const Status refused = older.kit.Open();
    EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
    EXPECT_NE(refused.message().find(older.second_dir), std::string::npos) << refused.message();
    EXPECT_NE(refused.message().find("wal.recover_truncate"), std::string::npos) << refused.message();
    EXPECT_TRUE(Files(&older.fs, "/data") == files);
    older.fs.PutFile(older.path, older.after);  // the right one is put back
    ASSERT_TRUE(older.kit.Open().ok());
    EXPECT_EQ(older.kit.Count("second").value(), 1);
  }
}

TEST(EngineStartTest, RecoverTruncateSetsALostCollectionAside) {
  for (const bool flushed : {false, true}) {
    Older older(flushed);
    older.kit.recover_truncate = true;
    ASSERT_TRUE(older.kit.Open().ok());
    EXPECT_EQ(older.kit.Count("first").value(), 1);
    EXPECT_TRUE(older.fs.Exists(older.second_dir + ".damaged").value());
    // Ids of what was lost are not used again: the log's old rows do not turn up in a new collection.
    ASSERT_TRUE(older.kit.CreateItems("third", kDim, kFlat).ok());
    EXPECT_NE(DirOf(&older.kit, "third"), older.second_dir);
    older.kit.recover_truncate = false;
    ASSERT_TRUE(older.kit.Open().ok());
    EXPECT_EQ(older.kit.Count("third").value(), 0);
    EXPECT_TRUE(older.fs.Exists(older.second_dir + ".damaged").value());
  }
}

TEST(EngineStartTest, RowsOfALostCollectionInTheLogAreRefused) {
  Older older(false);
  ASSERT_TRUE(older.fs.RemoveTree(older.second_dir).ok());
  const Status refused = older.kit.Open();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
  EXPECT_NE(refused.message().find("the log has rows of collection"), std::string::npos) << refused.message();
}

TEST(EngineStartTest, ACatalogThatLostAPartitionKeepsItsRows) {
  for (const bool flushed : {false, true}) {
    Older older(flushed, true);
    ASSERT_TRUE(older.kit.Open().ok());
    const Status refused = older.kit.Count("first").status();
    EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
    EXPECT_NE(refused.message().find("partition"), std::string::npos) << refused.message();
    older.kit.CloseEngine();
    older.fs.PutFile(older.path, older.after);
    ASSERT_TRUE(older.kit.Open().ok());
    EXPECT_EQ(older.kit.Count("first").value(), 2);
  }
}

TEST(EngineStartTest, ARescueKeepsTheRowsOfALostPartition) {
  for (const bool flushed : {false, true}) {
    Older older(flushed, true);
    older.kit.recover_truncate = true;
    ASSERT_TRUE(older.kit.Open().ok());
    EXPECT_EQ(older.kit.Count("first").value(), 1);  // a partition that nobody loaded
    for (int start = 0; start < 2; ++start) {
      const auto partitions = older.kit.proxy().ShowPartitions({{"", "first"}, {}, {}, false}).value();
      ASSERT_EQ(partitions.size(), 2u);
      const std::string id = std::to_string(partitions[1].id.value());
      EXPECT_EQ(partitions[1].name, "recovered_" + id);
      EXPECT_EQ(older.kit.proxy().PartitionRowCount({{"", "first"}, partitions[1].name}).value(), 1);
      EXPECT_TRUE(older.kit.log().Has("partition=recovered_" + id + " rows=1")) << older.kit.log().text();
      // Its id is not given again.
      ASSERT_TRUE(older.kit.CreateItems("x" + std::to_string(start), kDim, kFlat).ok());
      older.kit.recover_truncate = false;
      ASSERT_TRUE(older.kit.Open().ok());
    }
    LoadRequest load;
    load.name.collection = "first";
    ASSERT_TRUE(older.kit.proxy().LoadCollection(load).ok());
    EXPECT_EQ(older.kit.Count("first").value(), 2);
  }
}

TEST(EngineStartTest, ARescueCopiesTheLogOfALostCollectionAndSaysSo) {
  Older older(false);
  older.kit.recover_truncate = true;
  const std::string file = "/data/wal/00000000000000000001.log";
  const std::string bytes = older.fs.ReadAll(file).value();
  ASSERT_TRUE(older.kit.Open().ok());
  EXPECT_TRUE(older.fs.ReadAll(file + ".damaged").value() == bytes);
  for (const std::string& told :
       {"file=" + file, "dir=" + older.second_dir, "as=" + older.second_dir + ".damaged",
        std::string("records=1 first_position=2 last_position=2")}) {
    EXPECT_TRUE(older.kit.log().Has(told)) << told << "\n" << older.kit.log().text();
  }
}

TEST(EngineStartTest, ARescueGoesOnWhereTheLogEndsBeforeACheckpoint) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  for (const char* name : {"items", "other"}) ASSERT_TRUE(kit.CreateItems(name, kDim, kFlat).ok());
  const std::string file = "/data/wal/00000000000000000001.log";
  const std::string older = fs.ReadAll(file).value();
  for (int64_t id = 1; id <= 5; ++id) ASSERT_TRUE(InsertOne(&kit, "items", id).ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  kit.CloseEngine();
  fs.PutFile(file, older);
  const Status refused = kit.Open();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity);
  EXPECT_NE(refused.message().find("was flushed up to 5"), std::string::npos) << refused.message();
  kit.recover_truncate = true;
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_TRUE(kit.log().Has("log_end=0 collection=")) << kit.log().text();
  EXPECT_EQ(kit.Count("items").value(), 5);
  // What is written now is not taken for rows that the files have.
  for (const char* name : {"items", "other"}) ASSERT_TRUE(InsertOne(&kit, name, 6).ok());
  kit.recover_truncate = false;
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Count("items").value(), 6);
  EXPECT_EQ(kit.Count("other").value(), 1);
}

TEST(EngineStartTest, ARenamedDirectoryIsRefusedAndNothingIsRemoved) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  for (const char* name : {"dropped", "items", "last"}) {
    ASSERT_TRUE(kit.CreateItems(name, kDim, kFlat).ok());
    ASSERT_TRUE(InsertOne(&kit, name, 1).ok());
    ASSERT_TRUE(kit.Flush(name).ok());
  }
  const std::string from = DirOf(&kit, "items"), to = DirOf(&kit, "dropped");
  ASSERT_TRUE(kit.proxy().ReleaseCollection({"", "dropped"}).ok());
  ASSERT_TRUE(kit.proxy().DropCollection({"", "dropped"}).ok());
  kit.CloseEngine();
  ASSERT_TRUE(fs.Rename(from, to).ok());
  const auto files = Files(&fs, "/data");
  const Status refused = kit.Open();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
  EXPECT_NE(refused.message().find("the MANIFEST in " + to + " is of collection"), std::string::npos)
      << refused.message();
  EXPECT_NE(refused.message().find(from), std::string::npos) << refused.message();
  EXPECT_TRUE(Files(&fs, "/data") == files);
  ASSERT_TRUE(fs.Rename(to, from).ok());
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Count("items").value(), 1);
  // A rescue keeps it beside.
  kit.CloseEngine();
  ASSERT_TRUE(fs.Rename(from, to).ok());
  kit.recover_truncate = true;
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_TRUE(fs.Exists(to + ".damaged").value());
  EXPECT_FALSE(kit.Count("items").ok());
  EXPECT_EQ(kit.Count("last").value(), 1);
}

TEST(EngineStartTest, ACutMetadataLogIsRefusedAtEveryLength) {
  Older older(true);
  const size_t used = older.after.find_last_not_of('\0') + 1;
  for (size_t size = 0; size < older.after.size(); size += size < used ? 61 : 4093) {
    older.fs.PutFile(older.path, older.after.substr(0, size));
    const Status refused = older.kit.Open();
    ASSERT_EQ(refused.code(), Code::kDataIntegrity) << size;
    ASSERT_NE(refused.message().find(older.path), std::string::npos) << refused.message();
    ASSERT_TRUE(older.fs.Exists(older.second_dir).value());
  }
}

TEST(EngineStartTest, AMissingLogIsRefused) {
  for (const bool whole : {false, true}) {
    io::MemFileSystem fs(1);
    EngineKit kit(&fs);
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, kFlat).ok());
    ASSERT_TRUE(InsertOne(&kit, "items", 1).ok());
    kit.CloseEngine();
    const std::string file = "/data/wal/00000000000000000001.log";
    if (whole) {
      ASSERT_TRUE(fs.RemoveTree("/data/wal").ok());
    } else {
      ASSERT_TRUE(fs.Truncate(file, fs.ReadAll(file)->size() / 2).ok());
    }
    const Status refused = kit.Open();
    EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
    EXPECT_NE(refused.message().find(file), std::string::npos) << refused.message();
    kit.recover_truncate = true;
    ASSERT_TRUE(kit.Open().ok());
    EXPECT_EQ(kit.Count("items").value(), whole ? 0 : 1);
  }
}

TEST(EngineStartTest, AMissingCollectionIsNamedAndOthersAreServed) {
  for (const bool only_content : {false, true}) {
    io::MemFileSystem fs(1);
    EngineKit kit(&fs);
    ASSERT_TRUE(kit.Open().ok());
    for (const char* name : {"first", "second"}) {
      ASSERT_TRUE(kit.CreateItems(name, kDim, kFlat).ok());
      ASSERT_TRUE(InsertOne(&kit, name, 1).ok());
      ASSERT_TRUE(kit.Flush(name).ok());
    }
    const std::string dir = DirOf(&kit, "second");
    kit.CloseEngine();
    ASSERT_TRUE(fs.RemoveTree(dir).ok());
    if (only_content) {
      ASSERT_TRUE(fs.CreateDirs(dir + dir.substr(dir.rfind('/'))).ok());
    }
    ASSERT_TRUE(kit.Open().ok());
    EXPECT_EQ(kit.Count("first").value(), 1);
    const Status refused = kit.Count("second").status();
    EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
    EXPECT_NE(refused.message().find(dir), std::string::npos) << refused.message();
    EXPECT_EQ(fs.Exists(dir).value(), only_content) << "made anew";
    // It can be dropped.
    ASSERT_TRUE(kit.proxy().ReleaseCollection({"", "second"}).ok());
    ASSERT_TRUE(kit.proxy().DropCollection({"", "second"}).ok());
    ASSERT_TRUE(kit.Open().ok());
  }
}

TEST(EngineStartTest, AnOlderManifestIsRefusedAndItsSuccessorsFilesStay) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, kFlat).ok());
  const std::string dir =
      DirOf(&kit, "items") + DirOf(&kit, "items").substr(std::string("/data/collections").size());
  const auto older = Files(&fs, dir);
  ASSERT_EQ(older.size(), 1u);
  for (int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(InsertOne(&kit, "items", id).ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  kit.CloseEngine();
  for (const auto& [path, bytes] : Files(&fs, dir)) {
    if (path.find("MANIFEST") != std::string::npos) {
      ASSERT_TRUE(fs.Remove(path).ok());
    }
  }
  fs.PutFile(older.begin()->first, older.begin()->second);
  const auto files = Files(&fs, dir);
  ASSERT_TRUE(kit.Open().ok());
  const Status refused = kit.Count("items").status();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity) << refused.ToString();
  EXPECT_NE(refused.message().find(dir), std::string::npos) << refused.message();
  EXPECT_TRUE(Files(&fs, dir) == files);
}

TEST(EngineStartTest, ARefusedStartChangesNothing) {
  const auto expect_refused = [](const std::function<void(Older*)>& damage) {
    Older older(true);
    older.fs.PutFile(older.path, older.after);
    damage(&older);
    const auto files = Files(&older.fs, "/data");
    EXPECT_EQ(older.kit.Open().code(), Code::kDataIntegrity);
    EXPECT_TRUE(Files(&older.fs, "/data") == files);
  };
  // A newer snapshot of another store stands beside the right one.
  expect_refused([](Older* older) {
    constexpr uint64_t kBase = 5000;
    older->fs.PutFile("/data/meta/SNAPSHOT-00000000000000005000", meta::EncodeSnapshot({}, kBase));
    older->fs.PutFile("/data/meta/LOG-00000000000000005000", meta::EncodeLogHeader(kBase));
  });
  // The log ends in the middle of a record, as after a torn write, and what came later is gone.
  expect_refused([](Older* older) {
    std::string bytes = older->after;
    std::fill(bytes.begin() + static_cast<ptrdiff_t>(older->before.find_last_not_of('\0') + 60), bytes.end(),
              '\0');
    older->fs.PutFile(older->path, bytes);
  });
  // The catalog is missing as a whole.
  expect_refused([](Older* older) { EXPECT_TRUE(older->fs.RemoveTree("/data/meta").ok()); });
  // Something that nothing names lies beside the files of a collection.
  expect_refused([](Older* older) {
    const std::string first = "/data/collections/" + older->fs.List("/data/collections")->begin()->name;
    const std::string shard = first + "/" + older->fs.List(first)->begin()->name;
    older->fs.PutFile(shard + "/s99-ts-g1.col", "left over");
    older->fs.PutFile(older->path, older->before);
  });
}

TEST(EngineStartTest, AnIndexWhoseDropWasCutIsGoneAfterTheStart) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  kit.index_rows_min = 10;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "HNSW"}, {"metric_type", "L2"}}).ok());
  ItemRows rows("items", kDim, false);
  for (int64_t id = 0; id < 10; ++id) rows.Add(id, "a", id, {1.0f * static_cast<float>(id), 0, 0, 0});
  ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  const std::string dir = DirOf(&kit, "items");
  const auto index_files = [&] {
    const auto files = Files(&fs, dir);
    return std::count_if(files.begin(), files.end(), [](const auto& f) { return f.first.ends_with(".idx"); });
  };
  ASSERT_EQ(index_files(), 1);
  ASSERT_TRUE(kit.proxy().ReleaseCollection({"", "items"}).ok());
  // The catalog's part is done by then, the manifest's is not.
  fs.FailNth(io::FileOp::kCreate, 1, Status::Io("injected"), true);
  (void)kit.proxy().DropIndex({{"", "items"}, "vec", ""});
  fs.ClearFaults();
  ASSERT_EQ(index_files(), 1);
  kit.CloseEngine();
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(index_files(), 0);
}

TEST(EngineStartTest, PowerCutsDuringCreatesAndDropsLeaveNothingBehind) {
  for (uint64_t nth = 1; nth <= 60; ++nth) {
    SCOPED_TRACE("cut at " + std::to_string(nth));
    io::MemFileSystem fs(nth);
    EngineKit kit(&fs);
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("first", kDim, kFlat).ok());
    fs.CutPowerAt(nth);
    const bool created = kit.CreateItems("second", kDim, kFlat).ok();
    const bool drops = created && kit.proxy().ReleaseCollection({"", "second"}).ok();
    const bool dropped = drops && kit.proxy().DropCollection({"", "second"}).ok();
    kit.CloseEngine();
    fs.Crash();
    ASSERT_TRUE(kit.Open().ok());
    const bool there = kit.proxy().HasCollection({"", "second"}).value();
    ASSERT_TRUE(!created || drops || there);
    ASSERT_TRUE(!dropped || !there);
    if (there) {
      ASSERT_TRUE(InsertOne(&kit, "second", 1).ok());
    }
    ASSERT_EQ(fs.List("/data/collections")->size(), there ? 2u : 1u);
    kit.CloseEngine();
    fs.Crash();
    ASSERT_TRUE(kit.Open().ok());
  }
}

TEST(EngineStartTest, ACreateOfUnknownOutcomeIsWholeOrAbsentAfterwards) {
  for (const auto op : {io::FileOp::kSync, io::FileOp::kSyncDir, io::FileOp::kWrite}) {
    for (uint64_t nth = 1; nth <= 12; ++nth) {
      SCOPED_TRACE("failure " + std::to_string(nth) + " of " + std::to_string(static_cast<int>(op)));
      io::MemFileSystem fs(nth);
      EngineKit kit(&fs);
      ASSERT_TRUE(kit.Open().ok());
      fs.FailNth(op, nth, Status::Io("injected"), true);
      const bool created = kit.CreateItems("items", kDim, kFlat).ok();
      fs.ClearFaults();
      ASSERT_TRUE(kit.Open().ok());
      if (kit.proxy().HasCollection({"", "items"}).value()) {
        ASSERT_TRUE(InsertOne(&kit, "items", 1).ok());
      } else {
        ASSERT_FALSE(created);
        const auto left = fs.List("/data/collections");
        ASSERT_TRUE(!left.ok() || left->empty());
      }
    }
  }
}

}  // namespace
}  // namespace redkite::engine
