// Frozen index files: a build of today must open what the first release wrote. They are never rewritten; a
// new format version adds new ones beside them.
#include <gtest/gtest.h>

#include "index/index_fixture.h"
#include "io/posix_file_system.h"

namespace redkite::index {
namespace {

const std::string kGolden = std::string(REDKITE_GOLDEN_DIR) + "/index";
constexpr int kDim = 8;
constexpr size_t kRows = 300;

/// The vectors that the frozen indexes were built over: numbers that every machine makes alike.
std::vector<float> Vectors() {
  Random random(20260612);
  std::vector<float> values(kRows * kDim);
  for (float& v : values) v = static_cast<float>(random.Below(256)) / 16;
  return values;
}

struct Case {
  const char* name;
  Structure structure;
  Metric metric;
};

class GoldenIndex : public testing::TestWithParam<Case> {
 protected:
  std::string Path() const { return kGolden + "/v1." + GetParam().name; }
  IndexSpec Spec() const { return SpecOf(GetParam().structure, GetParam().metric, 8, 60); }
  VectorView View() const { return VectorView::OfFloats(values_.data(), kRows, kDim); }
  const std::vector<float> values_ = Vectors();
};

// Run by hand with --gtest_also_run_disabled_tests, once per format version.
TEST_P(GoldenIndex, DISABLED_Write) {
  io::PosixFileSystem disk;
  ASSERT_TRUE(disk.CreateDirs(kGolden).ok());
  auto built = BuildIndex(Spec(), View());
  ASSERT_TRUE(built.ok()) << built.status().ToString();
  MemoryFile file;
  ASSERT_TRUE((*built)->Save(&file).ok());
  ASSERT_TRUE(io::WriteFileAtomically(&disk, Path(), file.bytes()).ok());
}

TEST_P(GoldenIndex, IsOpenedAndSearched) {
  io::PosixFileSystem disk;
  const AlignedCopy bytes(disk.ReadAll(Path()).value());
  auto opened = OpenIndex(Spec(), bytes.bytes(), View());
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  EXPECT_EQ((*opened)->info().row_count, kRows);
  EXPECT_EQ((*opened)->info().metric, GetParam().metric);
  SearchArgs args;
  args.k = 10;
  args.ef = 100;
  TopK found;
  ASSERT_TRUE((*opened)
                  ->Search(QueryBatch::OfFloats(values_.data(), 40, kDim), args, {}, nullptr, nullptr, &found)
                  .ok());
  double recall = 0;
  for (size_t q = 0; q < 40; ++q) {
    recall += RecallOf(found.Of(q), OracleTopK(View(), GetParam().metric, View().Row(q), 10));
  }
  EXPECT_GE(recall / 40, GetParam().structure == Structure::kFlat ? 1.0 : 0.98);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenIndex,
                         testing::Values(Case{"hnsw_l2", Structure::kHnsw, Metric::kL2},
                                         Case{"hnsw_ip", Structure::kHnsw, Metric::kIp},
                                         Case{"hnsw_cosine", Structure::kHnsw, Metric::kCosine},
                                         Case{"flat_l2", Structure::kFlat, Metric::kL2}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace redkite::index
