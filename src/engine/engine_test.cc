#include "engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/engine_test_kit.h"
#include "shard/hooked_file_system_test_kit.h"

namespace redkite::engine {
namespace {

constexpr int kDim = 4;

struct Item {
  std::string tag;
  int64_t n = 0;
  std::vector<float> vec;
  bool operator==(const Item&) const = default;
};
using Model = std::map<int64_t, Item>;

Item MakeItem(int64_t id, int64_t version) {
  Random random(static_cast<uint64_t>(id * 1'000'003 + version));
  Item item;
  item.tag = "tag" + std::to_string(random.Below(5));
  item.n = static_cast<int64_t>(random.Below(100));
  for (int i = 0; i < kDim; ++i) item.vec.push_back(static_cast<float>(random.Unit() * 2 - 1));
  return item;
}

// Everything in the collection, as the engine answers it. Fails when a key comes twice.
Result<Model> ReadAll(EngineKit* kit, const std::string& filter = "id >= 0") {
  auto result = kit->Query("items", filter);
  if (!result.ok()) return result.status();
  std::map<std::string, ColumnView> columns;
  for (const OutputColumn& c : result->columns) columns[c.name] = c.column.view();
  Model out;
  for (size_t r = 0; r < columns["id"].row_count; ++r) {
    Item item;
    item.tag = columns["tag"].TextAt(r);
    item.n = columns["n"].At<int64_t>(r);
    item.vec.assign(columns["vec"].VectorAt(r), columns["vec"].VectorAt(r) + kDim);
    if (!out.emplace(columns["id"].At<int64_t>(r), std::move(item)).second) {
      return Status::Internal("key twice in a reply");
    }
  }
  return out;
}

// Random mutations, each tried on the engine and noted in the model.
class Workload {
 public:
  Workload(EngineKit* kit, uint64_t seed) : kit_(kit), random_(seed) {}
  const Model& acknowledged() const { return model_; }
  // What the collection holds when the last, failed mutation took effect after all.
  const Model& with_unknown() const { return unknown_; }
  void Settle(const Model& now) { model_ = now; }

  // False when the mutation was not acknowledged.
  bool Step() {
    unknown_ = model_;
    bool acknowledged = false;
    switch (random_.Below(8)) {
      case 0:
      case 1:
      case 2:
        acknowledged = Put(false);
        break;
      case 3:
      case 4:
        acknowledged = Put(true);
        break;
      case 5:
        acknowledged = DeleteKeys();
        break;
      case 6:
        acknowledged = DeleteMatching();
        break;
      default:
        acknowledged = kit_->Flush("items").ok();
        break;
    }
    if (acknowledged) model_ = unknown_;
    kit_->clock().AdvanceMs(static_cast<int64_t>(random_.Below(50)));
    return acknowledged;
  }

 private:
  bool Put(bool upsert) {
    ItemRows rows("items", kDim, upsert);
    std::map<int64_t, Item> batch;
    const uint64_t count = 1 + random_.Below(random_.Below(4) == 0 ? 200 : 5);
    for (uint64_t i = 0; i < count; ++i) {
      const int64_t id = upsert ? static_cast<int64_t>(random_.Below(400)) : next_id_++;
      batch[id] = MakeItem(id, ++version_);
    }
    for (const auto& [id, item] : batch) {
      rows.Add(id, item.tag, item.n, item.vec);
      unknown_[id] = item;
    }
    return kit_->Insert(rows.Take()).ok();
  }
  bool DeleteKeys() {
    std::string list;
    for (uint64_t i = 0, n = 1 + random_.Below(10); i < n; ++i) {
      const auto id = static_cast<int64_t>(random_.Below(static_cast<uint64_t>(next_id_) + 10));
      unknown_.erase(id);
      list += (list.empty() ? "" : ",") + std::to_string(id);
    }
    return kit_->Delete("items", "id in [" + list + "]").ok();
  }
  bool DeleteMatching() {
    const auto n = static_cast<int64_t>(random_.Below(100));
    std::erase_if(unknown_, [n](const auto& entry) { return entry.second.n == n; });
    return kit_->Delete("items", "n == " + std::to_string(n)).ok();
  }

