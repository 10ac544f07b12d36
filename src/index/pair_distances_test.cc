#include "index/pair_distances.h"

#include <gtest/gtest.h>

#include "index/typed_fixture.h"

namespace redkite::index {
namespace {

class PairDistancesTest : public testing::TestWithParam<TypedCase> {};

TEST_P(PairDistancesTest, EachPairByItsDefinition) {
  const TypedCase& c = GetParam();
  constexpr int kDim = 96;
  constexpr size_t kLeft = 300, kRight = 700;  // more than one pass and one block have
  const std::vector<std::byte> left = RandomVectors(c.type, kDim, kLeft, 5);
  const std::vector<std::byte> right = RandomVectors(c.type, kDim, kRight, 6);
  const VectorView queries(c.type, kDim, left.data(), kLeft), rows(c.type, kDim, right.data(), kRight);
  std::vector<float> distances;
  ASSERT_TRUE(PairDistances(queries, rows, c.metric, nullptr, &distances).ok());
  ASSERT_EQ(distances.size(), kLeft * kRight);
  for (size_t i = 0; i < kLeft; i += 7) {
    for (size_t j = 0; j < kRight; ++j) {
      const double exact = TypedDistance(c, queries.Row(i), rows.Row(j), kDim);
      ASSERT_NEAR(distances[i * kRight + j], exact, 1e-5 * (1 + std::fabs(exact))) << i << " " << j;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllTypes, PairDistancesTest, testing::ValuesIn(AllTypedCases()),
                         [](const auto& info) { return CaseName(info.param); });

TEST(PairDistancesEdges, EmptySidesAndACancelledCall) {
  const std::vector<std::byte> some = RandomVectors(DataType::kFloatVector, 4, 300, 1);
  const VectorView none(DataType::kFloatVector, 4, some.data(), 0);
  const VectorView rows(DataType::kFloatVector, 4, some.data(), 300);
  std::vector<float> distances = {1};
  ASSERT_TRUE(PairDistances(none, rows, Metric::kL2, nullptr, &distances).ok());
  EXPECT_TRUE(distances.empty());
  ASSERT_TRUE(PairDistances(rows, none, Metric::kCosine, nullptr, &distances).ok());
  EXPECT_TRUE(distances.empty());
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(PairDistances(rows, rows, Metric::kL2, &cancel, &distances).code(), Code::kCanceled);
}

}  // namespace
}  // namespace redkite::index
