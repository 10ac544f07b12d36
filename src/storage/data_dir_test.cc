#include "storage/data_dir.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"
#include "io/posix_file_system.h"

namespace redkite::storage {
namespace {

constexpr char kPath[] = "data";

DataFormat Sample() { return {"01234567-89ab-4cde-8f01-23456789abcd", 1, 1, 0, 5}; }

TEST(DataFormat, RoundTripAndText) {
  EXPECT_EQ(DecodeDataFormat(EncodeDataFormat(Sample())).value(), Sample());
  EXPECT_TRUE(EncodeDataFormat(Sample()).starts_with("redkite data directory\nuuid 0123"));
}

TEST(DataFormat, EveryFlippedBitAndTruncationIsFound) {
  const std::string text = EncodeDataFormat(Sample());
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(DecodeDataFormat(damaged).ok()) << bit;
  }
  for (size_t n = 0; n < text.size(); ++n) ASSERT_FALSE(DecodeDataFormat(text.substr(0, n)).ok()) << n;
  EXPECT_FALSE(DecodeDataFormat(text + "\n").ok());
}

TEST(DataDir, AFormatThatIsFarTooLargeIsNotRead) {
  io::MemFileSystem fs;
  Random random(1);
  ASSERT_TRUE(DataDir::Open(&fs, kPath, &random).ok());
  ASSERT_TRUE(fs.Truncate("data/FORMAT", uint64_t{200} << 30).ok());
  const Status refused = DataDir::Open(&fs, kPath, &random).status();
  EXPECT_EQ(refused.code(), Code::kDataIntegrity);
  EXPECT_NE(refused.message().find("data/FORMAT: 214748364800 bytes, at most 65536"), std::string::npos)
      << refused.message();
}

TEST(DataDir, IsCreatedOnceAndFoundAgain) {
  io::MemFileSystem fs;
  Random random(1);
  std::string uuid;
  {
    auto dir = DataDir::Open(&fs, kPath, &random);
    ASSERT_TRUE(dir.ok()) << dir.status().ToString();
    uuid = (*dir)->format().uuid;
    EXPECT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_EQ((*dir)->shard_dir(CollectionId(5), ShardId(0)), "data/collections/5/0");
  }
  EXPECT_EQ(DataDir::Open(&fs, kPath, &random).value()->format().uuid, uuid);
}

TEST(DataDir, SecondServerIsRefusedByName) {
  io::MemFileSystem fs;
  Random random(1);
  auto first = DataDir::Open(&fs, kPath, &random).value();
  const auto second = DataDir::Open(&fs, kPath, &random);
  EXPECT_EQ(second.status().code(), Code::kServiceUnavailable);
  EXPECT_NE(second.status().message().find("data"), std::string::npos);
  first.reset();
  EXPECT_TRUE(DataDir::Open(&fs, kPath, &random).ok());
}

TEST(DataDir, NewerFormatIsRefusedWithoutAChange) {
  std::vector<DataFormat> newer(2, Sample());
  newer[0].format_version = newer[0].min_reader_version = kDataFormatVersion + 1;
  newer[1].incompatible_features = 1;
  for (const DataFormat& format : newer) {
    io::MemFileSystem fs;
    ASSERT_TRUE(fs.CreateDirs(kPath).ok());
    fs.PutFile("data/FORMAT", EncodeDataFormat(format));
    const uint64_t changes = fs.change_count();
    Random random(1);
    const auto dir = DataDir::Open(&fs, kPath, &random);
    EXPECT_EQ(dir.status().code(), Code::kOperationNotSupported);
    EXPECT_NE(dir.status().message().find(kPath), std::string::npos);
    EXPECT_EQ(fs.change_count(), changes);
    EXPECT_EQ(fs.List(kPath).value().size(), 1u);
  }
}

TEST(DataDir, CompatibleNewerVersionOpens) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kPath).ok());
  DataFormat format = Sample();
  format.format_version = kDataFormatVersion + 3;
  format.compatible_features = ~uint64_t{0};
  fs.PutFile("data/FORMAT", EncodeDataFormat(format));
  Random random(1);
  EXPECT_TRUE(DataDir::Open(&fs, kPath, &random).ok());
}

TEST(DataDir, ForeignAndDamagedDirectoriesAreRefused) {
  Random random(1);
  io::MemFileSystem foreign;
  ASSERT_TRUE(foreign.CreateDirs(kPath).ok());
  foreign.PutFile("data/thesis.tex", "mine");
  const uint64_t changes = foreign.change_count();
  EXPECT_EQ(DataDir::Open(&foreign, kPath, &random).status().code(), Code::kDataIntegrity);
  EXPECT_EQ(foreign.change_count(), changes);

  io::MemFileSystem damaged;
  ASSERT_TRUE(DataDir::Open(&damaged, kPath, &random).ok());
  damaged.FlipBit("data/FORMAT", 300);
  const auto open = DataDir::Open(&damaged, kPath, &random);
  EXPECT_EQ(open.status().code(), Code::kDataIntegrity);
  EXPECT_NE(open.status().message().find("data/FORMAT"), std::string::npos);
}

TEST(DataDir, PowerCutWhileItIsCreated) {
  for (uint64_t nth = 1; nth <= 12; ++nth) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      SCOPED_TRACE("cut at " + std::to_string(nth) + " seed " + std::to_string(seed));
      io::MemFileSystem fs(seed);
      Random random(seed);
      fs.CutPowerAt(nth);
      const auto first = DataDir::Open(&fs, kPath, &random);
      const std::string uuid = first.ok() ? (*first)->format().uuid : "";
      fs.Crash();
      const auto again = DataDir::Open(&fs, kPath, &random);
      ASSERT_TRUE(again.ok()) << again.status().ToString();
      if (!uuid.empty()) {
        ASSERT_EQ((*again)->format().uuid, uuid);
      }
    }
  }
}

}  // namespace
}  // namespace redkite::storage
