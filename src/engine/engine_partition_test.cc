// Partitions of a whole engine: a dropped one takes its rows along for good, whatever is lost with the power.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/engine_test_kit.h"

namespace redkite::engine {
namespace {

constexpr int kDim = 4;

// Partition → key → number.
using Model = std::map<std::string, std::map<int64_t, int64_t>>;

Result<MutationResult> Insert(EngineKit* kit, const std::string& partition,
                              const std::map<int64_t, int64_t>& items, bool upsert = false) {
  ItemRows rows("items", kDim, upsert);
  for (const auto& [id, n] : items) rows.Add(id, "t", n, {1, 2, 3, static_cast<float>(n)});
  InsertRequest request = rows.Take();
  request.partition = partition;
  return kit->Insert(std::move(request));
}

Result<std::map<int64_t, int64_t>> Read(EngineKit* kit, const std::vector<std::string>& partitions) {
  QueryRequest request;
  request.name.collection = "items";
  request.filter = "id >= 0";
  request.output_fields = {"id", "n"};
  request.partitions = partitions;
  auto found = kit->proxy().Query(request, nullptr);
  if (!found.ok()) return found.status();
  std::map<int64_t, int64_t> out;
  const ColumnView ids = found->columns[0].column.view(), numbers = found->columns[1].column.view();
  for (size_t r = 0; r < ids.row_count; ++r) out[ids.At<int64_t>(r)] = numbers.At<int64_t>(r);
  return out;
}

Status LoadAll(EngineKit* kit) {
  LoadRequest load;
  load.name.collection = "items";
  return kit->proxy().LoadCollection(load);
}

Status Drop(EngineKit* kit, const std::string& partition) {
  RK_RETURN_IF_ERROR(kit->proxy().ReleasePartitions({{"", "items"}, {partition}}));
  return kit->proxy().DropPartition({{"", "items"}, partition});
}

// What the engine holds, partition by partition; what all of them together hold must be the same.
Result<Model> ReadAll(EngineKit* kit) {
  Model out;
  RK_ASSIGN_OR_RETURN(const auto partitions, kit->proxy().ShowPartitions({{"", "items"}, {}, {}, false}));
  std::map<int64_t, int64_t> together;
  for (const PartitionDescription& p : partitions) {
    RK_ASSIGN_OR_RETURN(out[p.name], Read(kit, {p.name}));
    together.insert(out[p.name].begin(), out[p.name].end());
  }
  RK_ASSIGN_OR_RETURN(const auto all, Read(kit, {}));
  if (all != together) return Status::Internal("the whole differs from its parts");
  return out;
}

// Random steps, each tried on the engine and noted in the model.
class Workload {
 public:
  Workload(EngineKit* kit, uint64_t seed) : kit_(kit), random_(seed) {}
  const Model& acknowledged() const { return model_; }
  const Model& with_unknown() const { return unknown_; }
  void Settle(const Model& now) { model_ = now; }

  bool Step() {
    unknown_ = model_;
    const std::string p = "p" + std::to_string(random_.Below(3));
    bool acknowledged = false;
    switch (random_.Below(8)) {
      case 0:
        unknown_[p];
        acknowledged = kit_->proxy().CreatePartition({{"", "items"}, p}).ok();
        break;
      case 1:
        unknown_.erase(p);
        acknowledged = Drop(kit_, p).ok();
        // The release of a partition that is not there fails, and nothing was done.
        if (!acknowledged && !model_.contains(p)) return true;
        break;
      case 2:
        for (auto& [name, rows] : unknown_) std::erase_if(rows, [&](const auto& r) { return r.second < 30; });
        acknowledged = kit_->Delete("items", "n < 30").ok();
        break;
      case 3:
        acknowledged = kit_->Flush("items").ok();
        break;
      default:
        return Put(p);
    }
    if (acknowledged) model_ = unknown_;
    return acknowledged;
  }

