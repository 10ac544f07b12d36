// Runs the fuzz targets of this room over mutations of good inputs, so that they stay alive and sanitizers
// see them.
#include <gtest/gtest.h>

#include "base/random.h"
#include "io/mem_file_system.h"

#define LLVMFuzzerTestOneInput FuzzBlockFile
#include "storage/block_file_fuzz.cc"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput FuzzColumnFile
#include "storage/column_file_fuzz.cc"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput FuzzManifest
#include "storage/manifest_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace redkite::storage {
namespace {

std::string Mutate(std::string bytes, Random* random) {
  for (uint64_t n = random->Below(5); n > 0; --n) {
    if (bytes.empty()) bytes.assign(1 + random->Below(8), '\0');
    const size_t at = random->Below(bytes.size());
    switch (random->Below(5)) {
      case 0:
        bytes[at] = static_cast<char>(random->Next());
        break;
      case 1:
        bytes[at] = random->Below(2) == 0 ? '\xff' : '\0';
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, 1 + random->Below(9), static_cast<char>(random->Next()));
        break;
      default:
        bytes.erase(at, 1 + random->Below(9));
        break;
    }
  }
  return bytes;
}

void RunMutations(int (*target)(const uint8_t*, size_t), const std::string& seed_input, int count) {
  const uint64_t seed = 2024;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const std::string input = Mutate(seed_input, &random);
    ASSERT_EQ(target(reinterpret_cast<const uint8_t*>(input.data()), input.size()), 0);
  }
}

TEST(FuzzTarget, BlockFile) {
  io::MemFileSystem fs;
  auto writer = BlockFileWriter::Create(&fs, ".", "f", FileKind::kColumn, 1).value();
  ASSERT_TRUE(writer->Add({1, FieldId(100)}, std::string(100, 'x')).ok());
  ASSERT_TRUE(writer->Finish().ok());
  RunMutations(FuzzBlockFile, fs.ReadAll("f").value(), 20000);
}

TEST(FuzzTarget, ColumnFile) {
  std::string text({4, 3, 32, 0});
  for (const uint64_t offset : {0, 2, 4, 6}) PutFixed(&text, offset);
  RunMutations(FuzzColumnFile, text + "ababab", 5000);
  std::string deltas({2, 2, 8, 1});
  for (const uint32_t row : {0, 1}) PutFixed(&deltas, row);
  for (const uint64_t timestamp : {7, 8}) PutFixed(&deltas, timestamp);
  RunMutations(FuzzColumnFile, deltas, 5000);
}

TEST(FuzzTarget, Manifest) {
  Manifest m;
  m.segments.resize(2);
  for (SegmentMeta& s : m.segments) {
    s.columns.push_back({FieldId(100), {"a.col", 1, 2, 3}});
    s.indexes.push_back({FieldId(101), IndexId(7), 1, 1, {{"M", "16"}}, {"i.idx", 1, 2, 3}});
  }
  const std::string bytes = EncodeManifest(m);
  RunMutations(FuzzManifest, bytes, 20000);
  RunMutations(FuzzManifest, bytes.substr(24, bytes.size() - 28), 50000);  // the body alone
  RunMutations(FuzzManifest, EncodeDataFormat({}), 20000);
}

}  // namespace
}  // namespace redkite::storage