  EngineKit* kit_;
  Random random_;
  Model model_, unknown_;
  int64_t next_id_ = 1000;
  int64_t version_ = 0;
};

TEST(EngineTest, RandomHistoriesSurvivePowerCuts) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed * 77);
    io::MemFileSystem fs(seed);
    EngineKit kit(&fs, 16 << 10);
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "HNSW"}, {"metric_type", "L2"}}).ok());
    Workload work(&kit, seed);
    for (int round = 0; round < 4; ++round) {
      fs.CutPowerAt(1 + random.Below(150));
      int steps = 0;
      while (steps < 60 && work.Step()) ++steps;
      kit.CloseEngine();
      fs.Crash();
      const Status reopened = kit.Open();
      ASSERT_TRUE(reopened.ok()) << reopened.ToString();
      auto now = ReadAll(&kit);
      ASSERT_TRUE(now.ok()) << now.status().ToString();
      ASSERT_TRUE(*now == work.acknowledged() || *now == work.with_unknown())
          << "round " << round << ": " << now->size() << " rows, acknowledged " << work.acknowledged().size()
          << ", with the unanswered mutation " << work.with_unknown().size();
      work.Settle(*now);
    }
  }
}

TEST(EngineTest, FiltersAndSearchesAgreeWithTheModel) {
  io::MemFileSystem fs(3);
  EngineKit kit(&fs, 64 << 10);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "HNSW"}, {"metric_type", "L2"}}).ok());
  Workload work(&kit, 11);
  Random random(5);
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(work.Step());
    const auto bound = static_cast<int64_t>(random.Below(100));
    const std::string filter = "n < " + std::to_string(bound) + " and tag == \"tag1\"";
    Model expected = work.acknowledged();
    std::erase_if(expected, [&](const auto& e) { return e.second.n >= bound || e.second.tag != "tag1"; });
    auto found = ReadAll(&kit, filter);
    ASSERT_TRUE(found.ok()) << found.status().ToString();
    EXPECT_EQ(*found, expected);
    EXPECT_EQ(*kit.Count("items", filter), static_cast<int64_t>(expected.size()));

    const Item query = MakeItem(-1, round);
    auto hits = kit.Search("items", query.vec, 5, filter);
    ASSERT_TRUE(hits.ok()) << hits.status().ToString();
    std::vector<float> distances;
    for (const auto& [id, item] : expected) {
      float sum = 0;
      for (int d = 0; d < kDim; ++d) sum += (item.vec[d] - query.vec[d]) * (item.vec[d] - query.vec[d]);
      distances.push_back(sum);
    }
    std::sort(distances.begin(), distances.end());
    distances.resize(std::min<size_t>(distances.size(), 5));
    ASSERT_EQ(hits->scores.size(), distances.size());
    for (size_t i = 0; i < distances.size(); ++i) EXPECT_NEAR(hits->scores[i], distances[i], 1e-4);
  }
}

TEST(EngineTest, InsertedTwiceIsAnsweredOnce) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  for (int version = 0; version < 3; ++version) {
    ItemRows rows("items", kDim, false);
    rows.Add(7, "v" + std::to_string(version), version, {1, 1, 1, 1});
    if (version == 1) {
      ASSERT_TRUE(kit.Flush("items").ok());
    }
    ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  }
  ItemRows other("items", kDim, false);
  other.Add(8, "far", 0, {9, 9, 9, 9});
  ASSERT_TRUE(kit.Insert(other.Take()).ok());
  auto rows = ReadAll(&kit);
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_EQ(rows->at(7).tag, "v2");  // the newest
  auto hits = kit.Search("items", {1, 1, 1, 1}, 2);
  ASSERT_TRUE(hits.ok());
  ASSERT_EQ(hits->hit_counts[0], 2);  // and still `limit` rows
  EXPECT_EQ(hits->ids.view().At<int64_t>(0), 7);
  EXPECT_EQ(hits->ids.view().At<int64_t>(1), 8);
}

