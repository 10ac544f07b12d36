// Recovery of LocalLog against torn tails, power cuts, flipped bits and files that were swapped: what was
// acknowledged is read back, or the log refuses with file and offset; a wrong record never comes out.
#include <cstring>

#include "base/crc32c.h"
#include "base/testing/log_capture.h"
#include "io/file_paths.h"
#include "wal/log_test_kit.h"

namespace redkite::wal {
namespace {

using io::MemFileSystem;

std::string PathOf(LogPosition first) { return io::JoinPath(kTestDir, LogFileName(first)); }

/// A log in one file: `count` records, each committed alone.
struct Sample {
  explicit Sample(int count, size_t payload_bytes = 0) {
    fs = std::make_unique<MemFileSystem>(1);
    TestLog t(fs.get(),
              std::max<uint64_t>(64 << 10, 8192 + static_cast<uint64_t>(count) * (payload_bytes + 128)));
    EXPECT_TRUE(t.OpenAndStart().ok());
    for (uint64_t i = 1; i <= static_cast<uint64_t>(count); ++i) {
      const std::string payload = TestPayload(i, payload_bytes > 0 ? payload_bytes : 20 + i * 13 % 300);
      EXPECT_EQ(AppendNow(t.log.get(), TestRequest(payload)).value(), i);
      payloads[i] = payload;
      ends.push_back(t.log->BytesSince(1));
    }
    bytes = fs->ReadAll(PathOf(1)).value();
  }
  /// Records that lie whole before `size`; padding may be missing.
  size_t WholeBefore(uint64_t size) const {
    uint64_t start = kFileHeaderBytes;
    size_t n = 0;
    while (n < ends.size() && start + kRecordHeaderBytes + payloads.at(n + 1).size() <= size)
      start = ends[n++];
    return n;
  }
  Payloads First(size_t n) const {
    return {payloads.begin(), std::next(payloads.begin(), static_cast<long>(n))};
  }

