#include "storage/manifest.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/mem_file_system.h"
#include "storage/delta_file.h"

namespace redkite::storage {
namespace {

constexpr char kDir[] = "shard";

FileRef RandomFile(Random* random) {
  return {"file" + std::to_string(random->Below(1000)), random->Next(), random->Next(), random->Next()};
}

Manifest RandomManifest(uint64_t seed) {
  Random random(seed);
  Manifest m;
  m.collection = CollectionId(static_cast<int64_t>(random.Next() >> 1));
  m.shard = ShardId(static_cast<int64_t>(random.Below(4)));
  m.generation = random.Next();
  m.schema_version = static_cast<uint32_t>(random.Next());
  m.checkpoint = {random.Next(), random.Next()};
  m.next_segment_id = static_cast<int64_t>(random.Below(100));
  m.next_build_id = static_cast<int64_t>(random.Below(100));
  m.segments.resize(random.Below(4));
  for (SegmentMeta& s : m.segments) {
    s.id = SegmentId(static_cast<int64_t>(random.Below(1000)));
    s.partition = PartitionId(static_cast<int64_t>(random.Below(1000)));
    s.row_count = random.Next();
    s.schema_version = static_cast<uint32_t>(random.Next());
    s.min_timestamp = random.Next();
    s.max_timestamp = random.Next();
    if (random.Below(2) == 0) s.commit_timestamp = random.Next();
    s.columns.resize(random.Below(4));
    for (ColumnRef& c : s.columns)
      c = {FieldId(static_cast<int64_t>(random.Below(200))), RandomFile(&random)};
    s.timestamps = RandomFile(&random);
    s.primary_key_order = RandomFile(&random);
    if (random.Below(2) == 0) s.delta = RandomFile(&random);
    s.delete_count = random.Next();
    s.indexes.resize(random.Below(3));
    for (IndexRef& x : s.indexes) {
      x = {FieldId(101),       IndexId(7), static_cast<int64_t>(random.Below(9)), 1, {{"M", "16"}, {"", ""}},
           RandomFile(&random)};
    }
  }
  return m;
}

TEST(Manifest, RoundTrip) {
  EXPECT_EQ(DecodeManifest(EncodeManifest(Manifest())).value(), Manifest());
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Manifest m = RandomManifest(seed);
    const auto decoded = DecodeManifest(EncodeManifest(m));
    ASSERT_TRUE(decoded.ok()) << "seed " << seed;
    ASSERT_EQ(*decoded, m) << "seed " << seed;
  }
}

TEST(Manifest, EveryFlippedBitAndTruncationIsFound) {
  const std::string bytes = EncodeManifest(RandomManifest(3));
  ASSERT_GT(bytes.size(), 300u);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(DecodeManifest(damaged).ok()) << bit;
  }
  for (size_t n = 0; n < bytes.size(); ++n) ASSERT_FALSE(DecodeManifest(bytes.substr(0, n)).ok()) << n;
}

TEST(Manifest, GarbageIsWhatIsNotNamed) {
  Manifest m;
  m.generation = 5;
  SegmentMeta s;
  s.columns = {{FieldId(100), {"a.col", 1, 1, 1}}};
  s.timestamps.name = "ts.col";
  s.primary_key_order.name = "pk.ord";
  s.delta.name = "x.del";
  s.indexes.push_back({});
  s.indexes[0].file.name = "i.idx";
  m.segments.push_back(s);
  std::vector<io::FileInfo> listing;
  for (const char* name :
       {"a.col", "ts.col", "pk.ord", "x.del", "i.idx", "old.col", "MANIFEST-00000000000000000005",
        "MANIFEST-00000000000000000004", "MANIFEST-00000000000000000006.tmp"}) {
    listing.push_back({name, false, 0});
  }
  listing.push_back({"subdirectory", true, 0});
  const std::vector<std::string> expected = {"old.col", "MANIFEST-00000000000000000004",
                                             "MANIFEST-00000000000000000006.tmp"};
  EXPECT_EQ(FindGarbage(m, listing), expected);
}

Status SetPosition(ManifestStore* store, uint64_t position) {
  return store
      ->Commit([&](Manifest* m) {
        m->checkpoint.log_position = position;
        return Status::Ok();
      })
      .status();
}

uint64_t PositionOf(const ManifestStore& store) {
  return store.current() == nullptr ? 0 : store.current()->checkpoint.log_position;
}

TEST(ManifestStore, CommitsOneAfterAnother) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  auto store = ManifestStore::Open(&fs, kDir).value();
  EXPECT_EQ(store->current(), nullptr);
  const auto refused = store->Commit([](Manifest*) { return Status(Code::kCanceled, "no"); });
  EXPECT_EQ(refused.status().code(), Code::kCanceled);
  EXPECT_EQ(store->current(), nullptr);
  for (uint64_t p = 1; p <= 5; ++p) {
    ASSERT_TRUE(SetPosition(store.get(), p).ok());
    EXPECT_EQ(store->current()->generation, p);
    EXPECT_EQ(fs.List(kDir).value().size(), 1u);  // older ones are gone
  }
  EXPECT_EQ(PositionOf(*ManifestStore::Open(&fs, kDir).value()), 5u);
}

