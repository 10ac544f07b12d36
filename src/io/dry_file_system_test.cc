#include "io/dry_file_system.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"

namespace redkite::io {
namespace {

TEST(DryFileSystem, ReadsAndChangesNothing) {
  MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs("dir").ok());
  fs.PutFile("dir/a", "text");
  const uint64_t changes = fs.change_count();
  DryFileSystem dry(&fs);
  EXPECT_EQ(dry.ReadAll("dir/a").value(), "text");
  EXPECT_EQ(dry.List("dir")->size(), 1u);
  EXPECT_EQ(dry.OpenForRead("dir/a").value()->size_bytes(), 4u);
  EXPECT_EQ(dry.Map("dir/a").value()->bytes().size(), 4u);
  EXPECT_TRUE(WriteFileAtomically(&dry, "dir/a", "other").ok());
  auto file = dry.OpenForWrite("dir/a");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->WriteAt(0, "x").ok() && (*file)->Append("y").ok() && (*file)->Allocate(100).ok());
  EXPECT_TRUE((*file)->Sync().ok() && (*file)->Close().ok());
  EXPECT_TRUE(dry.Truncate("dir/a", 0).ok());
  EXPECT_TRUE(dry.Remove("dir/a").ok());
  EXPECT_TRUE(dry.RemoveTree("dir").ok());
  EXPECT_TRUE(dry.CreateDirs("other").ok());
  EXPECT_TRUE(dry.Rename("dir/a", "dir/b").ok());
  EXPECT_TRUE(dry.SyncDir("dir").ok());
  EXPECT_EQ(dry.OpenForWrite("dir/none").status().code(), Code::kKeyNotFound);
  EXPECT_EQ(fs.change_count(), changes);
  EXPECT_EQ(fs.ReadAll("dir/a").value(), "text");
  auto lock = dry.Lock("dir/LOCK");
  ASSERT_TRUE(lock.ok());
  EXPECT_FALSE(fs.Lock("dir/LOCK").ok());
}

}  // namespace
}  // namespace redkite::io