  std::unique_ptr<MemFileSystem> fs;
  std::string bytes;
  Payloads payloads;
  std::vector<uint64_t> ends;
};

/// The file as one that was never allocated: what it lacks at its end is a torn tail.
std::string Unallocated(std::string_view file) {
  LogFileHeader header = DecodeFileHeader(file).value();
  header.allocated_bytes = 0;
  return EncodeFileHeader(header) + std::string(file.substr(kFileHeaderBytes));
}

/// Opens a directory whose only file has these bytes.
struct Reopened {
  explicit Reopened(std::string_view bytes, bool recover_truncate = false) : fs(5), t(&fs) {
    EXPECT_TRUE(fs.CreateDirs(kTestDir).ok());
    fs.PutFile(PathOf(1), bytes);
    t.options.recover_truncate = recover_truncate;
    status = t.Open();
    if (status.ok()) status = ReadPayloads(t.log.get(), 0, &read);
  }
  MemFileSystem fs;
  TestLog t;
  Status status;
  Payloads read;
};

TEST(LogRecovery, AFileThatWasCutIsRefused) {
  const Sample sample(10);
  for (uint64_t size = 0; size < sample.bytes.size(); size += size <= sample.ends.back() ? 1 : 501) {
    const std::string_view cut = std::string_view(sample.bytes).substr(0, size);
    Reopened r(cut);
    ASSERT_EQ(r.status.code(), Code::kDataIntegrity) << size;
    ASSERT_NE(r.status.message().find(PathOf(1)), std::string::npos) << r.status.message();
    if (size < kFileHeaderBytes || size % 16 != 0) continue;
    Reopened recovered(cut, true);
    ASSERT_TRUE(recovered.status.ok()) << recovered.status.ToString();
    ASSERT_EQ(recovered.read, sample.First(sample.WholeBefore(size)));
    ASSERT_TRUE(recovered.t.log->Start().ok());
    // Above every position that the whole file could have held.
    ASSERT_GT(AppendNow(recovered.t.log.get(), TestRequest("next")).value(), 1000u);
    recovered.t.options.recover_truncate = false;
    ASSERT_TRUE(recovered.t.OpenAndStart().ok());
  }
}

TEST(LogRecovery, TruncatedAtEveryByteGivesTheLongestPrefix) {
  const Sample sample(30);
  const std::string bytes = Unallocated(sample.bytes);
  for (uint64_t size = kFileHeaderBytes; size <= sample.ends.back(); ++size) {
    Reopened r(std::string_view(bytes).substr(0, size));
    const size_t whole = sample.WholeBefore(size);
    ASSERT_TRUE(r.status.ok()) << size << " " << r.status.ToString();
    ASSERT_EQ(r.read, sample.First(whole)) << "size " << size;
    if (size % 16 != 0) continue;
    // And it goes on from there, also after another restart.
    ASSERT_TRUE(r.t.log->Start().ok());
    ASSERT_EQ(AppendNow(r.t.log.get(), TestRequest("next")).value(), whole + 1);
    ASSERT_TRUE(r.t.Open().ok());
    Payloads again;
    ASSERT_TRUE(ReadPayloads(r.t.log.get(), 1, &again).ok());
    Payloads expected = sample.First(whole);
    expected[whole + 1] = "next";
    ASSERT_EQ(again, expected) << "size " << size;
  }
  for (uint64_t size = 0; size < 64; ++size) {
    const Reopened r(std::string_view(sample.bytes).substr(0, size));
    ASSERT_EQ(r.status.code(), Code::kDataIntegrity) << "size " << size;
  }
}

TEST(LogRecovery, OverwrittenLastSectorsAreATornTail) {
  constexpr uint64_t kSeed = 4711;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  const Sample sample(40, 9000);
  for (int fill = 0; fill < 2; ++fill) {
    for (uint64_t sectors = 1; sectors <= 8; ++sectors) {
      for (int round = 0; round < 5; ++round) {
        std::string bytes = sample.bytes;
        const uint64_t end = sample.ends.back() / 512 * 512;
        for (uint64_t at = end - sectors * 512; at < end; ++at) {
          bytes[at] = fill == 0 ? '\0' : static_cast<char>(random.Next());
        }
        const Reopened r(bytes);
        ASSERT_TRUE(r.status.ok()) << r.status.ToString();
        ASSERT_EQ(r.read, sample.First(39));
      }
    }
  }
}

TEST(LogRecovery, AStaleTailIsNeverTakenForRecords) {
  // Behind the tail lie whole records of another log, and of this one from before.
  const Sample sample(20, 500);
  MemFileSystem other_fs(2);
  TestLog other(&other_fs);
  other.random = Random(1234);
  ASSERT_TRUE(other.OpenAndStart().ok());
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(AppendNow(other.log.get(), TestRequest(std::string(500, 's'))).ok());
  const std::string stale = other_fs.ReadAll(PathOf(1)).value();
  std::string bytes = sample.bytes.substr(0, sample.ends[9]) + stale.substr(sample.ends[9]);
  Reopened r(bytes);
  ASSERT_TRUE(r.status.ok()) << r.status.ToString();
  EXPECT_EQ(r.read, sample.First(10));
  // This log's own records in the wrong place: position 3 and 12 behind 10.
  for (size_t source : {size_t{2}, size_t{11}}) {
    bytes = sample.bytes.substr(0, sample.ends[9]);
    bytes += sample.bytes.substr(sample.ends[source - 1], sample.ends[source] - sample.ends[source - 1]);
    bytes.resize(sample.bytes.size(), '\0');
    const Reopened misplaced(bytes);
    if (source == 2) {
      ASSERT_TRUE(misplaced.status.ok());
      EXPECT_EQ(misplaced.read, sample.First(10));
    } else {
      EXPECT_EQ(misplaced.status.code(), Code::kDataIntegrity);  // 11 was durable before 12 was written
    }
  }
}

TEST(LogRecovery, DamageBeforeAGoodRecordIsRefusedWithFileAndOffset) {
  const Sample sample(20, 500);
  std::string bytes = sample.bytes;
  bytes[sample.ends[7] + 100] ^= 0x3c;  // in record 9
  Reopened refused(bytes);
  ASSERT_EQ(refused.status.code(), Code::kDataIntegrity);
  EXPECT_NE(refused.status.message().find(PathOf(1)), std::string::npos);
  EXPECT_NE(refused.status.message().find("offset " + std::to_string(sample.ends[7])), std::string::npos)
      << refused.status.message();
  EXPECT_EQ(refused.fs.ReadAll(PathOf(1)).value(), bytes);  // untouched

  Reopened rescued(bytes, true);
  ASSERT_TRUE(rescued.status.ok()) << rescued.status.ToString();
  EXPECT_EQ(rescued.read, sample.First(8));
  ASSERT_TRUE(rescued.t.log->Start().ok());
  EXPECT_EQ(rescued.fs.ReadAll(PathOf(1) + ".damaged").value(), bytes);
  rescued.t.options.recover_truncate = false;
  LogPosition last = 20;  // a dropped record's position is not given again
  for (int restart = 0; restart < 4; ++restart) {
    const auto position = AppendNow(rescued.t.log.get(), TestRequest("after " + std::to_string(restart)));
    ASSERT_TRUE(position.ok());
    EXPECT_GT(*position, last);
    last = *position;
    ASSERT_TRUE(rescued.t.OpenAndStart().ok());
    Payloads read;
    ASSERT_TRUE(ReadPayloads(rescued.t.log.get(), 0, &read).ok());
    EXPECT_EQ(read.size(), 9u + static_cast<size_t>(restart));
    ASSERT_TRUE(ReadPayloads(rescued.t.log.get(), 15, &read).ok());  // a checkpoint inside what was dropped
  }
}

TEST(LogRecovery, EachRescueKeepsWhatItCutAndSaysSo) {
  const Sample sample(20, 500);
  std::string bytes = sample.bytes;
  bytes[sample.ends[7] + 100] ^= 0x3c;  // in record 9
  const uint64_t used = bytes.find_last_not_of('\0') + 1;
  Reopened r(bytes, true);
  LogCapture first_log(&r.t.clock), second_log(&r.t.clock);
  r.t.options.logger = first_log.logger();
  ASSERT_TRUE(r.t.OpenAndStart().ok());
  const std::string told = "file=" + PathOf(1) + " offset=" + std::to_string(sample.ends[7]) +
                           " bytes=" + std::to_string(used - sample.ends[7]) + " copy=" + PathOf(1) +
                           ".damaged";
  EXPECT_TRUE(first_log.Has("level=warn")) << first_log.text();
  EXPECT_TRUE(first_log.Has(told)) << first_log.text() << told;
  // The good prefix is damaged once more, and a second file after it.
  r.t.log.reset();
  std::string again = r.fs.ReadAll(PathOf(1)).value();
  again[sample.ends[3] + 100] ^= 0x3c;  // in record 5
  r.fs.PutFile(PathOf(1), again);
  r.t.options.logger = second_log.logger();
  ASSERT_TRUE(r.t.OpenAndStart().ok());
  EXPECT_TRUE(r.fs.ReadAll(PathOf(1) + ".damaged").value() == bytes);
  EXPECT_TRUE(r.fs.ReadAll(PathOf(1) + ".damaged.2").value() == again);
  EXPECT_TRUE(second_log.Has("copy=" + PathOf(1) + ".damaged.2")) << second_log.text();
  EXPECT_TRUE(second_log.Has("a file of the log was set aside")) << second_log.text();
  Payloads read;
  ASSERT_TRUE(ReadPayloads(r.t.log.get(), 0, &read).ok());
  EXPECT_EQ(read, sample.First(4));
  EXPECT_GT(AppendNow(r.t.log.get(), TestRequest("after")).value(), 20u);
}

TEST(LogRecovery, PositionsThatWereSkippedAreNotGiven) {
  MemFileSystem fs(1);
  TestLog t(&fs);
  ASSERT_TRUE(t.OpenAndStart().ok());
  ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("before")).ok());
  EXPECT_FALSE(t.log->SkipTo(100).ok());  // started
  ASSERT_TRUE(t.Open().ok());
  ASSERT_TRUE(t.log->SkipTo(100).ok());
  ASSERT_TRUE(t.log->SkipTo(7).ok());  // never back
  EXPECT_EQ(t.log->last_position(), 99u);
  ASSERT_TRUE(t.log->Start().ok());
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("after")).value(), 100u);
  fs.Crash();
  ASSERT_TRUE(t.OpenAndStart().ok());
  Payloads read;
  ASSERT_TRUE(ReadPayloads(t.log.get(), 0, &read).ok());
  EXPECT_EQ(read, (Payloads{{1, "before"}, {100, "after"}}));
}

