#include "storage/block_file.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/random.h"
#include "base/thread.h"
#include "io/mem_file_system.h"

namespace redkite::storage {
namespace {

constexpr char kDir[] = "shard";

std::string RandomBytes(Random* random, size_t n) {
  std::string s(n, '\0');
  for (char& c : s) c = static_cast<char>(random->Next());
  return s;
}

std::string_view Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Written {
  FileRef ref;
  std::vector<std::pair<SectionId, std::string>> sections;
};

/// Sections of the given sizes, appended in pieces of random length.
Written WriteFile(io::FileSystem* fs, const std::vector<size_t>& sizes, uint64_t seed,
                  uint64_t generation = 7) {
  Random random(seed);
  EXPECT_TRUE(fs->CreateDirs(kDir).ok());
  auto writer = BlockFileWriter::Create(fs, kDir, "f" + std::to_string(seed), FileKind::kColumn, generation);
  EXPECT_TRUE(writer.ok());
  Written out;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const SectionId id{static_cast<uint16_t>(i + 1), FieldId(static_cast<int64_t>(100 + i))};
    out.sections.emplace_back(id, RandomBytes(&random, sizes[i]));
    std::string_view rest = out.sections.back().second;
    EXPECT_TRUE((*writer)->Begin(id).ok());
    while (!rest.empty()) {
      const size_t part = 1 + random.Below(std::min<size_t>(rest.size(), 3 * kBlockBytes));
      EXPECT_TRUE((*writer)->Append(rest.substr(0, part)).ok());
      rest.remove_prefix(part);
    }
    EXPECT_TRUE((*writer)->End().ok());
  }
  auto ref = (*writer)->Finish();
  EXPECT_TRUE(ref.ok()) << ref.status().ToString();
  out.ref = ref.value();
  return out;
}

/// Ok when the file verifies and holds exactly what was written.
Status ReadBack(io::FileSystem* fs, const Written& written) {
  RK_ASSIGN_OR_RETURN(auto reader, BlockFileReader::Open(fs, kDir, written.ref, FileKind::kColumn));
  RK_RETURN_IF_ERROR(reader->VerifyAll());
  EXPECT_EQ(reader->sections().size(), written.sections.size());
  for (const auto& [id, bytes] : written.sections) {
    RK_ASSIGN_OR_RETURN(const auto read, reader->Read(id));
    EXPECT_EQ(Text(read), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(read.data()) % kSectionAlignment, 0u);
  }
  return Status::Ok();
}

std::string PathOf(const Written& w) { return std::string(kDir) + "/" + w.ref.name; }

TEST(BlockFile, WhatIsNotFinishedIsRemoved) {
  io::MemFileSystem fs(1);
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  {
    auto writer = BlockFileWriter::Create(&fs, kDir, "f", FileKind::kColumn, 7).value();
    ASSERT_TRUE(writer->Add({1, FieldId(100)}, std::string(100'000, 'x')).ok());
  }
  EXPECT_TRUE(fs.List(kDir)->empty());
  fs.FailNth(io::FileOp::kWrite, 1, Status(Code::kDiskLimitExceeded, "no space left"));
  {
    auto writer = BlockFileWriter::Create(&fs, kDir, "f", FileKind::kColumn, 7);
    if (writer.ok()) {
      (void)(*writer)->Add({1, FieldId(100)}, std::string(100'000, 'x'));
      EXPECT_EQ((*writer)->Finish().status().code(), Code::kDiskLimitExceeded);
    }
  }
  EXPECT_TRUE(fs.List(kDir)->empty());
}

TEST(BlockFile, RoundTripOfAwkwardSizes) {
  const std::vector<std::vector<size_t>> cases = {{},
                                                  {0},
                                                  {1},
                                                  {63, 64, 65},
                                                  {0, 0, 5},
                                                  {kBlockBytes - 64},
                                                  {kBlockBytes - 63},
                                                  {kBlockBytes},
                                                  {3 * kBlockBytes + 17, 1, 2 * kBlockBytes}};
  uint64_t seed = 0;
  for (const auto& sizes : cases) {
    io::MemFileSystem fs;
    const Written w = WriteFile(&fs, sizes, ++seed);
    EXPECT_TRUE(ReadBack(&fs, w).ok()) << "case " << seed << ": " << ReadBack(&fs, w).ToString();
    EXPECT_EQ(fs.ReadAll(PathOf(w)).value().size(), w.ref.length_bytes);
  }
}

TEST(BlockFile, RandomSections) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<size_t> sizes(random.Below(6));
    for (size_t& s : sizes) s = random.Below(2) == 0 ? random.Below(200) : random.Below(4 * kBlockBytes);
    io::MemFileSystem fs;
    const Written w = WriteFile(&fs, sizes, seed);
    EXPECT_TRUE(ReadBack(&fs, w).ok());
  }
}

TEST(BlockFile, EveryFlippedBitIsFound) {
  io::MemFileSystem fs;
  const Written w = WriteFile(&fs, {130, 7}, 3);
  for (uint64_t bit = 0; bit < w.ref.length_bytes * 8; ++bit) {
    fs.FlipBit(PathOf(w), bit);
    const Status status = ReadBack(&fs, w);
    ASSERT_FALSE(status.ok()) << "bit " << bit;
    ASSERT_NE(status.message().find(PathOf(w)), std::string::npos) << status.ToString();
    fs.FlipBit(PathOf(w), bit);
  }
  EXPECT_TRUE(ReadBack(&fs, w).ok());
}

TEST(BlockFile, RandomFlippedBitsOfALargeFileAreFound) {
  const uint64_t seed = 11;
  io::MemFileSystem fs;
  const Written w = WriteFile(&fs, {5 * kBlockBytes + 9, kBlockBytes}, seed);
  Random random(seed);
  for (int i = 0; i < 300; ++i) {
    const uint64_t bit = random.Below(w.ref.length_bytes * 8);
    fs.FlipBit(PathOf(w), bit);
    ASSERT_FALSE(ReadBack(&fs, w).ok()) << "seed " << seed << " bit " << bit;
    fs.FlipBit(PathOf(w), bit);
  }
}

TEST(BlockFile, TruncatedOrLongerFileIsRefused) {
  io::MemFileSystem fs;
  const Written w = WriteFile(&fs, {200}, 4);
  const std::string whole = fs.ReadAll(PathOf(w)).value();
  for (size_t n = 0; n < whole.size(); ++n) {
    fs.PutFile(PathOf(w), whole.substr(0, n));
    ASSERT_EQ(ReadBack(&fs, w).code(), Code::kDataIntegrity) << n;
    ASSERT_FALSE(BlockFileReader::OpenAlone(&fs, kDir, w.ref.name).ok()) << n;
  }
  fs.PutFile(PathOf(w), whole + '\0');
  EXPECT_EQ(ReadBack(&fs, w).code(), Code::kDataIntegrity);
  ASSERT_TRUE(fs.Remove(PathOf(w)).ok());
  EXPECT_EQ(ReadBack(&fs, w).code(), Code::kDataIntegrity);
}

TEST(BlockFile, SwappedStaleAndMovedBytesAreFound) {
  io::MemFileSystem fs;
  const std::vector<size_t> sizes = {3 * kBlockBytes};
  const Written a = WriteFile(&fs, sizes, 1);
  const Written b = WriteFile(&fs, sizes, 2);
  const Written older = WriteFile(&fs, sizes, 3, 6);
  const std::string bytes = fs.ReadAll(PathOf(a)).value();
  // Another file of the same shape, and the same name with older content.
  for (const Written& other : {b, older}) {
    fs.PutFile(PathOf(a), fs.ReadAll(PathOf(other)).value());
    EXPECT_EQ(ReadBack(&fs, a).code(), Code::kDataIntegrity);
    EXPECT_TRUE(BlockFileReader::OpenAlone(&fs, kDir, a.ref.name).ok());
  }
  // Two blocks of one file exchanged; a block of another file at the same place.
  std::string moved = bytes;
  std::swap_ranges(moved.begin() + kBlockBytes, moved.begin() + 2 * kBlockBytes,
                   moved.begin() + 2 * kBlockBytes);
  fs.PutFile(PathOf(a), moved);
  Status status = ReadBack(&fs, a);
  EXPECT_NE(status.message().find("block 1 "), std::string::npos) << status.ToString();
  std::string mixed = bytes;
  mixed.replace(2 * kBlockBytes, kBlockBytes, fs.ReadAll(PathOf(b)).value(), 2 * kBlockBytes, kBlockBytes);
  fs.PutFile(PathOf(a), mixed);
  status = ReadBack(&fs, a);
  EXPECT_NE(status.message().find("block 2 "), std::string::npos) << status.ToString();
  fs.PutFile(PathOf(a), bytes);
  EXPECT_TRUE(ReadBack(&fs, a).ok());
}

TEST(BlockFile, ChecksumsCoverGenerationAndNumber) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  auto writer = BlockFileWriter::Create(&fs, kDir, "f", FileKind::kColumn, 7).value();
  ASSERT_TRUE(writer->Add({1}, std::string(3 * kBlockBytes - 64, 'x')).ok());
  const FileRef ref = writer->Finish().value();
  const std::string bytes = fs.ReadAll("shard/f").value();
  // The block entries are the last thing before the footer: three of eight bytes.
  for (uint64_t number = 0; number < 3; ++number) {
    const uint64_t address[2] = {7, number};
    uint32_t in_table = 0;
    std::memcpy(&in_table, bytes.data() + bytes.size() - 48 - 24 + 8 * number, sizeof in_table);
    const uint32_t expected = Crc32c(std::string_view(bytes).substr(number * kBlockBytes, kBlockBytes),
                                     Crc32c(address, sizeof address));
    EXPECT_EQ(in_table, expected) << number;
  }
}

TEST(BlockFile, OtherKindIsRefused) {
  io::MemFileSystem fs;
  const Written w = WriteFile(&fs, {10}, 1);
  EXPECT_EQ(BlockFileReader::Open(&fs, kDir, w.ref, FileKind::kDelta).status().code(), Code::kDataIntegrity);
}

TEST(BlockFile, NewerFormatIsRefusedAsSuch) {
  io::MemFileSystem fs;
  const Written w = WriteFile(&fs, {10}, 1);
  const std::string whole = fs.ReadAll(PathOf(w)).value();
  for (const size_t at : {size_t{10}, size_t{14}, size_t{32}}) {  // min reader version, algorithm, features
    std::string newer = whole;
    newer[at] = 9;
    const uint32_t crc = Crc32c(newer.data(), 60);
    std::memcpy(newer.data() + 60, &crc, sizeof crc);
    fs.PutFile(PathOf(w), newer);
    EXPECT_EQ(ReadBack(&fs, w).code(), Code::kOperationNotSupported) << at;
  }
}

TEST(BlockFile, RangesVerifyOnlyTheirBlocks) {
  io::MemFileSystem fs;
  const Written w = WriteFile(&fs, {4 * kBlockBytes}, 1);
  fs.FlipBit(PathOf(w), 2 * kBlockBytes * 8 + 5);
  auto reader = BlockFileReader::Open(&fs, kDir, w.ref, FileKind::kColumn).value();
  const Section& s = reader->sections().front();  // begins at byte 64
  EXPECT_TRUE(reader->VerifyRange(s, 0, 2 * kBlockBytes - 64).ok());
  EXPECT_TRUE(reader->VerifyRange(s, 3 * kBlockBytes - 64, 10).ok());
  EXPECT_TRUE(reader->VerifyRange(s, 2 * kBlockBytes, 0).ok());
  EXPECT_FALSE(reader->VerifyRange(s, 0, 2 * kBlockBytes - 63).ok());
  EXPECT_FALSE(reader->VerifyRange(s, 3 * kBlockBytes - 65, 1).ok());
  EXPECT_FALSE(reader->VerifyAll().ok());
}

TEST(BlockFile, ManyThreadsVerifyTogether) {
  io::MemFileSystem fs;
  const Written w = WriteFile(&fs, {70 * kBlockBytes}, 1);
  auto reader = BlockFileReader::Open(&fs, kDir, w.ref, FileKind::kColumn).value();
  std::atomic<int> good = 0;
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back("verify", [&] { good += reader->VerifyAll().ok() ? 1 : 0; });
    }
  }
  EXPECT_EQ(good, 4);
}

TEST(BlockFile, FailedWriteOrSyncGivesNoFile) {
  for (const io::FileOp op :
       {io::FileOp::kCreate, io::FileOp::kWrite, io::FileOp::kSync, io::FileOp::kClose}) {
    for (uint64_t nth = 1;; ++nth) {
      io::MemFileSystem fs;
      ASSERT_TRUE(fs.CreateDirs(kDir).ok());
      fs.FailNth(op, nth, Status::Io("injected"));
      auto writer = BlockFileWriter::Create(&fs, kDir, "f", FileKind::kColumn, 1);
      if (!writer.ok()) continue;
      const std::string data(3 * kBlockBytes, 'x');
      const Status added = (*writer)->Add({1}, data);
      const auto ref = (*writer)->Finish();
      if (ref.ok()) {
        EXPECT_GT(nth, 1u);
        break;
      }
      EXPECT_NE(ref.status().message().find("injected"), std::string::npos);
      EXPECT_FALSE((*writer)->Finish().ok());  // and it stays so
    }
  }
}

TEST(BlockFile, FinishedFileSurvivesAPowerCutOnceItsNameIsDurable) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    io::MemFileSystem fs(seed);
    const Written w = WriteFile(&fs, {kBlockBytes + 5}, seed);
    ASSERT_TRUE(fs.SyncDir(kDir).ok());
    fs.Crash();
    EXPECT_TRUE(ReadBack(&fs, w).ok()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace redkite::storage