TEST(EngineTest, WhatSearchesScanOftenIsSealedAndIndexed) {
  for (const std::string type : {"HNSW", "FLAT"}) {
    io::MemFileSystem fs(1);
    EngineKit kit(&fs);
    kit.scan = {10, 5};
    kit.index_rows_min = 10;
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", type}, {"metric_type", "L2"}}).ok());
    ItemRows rows("items", kDim, false);
    for (int64_t id = 0; id < 10; ++id) rows.Add(id, "a", id, {1.0f * static_cast<float>(id), 0, 0, 0});
    ASSERT_TRUE(kit.Insert(rows.Take()).ok());
    for (int i = 0; i < 10; ++i) {
      const auto hits = kit.Search("items", {3, 0, 0, 0}, 1);
      ASSERT_TRUE(hits.ok());
      EXPECT_EQ(hits->ids.view().At<int64_t>(0), 3);
    }
    // Nobody builds anything for FLAT: a segment of files would be scanned just as well.
    EXPECT_EQ(kit.Counter("redkite_flushes_total"), type == "HNSW" ? 1 : 0);
    EXPECT_EQ(kit.Counter("redkite_indexed_rows_total"), type == "HNSW" ? 10 : 0);
    kit.CloseEngine();
  }
}

TEST(EngineTest, RepeatedKeysOfOneSegmentHideNoRowBehindThoseOfAnother) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  const auto insert = [&kit](int64_t id, float x) {
    ItemRows rows("items", kDim, false);
    rows.Add(id, "a", 0, {x, 0, 0, 0});
    ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  };
  for (int i = 0; i < 5; ++i) insert(1, 0);
  insert(2, 1);
  ASSERT_TRUE(kit.Flush("items").ok());
  for (int64_t id = 10; id < 15; ++id) insert(id, 5);
  auto hits = kit.Search("items", {0, 0, 0, 0}, 2);
  ASSERT_TRUE(hits.ok()) << hits.status().ToString();
  ASSERT_EQ(hits->hit_counts[0], 2);
  EXPECT_EQ(hits->ids.view().At<int64_t>(0), 1);
  EXPECT_EQ(hits->ids.view().At<int64_t>(1), 2);
}

TEST(EngineTest, DamagedCollectionIsRefusedAndOthersAreServed) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  for (const char* name : {"items", "other"}) {
    ASSERT_TRUE(kit.CreateItems(name, kDim, {{"index_type", "FLAT"}}).ok());
    ItemRows rows(name, kDim, false);
    rows.Add(1, "a", 2, {1, 2, 3, 4});
    ASSERT_TRUE(kit.Insert(rows.Take()).ok());
    ASSERT_TRUE(kit.Flush(name).ok());
  }
  const int64_t id = kit.proxy().DescribeCollection({{"", "items"}, {}})->id.value();
  kit.CloseEngine();
  const std::string dir = "/data/collections/" + std::to_string(id) + "/" + std::to_string(id);
  auto files = fs.List(dir);
  ASSERT_TRUE(files.ok());
  for (const io::FileInfo& file : *files) {
    if (file.name.find("-f103-") != std::string::npos) fs.FlipBit(dir + "/" + file.name, 8 * 70);
  }
  ASSERT_TRUE(kit.Open().ok());
  auto damaged = kit.Count("items");
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.status().code(), Code::kDataIntegrity);
  EXPECT_NE(damaged.status().message().find("-f103-"), std::string::npos) << damaged.status().ToString();
  EXPECT_EQ(*kit.Count("other"), 1);
  // Nothing is written beside it, nothing removed, and the right file brings everything back.
  ItemRows more("items", kDim, false);
  more.Add(2, "b", 3, {1, 2, 3, 4});
  EXPECT_EQ(kit.Insert(more.Take()).status().code(), Code::kDataIntegrity);
  EXPECT_EQ(kit.Delete("items", "id == 1").status().code(), Code::kDataIntegrity);
  EXPECT_EQ(kit.Flush("items").code(), Code::kDataIntegrity);
  kit.CloseEngine();
  for (const io::FileInfo& file : *files) {
    EXPECT_TRUE(fs.Exists(dir + "/" + file.name).value()) << file.name;
    if (file.name.find("-f103-") != std::string::npos) fs.FlipBit(dir + "/" + file.name, 8 * 70);
  }
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(*kit.Count("items"), 1);
}

