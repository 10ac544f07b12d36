#include "io/mem_file_system.h"

#include <gtest/gtest.h>

namespace redkite::io {
namespace {

void Append(MemFileSystem* fs, const std::string& path, std::string_view bytes, bool sync) {
  auto file = fs->Exists(path).value() ? fs->OpenForWrite(path) : fs->Create(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append(bytes).ok());
  if (sync) {
    ASSERT_TRUE((*file)->Sync().ok());
  }
}

TEST(MemFileSystem, TellsWhichChangeThePowerCutKeptFromBeingMade) {
  MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs("d").ok());
  fs.CutPowerAt(2);
  auto file = fs.Create("d/a");
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE(fs.cut_call().has_value());
  EXPECT_FALSE((*file)->Append("x").ok());
  EXPECT_FALSE(fs.SyncDir("d").ok());
  ASSERT_TRUE(fs.cut_call().has_value());
  EXPECT_EQ(fs.cut_call()->op, FileOp::kWrite);
  EXPECT_EQ(fs.cut_call()->path, "d/a");
  fs.CutPowerAt(100);
  EXPECT_FALSE(fs.cut_call().has_value());
}

TEST(MemFileSystem, SyncedDataWithSyncedNameSurvives) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    MemFileSystem fs(seed);
    Append(&fs, "f", "durable", true);
    ASSERT_TRUE(fs.SyncDir(".").ok());
    fs.Crash();
    ASSERT_EQ(fs.ReadAll("f").value(), "durable") << "seed " << seed;
  }
}

TEST(MemFileSystem, UnsyncedNamesAndDataAreSometimesLost) {
  int names_lost = 0;
  int data_lost = 0;
  int data_kept = 0;
  int torn = 0;
  const std::string block(4096, 'x');
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    MemFileSystem fs(seed);
    Append(&fs, "named", "", true);
    ASSERT_TRUE(fs.SyncDir(".").ok());
    Append(&fs, "named", block, false);
    Append(&fs, "unnamed", "x", true);
    fs.Crash();
    names_lost += !fs.Exists("unnamed").value();
    const std::string left = fs.ReadAll("named").value();
    data_lost += left.empty();
    data_kept += left == block;
    torn += !left.empty() && left != block;
    for (size_t sector = 0; sector < left.size(); sector += 512) {
      const std::string part = left.substr(sector, 512);
      ASSERT_TRUE(part == std::string(part.size(), 'x') || part == std::string(part.size(), '\0'));
    }
  }
  EXPECT_GT(names_lost, 40);
  EXPECT_GT(data_lost, 20);
  EXPECT_GT(data_kept, 20);
  EXPECT_GT(torn, 20);
}

TEST(MemFileSystem, RenameWithoutSyncOfTheDirectoryMayBeLost) {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    MemFileSystem fs(seed);
    fs.PutFile("a", "A");
    fs.PutFile("b", "B");
    ASSERT_TRUE(fs.Rename("a", "b").ok());
    fs.Crash();
    const std::string b = fs.ReadAll("b").value();
    ASSERT_EQ(b == "B", fs.Exists("a").value());
    lost += b == "B";
  }
  EXPECT_GT(lost, 5);
  EXPECT_LT(lost, 45);
}

TEST(MemFileSystem, FailedSyncIsFinalForTheFileAndItsDataMayBeLost) {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    MemFileSystem fs(seed);
    fs.PutFile("f", "");
    auto file = fs.OpenForWrite("f").value();
    ASSERT_TRUE(file->Append("data").ok());
    fs.FailNth(FileOp::kSync, 1, Status::Io("injected"));
    EXPECT_FALSE(file->Sync().ok());
    EXPECT_FALSE(file->Sync().ok());
    EXPECT_FALSE(file->Append("more").ok());
    // Another handle's sync reports success and saves nothing.
    EXPECT_TRUE(fs.OpenForWrite("f").value()->Sync().ok());
    EXPECT_EQ(fs.ReadAll("f").value(), "data");
    fs.Crash();
    lost += fs.ReadAll("f").value() != "data";
  }
  EXPECT_GT(lost, 5);
}

