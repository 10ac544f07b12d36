#include "storage/manifest.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/mem_file_system.h"
#include "storage/delta_file.h"

namespace redkite::storage {
namespace {

constexpr char kDir[] = "shard";

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

// A start that has nothing to clean away leaves the files as they were.
TEST(ManifestStore, AnEditThatChangesNothingWritesNothing) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  auto store = ManifestStore::Open(&fs, kDir).value();
  ASSERT_TRUE(SetPosition(store.get(), 7).ok());
  const auto before = store->current();
  const uint64_t changes = fs.change_count();
  ASSERT_TRUE(SetPosition(store.get(), 7).ok());
  EXPECT_EQ(store->current(), before);
  EXPECT_EQ(fs.change_count(), changes);
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

TEST(ManifestStore, OneThatIsFarTooLargeIsNotRead) {
  io::MemFileSystem fs;
  const std::string path = "shard/MANIFEST-00000000000000000001";
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  fs.PutFile(path, EncodeManifest(Manifest{}));
  ASSERT_TRUE(fs.Truncate(path, uint64_t{200} << 30).ok());
  const Status refused = ManifestStore::Open(&fs, kDir).status();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity);
  EXPECT_NE(refused.message().find(path + ": 214748364800 bytes, at most 268435456"), std::string::npos)
      << refused.message();
}

TEST(ManifestStore, WhatCouldNotBeReadIsNotWritten) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  const auto store = ManifestStore::Open(&fs, kDir).value();
  const auto edit = [](size_t name_bytes) {
    return [=](Manifest* m) {
      m->segments.resize(1);
      m->segments[0].delta.name = std::string(name_bytes, 'x');
      return Status::Ok();
    };
  };
  const Status refused = store->Commit(edit(kManifestBytesMax)).status();
  EXPECT_EQ(refused.code(), Code::kDiskLimitExceeded);
  EXPECT_NE(refused.message().find("MANIFEST-00000000000000000001"), std::string::npos) << refused.message();
  EXPECT_EQ(fs.List(kDir)->size(), 0u);
  EXPECT_TRUE(store->Commit(edit(10)).ok());  // and it goes on
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

TEST(ManifestStore, WhatWasLoadedIsDurableBeforeOlderOnesGo) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    io::MemFileSystem fs(seed);
    ASSERT_TRUE(fs.CreateDirs(kDir).ok());
    auto store = ManifestStore::Open(&fs, kDir).value();
    ASSERT_TRUE(SetPosition(store.get(), 1).ok());
    fs.FailNth(io::FileOp::kSyncDir, 2, Status::Io("injected"));  // the one after the rename
    ASSERT_FALSE(SetPosition(store.get(), 2).ok());
    EXPECT_FALSE(store->health().ok());
    // The process starts again, sees the new one and removes the old one.
    store = ManifestStore::Open(&fs, kDir).value();
    ASSERT_EQ(PositionOf(*store), 2u);
    EXPECT_TRUE(store->health().ok());
    for (const std::string& name : FindGarbage(*store->current(), *fs.List(kDir))) {
      ASSERT_TRUE(fs.Remove(std::string(kDir) + "/" + name).ok());
    }
    fs.Crash();
    ASSERT_EQ(PositionOf(*ManifestStore::Open(&fs, kDir).value()), 2u) << "seed " << seed;
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