 private:
  bool Put(const std::string& wanted) {
    const std::string partition = model_.contains(wanted) ? wanted : "_default";
    std::map<int64_t, int64_t> items;
    for (uint64_t i = 0, n = 1 + random_.Below(20); i < n; ++i)
      items[next_id_++] = static_cast<int64_t>(random_.Below(100));
    unknown_[partition].insert(items.begin(), items.end());
    const bool acknowledged = Insert(kit_, partition, items).ok();
    if (acknowledged) model_ = unknown_;
    return acknowledged;
  }

  EngineKit* kit_;
  Random random_;
  Model model_{{"_default", {}}}, unknown_;
  int64_t next_id_ = 1;
};

TEST(EnginePartitionTest, RandomHistoriesSurvivePowerCuts) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed * 91);
    io::MemFileSystem fs(seed);
    EngineKit kit(&fs, 4 << 10);
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
    Workload work(&kit, seed);
    for (int round = 0; round < 4; ++round) {
      fs.CutPowerAt(1 + random.Below(150));
      int steps = 0;
      while (steps < 60 && work.Step()) ++steps;
      kit.CloseEngine();
      fs.Crash();
      ASSERT_TRUE(kit.Open().ok());
      ASSERT_TRUE(LoadAll(&kit).ok());
      const auto now = ReadAll(&kit);
      ASSERT_TRUE(now.ok()) << now.status().ToString();
      ASSERT_TRUE(*now == work.acknowledged() || *now == work.with_unknown()) << "round " << round;
      work.Settle(*now);
    }
  }
}

TEST(EnginePartitionTest, FilesOfADroppedPartitionGo) {
  io::MemFileSystem fs(3);
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
  ASSERT_TRUE(kit.proxy().CreatePartition({{"", "items"}, "p"}).ok());
  ASSERT_TRUE(Insert(&kit, "", {{1, 1}}).ok());
  ASSERT_TRUE(Insert(&kit, "p", {{2, 2}}).ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  const auto collection = kit.proxy().DescribeCollection({{"", "items"}, {}})->id;
  const std::string id = std::to_string(collection.value());
  const auto count_files = [&] {
    size_t count = 0;
    for (const auto& shard : fs.List("/data/collections/" + id).value())
      count += fs.List("/data/collections/" + id + "/" + shard.name).value().size();
    return count;
  };
  const size_t before = count_files();
  ASSERT_TRUE(Drop(&kit, "p").ok());
  EXPECT_LT(count_files(), before);
  EXPECT_EQ(*Read(&kit, {}), (std::map<int64_t, int64_t>{{1, 1}}));
  EXPECT_EQ(*kit.proxy().RowCount({"", "items"}), 1);
}

// The partition leaves the catalog, and the process ends before its files are removed: the next start does
// it.
TEST(EnginePartitionTest, ADropThatWasCutIsFinishedAtTheStart) {
  for (uint64_t cut = 1; cut <= 40; ++cut) {
    SCOPED_TRACE("cut at " + std::to_string(cut));
    io::MemFileSystem fs(cut);
    EngineKit kit(&fs);
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}, {"metric_type", "L2"}}).ok());
    ASSERT_TRUE(kit.proxy().CreatePartition({{"", "items"}, "p"}).ok());
    ASSERT_TRUE(Insert(&kit, "p", {{1, 1}}).ok());
    ASSERT_TRUE(kit.Flush("items").ok());
    ASSERT_TRUE(Insert(&kit, "p", {{2, 2}}).ok());
    ASSERT_TRUE(Insert(&kit, "", {{3, 3}}).ok());
    fs.CutPowerAt(cut);
    const bool dropped = Drop(&kit, "p").ok();
    kit.CloseEngine();
    fs.Crash();
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(LoadAll(&kit).ok());
    const auto now = ReadAll(&kit);
    ASSERT_TRUE(now.ok()) << now.status().ToString();
    const bool gone = !now->contains("p");
    EXPECT_TRUE(gone || !dropped);
    EXPECT_EQ(*Read(&kit, {}), gone ? (std::map<int64_t, int64_t>{{3, 3}})
                                    : (std::map<int64_t, int64_t>{{1, 1}, {2, 2}, {3, 3}}));
    EXPECT_EQ(*kit.proxy().RowCount({"", "items"}), gone ? 1 : 3);
  }
}

}  // namespace
}  // namespace redkite::engine
