#include <gtest/gtest.h>

#include "index/hnsw_graph.h"

namespace redkite::index {
namespace {

/// Rows 0, 1, 2, … on a line, each linked to its neighbours: every walk is predictable.
class Line {
 public:
  explicit Line(size_t rows)
      : values(rows),
        links(rows * 16, kNoLink),
        slots(rows, kNoLink),
        upper(rows * 16, kNoLink),
        scratch(rows, 16) {
    for (size_t row = 0; row < rows; ++row) {
      values[row] = static_cast<float>(row);
      slots[row] = static_cast<uint32_t>(row);
      uint32_t* list = &links[row * 16];
      if (row > 0) *list++ = static_cast<uint32_t>(row - 1);
      if (row + 1 < rows) *list = static_cast<uint32_t>(row + 1);
    }
    upper = links;
    graph = {rows, 16, 16, rows, links.data(), slots.data(), upper.data(), 0, 1};
  }
  Walk To(const float* query) {
    scorer =
        std::make_unique<Scorer>(VectorView::OfFloats(values.data(), values.size(), 1), Metric::kL2, nullptr);
    return {graph, *scorer, scorer->Prepare(reinterpret_cast<const std::byte*>(query)), &scratch, &stats};
  }
  std::vector<RowOffset> Pool() const {
    std::vector<RowOffset> rows;
    for (const Ranked ranked : std::span(scratch.pool.begin(), scratch.pool.end()))
      rows.push_back(RowOf(ranked));
    return rows;
  }

  std::vector<float> values;
  std::vector<uint32_t> links, slots, upper;
  SearchScratch scratch;
  SearchStats stats;
  HnswGraph graph;
  std::unique_ptr<Scorer> scorer;
};

TEST(HnswWalkTest, GreedyWalkEndsAtTheNearestNode) {
  Line line(100);
  const float query = 70.2f;
  const Walk walk = line.To(&query);
  for (const int level : {0, 1}) EXPECT_EQ(RowOf(WalkGreedily(walk, level, walk.Rank(5))), 70u);
}

TEST(HnswWalkTest, BestFirstWalkKeepsTheEfNearest) {
  Line line(100);
  const float query = 50.2f;
  const Walk walk = line.To(&query);
  WalkBestFirst(walk, 0, walk.Rank(48), 5);
  EXPECT_EQ(line.Pool(), (std::vector<RowOffset>{50, 51, 49, 52, 48}));
  EXPECT_EQ(line.stats.nodes_visited, 5u);  // exactly those that it kept
}

TEST(HnswWalkTest, FilteredWalkGoesThroughExcludedRows) {
  Line line(200);
  const float query = 100.2f;
  const Walk walk = line.To(&query);
  ExcludeBitset exclude(200);
  for (size_t row = 80; row < 120; ++row) exclude.Exclude(row);
  ASSERT_TRUE(WalkFiltered(walk, walk.Rank(100), 3, exclude.view(), 1000));
  EXPECT_EQ(line.Pool(), (std::vector<RowOffset>{120, 121, 79}));
  EXPECT_FALSE(
      WalkFiltered(walk, walk.Rank(100), 3, exclude.view(), 20));  // the budget ends before the hole does
}

TEST(HnswWalkTest, DamagedLinksEndTheirList) {
  Line line(100);
  line.links[50 * 16] = 100;     // not a row: nothing behind it is read
  line.slots[50] = 0xfffffff0u;  // no such upper slot
  const float query = 90;
  const Walk walk = line.To(&query);
  WalkBestFirst(walk, 0, walk.Rank(50), 5);
  EXPECT_EQ(line.Pool(), (std::vector<RowOffset>{50}));
  EXPECT_EQ(RowOf(WalkGreedily(walk, 1, walk.Rank(50))), 50u);
}

}  // namespace
}  // namespace redkite::index
