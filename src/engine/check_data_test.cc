// Whatever is wrong in a data directory is told with the file's name, and looking changes nothing.
#include "engine/check_data.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/engine_test_kit.h"
#include "engine/inspect.h"

namespace redkite::engine {
namespace {

constexpr int kDim = 4;

struct Found {
  Result<CheckReport> report = CheckReport{};
  std::vector<CheckFinding> damage, garbage;
  bool Names(const std::string& text) const {
    for (const CheckFinding& f : damage) {
      if ((f.path + ": " + f.what).find(text) != std::string::npos) return true;
    }
    return false;
  }
};

Found Look(io::FileSystem* fs) {
  Found found;
  found.report = CheckData(fs, "/data", [&](const CheckFinding& f) {
    (f.kind == CheckFinding::Kind::kDamage ? found.damage : found.garbage).push_back(f);
  });
  return found;
}

/// Two collections, one of them with files, deletes and rows that are in the log only.
void Fill(io::MemFileSystem* fs) {
  EngineKit kit(fs);
  ASSERT_TRUE(kit.Open().ok());
  for (const char* name : {"items", "other"}) {
    ASSERT_TRUE(kit.CreateItems(name, kDim, {{"index_type", "FLAT"}}).ok());
    ItemRows rows(name, kDim, false);
    for (int64_t id = 1; id <= 20; ++id) rows.Add(id, "a", id, {1, 2, 3, static_cast<float>(id)});
    ASSERT_TRUE(kit.Insert(rows.Take()).ok());
  }
  ASSERT_TRUE(kit.Flush("items").ok());
  ASSERT_TRUE(kit.Delete("items", "id == 3").ok());
  ASSERT_TRUE(kit.Flush("items").ok());
  ItemRows more("items", kDim, false);
  more.Add(21, "b", 1, {1, 2, 3, 4});
  ASSERT_TRUE(kit.Insert(more.Take()).ok());
}

std::vector<std::string> Files(io::MemFileSystem* fs, const std::string& dir) {
  std::vector<std::string> out;
  for (const io::FileInfo& info : fs->List(dir).value()) {
    const std::string path = dir + "/" + info.name;
    if (info.is_dir) {
      for (std::string& inner : Files(fs, path)) out.push_back(std::move(inner));
    } else if (info.name != "LOCK") {
      out.push_back(path);
    }
  }
  return out;
}

TEST(CheckData, AWholeDirectoryIsClean) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  const uint64_t changes = fs.change_count();
  const Found found = Look(&fs);
  ASSERT_TRUE(found.report.ok()) << found.report.status().ToString();
  EXPECT_TRUE(found.damage.empty()) << found.damage[0].path << ": " << found.damage[0].what;
  EXPECT_TRUE(found.garbage.empty());
  EXPECT_EQ(found.report->damage_count, 0u);
  EXPECT_EQ(found.report->collections, 2u);
  EXPECT_EQ(found.report->segments, 1u);
  EXPECT_EQ(found.report->rows, 20u);
  EXPECT_EQ(found.report->log_records, 4u);
  EXPECT_EQ(found.report->files, Files(&fs, "/data").size());
  EXPECT_EQ(fs.change_count(), changes);
}

TEST(CheckData, EachMissingFileIsTold) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  for (const std::string& path : Files(&fs, "/data")) {
    const std::string bytes = fs.ReadAll(path).value();
    ASSERT_TRUE(fs.Remove(path).ok());
    const Found found = Look(&fs);
    if (path.ends_with("FORMAT")) {
      EXPECT_FALSE(found.report.ok());
    } else {
      ASSERT_TRUE(found.report.ok()) << path;
      EXPECT_GT(found.report->damage_count, 0u) << path;
      // A manifest is named by its directory: which generation it had, nobody knows.
      EXPECT_TRUE(
          found.Names(path.find("MANIFEST") == std::string::npos ? path : path.substr(0, path.rfind('/'))))
          << path;
    }
    fs.PutFile(path, bytes);
  }
  EXPECT_TRUE(Look(&fs).damage.empty());
}

TEST(CheckData, FlippedBitsAreToldOrChangeNothing) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  Random random(5);
  for (const std::string& path : Files(&fs, "/data")) {
    const std::string bytes = fs.ReadAll(path).value();
    const size_t used = bytes.find_last_not_of('\0') + 1;
    for (int i = 0; i < 20; ++i) {
      const uint64_t bit = random.Below(used * 8);
      fs.FlipBit(path, bit);
      const Found found = Look(&fs);
      const bool in_padding_of_log = path.find("/wal/") != std::string::npos && bytes[bit / 8] == '\0';
      if (!found.report.ok()) {
        EXPECT_TRUE(path.ends_with("FORMAT")) << path;
      } else if (!in_padding_of_log) {
        EXPECT_TRUE(found.Names(path)) << path << " bit " << bit;
      }
      fs.FlipBit(path, bit);
    }
  }
}

