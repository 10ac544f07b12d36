#include "index/exact_search.h"

#include <gtest/gtest.h>

#include "index/index_fixture.h"

namespace redkite::index {
namespace {

class ExactSearchTest : public testing::TestWithParam<Metric> {};

void ExpectExact(const TestVectors& data, Metric metric, size_t k, ExcludeView exclude) {
  TopK top;
  SearchArgs args;
  args.k = k;
  ASSERT_TRUE(
      ExactSearch(data.view(), metric, nullptr, data.queries(), args, exclude, nullptr, nullptr, &top).ok());
  ASSERT_EQ(top.query_count(), data.queries().count);
  for (size_t q = 0; q < top.query_count(); ++q) {
    const auto exact = OracleTopK(data.view(), metric, data.queries().Query(q), k, exclude);
    const auto found = top.Of(q);
    ASSERT_EQ(found.size(), exact.size());
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i].distance, exact[i].first, 1e-4 * (1 + std::fabs(exact[i].first)));
      EXPECT_FALSE(exclude.Test(found[i].row));
      if (i == 0) continue;
      EXPECT_LT(MakeRanked(found[i - 1].distance, found[i - 1].row),
                MakeRanked(found[i].distance, found[i].row));
    }
  }
}

TEST_P(ExactSearchTest, EqualsDoublePrecisionOracle) {
  for (const int rows : {0, 1, 2, 63, 64, 65, 1000, 3001}) {
    SCOPED_TRACE(rows);
    const TestVectors data(static_cast<size_t>(rows), 17, 1, 70);  // more queries than share a pass
    for (const int k : {1, 10, 128, 129, 700, 5000})
      ExpectExact(data, GetParam(), static_cast<size_t>(k), {});
  }
}

TEST_P(ExactSearchTest, ExcludedRowsNeverReturn) {
  const TestVectors data(2000, 9, 4);
  for (const double share : {0.0, 0.03, 0.5, 0.97, 1.0}) {
    SCOPED_TRACE(share);
    Random random(8);
    ExcludeBitset exclude(2000);
    for (size_t row = 0; row < 2000; ++row) {
      if (random.Unit() < share) exclude.Exclude(row);
    }
    if (share == 1.0) exclude.ExcludeAll();
    ExpectExact(data, GetParam(), 20, exclude.view());
  }
}

TEST_P(ExactSearchTest, GivenInverseNormsChangeNothing) {
  const TestVectors data(500, 12, 6);
  std::vector<float> norms(500);
  const Scorer scorer(data.view(), Metric::kCosine, nullptr);
  for (size_t i = 0; i < 500; ++i) norms[i] = scorer.InverseNormOf(data.view().Row(i));
  TopK without, with;
  ASSERT_TRUE(
      ExactSearch(data.view(), GetParam(), nullptr, data.queries(), {}, {}, nullptr, nullptr, &without).ok());
  ASSERT_TRUE(
      ExactSearch(data.view(), GetParam(), norms.data(), data.queries(), {}, {}, nullptr, nullptr, &with)
          .ok());
  for (size_t q = 0; q < with.query_count(); ++q) {
    EXPECT_TRUE(std::ranges::equal(with.Of(q), without.Of(q)));
  }
}

TEST_P(ExactSearchTest, RangeKeepsDistancesInside) {
  const TestVectors data(1000, 8, 5, 5);
  TopK all, some;
  SearchArgs args;
  args.k = 1000;
  ASSERT_TRUE(
      ExactSearch(data.view(), GetParam(), nullptr, data.queries(), args, {}, nullptr, nullptr, &all).ok());
  const auto full = all.Of(0);
  args.range = {full[100].distance, full[300].distance};
  args.k = 50;
  ASSERT_TRUE(
      ExactSearch(data.view(), GetParam(), nullptr, data.queries(), args, {}, nullptr, nullptr, &some).ok());
  ASSERT_EQ(some.Of(0).size(), 50u);
  EXPECT_EQ(some.Of(0)[0], full[100]);
  args.k = 1000;
  ASSERT_TRUE(
      ExactSearch(data.view(), GetParam(), nullptr, data.queries(), args, {}, nullptr, nullptr, &some).ok());
  EXPECT_EQ(some.Of(0).size(), 200u);
  EXPECT_EQ(some.Of(0).back(), full[299]);
}

INSTANTIATE_TEST_SUITE_P(AllMetrics, ExactSearchTest,
                         testing::Values(Metric::kL2, Metric::kIp, Metric::kCosine),
                         [](const auto& info) { return std::string(MetricName(info.param)); });