TEST(LogRecovery, FilesWithRecordsOfARangeAreCopiedAside) {
  MemFileSystem fs(1);
  TestLog t(&fs, 16 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  for (uint64_t i = 1; i <= 60; ++i)
    ASSERT_TRUE(AppendNow(t.log.get(), TestRequest(TestPayload(i, 1000))).ok());
  const auto files = fs.List(kTestDir).value();
  ASSERT_GE(files.size(), 4u);
  ASSERT_TRUE(t.Open().ok());
  const LogPosition second = *ParseLogFileName(files[1].name), third = *ParseLogFileName(files[2].name);
  ASSERT_TRUE(t.log->CopyAside(second, third - 1).ok());
  std::vector<std::string> copies;
  const auto listing = fs.List(kTestDir).value();
  for (const io::FileInfo& file : listing) {
    if (file.name.ends_with(".damaged")) copies.push_back(file.name);
  }
  EXPECT_EQ(copies, std::vector<std::string>{files[1].name + ".damaged"});
  ASSERT_TRUE(t.log->Start().ok());
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("after")).value(), 61u);
}

TEST(LogRecovery, EveryFlippedBitIsDetectedOrHarmless) {
  const Sample sample(6);
  int shortened = 0;
  for (uint64_t bit = 0; bit < (sample.ends.back() + 64) * 8; ++bit) {
    if (bit / 8 >= 64 && bit / 8 < kFileHeaderBytes) continue;  // dead bytes
    std::string bytes = sample.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const Reopened r(bytes);
    if (r.status.ok() && r.read.size() == 5) {
      // The last set bit of the last record: without it the record looks torn.
      ASSERT_GE(bit / 8, sample.ends[4]) << "bit " << bit;
      ASSERT_EQ(r.read, sample.First(5)) << "bit " << bit;
      ++shortened;
    } else if (r.status.ok()) {
      // Only padding and the zeros behind the tail may change unnoticed.
      ASSERT_EQ(r.read, sample.payloads) << "bit " << bit;
    } else {
      ASSERT_EQ(r.status.code(), Code::kDataIntegrity) << "bit " << bit;
      ASSERT_NE(r.status.message().find(PathOf(1)), std::string::npos);
    }
  }
  EXPECT_LE(shortened, 1);
}

