#include "storage/segment_file.h"

#include <gtest/gtest.h>

#include "io/mem_file_system.h"

namespace redkite::storage {
namespace {

TEST(SegmentFile, NamesDifferBySegmentContentAndGeneration) {
  EXPECT_EQ(SegmentFileName({"d", SegmentId(12), 3}, "f100", "col"), "s12-f100-g3.col");
}

TEST(SegmentFile, IdentityRoundTripsAndShortOneIsRefused) {
  const FileIdent ident{SegmentId(12), FieldId(100), DataType::kFloatVector, 8, 77};
  const std::string bytes = EncodeIdent(ident);
  for (size_t n = 0; n <= bytes.size() + 1; ++n) {
    io::MemFileSystem fs;
    auto writer = BlockFileWriter::Create(&fs, ".", "f", FileKind::kColumn, 1).value();
    ASSERT_TRUE(writer->Add({kIdentSection, ident.field}, (bytes + "x").substr(0, n)).ok());
    const FileRef ref = writer->Finish().value();
    const auto reader = BlockFileReader::Open(&fs, ".", ref, FileKind::kColumn).value();
    const auto read = ReadIdent(*reader, ident.field);
    ASSERT_EQ(read.ok(), n >= bytes.size()) << n;  // what a later version appends is skipped
    if (read.ok()) {
      EXPECT_EQ(*read, ident);
    }
    EXPECT_EQ(ReadIdent(*reader, FieldId(101)).status().code(), Code::kDataIntegrity);
  }
}

}  // namespace
}  // namespace redkite::storage