TEST(ExactSearchEdgeTest, EqualDistancesComeBySmallerRow) {
  const std::vector<float> rows(40 * 3, 1.0f);
  const std::vector<float> query = {1, 2, 3};
  TopK top;
  SearchArgs args;
  args.k = 5;
  ASSERT_TRUE(ExactSearch(VectorView::OfFloats(rows.data(), 40, 3), Metric::kL2, nullptr,
                          QueryBatch::OfFloats(query.data(), 1, 3), args, {}, nullptr, nullptr, &top)
                  .ok());
  for (uint32_t i = 0; i < 5; ++i) EXPECT_EQ(top.Of(0)[i].row, i);
}

TEST(ExactSearchEdgeTest, ManyOfManyEqualDistancesComeBySmallerRow) {
  // Rows far, near, far, near …; more near ones than are asked for.
  std::vector<float> rows;
  for (int row = 0; row < 4000; ++row) rows.push_back(row % 2 == 0 ? 9.0f : 1.0f);
  const float query = 0;
  for (const size_t k : {size_t{127}, size_t{128}, size_t{129}, size_t{500}, size_t{1999}, size_t{2500}}) {
    TopK top;
    SearchArgs args;
    args.k = k;
    ASSERT_TRUE(ExactSearch(VectorView::OfFloats(rows.data(), rows.size(), 1), Metric::kL2, nullptr,
                            QueryBatch::OfFloats(&query, 1, 1), args, {}, nullptr, nullptr, &top)
                    .ok());
    const auto found = top.Of(0);
    ASSERT_EQ(found.size(), k);
    for (size_t i = 0; i < k; ++i) {
      const size_t expected = i < 2000 ? 2 * i + 1 : 2 * (i - 2000);
      ASSERT_EQ(found[i].row, expected) << "k " << k;
    }
  }
}

TEST(ExactSearchEdgeTest, CosineWithAZeroVectorIsZero) {
  const std::vector<float> rows = {0, 0, 1, 0, -1, 0};
  const std::vector<float> queries = {2, 0, 0, 0};
  TopK top;
  ASSERT_TRUE(ExactSearch(VectorView::OfFloats(rows.data(), 3, 2), Metric::kCosine, nullptr,
                          QueryBatch::OfFloats(queries.data(), 2, 2), {}, {}, nullptr, nullptr, &top)
                  .ok());
  EXPECT_EQ(top.Of(0)[0], (Neighbour{1, -1.0f}));
  EXPECT_EQ(top.Of(0)[1], (Neighbour{0, 0.0f}));
  EXPECT_EQ(top.Of(0)[2], (Neighbour{2, 1.0f}));
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(top.Of(1)[i], (Neighbour{i, 0.0f}));
}

TEST(ExactSearchEdgeTest, DistancesThatAreInfiniteOrNoNumberRankLastAndAreThere) {
  // Products overflow to both infinities: the sum is no number.
  const std::vector<float> rows = {1e30f, -1e30f, 1, 1, 1e30f, 1e30f, -1, -1};
  const std::vector<float> query = {1e30f, 1e30f};
  for (const size_t k : {size_t{4}, size_t{200}}) {
    TopK top;
    SearchArgs args;
    args.k = k;
    ASSERT_TRUE(ExactSearch(VectorView::OfFloats(rows.data(), 4, 2), Metric::kIp, nullptr,
                            QueryBatch::OfFloats(query.data(), 1, 2), args, {}, nullptr, nullptr, &top)
                    .ok());
    std::vector<RowOffset> found;
    for (const Neighbour& n : top.Of(0)) found.push_back(n.row);
    EXPECT_EQ(found, (std::vector<RowOffset>{2, 1, 3, 0}));
  }
}

TEST(ExactSearchEdgeTest, WrongDimensionExclusionsAndCancelAreRefused) {
  const TestVectors data(100, 4, 1, 1);
  TopK top;
  const auto search = [&](const QueryBatch& queries, ExcludeView exclude, const CancelToken* cancel) {
    return ExactSearch(data.view(), Metric::kL2, nullptr, queries, {}, exclude, cancel, nullptr, &top);
  };
  const Status dim = search(QueryBatch::OfFloats(data.query_values.data(), 1, 3), {}, nullptr);
  EXPECT_EQ(dim.code(), Code::kParameterInvalid);
  EXPECT_NE(dim.message().find("vector dimension mismatch, expected vector size(byte) 16, actual 12"),
            std::string::npos);
  const QueryBatch halves(DataType::kFloat16Vector, 4, data.queries().data, 1);
  EXPECT_EQ(search(halves, {}, nullptr).code(), Code::kParameterInvalid);
  const ExcludeBitset other(99);
  EXPECT_EQ(search(data.queries(), other.view(), nullptr).code(), Code::kInternal);
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(search(data.queries(), {}, &cancel).code(), Code::kCanceled);
}

}  // namespace
}  // namespace redkite::index
