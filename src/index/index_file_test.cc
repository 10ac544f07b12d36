#include "index/index_file.h"

#include <gtest/gtest.h>

#include "index/index_fixture.h"

namespace redkite::index {
namespace {

std::string SavedBytes(const IndexSpec& spec, const TestVectors& data) {
  MemoryFile file;
  EXPECT_TRUE(BuildIndex(spec, data.view()).value()->Save(&file).ok());
  return file.bytes();
}

TEST(IndexFileTest, HeaderAndSectionsReadBack) {
  const TestVectors data(300, 7, 61);
  IndexSpec spec = SpecOf(Structure::kHnsw, Metric::kCosine, 5, 40);
  spec.parameters = {{"M", "5"}, {"note", std::string(300, 'x')}, {"", ""}};
  const AlignedCopy copy(SavedBytes(spec, data));
  const IndexFile file = ParseIndexFile(copy.bytes()).value();
  EXPECT_EQ(file.structure, Structure::kHnsw);
  EXPECT_EQ(file.metric, Metric::kCosine);
  EXPECT_EQ(file.row_count, 300u);
  EXPECT_EQ(file.dim, 7u);
  EXPECT_EQ(file.m, 5u);
  EXPECT_EQ(file.ef_construction, 40u);
  EXPECT_EQ(file.seed, 42u);
  EXPECT_EQ(file.parameters, spec.parameters);
  EXPECT_EQ(file.base_links.size(), 300u * 16 * 4);
  EXPECT_EQ(file.inverse_norms.size(), 300u * 4);
  for (const auto section : {file.base_links, file.upper_slot, file.upper_links, file.inverse_norms}) {
    EXPECT_EQ((section.data() - copy.bytes().data()) % 64, 0);
  }
}

TEST(IndexFileTest, AnotherSpecOrOtherVectorsAreRefused) {
  const TestVectors data(300, 7, 62);
  const IndexSpec spec = SpecOf(Structure::kHnsw, Metric::kL2);
  const AlignedCopy copy(SavedBytes(spec, data));
  const auto code = [&](const IndexSpec& s, const VectorView& v) {
    return OpenIndex(s, copy.bytes(), v).status().code();
  };
  EXPECT_EQ(code(SpecOf(Structure::kHnsw, Metric::kIp), data.view()), Code::kDataIntegrity);
  EXPECT_EQ(code(SpecOf(Structure::kFlat, Metric::kL2), data.view()), Code::kDataIntegrity);
  EXPECT_EQ(code(spec, VectorView::OfFloats(data.row_values.data(), 299, 7)), Code::kDataIntegrity);
  EXPECT_EQ(code(spec, VectorView::OfFloats(data.row_values.data(), 300, 6)), Code::kDataIntegrity);
  EXPECT_EQ(code(spec, {DataType::kBFloat16Vector, 7, data.view().data, 300}), Code::kDataIntegrity);
  EXPECT_TRUE(OpenIndex(spec, copy.bytes(), data.view()).ok());
}

TEST(IndexFileTest, FilesOfMinorVersionZeroAreOverFloats) {
  const TestVectors data(300, 7, 62);
  const IndexSpec spec = SpecOf(Structure::kHnsw, Metric::kL2);
  AlignedCopy copy(SavedBytes(spec, data));
  copy.data()[10] = copy.data()[30] = std::byte{0};  // minor version, type of the vectors
  EXPECT_TRUE(OpenIndex(spec, copy.bytes(), data.view()).ok());
}

TEST(IndexFileTest, EveryTruncationIsRefused) {
  const TestVectors data(40, 5, 63);
  const IndexSpec spec = SpecOf(Structure::kHnsw, Metric::kCosine, 4, 20);
  const std::string bytes = SavedBytes(spec, data);
  for (size_t size = 0; size + 64 < bytes.size(); ++size) {  // the last section may end before its padding
    const AlignedCopy copy(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(OpenIndex(spec, copy.bytes(), data.view()).ok()) << size;
  }
}

TEST(IndexFileTest, DamageNeverCrashes) {
  const uint64_t seed = 64;
  SCOPED_TRACE(seed);
  Random random(seed);
  const TestVectors data(1500, 5, seed, 4);
  for (const Structure structure : {Structure::kHnsw, Structure::kFlat}) {
    const IndexSpec spec = SpecOf(structure, Metric::kCosine, 4, 20);
    const std::string bytes = SavedBytes(spec, data);
    ExcludeBitset exclude(1500);
    for (size_t row = 0; row < 1500; row += 5) exclude.Exclude(row);
    size_t opened = 0;
    for (int round = 0; round < 600; ++round) {
      AlignedCopy copy(bytes);
      // Every other round aims at the header, where almost every byte matters.
      const size_t span = round % 2 == 0 ? 256 : bytes.size();
      for (uint64_t flips = 1 + random.Below(round % 3 == 0 ? 400 : 4); flips > 0; --flips) {
        copy.data()[random.Below(span)] = static_cast<std::byte>(random.Next());
      }
      const auto index = OpenIndex(spec, copy.bytes(), data.view());
      if (!index.ok()) continue;
      ++opened;
      SearchArgs args;
      args.ef = 12;
      TopK top;
      EXPECT_TRUE((*index)->Search(data.queries(), args, {}, nullptr, nullptr, &top).ok());
      EXPECT_TRUE((*index)->Search(data.queries(), args, exclude.view(), nullptr, nullptr, &top).ok());
      for (size_t q = 0; q < top.query_count(); ++q) {
        for (const Neighbour& n : top.Of(q)) ASSERT_LT(n.row, 1500u);
      }
    }
    EXPECT_GT(opened, 100u);  // otherwise the searches above were not tried
  }
}

TEST(IndexFileTest, AFullDiskIsReported) {
  const TestVectors data(500, 5, 65);
  const auto index = BuildIndex(SpecOf(Structure::kHnsw, Metric::kL2), data.view()).value();
  for (const size_t limit : {size_t{0}, size_t{300}, size_t{40000}}) {
    MemoryFile file;
    file.limit_bytes = limit;
    EXPECT_EQ(index->Save(&file).code(), Code::kDiskLimitExceeded) << limit;
  }
}

}  // namespace
}  // namespace redkite::index
