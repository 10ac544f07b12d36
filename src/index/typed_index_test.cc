// Indexes over every dense vector type: exact where they are exact, near enough where they are not, the same
// after a save.
#include <gtest/gtest.h>

#include <algorithm>

#include "index/exact_search.h"
#include "index/index_fixture.h"
#include "index/typed_fixture.h"

namespace redkite::index {
namespace {

class TypedIndexTest : public testing::TestWithParam<TypedCase> {
 protected:
  static constexpr int kDim = 48;
  static constexpr size_t kRows = 3000;
  static constexpr size_t kQueries = 20;
  static constexpr size_t kTop = 10;

  const TypedCase case_ = GetParam();
  const std::vector<std::byte> rows_ = RandomVectors(case_.type, kDim, kRows, 5);
  const std::vector<std::byte> queries_ = RandomVectors(case_.type, kDim, kQueries, 6);
  const VectorView view_{case_.type, kDim, rows_.data(), kRows};
  const QueryBatch batch_{case_.type, kDim, queries_.data(), kQueries};

  std::vector<double> ExactBest(size_t query, ExcludeView exclude) const {
    std::vector<double> all;
    for (size_t row = 0; row < kRows; ++row) {
      if (!exclude.Test(row)) all.push_back(TypedDistance(case_, batch_.Query(query), view_.Row(row), kDim));
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  static double Slack(double exact) { return 1e-5 * (1 + std::fabs(exact)); }
};

TEST_P(TypedIndexTest, ScansAreExactWithAndWithoutExclusions) {
  ExcludeBitset exclude(kRows);
  for (size_t row = 0; row < kRows; ++row) {
    if (row % 5 != 2) exclude.Exclude(row);
  }
  for (const ExcludeView view : {ExcludeView{}, exclude.view()}) {
    TopK top;
    SearchArgs args;
    args.k = kTop;
    ASSERT_TRUE(ExactSearch(view_, case_.metric, nullptr, batch_, args, view, nullptr, nullptr, &top).ok());
    for (size_t q = 0; q < kQueries; ++q) {
      const std::vector<double> exact = ExactBest(q, view);
      ASSERT_EQ(top.Of(q).size(), kTop);
      for (size_t i = 0; i < kTop; ++i) {
        EXPECT_NEAR(top.Of(q)[i].distance, exact[i], Slack(exact[i]));
        EXPECT_FALSE(view.Test(top.Of(q)[i].row));
      }
    }
  }
}

TEST_P(TypedIndexTest, RangesKeepDistancesInside) {
  const std::vector<double> exact = ExactBest(0, {});
  SearchArgs args;
  args.k = kRows;
  args.range = {static_cast<float>(exact[50]), static_cast<float>(exact[400])};
  TopK top;
  ASSERT_TRUE(ExactSearch(view_, case_.metric, nullptr, batch_, args, {}, nullptr, nullptr, &top).ok());
  size_t sure = 0, possible = 0;
  for (const double d : exact) {
    sure += d >= args.range.from + Slack(d) && d < args.range.below - Slack(d) ? 1 : 0;
    possible += d >= args.range.from - Slack(d) && d < args.range.below + Slack(d) ? 1 : 0;
  }
  EXPECT_GE(top.Of(0).size(), sure);
  EXPECT_LE(top.Of(0).size(), possible);
  for (const Neighbour& n : top.Of(0)) EXPECT_TRUE(args.range.Contains(n.distance));
}

TEST_P(TypedIndexTest, GraphsFindTheNearestAndSurviveASave) {
  const IndexSpec spec = SpecOf(Structure::kHnsw, case_.metric, 16, 100);
  const auto built = BuildIndex(spec, view_).value();
  MemoryFile file;
  ASSERT_TRUE(built->Save(&file).ok());
  const AlignedCopy bytes(file.bytes());
  const auto opened = OpenIndex(spec, bytes.bytes(), view_);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  SearchArgs args;
  args.k = kTop;
  args.ef = 100;
  TopK first, second;
  ASSERT_TRUE(built->Search(batch_, args, {}, nullptr, nullptr, &first).ok());
  ASSERT_TRUE((*opened)->Search(batch_, args, {}, nullptr, nullptr, &second).ok());
  size_t hits = 0;
  for (size_t q = 0; q < kQueries; ++q) {
    EXPECT_TRUE(std::ranges::equal(first.Of(q), second.Of(q)));
    const double bound = ExactBest(q, {})[kTop - 1];
    for (const Neighbour& n : first.Of(q)) hits += n.distance <= bound + Slack(bound) ? 1 : 0;
  }
  EXPECT_GE(hits, kQueries * kTop * 95 / 100);
}

INSTANTIATE_TEST_SUITE_P(AllTypes, TypedIndexTest, testing::ValuesIn(AllTypedCases()),
                         [](const auto& info) { return CaseName(info.param); });

TEST(StructureMetrics, OnlyRowsThatFitAreHits) {
  const uint8_t bits[][2] = {{0x00, 0x00}, {0x81, 0x00}, {0x81, 0x04}, {0xff, 0xff}, {0x80, 0x04}};
  const uint8_t query[2] = {0x81, 0x00};
  const VectorView view(DataType::kBinaryVector, 16, reinterpret_cast<const std::byte*>(bits), 5);
  const QueryBatch batch(DataType::kBinaryVector, 16, reinterpret_cast<const std::byte*>(query), 1);
  const auto rows = [&](const char* metric) {
    const std::vector<KeyValue> texts{{"index_type", "BIN_FLAT"}, {"metric_type", metric}};
    const IndexSpec spec = ParseIndexSpec(texts, DataType::kBinaryVector, 16).value();
    const SearchArgs args = ParseSearchParams(spec, {}, 10).value();
    TopK top;
    EXPECT_TRUE(ExactSearch(view, spec.metric, nullptr, batch, args, {}, nullptr, nullptr, &top).ok());
    std::vector<RowOffset> found;
    for (const Neighbour& n : top.Of(0)) {
      EXPECT_EQ(n.distance, 0.0f);
      found.push_back(n.row);
    }
    return found;
  };
  EXPECT_EQ(rows("SUBSTRUCTURE"), (std::vector<RowOffset>{1, 2, 3}));
  EXPECT_EQ(rows("SUPERSTRUCTURE"), (std::vector<RowOffset>{0, 1}));
}

}  // namespace
}  // namespace redkite::index
