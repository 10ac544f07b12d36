#include "wal/log_writer.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"
#include "wal/log_scanner.h"

namespace redkite::wal {
namespace {

constexpr char kDir[] = "log";

RecordHeader HeaderOf(LogPosition position, const LogPayload& payload, uint16_t depth) {
  RecordHeader h;
  h.position = position;
  h.payload_bytes = static_cast<uint32_t>(payload.size_bytes());
  h.payload_crc = payload.crc();
  h.batch_depth = depth;
  return h;
}

struct Written {
  Written() : fs(1), writer(&fs, kDir, 64 << 10) {
    EXPECT_TRUE(fs.CreateDirs(kDir).ok());
    bool broken = false;
    auto rolled = writer.Roll(header, 0, &broken);
    EXPECT_TRUE(rolled.ok());
    info = *rolled;
  }
  Status Put(LogPosition position, size_t size, uint16_t depth = 1) {
    const LogPayload payload(std::string(size, 'p'));
    return writer.Put(HeaderOf(position, payload, depth), header.uuid, payload);
  }
  int CountRecords() {
    auto file = fs.OpenForRead(info.path).value();
    LogScanner scanner(file.get(), header);
    int count = 0;
    while (scanner.Next().value() == LogScanner::Outcome::kRecord) ++count;
    return count;
  }
  io::MemFileSystem fs;
  LogWriter writer;
  LogFileHeader header{.uuid = {1, 2, 3}, .first = 1, .previous = 0};
  LogFileInfo info;
};

TEST(LogWriter, TheGroupIsBufferedUntilCommit) {
  Written w;
  ASSERT_TRUE(w.Put(1, 100).ok());
  ASSERT_TRUE(w.Put(2, 100, 2).ok());
  EXPECT_EQ(w.CountRecords(), 0);
  ASSERT_TRUE(w.writer.Commit().ok());
  EXPECT_EQ(w.CountRecords(), 2);
  w.fs.Crash();
  EXPECT_EQ(w.CountRecords(), 2);
}

TEST(LogWriter, ASmallGroupCostsNoZerosWhileTheyLast) {
  Written w;
  for (LogPosition position = 1; position <= 20; ++position) {
    const uint64_t writes = w.fs.op_count(io::FileOp::kWrite);
    ASSERT_TRUE(w.Put(position, 100).ok());
    ASSERT_TRUE(w.writer.Commit().ok());
    EXPECT_EQ(w.fs.op_count(io::FileOp::kWrite) - writes, position == 1 ? 2u : 1u);
  }
}

TEST(LogWriter, AFullFileMustRollAndALargeRecordGetsItsSpace) {
  Written w;
  EXPECT_FALSE(w.writer.MustRoll(1000));
  EXPECT_TRUE(w.writer.MustRoll(64 << 10));
  ASSERT_TRUE(w.Put(1, 1000).ok());
  ASSERT_TRUE(w.writer.Commit().ok());
  bool broken = false;
  ASSERT_TRUE(w.writer.Roll({.uuid = w.header.uuid, .first = 2, .previous = 1}, 1 << 20, &broken).ok());
  EXPECT_FALSE(w.writer.MustRoll(1 << 20));
  EXPECT_EQ(w.fs.List(kDir).value().size(), 2u);
}

TEST(LogWriter, TakeBackLeavesOnlyWhatWasCommitted) {
  Written w;
  ASSERT_TRUE(w.Put(1, 100).ok());
  ASSERT_TRUE(w.writer.Commit().ok());
  w.fs.FailNth(io::FileOp::kWrite, 2, Status(Code::kDiskLimitExceeded, "injected"));
  ASSERT_FALSE(w.Put(2, 200'000).ok());
  ASSERT_TRUE(w.writer.TakeBack().ok());
  EXPECT_EQ(w.CountRecords(), 1);
  ASSERT_TRUE(w.Put(2, 100).ok());
  ASSERT_TRUE(w.writer.Commit().ok());
  EXPECT_EQ(w.CountRecords(), 2);
}

TEST(LogWriter, NothingIsTakenBackAfterAFailedSync) {
  Written w;
  ASSERT_TRUE(w.Put(1, 100).ok());
  w.fs.FailNth(io::FileOp::kSync, 1, Status(Code::kDiskLimitExceeded, "injected"));
  ASSERT_FALSE(w.writer.Commit().ok());
  EXPECT_TRUE(w.writer.sync_failed());
  EXPECT_FALSE(w.writer.TakeBack().ok());
}

}  // namespace
}  // namespace redkite::wal