TEST(ManifestStore, DamagedNewestIsRefusedByNameAndNeverReplacedByAnOlderOne) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  Manifest m;
  m.generation = 1;
  fs.PutFile("shard/MANIFEST-00000000000000000001", EncodeManifest(m));
  m.generation = 2;
  std::string newest = EncodeManifest(m);
  fs.PutFile("shard/MANIFEST-00000000000000000002", newest);
  EXPECT_EQ(ManifestStore::Open(&fs, kDir).value()->current()->generation, 2u);
  newest[20] = static_cast<char>(newest[20] ^ 1);
  // Damaged, empty, and an older one under the newer name.
  for (const std::string& bytes :
       {newest, std::string(), fs.ReadAll("shard/MANIFEST-00000000000000000001").value()}) {
    fs.PutFile("shard/MANIFEST-00000000000000000002", bytes);
    const auto store = ManifestStore::Open(&fs, kDir);
    ASSERT_FALSE(store.ok());
    EXPECT_EQ(store.status().code(), Code::kDataIntegrity);
    EXPECT_NE(store.status().message().find("MANIFEST-00000000000000000002"), std::string::npos);
  }
}

/// One flush: a new delta file and the manifest that names it.
Status FlushOnce(io::FileSystem* fs, ManifestStore* store, uint64_t step) {
  const SegmentFiles files{kDir, SegmentId(1), step};
  RK_ASSIGN_OR_RETURN(const FileRef ref, WriteDelta(fs, files, {{static_cast<RowOffset>(step)}, {step}}));
  const auto committed = store->Commit([&](Manifest* m) {
    m->segments.resize(1);
    m->segments[0].id = SegmentId(1);
    m->segments[0].delta = ref;
    m->checkpoint.log_position = step;
    return Status::Ok();
  });
  RK_RETURN_IF_ERROR(committed.status());
  RK_ASSIGN_OR_RETURN(const auto listing, fs->List(kDir));
  for (const std::string& name : FindGarbage(**committed, listing)) {
    RK_RETURN_IF_ERROR(fs->Remove(std::string(kDir) + "/" + name));
  }
  return Status::Ok();
}

TEST(ManifestStore, PowerCutAtEveryOperationLeavesOldOrNew) {
  int cuts_old = 0;
  int cuts_new = 0;
  for (uint64_t nth = 1; nth <= 60; ++nth) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE("cut at " + std::to_string(nth) + " seed " + std::to_string(seed));
      io::MemFileSystem fs(seed * 1000 + nth);
      ASSERT_TRUE(fs.CreateDirs(kDir).ok());
      auto store = ManifestStore::Open(&fs, kDir).value();
      ASSERT_TRUE(FlushOnce(&fs, store.get(), 1).ok());
      fs.CutPowerAt(nth);
      uint64_t acknowledged = 1;
      uint64_t tried = 1;
      while (tried < 6 && acknowledged == tried) {
        ++tried;
        if (FlushOnce(&fs, store.get(), tried).ok() || PositionOf(*store) == tried) acknowledged = tried;
      }
      fs.Crash();
      const auto again = ManifestStore::Open(&fs, kDir);
      ASSERT_TRUE(again.ok()) << again.status().ToString();
      const uint64_t found = PositionOf(**again);
      ASSERT_TRUE(found == acknowledged || found == tried) << found;
      (found == tried ? cuts_new : cuts_old) += acknowledged != tried ? 1 : 0;
      const SegmentMeta& s = (*again)->current()->segments.at(0);
      const auto deltas = ReadDelta(&fs, kDir, s.delta, s.id, 100);
      ASSERT_TRUE(deltas.ok()) << deltas.status().ToString();
      ASSERT_EQ(deltas->timestamps.at(0), found);
      ASSERT_TRUE(FlushOnce(&fs, again->get(), found + 1).ok());
      ASSERT_EQ(fs.List(kDir).value().size(), 2u);  // no garbage is left
    }
  }
  EXPECT_GT(cuts_old, 0);
  EXPECT_GT(cuts_new, 0);
}

TEST(ManifestStore, FailedOperationsNeverLeaveAnythingElse) {
  for (int op = 0; op < io::kFileOpCount; ++op) {
    for (uint64_t nth = 1; nth <= 6; ++nth) {
      for (const Code code : {Code::kIoFailed, Code::kDiskLimitExceeded}) {
        SCOPED_TRACE("operation " + std::to_string(op) + " number " + std::to_string(nth));
        io::MemFileSystem fs(nth);
        ASSERT_TRUE(fs.CreateDirs(kDir).ok());
        auto store = ManifestStore::Open(&fs, kDir).value();
        ASSERT_TRUE(SetPosition(store.get(), 1).ok());
        fs.FailNth(static_cast<io::FileOp>(op), nth, Status(code, "injected"));
        const Status status = SetPosition(store.get(), 2);
        EXPECT_EQ(PositionOf(*store), status.ok() ? 2u : 1u);
        fs.ClearFaults();
        fs.Crash();
        const auto again = ManifestStore::Open(&fs, kDir);
        ASSERT_TRUE(again.ok()) << again.status().ToString();
        const uint64_t found = PositionOf(**again);
        EXPECT_TRUE(found == 2 || (found == 1 && !status.ok())) << found;
      }
    }
  }
}

TEST(ManifestStore, FullDiskFailsOnceAndFailedSyncFences) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  auto store = ManifestStore::Open(&fs, kDir).value();
  ASSERT_TRUE(SetPosition(store.get(), 1).ok());
  fs.SetDiskBytes(10);
  EXPECT_EQ(SetPosition(store.get(), 2).code(), Code::kDiskLimitExceeded);
  fs.SetDiskBytes(UINT64_MAX);
  EXPECT_TRUE(SetPosition(store.get(), 3).ok());
  fs.FailNth(io::FileOp::kSync, 1, Status::Io("injected"));
  EXPECT_FALSE(SetPosition(store.get(), 4).ok());
  EXPECT_FALSE(SetPosition(store.get(), 5).ok());
  EXPECT_EQ(PositionOf(*store), 3u);
  EXPECT_EQ(PositionOf(*ManifestStore::Open(&fs, kDir).value()), 3u);
}

}  // namespace
}  // namespace redkite::storage