TEST(EngineTest, LostManifestIsRefusedAndNothingIsRemoved) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
  ItemRows rows("items", kDim, false);
  rows.Add(1, "a", 2, {1, 2, 3, 4});
  ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  const int64_t id = kit.proxy().DescribeCollection({{"", "items"}, {}})->id.value();
  kit.CloseEngine();
  const std::string dir = "/data/collections/" + std::to_string(id) + "/" + std::to_string(id);
  for (const io::FileInfo& file : *fs.List(dir)) {
    if (file.name.rfind("MANIFEST", 0) == 0) {
      ASSERT_TRUE(fs.Remove(dir + "/" + file.name).ok());
    }
  }
  const size_t left = fs.List(dir)->size();
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(kit.Count("items").status().code(), Code::kDataIntegrity);
  EXPECT_EQ(fs.List(dir)->size(), left);
}

TEST(EngineTest, AFlushAfterACommitOfUnknownOutcomeLeavesItsFilesAlone) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
  ItemRows rows("items", kDim, false);
  for (int64_t id = 1; id <= 3; ++id) rows.Add(id, "a", 2, {1, 2, 3, 4});
  ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  ASSERT_TRUE(kit.Delete("items", "id == 1").ok());
  // The manifest gets its name, but the sync of the directory fails: nobody knows whether it is durable.
  fs.FailNth(io::FileOp::kSyncDir, 2, Status::Io("injected"));
  ASSERT_TRUE(kit.Flush("items").ok());
  ASSERT_TRUE(kit.Delete("items", "id == 2").ok());
  ASSERT_TRUE(kit.Flush("items").ok());  // would write the same files with another delete in them
  ASSERT_TRUE(kit.Open().ok());
  const auto count = kit.Count("items");
  ASSERT_TRUE(count.ok()) << count.status().ToString();
  EXPECT_EQ(*count, 1);
}

TEST(EngineTest, FullDiskRefusesWritesAndKeepsReading) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
  ItemRows first("items", kDim, false);
  first.Add(1, "a", 2, {1, 2, 3, 4});
  ASSERT_TRUE(kit.Insert(first.Take()).ok());
  fs.FailNth(io::FileOp::kWrite, 1, Status(Code::kDiskLimitExceeded, "disk is full: x"), true);
  ItemRows second("items", kDim, false);
  second.Add(2, "b", 2, {1, 2, 3, 4});
  EXPECT_FALSE(kit.Insert(second.Take()).ok());
  EXPECT_EQ(*kit.Count("items"), 1);
  fs.ClearFaults();
}

TEST(EngineTest, PartialUpdatesGoOnAfterAWriteThatFailed) {
  io::MemFileSystem fs(11);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", 4, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  ItemRows first("items", 4, false);
  first.Add(1, "one", 1, {1, 2, 3, 4});
  ASSERT_TRUE(kit.Insert(first.Take()).ok());
  const auto update = [&kit](const std::string& tag) {
    ItemRows rows("items", 4, true);
    rows.Add(1, tag, 0, {0, 0, 0, 0});
    InsertRequest request = rows.Take();
    request.partial_update = true;
    std::erase_if(request.columns, [](const InputColumn& c) { return c.name != "id" && c.name != "tag"; });
    return kit.Insert(std::move(request));
  };
  ASSERT_TRUE(update("I").ok());
  // A write of the same key that needs a new file of the log.
  fs.SetDiskBytes(0);
  Code code = Code::kOk;
  for (int i = 0; code == Code::kOk && i < 100; ++i) {
    ItemRows rows("items", 4, true);
    rows.Add(1, "other", 2, {1, 2, 3, 4});
    for (int64_t id = 2; id < 20'000; ++id) rows.Add(id, "other", 2, {1, 2, 3, 4});
    code = kit.Insert(rows.Take()).status().code();
  }
  ASSERT_EQ(code, Code::kDiskLimitExceeded);
  fs.SetDiskBytes(UINT64_MAX);
  const auto answer = update("uno");
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(*kit.Count("items", "id == 1 and tag == \"uno\""), 1);
}

// 512 MiB of growing rows ask for a flush; a budget that is smaller must not be full for ever.
TEST(EngineTest, WritesGoOnWhenRowsFillTheMemoryBudget) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs, size_t{512} << 20);
  kit.memory_limit_bytes = 1 << 20;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
  int64_t id = 0;
  for (int batch = 0; batch < 100; ++batch) {
    ItemRows rows("items", kDim, false);
    for (int i = 0; i < 500; ++i, ++id) rows.Add(id, "a", 2, {1, 2, 3, 4});
    const auto inserted = kit.Insert(rows.Take());
    ASSERT_TRUE(inserted.ok()) << batch << inserted.status().ToString();
  }
  EXPECT_GT(kit.Counter("redkite_flushes_total"), 1);
  EXPECT_EQ(*kit.Count("items"), id);
}

