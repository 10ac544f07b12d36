#include "io/file_system.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"

namespace redkite::io {
namespace {

TEST(WriteFileAtomically, HoldsOldOrNewAtEveryPowerCut) {
  int old_seen = 0;
  int new_seen = 0;
  for (uint64_t cut = 1; cut <= 8; ++cut) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      MemFileSystem fs(seed);
      ASSERT_TRUE(WriteFileAtomically(&fs, "f", "old").ok());
      fs.CutPowerAt(cut);
      const bool acknowledged = WriteFileAtomically(&fs, "f", "new").ok();
      fs.Crash();
      const std::string bytes = fs.ReadAll("f").value();
      ASSERT_TRUE(bytes == "new" || (bytes == "old" && !acknowledged))
          << bytes << " cut " << cut << " seed " << seed;
      old_seen += bytes == "old";
      new_seen += bytes == "new";
    }
  }
  EXPECT_GT(old_seen, 0);
  EXPECT_GT(new_seen, 0);
}

TEST(WriteFileAtomically, AFailureLeavesTheOldBytesAndNoTemporaryFile) {
  for (FileOp op : {FileOp::kCreate, FileOp::kWrite, FileOp::kSync, FileOp::kClose, FileOp::kRename}) {
    MemFileSystem fs(1);
    ASSERT_TRUE(WriteFileAtomically(&fs, "f", "old").ok());
    fs.FailNth(op, 1, Status::Io("injected"));
    EXPECT_EQ(WriteFileAtomically(&fs, "f", "new").code(), Code::kIoFailed);
    EXPECT_EQ(fs.ReadAll("f").value(), "old");
    EXPECT_EQ(fs.List(".").value().size(), 1u) << "op " << static_cast<int>(op);
  }
}

}  // namespace
}  // namespace redkite::io