TEST(LogRecovery, RandomDamageNeverGivesAWrongRecord) {
  constexpr uint64_t kSeed = 99;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  const Sample sample(25);
  int refused = 0;
  int shortened = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = Unallocated(sample.bytes).substr(0, sample.ends.back() + 4096);
    const uint64_t start = kFileHeaderBytes + random.Below(bytes.size() - kFileHeaderBytes);
    const uint64_t length = 1 + random.Below(random.Below(2) == 0 ? 8 : 700);
    const bool copy = random.Below(3) == 0;  // a block from another place, or noise
    const uint64_t source = kFileHeaderBytes + random.Below(sample.ends.back() - kFileHeaderBytes);
    for (uint64_t i = 0; i < length && start + i < bytes.size(); ++i) {
      bytes[start + i] = copy ? sample.bytes[source + i] : static_cast<char>(random.Next());
    }
    const Reopened r(bytes);
    if (!r.status.ok()) {
      ASSERT_EQ(r.status.code(), Code::kDataIntegrity);
      ++refused;
    }
    ASSERT_EQ(r.read, sample.First(r.read.size())) << "round " << round;
    shortened += r.status.ok() && r.read.size() < 25;
    // The last record is whole, and it says that those before it were durable.
    const bool last_is_whole = start + length <= sample.ends[23];
    if (last_is_whole && r.status.ok()) {
      ASSERT_EQ(r.read.size(), 25u) << "silent loss in round " << round;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(shortened, 5);
}

TEST(LogRecovery, ARecordThatOneRecoveryDroppedDoesNotReturnInTheNext) {
  MemFileSystem fs(1);
  TestLog t(&fs);
  ASSERT_TRUE(t.OpenAndStart().ok());
  ASSERT_TRUE(AppendNow(t.log.get(), TestRequest("before")).ok());
  const uint64_t group_start = t.log->BytesSince(1);
  for (uint64_t i = 0; i < 3; ++i)
    t.log->Append(TestRequest(TestPayload(i, 1000)), [](Status, LogPosition) {});
  while (t.log->CommitWaiting()) continue;
  // Of the last group only the second and third record reached the disk.
  std::string bytes = fs.ReadAll(PathOf(1)).value();
  std::fill_n(bytes.begin() + static_cast<long>(group_start), 1000, '\0');
  fs.PutFile(PathOf(1), bytes);
  ASSERT_TRUE(t.OpenAndStart().ok());
  Payloads read;
  ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
  EXPECT_EQ(read, (Payloads{{1, "before"}}));
  ASSERT_EQ(AppendNow(t.log.get(), TestRequest(TestPayload(7, 1000))).value(), 2u);
  fs.Crash();
  ASSERT_TRUE(t.OpenAndStart().ok());
  read.clear();
  ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
  EXPECT_EQ(read, (Payloads{{1, "before"}, {2, TestPayload(7, 1000)}}));
}

// XORed into a string from bit `at` on it leaves the CRC-32C as it was: the generator polynomial itself.
void AddGenerator(std::string* bytes, uint64_t at) {
  constexpr uint64_t kGenerator = 0x11edc6f41;
  for (uint64_t i = 0; i <= 32; ++i) {
    const uint64_t bit = at + i;
    if ((kGenerator >> (32 - i) & 1) == 0) continue;
    (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << (bit % 8)));
  }
}

