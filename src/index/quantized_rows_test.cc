#include "index/quantized_rows.h"

#include <gtest/gtest.h>

#include <cstring>

#include "index/exact_search.h"
#include "index/index_fixture.h"
#include "index/typed_fixture.h"

namespace redkite::index {
namespace {

std::vector<TypedCase> Cases() {
  std::vector<TypedCase> cases = AllTypedCases();
  std::erase_if(cases, [](const TypedCase& c) { return !QuantizedRows::Supports(c.type); });
  return cases;
}

class QuantizedRowsTest : public testing::TestWithParam<TypedCase> {
 protected:
  // The same rows and distances, to the bit; returns how many distances were computed.
  uint64_t ExpectLikeExact(const VectorView& rows, const QueryBatch& queries, const SearchArgs& args,
                           ExcludeView exclude = {}) {
    QuantizedRows quantized(rows, GetParam().metric);
    while (quantized.AddRows(100)) continue;
    TopK expected, found;
    SearchStats stats;
    EXPECT_TRUE(
        ExactSearch(rows, GetParam().metric, nullptr, queries, args, exclude, nullptr, nullptr, &expected)
            .ok());
    EXPECT_TRUE(quantized.Search(queries, args, {exclude, nullptr, &stats}, &found).ok());
    for (size_t q = 0; q < queries.count; ++q) {
      EXPECT_TRUE(std::ranges::equal(found.Of(q), expected.Of(q)))
          << q << " k " << args.k << " dim " << rows.dim;
    }
    return stats.distances_computed;
  }
};

TEST_P(QuantizedRowsTest, AnswersLikeTheExactScan) {
  for (const int dim : {1, 16, 130}) {
    for (const size_t count : {0, 1, 128, 129, 600}) {
      const auto rows = RandomVectors(GetParam().type, dim, count, 3);
      const auto queries = RandomVectors(GetParam().type, dim, 70, 5);
      const VectorView view(GetParam().type, dim, rows.data(), count);
      const QueryBatch batch(GetParam().type, dim, queries.data(), 70);
      for (const size_t k : {1, 10, 129, 2000}) {
        SearchArgs args;
        args.k = k;
        ExpectLikeExact(view, batch, args);
      }
    }
  }
}

TEST_P(QuantizedRowsTest, LeavesMostDistancesOut) {
  constexpr size_t kRows = 5000;
  const auto rows = RandomVectors(GetParam().type, 64, kRows, 3);
  const auto query = RandomVectors(GetParam().type, 64, 1, 5);
  EXPECT_LT(
      ExpectLikeExact({GetParam().type, 64, rows.data(), kRows}, {GetParam().type, 64, query.data(), 1}, {}),
      kRows / 5);
}

TEST_P(QuantizedRowsTest, ExcludedRowsAndRanges) {
  constexpr size_t kRows = 3000;
  const auto rows = RandomVectors(GetParam().type, 24, kRows, 3);
  const auto queries = RandomVectors(GetParam().type, 24, 20, 5);
  const VectorView view(GetParam().type, 24, rows.data(), kRows);
  const QueryBatch batch(GetParam().type, 24, queries.data(), 20);
  Random random(7);
  for (const double share : {0.1, 0.9, 1.0}) {
    ExcludeBitset exclude(kRows);
    for (size_t row = 0; row < kRows; ++row) {
      if (random.Unit() < share) exclude.Exclude(row);
    }
    ExpectLikeExact(view, batch, {}, exclude.view());
    TopK all;
    SearchArgs args;
    args.k = kRows;
    ASSERT_TRUE(ExactSearch(view, GetParam().metric, nullptr, batch, args, {}, nullptr, nullptr, &all).ok());
    args.range = {all.Of(0)[50].distance, all.Of(0)[400].distance};
    for (const size_t k : {7, 3000}) {
      args.k = k;
      ExpectLikeExact(view, batch, args, exclude.view());
    }
  }
}

TEST_P(QuantizedRowsTest, ValuesAtTheEndsOfWhatANumberHolds) {
  if (GetParam().type != DataType::kFloatVector) return;
  constexpr int kDim = 5;
  constexpr size_t kRows = 2000;
  const float special[] = {0,
                           -0.0f,
                           1,
                           1e-45f,
                           1e-38f,
                           1e-31f,
                           1e19f,
                           3e38f,
                           -3e38f,
                           1e-20f,
                           std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::quiet_NaN()};
  Random random(11);
  const auto draw = [&](size_t count, size_t kinds) {
    std::vector<float> out;
    for (size_t i = 0; i < count; ++i) {
      const bool odd = random.Below(3) == 0;
      for (int d = 0; d < kDim; ++d)
        out.push_back(odd ? special[random.Below(kinds)] : static_cast<float>(random.Unit() - 0.5));
    }
    return out;
  };
  for (const size_t kinds : {size_t{6}, size_t{10}, std::size(special)}) {
    const auto rows = draw(kRows, kinds), queries = draw(60, kinds);
    for (const size_t k : {3, 200}) {
      SearchArgs args;
      args.k = k;
      ExpectLikeExact(VectorView::OfFloats(rows.data(), kRows, kDim),
                      QueryBatch::OfFloats(queries.data(), 60, kDim), args);
    }
  }
}

TEST(QuantizedRows, ACancelledSearchEnds) {
  const TestVectors data(20'000, 8, 1, 3);
  QuantizedRows quantized(data.view(), Metric::kL2);
  while (quantized.AddRows(1000)) continue;
  CancelToken cancel;
  cancel.Cancel();
  TopK found;
  EXPECT_EQ(quantized.Search(data.queries(), {}, {{}, &cancel, nullptr}, &found).code(), Code::kCanceled);
}

INSTANTIATE_TEST_SUITE_P(All, QuantizedRowsTest, testing::ValuesIn(Cases()),
                         [](const auto& info) { return CaseName(info.param); });

}  // namespace
}  // namespace redkite::index
