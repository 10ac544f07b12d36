// Frozen files of the log, two of them: a build of today must read what the first release wrote. They are
// never rewritten; a new format version adds new ones beside them.
#include <gtest/gtest.h>

#include "io/posix_file_system.h"
#include "wal/log_test_kit.h"

namespace redkite::wal {
namespace {

const std::string kGolden = std::string(REDKITE_GOLDEN_DIR) + "/log";
constexpr const char* kNames[] = {"00000000000000000001.log", "00000000000000000004.log"};
constexpr size_t kSizes[] = {0, 1, 5000, 7000, 13};

std::string PayloadOf(LogPosition position) { return TestPayload(position, kSizes[position - 1]); }

// Run by hand with --gtest_also_run_disabled_tests, once per format version.
TEST(GoldenLog, DISABLED_Write) {
  io::MemFileSystem fs;
  TestLog t(&fs, 12 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  for (LogPosition position = 1; position <= 5; ++position) {
    ASSERT_EQ(AppendNow(t.log.get(), TestRequest(PayloadOf(position), position)).value(), position);
  }
  t.log.reset();
  io::PosixFileSystem disk;
  ASSERT_TRUE(disk.CreateDirs(kGolden).ok());
  ASSERT_EQ(fs.List(kTestDir)->size(), 2u);
  for (const std::string name : kNames) {
    const std::string bytes = fs.ReadAll(std::string(kTestDir) + "/" + name).value();
    ASSERT_TRUE(io::WriteFileAtomically(&disk, kGolden + "/v1_allocated." + name, bytes).ok());
  }
}

void ExpectReadable(const std::string& prefix) {
  SCOPED_TRACE(prefix);
  io::PosixFileSystem disk;
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kTestDir).ok());
  for (const std::string name : kNames) {
    fs.PutFile(std::string(kTestDir) + "/" + name, disk.ReadAll(kGolden + "/" + prefix + name).value());
  }
  TestLog t(&fs, 12 << 10);
  const Status opened = t.Open();
  ASSERT_TRUE(opened.ok()) << opened.ToString();
  LogPosition position = 0;
  const Status read = t.log->Read(0, [&](const LogRecord& r) {
    ++position;
    EXPECT_EQ(r.position, position);
    EXPECT_EQ(r.payload, PayloadOf(position));
    EXPECT_EQ(r.type, 3);
    EXPECT_EQ(r.flags, 0);
    EXPECT_EQ(r.shard, ShardId(-7));
    EXPECT_EQ(r.epoch, 5u);
    EXPECT_EQ(r.timestamp, 1234567890123u + position);
    EXPECT_EQ(r.schema_version, 8u);
    return Status::Ok();
  });
  EXPECT_TRUE(read.ok()) << read.ToString();
  EXPECT_EQ(position, 5u);
  ASSERT_TRUE(t.log->Start().ok());
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("of today")).value(), 6u);
}

TEST(GoldenLog, IsReadAndGoesOn) {
  ExpectReadable("v1.");
  ExpectReadable("v1_allocated.");  // with the size of the file in its header
}

}  // namespace
}  // namespace redkite::wal