Status InsertSome(EngineKit* kit, const std::string& collection, int64_t first_id) {
  ItemRows rows(collection, kDim, false);
  for (int64_t id = first_id; id < first_id + 500; ++id) rows.Add(id, "a", 2, {1, 2, 3, 4});
  return kit->Insert(rows.Take()).status();
}

TEST(EngineTest, ManySmallCollectionsMakeRoom) {
  constexpr int kCollections = 100;
  io::MemFileSystem fs(1);
  EngineKit kit(&fs, size_t{512} << 20);
  kit.memory_limit_bytes = 4 << 20;
  ASSERT_TRUE(kit.Open().ok());
  for (int c = 0; c < kCollections; ++c) {
    ASSERT_TRUE(kit.CreateItems("items" + std::to_string(c), kDim, {{"index_type", "FLAT"}}).ok());
  }
  for (int batch = 0; batch < 4 * kCollections; ++batch) {
    const Status inserted = InsertSome(&kit, "items" + std::to_string(batch % kCollections), batch * 500);
    ASSERT_TRUE(inserted.ok()) << batch << inserted.ToString();
  }
}

TEST(EngineTest, CollectionThatCannotBeFlushedLeavesRoomForOthers) {
  io::MemFileSystem fs(1);
  shard::HookedFileSystem hooked(&fs);
  EngineKit kit(&hooked, size_t{512} << 20);
  kit.memory_limit_bytes = 1 << 20;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("big", kDim, {{"index_type", "FLAT"}}).ok());
  const std::string dir = "/data/collections/" + fs.List("/data/collections")->at(0).name;
  ASSERT_TRUE(kit.CreateItems("other", kDim, {{"index_type", "FLAT"}}).ok());
  hooked.before_create = [&](const std::string& path) {
    return path.starts_with(dir) ? Status::Io("read-only: " + path) : Status::Ok();
  };
  int64_t id = 0;
  for (; kit.Gauge("redkite_memory_accounted_bytes") < kit.memory_limit_bytes / 2; id += 500) {
    ASSERT_TRUE(InsertSome(&kit, "big", id).ok());
  }
  for (int batch = 0; batch < 50; ++batch, id += 500) {
    const Status inserted = InsertSome(&kit, "other", id);
    ASSERT_TRUE(inserted.ok()) << batch << inserted.ToString();
  }
  EXPECT_GT(kit.Counter("redkite_flushes_total"), 1);
}

TEST(EngineTest, ReplayedRowsCountInTheMemoryBudget) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
  ItemRows rows("items", kDim, false);
  for (int64_t id = 0; id < 100; ++id) rows.Add(id, "a", 2, {1, 2, 3, 4});
  ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  const int64_t before = kit.Gauge("redkite_memory_accounted_bytes");
  EXPECT_GT(before, 0);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_GT(kit.Gauge("redkite_memory_accounted_bytes"), before / 2);
  ASSERT_TRUE(kit.Flush("items").ok());
  EXPECT_EQ(kit.Gauge("redkite_memory_accounted_bytes"), 0);
}

TEST(EngineTest, DroppedCollectionLeavesNothing) {
  io::MemFileSystem fs(1);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
  ItemRows rows("items", kDim, false);
  rows.Add(1, "a", 2, {1, 2, 3, 4});
  ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  ASSERT_TRUE(kit.proxy().DropCollection({"", "items"}).ok());
  EXPECT_TRUE(kit.proxy().DropCollection({"", "items"}).ok());
  EXPECT_TRUE(fs.List("/data/collections")->empty());
  EXPECT_EQ(kit.Count("items").status().code(), Code::kCollectionNotFound);
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
  EXPECT_EQ(*kit.Count("items"), 0);
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(*kit.Count("items"), 0);
}

}  // namespace
}  // namespace redkite::engine
