#include "storage/delta_file.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/mem_file_system.h"

namespace redkite::storage {
namespace {

constexpr char kDir[] = "shard";
const SegmentFiles kFiles{kDir, SegmentId(12), 3};

DeltaRows RandomDeltas(uint64_t seed, size_t count, uint64_t row_count) {
  Random random(seed);
  DeltaRows d;
  for (size_t i = 0; i < count; ++i) {
    d.rows.push_back(static_cast<RowOffset>(random.Below(row_count)));
    d.timestamps.push_back(random.Next());
  }
  return d;
}

TEST(DeltaFile, RoundTrip) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  for (const size_t count : {size_t{0}, size_t{1}, size_t{40000}}) {
    const DeltaRows d = RandomDeltas(count, count, 1000);
    const FileRef ref = WriteDelta(&fs, kFiles, d).value();
    EXPECT_EQ(ReadDelta(&fs, kDir, ref, kFiles.segment, 1000).value(), d) << "seed " << count;
  }
}

TEST(DeltaFile, WrongSegmentAndRowsBeyondItAreRefused) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  const FileRef ref = WriteDelta(&fs, kFiles, {{5, 9}, {1, 2}}).value();
  EXPECT_TRUE(ReadDelta(&fs, kDir, ref, kFiles.segment, 10).ok());
  EXPECT_EQ(ReadDelta(&fs, kDir, ref, kFiles.segment, 9).status().code(), Code::kDataIntegrity);
  EXPECT_EQ(ReadDelta(&fs, kDir, ref, SegmentId(13), 10).status().code(), Code::kDataIntegrity);
  EXPECT_FALSE(WriteDelta(&fs, kFiles, {{5, 9}, {1}}).ok());
}

TEST(DeltaFile, EveryFlippedBitIsFound) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  const FileRef ref = WriteDelta(&fs, kFiles, RandomDeltas(1, 9, 100)).value();
  const std::string path = std::string(kDir) + "/" + ref.name;
  for (uint64_t bit = 0; bit < ref.length_bytes * 8; ++bit) {
    fs.FlipBit(path, bit);
    ASSERT_FALSE(ReadDelta(&fs, kDir, ref, kFiles.segment, 100).ok()) << bit;
    fs.FlipBit(path, bit);
  }
}

}  // namespace
}  // namespace redkite::storage
