#include "io/set_aside.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"

namespace redkite::io {
namespace {

TEST(SetAside, NothingIsWrittenOver) {
  MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs("d").ok());
  for (const char* bytes : {"one", "two", "three"}) {
    fs.PutFile("d/f", bytes);
    ASSERT_TRUE(SetAside(&fs, "d/f").ok());
    EXPECT_FALSE(fs.Exists("d/f").value());
  }
  fs.Crash();
  EXPECT_EQ(fs.ReadAll("d/f.damaged").value(), "one");
  EXPECT_EQ(fs.ReadAll("d/f.damaged.2").value(), "two");
  EXPECT_EQ(fs.ReadAll("d/f.damaged.3").value(), "three");
}

TEST(SetAside, NamesAreToldFromOthers) {
  EXPECT_EQ(NameBeforeSetAside("1.log.damaged"), "1.log");
  EXPECT_EQ(NameBeforeSetAside("1.log.damaged.12"), "1.log");
  for (const char* other : {"1.log", "1.log.damaged.", "1.log.damagedx", "12", "1.2", ""})
    EXPECT_FALSE(NameBeforeSetAside(other).has_value()) << other;
}

TEST(SetAside, ACopyIsWholeDurableAndNotOfTheZerosOfASparseFile) {
  MemFileSystem fs;
  std::string bytes((size_t{2} << 20) + 77, 'x');
  bytes[5] = 'y';
  fs.PutFile("f", bytes);
  ASSERT_TRUE(fs.Truncate("f", uint64_t{200} << 30).ok());
  EXPECT_EQ(CopyAside(&fs, "f", bytes.size()).value(), "f.damaged");
  EXPECT_EQ(CopyAside(&fs, "f", 10).value(), "f.damaged.2");
  fs.Crash();
  const auto copy = fs.OpenForRead("f.damaged").value();
  EXPECT_EQ(copy->size_bytes(), uint64_t{200} << 30);
  std::string read(bytes.size() + 1, '?');
  ASSERT_TRUE(copy->ReadAt(0, {reinterpret_cast<std::byte*>(read.data()), read.size()}).ok());
  EXPECT_TRUE(read == bytes + std::string(1, '\0'));
}

TEST(SetAside, ACopyThatFailsLeavesNothing) {
  for (const FileOp op :
       {FileOp::kCreate, FileOp::kWrite, FileOp::kTruncate, FileOp::kSync, FileOp::kRename}) {
    MemFileSystem fs;
    fs.PutFile("f", "bytes");
    fs.FailNth(op, 1, Status::Io("injected"));
    EXPECT_FALSE(CopyAside(&fs, "f", 5).ok());
    EXPECT_FALSE(fs.Exists("f.damaged").value());
    EXPECT_FALSE(fs.Exists("f.damaged.tmp").value());
    EXPECT_EQ(fs.ReadAll("f").value(), "bytes");
  }
}

}  // namespace
}  // namespace redkite::io
