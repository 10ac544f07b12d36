#include "storage/index_file.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"

namespace redkite::storage {
namespace {

constexpr char kDir[] = "shard";
const SegmentFiles kFiles{kDir, SegmentId(12), 3};
const IndexIdent kIdent{SegmentId(12), FieldId(101), IndexId(7), 4, 1};

FileRef WriteSample(io::FileSystem* fs) {
  EXPECT_TRUE(fs->CreateDirs(kDir).ok());
  return WriteIndexFile(fs, kFiles, kIdent,
                        [](io::WritableFile* file) {
                          RK_RETURN_IF_ERROR(file->Append("graph"));
                          return file->Append(std::string(100, 'x'));
                        })
      .value();
}

TEST(IndexFile, RoundTrip) {
  io::MemFileSystem fs;
  const FileRef ref = WriteSample(&fs);
  EXPECT_EQ(ref.name, "s12-f101-i7-b4-g3.idx");
  const auto index = IndexFile::Open(&fs, kDir, ref, kIdent).value();
  const std::string_view text(reinterpret_cast<const char*>(index->bytes().data()), index->bytes().size());
  EXPECT_EQ(text, "graph" + std::string(100, 'x'));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(index->bytes().data()) % 64, 0u);
}

TEST(IndexFile, OtherBuildIsRefused) {
  io::MemFileSystem fs;
  const FileRef ref = WriteSample(&fs);
  std::vector<IndexIdent> wrong(5, kIdent);
  wrong[0].segment = SegmentId(1);
  wrong[1].field = FieldId(100);
  wrong[2].index = IndexId(8);
  wrong[3].build_id = 5;
  wrong[4].format_version = 2;
  for (const IndexIdent& ident : wrong) {
    EXPECT_EQ(IndexFile::Open(&fs, kDir, ref, ident).status().code(), Code::kDataIntegrity);
  }
}

TEST(IndexFile, FailedSaveIsReported) {
  io::MemFileSystem fs;
  ASSERT_TRUE(fs.CreateDirs(kDir).ok());
  const auto ref = WriteIndexFile(&fs, kFiles, kIdent,
                                  [](io::WritableFile*) { return Status(Code::kCanceled, "stopped"); });
  EXPECT_EQ(ref.status().code(), Code::kCanceled);
}

TEST(IndexFile, EveryFlippedBitIsFound) {
  io::MemFileSystem fs;
  const FileRef ref = WriteSample(&fs);
  const std::string path = std::string(kDir) + "/" + ref.name;
  for (uint64_t bit = 0; bit < ref.length_bytes * 8; ++bit) {
    fs.FlipBit(path, bit);
    ASSERT_FALSE(IndexFile::Open(&fs, kDir, ref, kIdent).ok()) << bit;
    fs.FlipBit(path, bit);
  }
}

}  // namespace
}  // namespace redkite::storage