// A torn record with other bytes in some sectors, whose checksum happens to differ as by one flipped bit.
TEST(LogRecovery, ATornRecordIsNotTakenForAFlippedBitByChance) {
  MemFileSystem fs(1);
  TestLog t(&fs, 16 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  for (uint64_t i = 1; i <= 2; ++i)
    ASSERT_TRUE(AppendNow(t.log.get(), TestRequest(TestPayload(i, 1000))).ok());
  t.log.reset();
  const std::string path = io::JoinPath(kTestDir, fs.List(kTestDir).value()[0].name);
  const std::string whole = fs.ReadAll(path).value();
  const size_t last_payload = kFileHeaderBytes + RecordBytes(1000) + kRecordHeaderBytes;
  std::string flipped = whole;
  flipped[last_payload + 123] ^= 4;
  fs.PutFile(path, flipped);
  EXPECT_EQ(t.Open().code(), Code::kDataIntegrity);

  std::string torn = flipped;
  for (uint64_t bit : {1600, 2777, 5003}) AddGenerator(&torn, last_payload * 8 + bit);
  ASSERT_EQ(Crc32c(std::string_view(torn).substr(last_payload, 1000)),
            Crc32c(std::string_view(flipped).substr(last_payload, 1000)));
  fs.PutFile(path, torn);
  const Status opened = t.OpenAndStart();
  ASSERT_TRUE(opened.ok()) << opened.ToString();
  EXPECT_EQ(t.log->last_position(), 1u);
  EXPECT_EQ(AppendNow(t.log.get(), TestRequest("next")).value(), 2u);
}

TEST(LogRecovery, DamageInAnOlderFileIsRefusedByRead) {
  MemFileSystem fs(1);
  TestLog t(&fs, 16 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  for (uint64_t i = 1; i <= 60; ++i)
    ASSERT_TRUE(AppendNow(t.log.get(), TestRequest(TestPayload(i, 1000))).ok());
  auto files = fs.List(kTestDir).value();
  ASSERT_GE(files.size(), 4u);
  const std::string second = io::JoinPath(kTestDir, files[1].name);
  const std::string whole = fs.ReadAll(second).value();
  std::string zeroed = whole;
  std::fill(zeroed.begin() + 8192, zeroed.end(), '\0');
  std::string flipped = whole;
  flipped[9000] ^= 1;
  for (const std::string& bytes : {zeroed, flipped, whole.substr(0, 7000)}) {
    fs.PutFile(second, bytes);
    Status status = t.Open();
    Payloads read;
    if (status.ok()) status = ReadPayloads(t.log.get(), 1, &read);
    ASSERT_EQ(status.code(), Code::kDataIntegrity);
    EXPECT_NE(status.message().find(second), std::string::npos);
    EXPECT_NE(status.message().find("offset"), std::string::npos);
    for (const auto& [position, payload] : read) ASSERT_EQ(payload, TestPayload(position, 1000));
  }
  // Rescue: the files behind the damage are set aside, new positions start beyond them.
  t.options.recover_truncate = true;
  ASSERT_TRUE(t.OpenAndStart().ok());
  Payloads read;
  ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
  EXPECT_LT(read.size(), 30u);
  EXPECT_GT(AppendNow(t.log.get(), TestRequest("after")).value(), 60u);
  int damaged = 0;
  const auto left = fs.List(kTestDir).value();
  for (const auto& file : left) damaged += file.name.ends_with(".damaged");
  EXPECT_EQ(damaged, static_cast<int>(files.size()) - 1);
}

TEST(LogRecovery, AMissingSwappedOrForeignFileIsRefused) {
  MemFileSystem fs(1);
  TestLog t(&fs, 16 << 10);
  ASSERT_TRUE(t.OpenAndStart().ok());
  for (uint64_t i = 1; i <= 60; ++i)
    ASSERT_TRUE(AppendNow(t.log.get(), TestRequest(TestPayload(i, 1000))).ok());
  const auto files = fs.List(kTestDir).value();
  const auto path = [&](size_t i) { return io::JoinPath(kTestDir, files[i].name); };
  const std::string first = fs.ReadAll(path(0)).value();
  const std::string second = fs.ReadAll(path(1)).value();
  auto open_and_read = [&] {
    Status status = t.Open();
    Payloads read;
    return status.ok() ? ReadPayloads(t.log.get(), 1, &read) : status;
  };
  ASSERT_TRUE(open_and_read().ok());
  fs.PutFile(path(0), second);
  fs.PutFile(path(1), first);
  EXPECT_EQ(open_and_read().code(), Code::kDataIntegrity);
  fs.PutFile(path(0), first);
  ASSERT_TRUE(fs.Remove(path(1)).ok());
  EXPECT_EQ(open_and_read().code(), Code::kDataIntegrity);
  // The same file of another log.
  MemFileSystem other_fs(2);
  TestLog other(&other_fs, 16 << 10);
  other.random = Random(77);
  ASSERT_TRUE(other.OpenAndStart().ok());
  for (uint64_t i = 1; i <= 60; ++i)
    ASSERT_TRUE(AppendNow(other.log.get(), TestRequest(TestPayload(i, 1000))).ok());
  fs.PutFile(path(1), other_fs.ReadAll(path(1)).value());
  EXPECT_EQ(open_and_read().code(), Code::kDataIntegrity);
  // An older version of a file that is not the newest.
  std::string older = second;
  std::fill(older.begin() + 10000, older.end(), '\0');
  fs.PutFile(path(1), older);
  EXPECT_EQ(open_and_read().code(), Code::kDataIntegrity);
  fs.PutFile(path(1), second);
  EXPECT_TRUE(open_and_read().ok());
}

TEST(LogRecovery, ANewerFormatIsRefusedAndUntouched) {
  const Sample sample(3);
  std::string bytes = sample.bytes;
  bytes[10] = 9;
  const uint32_t crc = Crc32c(std::string_view(bytes).substr(0, 60));
  std::memcpy(bytes.data() + 60, &crc, 4);
  Reopened r(bytes, true);
  EXPECT_EQ(r.status.code(), Code::kOperationNotSupported);
  EXPECT_EQ(r.fs.ReadAll(PathOf(1)).value(), bytes);
}

TEST(LogRecovery, OpeningAndReadingChangeNothing) {
  const Sample sample(20);
  Reopened r(Unallocated(sample.bytes).substr(0, sample.ends[15] + 30));
  ASSERT_TRUE(r.status.ok());
  EXPECT_EQ(r.fs.change_count(), 1u);  // CreateDirs of the test itself
}

TEST(LogRecovery, IdleRestartsDoNotGrowTheLog) {
  const Sample sample(20);
  TestLog t(sample.fs.get());
  ASSERT_TRUE(t.OpenAndStart().ok());
  const auto before = sample.fs->List(kTestDir).value();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(t.OpenAndStart().ok());
  const auto after = sample.fs->List(kTestDir).value();
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].size_bytes, before[0].size_bytes);
  Payloads read;
  ASSERT_TRUE(ReadPayloads(t.log.get(), 1, &read).ok());
  EXPECT_EQ(read, sample.payloads);
}