TEST(MemFileSystem, FaultsStrikeTheNthOperation) {
  MemFileSystem fs(3);
  auto file = fs.Create("f").value();
  fs.FailNth(FileOp::kWrite, 2, Status::Io("injected"));
  EXPECT_TRUE(file->Append("aa").ok());
  const Status status = file->Append(std::string(1000, 'b'));
  EXPECT_EQ(status.code(), Code::kIoFailed);
  EXPECT_NE(status.message().find("injected"), std::string::npos);
  EXPECT_LT(fs.ReadAll("f").value().size(), 1002u);  // short
  EXPECT_TRUE(file->Append("cc").ok());
  fs.FailNth(FileOp::kWrite, 1, Status::Io("injected"), true);
  EXPECT_FALSE(file->Append("d").ok());
  EXPECT_FALSE(file->Append("d").ok());
  fs.ClearFaults();
  EXPECT_TRUE(file->Append("d").ok());
  EXPECT_EQ(fs.op_count(FileOp::kWrite), 6u);
}

TEST(MemFileSystem, FullDiskTakesWhatFits) {
  MemFileSystem fs(3);
  fs.SetDiskBytes(100);
  auto file = fs.Create("f").value();
  EXPECT_TRUE(file->Append(std::string(90, 'a')).ok());
  EXPECT_EQ(file->Append(std::string(20, 'b')).code(), Code::kDiskLimitExceeded);
  EXPECT_EQ(fs.ReadAll("f").value().size(), 100u);
  EXPECT_EQ(fs.FreeBytes("f").value(), 0u);
  EXPECT_TRUE(file->WriteAt(0, "overwrite").ok());
  EXPECT_EQ(file->Allocate(101).code(), Code::kDiskLimitExceeded);
  ASSERT_TRUE(fs.Truncate("f", 10).ok());
  EXPECT_TRUE(file->Allocate(60).ok());
  EXPECT_EQ(fs.FreeBytes("f").value(), 40u);
}

TEST(MemFileSystem, OldHandlesDieWithThePower) {
  MemFileSystem fs(3);
  fs.PutFile("f", "x");
  auto file = fs.OpenForWrite("f").value();
  auto lock = fs.Lock("f");
  ASSERT_TRUE(lock.ok());
  fs.Crash();
  EXPECT_FALSE(file->Append("y").ok());
  auto second = fs.Lock("f");
  ASSERT_TRUE(second.ok());
  lock->reset();  // must not release the second one
  EXPECT_FALSE(fs.Lock("f").ok());
}

TEST(MemFileSystem, SameSeedSameOutcome) {
  auto run = [](uint64_t seed) {
    MemFileSystem fs(seed);
    fs.PutFile("f", "");
    auto file = fs.OpenForWrite("f").value();
    for (char c = 'a'; c < 'k'; ++c) EXPECT_TRUE(file->Append(std::string(700, c)).ok());
    fs.Crash();
    return fs.ReadAll("f").value();
  };
  std::set<std::string> outcomes;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string first = run(seed);
    EXPECT_EQ(first, run(seed));
    outcomes.insert(first);
  }
  EXPECT_GT(outcomes.size(), 5u);
}

TEST(MemFileSystem, CloneIsIndependent) {
  MemFileSystem fs(3);
  Append(&fs, "f", "one", false);
  auto clone = fs.Clone(4);
  Append(&fs, "f", "two", false);
  EXPECT_EQ(clone->ReadAll("f").value(), "one");
  clone->FlipBit("f", 0);
  EXPECT_EQ(fs.ReadAll("f").value(), "onetwo");
  EXPECT_EQ(clone->ReadAll("f").value(), "nne");
}

TEST(MemFileSystem, RecreatedDirectorySurvives) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    MemFileSystem fs(seed);
    ASSERT_TRUE(fs.CreateDirs("a/b").ok());
    ASSERT_TRUE(fs.RemoveTree("a/b").ok());
    ASSERT_TRUE(fs.CreateDirs("a/b").ok());
    fs.Crash();
    ASSERT_TRUE(fs.Exists("a/b").value()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace redkite::io
