#include "index/scorer.h"

#include <gtest/gtest.h>

#include "index/typed_fixture.h"

namespace redkite::index {
namespace {

class ScorerTest : public testing::TestWithParam<TypedCase> {};

TEST_P(ScorerTest, DistancesAreThoseOfTheDefinition) {
  constexpr int kDim = 40;
  constexpr size_t kRows = 60;
  const TypedCase& c = GetParam();
  const std::vector<std::byte> rows = RandomVectors(c.type, kDim, kRows, 3);
  const std::vector<std::byte> queries = RandomVectors(c.type, kDim, 5, 4);
  const VectorView view(c.type, kDim, rows.data(), kRows);
  std::vector<float> norms(kRows);
  const Scorer bare(view, c.metric, nullptr);
  if (c.metric == Metric::kCosine) {
    for (size_t i = 0; i < kRows; ++i) norms[i] = bare.InverseNormOf(view.Row(i));
  }
  const Scorer scorer(view, c.metric, norms.data());
  const std::vector<RowOffset> ids = {59, 0, 7, 7, 31, 58, 2};
  std::vector<float> gathered(ids.size()), block(20), part(20);
  for (size_t q = 0; q < 5; ++q) {
    const std::byte* const query = queries.data() + q * view.row_bytes;
    const auto expect = [&](float got, size_t row) {
      const double exact = TypedDistance(c, query, view.Row(row), kDim);
      EXPECT_NEAR(got, exact, 1e-5 * (1 + std::fabs(exact))) << row;
    };
    scorer.Gather(scorer.Prepare(query), ids.data(), ids.size(), gathered.data());
    for (size_t i = 0; i < ids.size(); ++i) expect(gathered[i], ids[i]);
    scorer.Block(scorer.Prepare(query), 11, 20, block.data());
    for (size_t i = 0; i < 20; ++i) expect(block[i], 11 + i);
    scorer.Part(11, 20, norms.data() + 11).Block(scorer.Prepare(query), 0, 20, part.data());
    EXPECT_EQ(part, block);
  }
  // A row as the query.
  scorer.Gather(scorer.PrepareRow(7), ids.data(), ids.size(), gathered.data());
  const double own = TypedDistance(c, view.Row(7), view.Row(7), kDim);
  EXPECT_NEAR(gathered[2], own, 1e-5 * (1 + std::fabs(own)));
}

INSTANTIATE_TEST_SUITE_P(AllTypes, ScorerTest, testing::ValuesIn(AllTypedCases()),
                         [](const auto& info) { return CaseName(info.param); });

TEST(ScorerKernelTest, EachTypeAndMetricHasItsKernel) {
  using simd::Distance;
  EXPECT_EQ(DistanceOf(DataType::kFloatVector, Metric::kCosine), Distance::kFloatDot);
  EXPECT_EQ(DistanceOf(DataType::kBFloat16Vector, Metric::kIp), Distance::kBFloat16Dot);
  EXPECT_EQ(DistanceOf(DataType::kInt8Vector, Metric::kL2), Distance::kInt8L2);
  EXPECT_EQ(DistanceOf(DataType::kBinaryVector, Metric::kHamming), Distance::kBitHamming);
  EXPECT_EQ(DistanceOf(DataType::kBinaryVector, Metric::kJaccard), Distance::kBitJaccard);
  EXPECT_EQ(DistanceOf(DataType::kBinaryVector, Metric::kSubstructure), Distance::kBitNotSubset);
  EXPECT_EQ(DistanceOf(DataType::kBinaryVector, Metric::kSuperstructure), Distance::kBitNotSuperset);
}

/// Vectors of `type` whose norms lie about the powers of ten given, and one zero vector at the end.
std::vector<std::byte> VectorsOfMagnitudes(DataType type, int dim, const std::vector<int>& powers,
                                           uint64_t seed) {
  Random random(seed);
  std::vector<std::byte> out((powers.size() + 1) * ValueBytes(type, dim));
  for (size_t i = 0; i < powers.size(); ++i) {
    for (int d = 0; d < dim; ++d) {
      const auto value = static_cast<float>((random.Unit() * 2 - 1) * std::pow(10.0, powers[i]));
      std::byte* const row = out.data() + i * ValueBytes(type, dim);
      const uint16_t half = BFloat16OfFloat(value);
      if (type == DataType::kFloatVector) std::memcpy(row + 4 * d, &value, 4);
      if (type == DataType::kBFloat16Vector) std::memcpy(row + 2 * d, &half, 2);
    }
  }
  return out;
}

TEST(ScorerKernelTest, CosineIsRightAtEveryMagnitude) {
  constexpr int kDim = 24;
  const std::vector<int> powers = {0,  38,  37,  30,  20,  19,  18,  15,  14,  5,
                                   -5, -14, -16, -18, -20, -23, -30, -36, -37, -38};
  for (const DataType type : {DataType::kFloatVector, DataType::kBFloat16Vector}) {
    const TypedCase c{type, Metric::kCosine};
    const std::vector<std::byte> rows = VectorsOfMagnitudes(type, kDim, powers, 5);
    const std::vector<std::byte> queries = VectorsOfMagnitudes(type, kDim, powers, 6);
    const VectorView view(type, kDim, rows.data(), powers.size() + 1);
    std::vector<float> norms(view.rows), gathered(view.rows), block(view.rows), by_row(view.rows);
    std::vector<RowOffset> ids(view.rows);
    const Scorer bare(view, c.metric, nullptr);
    for (size_t i = 0; i < view.rows; ++i) {
      norms[i] = bare.InverseNormOf(view.Row(i));
      ids[i] = static_cast<RowOffset>(i);
    }
    const Scorer scorer(view, c.metric, norms.data());
    for (size_t q = 0; q < view.rows; ++q) {
      const std::byte* const query = queries.data() + q * view.row_bytes;
      scorer.Gather(scorer.Prepare(query), ids.data(), ids.size(), gathered.data());
      scorer.Block(scorer.Prepare(query), 0, view.rows, block.data());
      scorer.Gather(scorer.PrepareRow(ids[q]), ids.data(), ids.size(), by_row.data());
      for (size_t i = 0; i < view.rows; ++i) {
        SCOPED_TRACE(std::string(DataTypeName(type)) + " query " + std::to_string(q) + " row " +
                     std::to_string(i));
        EXPECT_NEAR(gathered[i], TypedDistance(c, query, view.Row(i), kDim), 2e-6);
        EXPECT_EQ(block[i], gathered[i]);
        EXPECT_NEAR(by_row[i], TypedDistance(c, view.Row(q), view.Row(i), kDim), 2e-6);
      }
    }
  }
}

TEST(ScorerKernelTest, ZeroVectorsHaveNoDirection) {
  const std::vector<std::byte> zeros(64);
  for (const DataType type : {DataType::kFloat16Vector, DataType::kBFloat16Vector, DataType::kInt8Vector}) {
    const Scorer scorer({type, 8, zeros.data(), 1}, Metric::kCosine, nullptr);
    EXPECT_EQ(scorer.InverseNormOf(zeros.data()), 0.0f);
  }
}

}  // namespace
}  // namespace redkite::index
