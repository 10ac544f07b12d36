// Compaction in a whole engine: whatever is lost with the power, the rows are those that were acknowledged,
// now and at older timestamps.
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "engine/engine_test_kit.h"

namespace redkite::engine {
namespace {

constexpr int kDim = 4;
const Params kHnsw = {{"index_type", "HNSW"}, {"metric_type", "L2"}, {"M", "8"}, {"efConstruction", "40"}};

using Model = std::map<int64_t, int64_t>;  // key → number

InsertRequest Items(const Model& items, bool upsert) {
  ItemRows rows("items", kDim, upsert);
  for (const auto& [id, n] : items)
    rows.Add(id, "t", n, {static_cast<float>(id), 2, 3, static_cast<float>(n)});
  return rows.Take();
}

/// All rows, at `ts` when it is not 0.
Result<Model> Read(EngineKit* kit, Timestamp ts = 0) {
  QueryRequest request;
  request.name.collection = "items";
  request.filter = "id >= 0";
  request.output_fields = {"id", "n"};
  if (ts != 0) {
    request.params = {{"iterator", "True"}};
    request.read_point.guarantee_ts = ts;
  }
  auto found = kit->proxy().Query(request, nullptr);
  if (!found.ok()) return found.status();
  Model out;
  const ColumnView ids = found->columns[0].column.view(), numbers = found->columns[1].column.view();
  for (size_t r = 0; r < ids.row_count; ++r) out[ids.At<int64_t>(r)] = numbers.At<int64_t>(r);
  if (out.size() != ids.row_count) return Status::Internal("a key twice");
  return out;
}

Status Load(EngineKit* kit) {
  LoadRequest load;
  load.name.collection = "items";
  return kit->proxy().LoadCollection(load);
}

size_t SegmentCount(EngineKit* kit) {
  PersistentSegmentsRequest request;
  request.name.collection = "items";
  return kit->proxy().PersistentSegments(request)->size();
}

size_t FileCount(io::MemFileSystem* fs, EngineKit* kit) {
  const std::string dir =
      "/data/collections/" + std::to_string(kit->proxy().DescribeCollection({{"", "items"}, {}})->id.value());
  size_t count = 0;
  const auto shards = fs->List(dir).value();
  for (const auto& shard : shards) count += fs->List(dir + "/" + shard.name).value().size();
  return count;
}

// Three flushes with upserts and deletes between them, the last of which leads to merges; returns the model
// of what was acknowledged and, of the request that was not, both.
struct Written {
  Model sure, maybe;
};
Written WriteAll(EngineKit* kit) {
  Written w;
  const auto put = [&](const Model& items) {
    for (const auto& [id, n] : items) w.maybe[id] = n;
    if (!kit->Insert(Items(items, true)).ok()) return false;
    w.sure = w.maybe;
    return true;
  };
  const auto remove = [&](int64_t below) {
    std::erase_if(w.maybe, [&](const auto& item) { return item.second < below; });
    if (!kit->Delete("items", "n < " + std::to_string(below)).ok()) return false;
    w.sure = w.maybe;
    return true;
  };
  for (int64_t round = 0; round < 3; ++round) {
    Model items;
    for (int64_t i = 0; i < 12; ++i) items[(round * 7 + i) % 30] = round * 20 + i;
    if (!put(items) || !kit->Flush("items").ok() || !remove(round * 10 + 3)) break;
  }
  return w;
}

TEST(EngineCompactionTest, APowerCutAtAnyChangeLosesAndResurrectsNothing) {
  bool done = false;
  int64_t compactions = 0;
  for (uint64_t cut = 1; !done; ++cut) {
    SCOPED_TRACE("cut at " + std::to_string(cut));
    ASSERT_LT(cut, 2000u);
    io::MemFileSystem fs(cut);
    EngineKit kit(&fs);
    kit.compaction.fan_in = 2;
    kit.compaction.retention_ms = 0;
    kit.index_rows_min = 8;
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, kHnsw).ok());
    const uint64_t before = fs.change_count();
    fs.CutPowerAt(cut);
    const Written written = WriteAll(&kit);
    done = fs.change_count() - before < cut;
    compactions = kit.Counter("redkite_compactions_total");
    kit.CloseEngine();
    fs.Crash();
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(Load(&kit).ok());
    const auto now = Read(&kit);
    ASSERT_TRUE(now.ok()) << now.status().ToString();
    EXPECT_TRUE(*now == written.sure || *now == written.maybe);
    // It goes on as if nothing had been.
    ASSERT_TRUE(kit.Insert(Items({{1000, 1}}, true)).ok());
    ASSERT_TRUE(kit.Flush("items").ok());
    auto expected = *now;
    expected[1000] = 1;
    EXPECT_EQ(Read(&kit).value(), expected);
  }
  EXPECT_GE(compactions, 2);
}

