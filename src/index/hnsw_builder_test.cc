#include "index/hnsw_builder.h"

#include <gtest/gtest.h>

#include <set>

#include "base/thread.h"
#include "index/index_file.h"
#include "index/index_fixture.h"

namespace redkite::index {
namespace {

/// A built graph, read back from its file.
struct Built {
  Built(const TestVectors& data, const IndexSpec& spec, int threads) {
    ThreadPool pool(threads, threads, "build");
    const auto builder = NewBuilder(spec, data.view()).value();
    std::vector<Thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back("step", [&] {
        while (builder->Step(3)) {
        }
      });
    }
    workers.clear();
    MemoryFile saved;
    EXPECT_TRUE(builder->Finish().value()->Save(&saved).ok());
    copy = std::make_unique<AlignedCopy>(saved.bytes());
    file = ParseIndexFile(copy->bytes()).value();
  }
  std::vector<uint32_t> Links(size_t row) const {
    const uint32_t stride = LinkStride(MaxLinks(file.m, 0, file.row_count));
    const auto* list = reinterpret_cast<const uint32_t*>(file.base_links.data()) + row * stride;
    std::vector<uint32_t> links;
    for (uint32_t i = 0; i < stride && list[i] != kNoLink; ++i) links.push_back(list[i]);
    return links;
  }
  std::unique_ptr<AlignedCopy> copy;
  IndexFile file;
};

class HnswBuilderTest : public testing::TestWithParam<int> {};

TEST_P(HnswBuilderTest, ListsAreShortWithoutRepetitionAndWithoutTheRowItself) {
  const TestVectors data(3000, 10, 71);
  const Built built(data, SpecOf(Structure::kHnsw, Metric::kL2, 6, 50), GetParam());
  size_t most = 0;
  for (size_t row = 0; row < 3000; ++row) {
    const std::vector<uint32_t> links = built.Links(row);
    EXPECT_LE(links.size(), 12u);
    EXPECT_GE(links.size(), 1u);
    EXPECT_EQ(std::set<uint32_t>(links.begin(), links.end()).size(), links.size());
    for (const uint32_t link : links) {
      EXPECT_NE(link, row);
      EXPECT_LT(link, 3000u);
    }
    most = std::max(most, links.size());
  }
  EXPECT_GT(most, 6u);  // level 0 has room for twice M
}

TEST_P(HnswBuilderTest, AlmostAllRowsAreReachableFromTheEntry) {
  const TestVectors data(3000, 10, 72);
  const Built built(data, SpecOf(Structure::kHnsw, Metric::kCosine, 8, 60), GetParam());
  std::vector<bool> seen(3000);
  std::vector<uint32_t> todo = {built.file.entry};
  seen[built.file.entry] = true;
  size_t reached = 0;
  while (!todo.empty()) {
    const uint32_t row = todo.back();
    todo.pop_back();
    ++reached;
    for (const uint32_t link : built.Links(row)) {
      if (seen[link]) continue;
      seen[link] = true;
      todo.push_back(link);
    }
  }
  EXPECT_GE(reached, 2985u);
}

INSTANTIATE_TEST_SUITE_P(Threads, HnswBuilderTest, testing::Values(1, 4));

TEST(HnswBuilderEdgeTest, LevelsFollowTheirDistribution) {
  const TestVectors data(8000, 2, 73);
  const Built built(data, SpecOf(Structure::kHnsw, Metric::kL2, 8, 8), 1);
  // One row in M has a level above 0; such a row has 1 + 1/(M - 1) of them on average.
  EXPECT_NEAR(static_cast<double>(built.file.upper_slot_count), 8000.0 / 7, 150);
  EXPECT_GE(built.file.max_level, 2u);
  EXPECT_LE(built.file.max_level, 8u);
}

}  // namespace
}  // namespace redkite::index