TEST(CheckData, SeveralDamagedFilesAreAllTold) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  std::vector<std::string> damaged;
  for (const std::string& path : Files(&fs, "/data")) {
    if (!path.ends_with(".col") && !path.ends_with(".del")) continue;
    fs.FlipBit(path, 8 * 70);
    damaged.push_back(path);
  }
  ASSERT_GT(damaged.size(), 3u);
  const Found found = Look(&fs);
  for (const std::string& path : damaged) EXPECT_TRUE(found.Names(path)) << path;
  EXPECT_EQ(found.report->damage_count, damaged.size());
}

TEST(CheckData, WhatNothingNamesIsGarbageAndALostCollectionIsDamage) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  std::string shard;
  for (const std::string& path : Files(&fs, "/data")) {
    if (path.ends_with(".del")) shard = path.substr(0, path.rfind('/'));
  }
  fs.PutFile(shard + "/s99-ts-g1.col", "left over");
  ASSERT_TRUE(fs.CreateDirs("/data/collections/900000/900000").ok());
  const Found found = Look(&fs);
  ASSERT_EQ(found.garbage.size(), 1u);
  EXPECT_EQ(found.garbage[0].path, shard + "/s99-ts-g1.col");
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_TRUE(found.Names("/data/collections/900000"));
}

TEST(CheckData, WithoutACatalogCollectionsAreLookedAtAllTheSame) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  for (const std::string& path : Files(&fs, "/data/meta")) {
    if (path.find("SNAPSHOT") != std::string::npos) fs.FlipBit(path, 100);
  }
  std::string column;
  for (const std::string& path : Files(&fs, "/data/collections")) {
    if (path.ends_with(".col")) column = path;
  }
  fs.FlipBit(column, 8 * 70);
  const Found found = Look(&fs);
  ASSERT_TRUE(found.report.ok());
  EXPECT_TRUE(found.Names("SNAPSHOT"));
  EXPECT_TRUE(found.Names(column));
  EXPECT_EQ(found.damage.size(), 2u);
  EXPECT_TRUE(found.garbage.empty());
  EXPECT_EQ(found.report->collections, 2u);
  EXPECT_EQ(found.report->rows, 20u);
  EXPECT_EQ(found.report->log_records, 4u);
}

TEST(CheckData, EachDamageOfTheLogIsTold) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  const std::string path = "/data/wal/00000000000000000001.log";
  std::vector<uint64_t> offsets;
  ASSERT_TRUE(InspectFile(&fs, path, [&](const std::string& line) {
                if (line.starts_with("record offset=")) offsets.push_back(std::stoull(line.substr(14)));
              }).ok());
  ASSERT_EQ(offsets.size(), 4u);
  for (const size_t i : {0, 2}) fs.FlipBit(path, (offsets[i] + 70) * 8);
  const Found found = Look(&fs);
  EXPECT_EQ(found.damage.size(), 2u);
  for (const size_t i : {0, 2})
    EXPECT_TRUE(found.Names(path + ": offset " + std::to_string(offsets[i]))) << i;
  EXPECT_EQ(found.report->log_records, 2u);
}

TEST(CheckData, ARenamedDirectoryIsTold) {
  io::MemFileSystem fs(1);
  Fill(&fs);
  const std::string first = "/data/collections/" + fs.List("/data/collections")->front().name;
  ASSERT_TRUE(fs.Rename(first, "/data/collections/50").ok());
  const Found found = Look(&fs);
  EXPECT_TRUE(found.garbage.empty());
  EXPECT_TRUE(found.Names("/data/collections/50: the MANIFEST in /data/collections/50 is of collection"));
}

TEST(CheckData, AnOlderManifestIsTold) {
  io::MemFileSystem fs(1);
  std::string path, older;
  {
    EngineKit kit(&fs);
    ASSERT_TRUE(kit.Open().ok());
    ASSERT_TRUE(kit.CreateItems("items", kDim, {{"index_type", "FLAT"}}).ok());
    for (const std::string& file : Files(&fs, "/data/collections")) {
      if (file.find("MANIFEST") != std::string::npos) path = file;
    }
    older = fs.ReadAll(path).value();
    ItemRows rows("items", kDim, false);
    rows.Add(1, "a", 1, {1, 2, 3, 4});
    ASSERT_TRUE(kit.Insert(rows.Take()).ok());
    ASSERT_TRUE(kit.Flush("items").ok());
  }
  for (const std::string& file : Files(&fs, "/data/collections")) {
    if (file.find("MANIFEST") != std::string::npos) {
      ASSERT_TRUE(fs.Remove(file).ok());
    }
  }
  fs.PutFile(path, older);
  const Found found = Look(&fs);
  ASSERT_TRUE(found.report.ok());
  EXPECT_TRUE(found.Names("it is an older copy"));
}

TEST(CheckData, WhatIsNotOursOrInUseIsRefused) {
  io::MemFileSystem fs(1);
  EXPECT_FALSE(Look(&fs).report.ok());
  EXPECT_FALSE(fs.Exists("/data").value());
  EngineKit kit(&fs);
  ASSERT_TRUE(kit.Open().ok());
  const Found found = Look(&fs);
  EXPECT_EQ(found.report.status().code(), Code::kServiceUnavailable);
  EXPECT_NE(found.report.status().message().find("in use"), std::string::npos);
}

}  // namespace
}  // namespace redkite::engine