TEST(EngineCompactionTest, RandomHistoriesMatchAModelNowAndBefore) {
  int64_t compactions = 0;
  for (uint64_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    io::MemFileSystem fs(seed);
    EngineKit kit(&fs, 4 << 10);
    kit.compaction.fan_in = 2 + random.Below(3);
    kit.compaction.target_bytes = 20'000 << random.Below(8);
    kit.compaction.retention_ms = seed % 3 == 0 ? 0 : 2000;
    kit.compaction.retention_ratio = std::numeric_limits<double>::infinity();
    kit.index_rows_min = 16;
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, kHnsw).ok());
    Model model, maybe;
    std::vector<std::pair<Timestamp, Model>> past;
    for (int round = 0; round < 4; ++round) {
      fs.CutPowerAt(1 + random.Below(1200));
      bool alive = true;
      for (int step = 0; step < 120 && alive; ++step) {
        maybe = model;
        kit.clock().AdvanceMs(static_cast<int64_t>(random.Below(100)));
        Result<MutationResult> answer = MutationResult();
        const uint64_t draw = random.Below(10);
        if (draw < 6) {
          Model items;
          for (uint64_t n = 1 + random.Below(12); n > 0; --n)
            items[static_cast<int64_t>(random.Below(120))] = static_cast<int64_t>(random.Below(100));
          for (const auto& [id, n] : items) maybe[id] = n;
          answer = kit.Insert(Items(items, true));
        } else if (draw < 8) {
          const auto below = static_cast<int64_t>(random.Below(25));
          std::erase_if(maybe, [&](const auto& item) { return item.second < below; });
          answer = kit.Delete("items", "n < " + std::to_string(below));
        } else {
          alive = kit.Flush("items").ok();
        }
        alive = alive && answer.ok();
        if (!alive) break;
        model = maybe;
        const auto now = Read(&kit);
        ASSERT_TRUE(now.ok()) << now.status().ToString();
        ASSERT_EQ(*now, model);
        if (draw < 8 && answer->timestamp != 0) past.emplace_back(answer->timestamp, model);
        if (past.empty()) continue;
        const auto& [ts, state] = past[random.Below(past.size())];
        const auto before = Read(&kit, ts);
        // A restart may take the node's time some seconds ahead.
        const int64_t age_ms = WallMsOf(kit.proxy().AllocTimestamp().value()) - WallMsOf(ts);
        if (!before.ok() && age_ms >= kit.compaction.retention_ms) continue;
        ASSERT_TRUE(before.ok()) << before.status().ToString() << " " << age_ms;
        ASSERT_EQ(*before, state);
      }
      kit.CloseEngine();
      fs.Crash();
      ASSERT_TRUE(kit.Open().ok());
      ASSERT_TRUE(Load(&kit).ok());
      const auto now = Read(&kit);
      ASSERT_TRUE(now.ok()) << now.status().ToString();
      ASSERT_TRUE(*now == model || *now == maybe) << "round " << round;
      model = *now;
    }
    compactions += kit.Counter("redkite_compactions_total");
  }
  EXPECT_GT(compactions, 100);
}

TEST(EngineCompactionTest, ManySmallFlushesBecomeFewSegmentsAndNoFileStays) {
  io::MemFileSystem fs(5);
  EngineKit kit(&fs);
  kit.compaction.retention_ms = 0;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  for (int64_t i = 0; i < 64; ++i) {
    ASSERT_TRUE(kit.Insert(Items({{i, i}}, false)).ok());
    ASSERT_TRUE(kit.Flush("items").ok());
  }
  EXPECT_EQ(SegmentCount(&kit), 1u);
  const size_t files = FileCount(&fs, &kit);
  EXPECT_EQ(files, 7u);  // a manifest, four columns, timestamps and the order of keys
  ASSERT_TRUE(kit.Open().ok());
  EXPECT_EQ(FileCount(&fs, &kit), files);
  ASSERT_TRUE(Load(&kit).ok());
  EXPECT_EQ(Read(&kit)->size(), 64u);
}

TEST(EngineMaintenance, WhatNobodyWritesToAnyMoreIsSealed) {
  io::MemFileSystem fs(6);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  ASSERT_TRUE(kit.Insert(Items({{1, 1}}, false)).ok());
  kit.clock().AdvanceMs(59'000);
  kit.engine().Maintain();
  EXPECT_EQ(SegmentCount(&kit), 0u);
  kit.clock().AdvanceMs(2'000);
  kit.engine().Maintain();
  EXPECT_EQ(SegmentCount(&kit), 1u);
  const uint64_t changes = fs.change_count();
  kit.clock().AdvanceMs(100'000);
  kit.engine().Maintain();
  EXPECT_EQ(fs.change_count(), changes) << "nothing to do, nothing written";
  // A delete alone keeps the log as well.
  ASSERT_TRUE(kit.Delete("items", "id == 1").ok());
  kit.clock().AdvanceMs(61'000);
  kit.engine().Maintain();
  EXPECT_GT(fs.change_count(), changes);
  EXPECT_EQ(Read(&kit)->size(), 0u);
}

TEST(EngineMaintenance, AFlushThatFoundTheDiskFullIsTriedAgain) {
  io::MemFileSystem fs(7);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  ASSERT_TRUE(kit.Insert(Items({{1, 1}}, false)).ok());
  fs.FailNth(io::FileOp::kCreate, 1, Status(Code::kDiskLimitExceeded, "injected"), true);
  (void)kit.Flush("items");
  EXPECT_EQ(SegmentCount(&kit), 0u);
  fs.ClearFaults();
  kit.clock().AdvanceMs(61'000);
  kit.engine().Maintain();
  EXPECT_EQ(SegmentCount(&kit), 1u);
}

TEST(EngineMaintenance, ExpiredRowsGoWithoutAnyWrite) {
  io::MemFileSystem fs(8);
  EngineKit kit(&fs);
  kit.compaction.retention_ms = 0;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  AlterCollectionRequest alter;
  alter.name.collection = "items";
  alter.properties.put = {{"collection.ttl.seconds", "100"}};
  ASSERT_TRUE(kit.proxy().AlterCollection(alter).ok());
  ASSERT_TRUE(kit.Insert(Items({{1, 1}, {2, 2}}, false)).ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  kit.clock().AdvanceMs(90'000);
  kit.engine().Maintain();
  EXPECT_EQ(SegmentCount(&kit), 1u);
  kit.clock().AdvanceMs(11'000);
  kit.engine().Maintain();
  EXPECT_EQ(SegmentCount(&kit), 0u);
}

}  // namespace
}  // namespace redkite::engine