/// One life of a log under a power cut: groups of random size until the power goes.
void RunUntilPowerCut(TestLog* t, Random* random, Payloads* acknowledged) {
  if (!t->OpenAndStart().ok()) return;
  for (int group = 0; group < 12; ++group) {
    const uint64_t count = 1 + random->Below(6);
    for (uint64_t i = 0; i < count; ++i) {
      const std::string payload =
          TestPayload(random->Next(), random->Below(random->Below(8) == 0 ? 30000 : 900));
      t->log->Append(TestRequest(payload), [acknowledged, payload](Status status, LogPosition position) {
        if (status.ok()) {
          ASSERT_TRUE(acknowledged->emplace(position, payload).second) << "position repeats";
        }
      });
    }
    while (t->log->CommitWaiting()) continue;
    if (random->Below(6) == 0) (void)t->log->Trim(t->log->last_position() / 2);
  }
}

TEST(LogRecovery, PowerCutsLoseNothingAcknowledged) {
  // Nested: the power goes at a random change, also during recovery; unsynced sectors and names survive at
  // random.
  uint64_t torn = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    MemFileSystem fs(seed * 31);
    TestLog t(&fs, 32 << 10);
    Payloads acknowledged;
    for (int life = 0; life < 6; ++life) {
      fs.CutPowerAt(1 + random.Below(life % 2 == 0 ? 120 : 12));
      RunUntilPowerCut(&t, &random, &acknowledged);
      t.log.reset();
      fs.Crash();
      const Status opened = t.Open();
      ASSERT_TRUE(opened.ok()) << opened.ToString();
      Payloads read;
      const Status status = ReadPayloads(t.log.get(), 0, &read);
      ASSERT_TRUE(status.ok()) << status.ToString();
      for (const auto& [position, payload] : acknowledged) {
        if (position < t.log->first_position()) continue;
        ASSERT_TRUE(read.count(position)) << "lost position " << position;
        ASSERT_EQ(read[position], payload);
      }
      torn += read.size() > acknowledged.size();
      // What was read counts as acknowledged once Start has made it durable.
      if (random.Below(2) == 0) {
        ASSERT_TRUE(t.log->Start().ok());
        for (const auto& [position, payload] : read) acknowledged[position] = payload;
        t.log.reset();
        fs.Crash();
      }
    }
  }
  EXPECT_GT(torn, 0u);  // records that were written and not acknowledged did survive now and then
}

}  // namespace
}  // namespace redkite::wal
