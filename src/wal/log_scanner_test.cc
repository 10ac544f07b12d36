#include "wal/log_scanner.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"

namespace redkite::wal {
namespace {

/// A file of records: payload sizes and batch depths as given.
struct Scanned {
  void Add(size_t payload_bytes, uint16_t depth) {
    const LogPayload payload(std::string(payload_bytes, static_cast<char>('a' + starts.size())));
    starts.push_back(bytes.size());
    RecordHeader record;
    record.position = starts.size();
    record.payload_bytes = static_cast<uint32_t>(payload_bytes);
    record.payload_crc = payload.crc();
    record.batch_depth = depth;
    EncodeRecordHeader(record, header.uuid, &bytes);
    bytes += payload.pieces()[0];
    bytes.resize(starts.back() + RecordBytes(payload_bytes));
  }
  const io::RandomAccessFile* Open() {
    fs.PutFile("f", bytes);
    file = fs.OpenForRead("f").value();
    return file.get();
  }
  io::MemFileSystem fs{1};
  LogFileHeader header{.uuid = {9}, .first = 1, .previous = 0};
  std::string bytes = EncodeFileHeader(header);
  std::vector<size_t> starts;
  std::unique_ptr<io::RandomAccessFile> file;
};

TEST(LogScanner, WalksRecordsAcrossItsBuffer) {
  Scanned s;
  for (size_t size : {size_t{0}, size_t{1}, size_t{3} << 20, size_t{700'000}, size_t{700'000}, size_t{5}})
    s.Add(size, 1);
  LogScanner scanner(s.Open(), s.header);
  for (size_t i = 0; i < s.starts.size(); ++i) {
    EXPECT_EQ(scanner.offset(), s.starts[i]);
    const auto outcome = i % 2 == 0 ? scanner.Next() : scanner.Skip();
    ASSERT_EQ(outcome.value(), LogScanner::Outcome::kRecord);
    EXPECT_EQ(scanner.header().position, i + 1);
    if (i % 2 == 0) {
      EXPECT_EQ(scanner.payload(), std::string(scanner.header().payload_bytes, static_cast<char>('a' + i)));
    }
  }
  EXPECT_EQ(scanner.Next().value(), LogScanner::Outcome::kNoRecord);
  EXPECT_EQ(scanner.Skip().value(), LogScanner::Outcome::kNoRecord);
  EXPECT_EQ(scanner.offset(), s.bytes.size());
}

TEST(LogScanner, AnErrorOfTheDiskIsNoEndOfTheLog) {
  Scanned s;
  s.Add(10, 1);
  LogScanner scanner(s.Open(), s.header);
  s.fs.FailNth(io::FileOp::kRead, 1, Status::Io("injected"));
  EXPECT_EQ(scanner.Next().status().code(), Code::kIoFailed);
}

TEST(DiagnoseTail, ALaterRecordProvesDamageOnlyWhenItsGroupBeganLater) {
  Scanned s;
  s.Add(600, 1);
  s.Add(600, 1);
  s.Add(600, 2);  // same group as 2
  s.Add(600, 1);
  std::fill_n(s.bytes.begin() + static_cast<long>(s.starts[1]), 600, '\0');
  auto all = DiagnoseTail(*s.Open(), s.header.uuid, s.starts[1], 2);
  ASSERT_TRUE(all.ok());
  EXPECT_TRUE(all->is_damage);
  EXPECT_NE(all->reason.find("position 4"), std::string::npos) << all->reason;
  s.bytes.resize(s.starts[3]);
  s.bytes.resize(s.starts[3] + 10000);
  auto group = DiagnoseTail(*s.Open(), s.header.uuid, s.starts[1], 2);
  ASSERT_TRUE(group.ok());
  EXPECT_FALSE(group->is_damage);
  EXPECT_EQ(group->dirty_end, s.starts[2] + kRecordHeaderBytes + 600);
}

TEST(DiagnoseTail, ARecordAtTheBorderOfTwoWindowsIsSeen) {
  Scanned s;
  s.Add(600, 1);
  const size_t lost = s.bytes.size();
  s.Add((1 << 20) - 2 * kRecordHeaderBytes + 8, 1);
  s.Add(8, 1);  // its header lies across the first MiB after `lost`
  std::fill(s.bytes.begin() + static_cast<long>(lost), s.bytes.begin() + static_cast<long>(s.starts[2]),
            '\0');
  auto tail = DiagnoseTail(*s.Open(), s.header.uuid, lost, 2);
  ASSERT_TRUE(tail.ok());
  EXPECT_TRUE(tail->is_damage);
}

}  // namespace
}  // namespace redkite::wal
