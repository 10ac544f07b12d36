#include "engine/inspect.h"

#include <gtest/gtest.h>

#include "engine/engine_test_kit.h"

namespace redkite::engine {
namespace {

struct Inspected {
  Status status;
  std::string text;
  bool Has(const std::string& part) const { return text.find(part) != std::string::npos; }
};

Inspected Inspect(io::FileSystem* fs, const std::string& path) {
  Inspected out;
  out.status = InspectFile(fs, path, [&](const std::string& line) { out.text += line + "\n"; });
  return out;
}

class InspectTest : public testing::Test {
 protected:
  InspectTest() : fs_(1) {
    EngineKit kit(&fs_);
    EXPECT_TRUE(kit.Open().ok());
    EXPECT_TRUE(kit.CreateItems("items", 4, {{"index_type", "FLAT"}}).ok());
    ItemRows rows("items", 4, false);
    for (int64_t id = 1; id <= 20; ++id) rows.Add(id, "a", id, {1, 2, 3, 4});
    EXPECT_TRUE(kit.Insert(rows.Take()).ok());
    EXPECT_TRUE(kit.Flush("items").ok());
    const std::string id = std::to_string(kit.proxy().DescribeCollection({{"", "items"}, {}})->id.value());
    shard_ = "/data/collections/" + id + "/" + id;
  }
  std::string Find(const std::string& dir, const std::string& part) {
    for (const io::FileInfo& info : fs_.List(dir).value()) {
      if (info.name.find(part) != std::string::npos) return dir + "/" + info.name;
    }
    ADD_FAILURE() << part;
    return "";
  }

  io::MemFileSystem fs_;
  std::string shard_;
};

TEST_F(InspectTest, EachKindOfFile) {
  const Inspected log = Inspect(&fs_, Find("/data/wal", ".log"));
  EXPECT_TRUE(log.status.ok()) << log.status.ToString();
  EXPECT_TRUE(log.Has("log file first=1 previous=0"));
  EXPECT_TRUE(log.Has("record offset=4096 position=1"));
  const Inspected manifest = Inspect(&fs_, Find(shard_, "MANIFEST"));
  EXPECT_TRUE(manifest.status.ok());
  EXPECT_TRUE(manifest.Has("rows=20"));
  EXPECT_TRUE(manifest.Has("  column name=s"));
  const Inspected column = Inspect(&fs_, Find(shard_, "-f103-"));
  EXPECT_TRUE(column.status.ok());
  EXPECT_TRUE(column.Has("block file kind=column"));
  EXPECT_TRUE(column.Has("section kind=data field=103"));
  EXPECT_TRUE(column.Has("count=20"));
  const Inspected meta = Inspect(&fs_, Find("/data/meta", "LOG-"));
  EXPECT_TRUE(meta.status.ok());
  EXPECT_TRUE(meta.Has("name=items"));
  EXPECT_TRUE(Inspect(&fs_, Find("/data/meta", "SNAPSHOT-")).Has("metadata snapshot revision=0"));
  EXPECT_TRUE(Inspect(&fs_, "/data/FORMAT").Has("uuid "));
}

TEST_F(InspectTest, WhatCanBeReadOfADamagedFileIsTold) {
  const std::string log = Find("/data/wal", ".log");
  ASSERT_TRUE(fs_.Truncate(log, fs_.ReadAll(log)->size() / 2).ok());
  const Inspected cut = Inspect(&fs_, log);
  EXPECT_EQ(cut.status.code(), Code::kDataIntegrity);
  EXPECT_TRUE(cut.Has("position=1"));
  const std::string column = Find(shard_, "-f103-");
  fs_.FlipBit(column, 8 * 70);
  const Inspected flipped = Inspect(&fs_, column);
  EXPECT_EQ(flipped.status.code(), Code::kDataIntegrity);
  EXPECT_TRUE(flipped.Has("section kind=data"));
  const std::string meta = Find("/data/meta", "LOG-");
  ASSERT_TRUE(fs_.Truncate(meta, 300).ok());
  EXPECT_EQ(Inspect(&fs_, meta).status.code(), Code::kDataIntegrity);
  EXPECT_TRUE(Inspect(&fs_, meta).Has("transaction revision=1"));
}

TEST_F(InspectTest, AFlippedBitOfFormatIsFound) {
  for (uint64_t bit = 8 * 8; bit < 8 * fs_.ReadAll("/data/FORMAT")->size(); bit += 7) {
    fs_.FlipBit("/data/FORMAT", bit);
    const Inspected format = Inspect(&fs_, "/data/FORMAT");
    EXPECT_EQ(format.status.code(), Code::kDataIntegrity) << bit;
    EXPECT_NE(format.status.message().find("/data/FORMAT"), std::string::npos);
    EXPECT_GT(format.text.size(), 100u) << format.text;  // and shown all the same
    fs_.FlipBit("/data/FORMAT", bit);
  }
}

TEST_F(InspectTest, WhatIsFarTooLargeIsNotRead) {
  for (const std::string& path : {std::string("/data/FORMAT"), Find(shard_, "MANIFEST"),
                                  Find("/data/meta", "LOG-"), Find("/data/meta", "SNAPSHOT-")}) {
    ASSERT_TRUE(fs_.Truncate(path, uint64_t{200} << 30).ok());
    const Status refused = Inspect(&fs_, path).status;
    EXPECT_EQ(refused.code(), Code::kDataIntegrity);
    EXPECT_NE(refused.message().find(path + ": 214748364800 bytes, at most "), std::string::npos)
        << refused.message();
  }
}

TEST_F(InspectTest, OtherFilesAreRefused) {
  fs_.PutFile("/data/other", "text");
  EXPECT_EQ(Inspect(&fs_, "/data/other").status.code(), Code::kParameterInvalid);
  fs_.PutFile("/data/empty", "");
  EXPECT_EQ(Inspect(&fs_, "/data/empty").status.code(), Code::kParameterInvalid);
  EXPECT_EQ(Inspect(&fs_, "/data/none").status.code(), Code::kKeyNotFound);
}

}  // namespace
}  // namespace redkite::engine
