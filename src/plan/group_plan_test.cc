#include "plan/group_plan.h"

#include <gtest/gtest.h>

namespace redkite::plan {
namespace {

TEST(GroupPlanTest, NamesOfAggregates) {
  for (const auto op :
       {AggregateOp::kCount, AggregateOp::kSum, AggregateOp::kAvg, AggregateOp::kMin, AggregateOp::kMax}) {
    EXPECT_EQ(ParseAggregateName(AggregateName(op)), op);
  }
  EXPECT_EQ(ParseAggregateName("AVG"), AggregateOp::kAvg);
  for (const char* other : {"", "coun", "counts", "median", "sum "}) {
    EXPECT_EQ(ParseAggregateName(other), std::nullopt) << other;
  }
}

TEST(GroupPlanTest, TypesOfAggregates) {
  using enum DataType;
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kCount, kJson), kInt64);
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kCount, kFloatVector), kInt64);
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kSum, kInt8), kInt64);
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kSum, kFloat), kDouble);
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kAvg, kInt64), kDouble);
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kMin, kInt16), kInt16);
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kMax, kVarChar), kVarChar);
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kMax, kBool), kBool);
  for (const DataType type : {kBool, kVarChar, kJson, kFloatVector}) {
    EXPECT_EQ(TypeOfAggregate(AggregateOp::kSum, type), std::nullopt);
    EXPECT_EQ(TypeOfAggregate(AggregateOp::kAvg, type), std::nullopt);
  }
  EXPECT_EQ(TypeOfAggregate(AggregateOp::kMin, kJson), std::nullopt);
}

TEST(GroupPlanTest, TypesOfKeys) {
  using enum DataType;
  EXPECT_TRUE(IsGroupable(kBool) && IsGroupable(kInt8) && IsGroupable(kInt64) && IsGroupable(kVarChar));
  EXPECT_FALSE(IsGroupable(kFloat) || IsGroupable(kDouble) || IsGroupable(kJson) ||
               IsGroupable(kFloatVector));
  EXPECT_TRUE(IsSortable(kFloat) && IsSortable(kBool) && IsSortable(kVarChar));
  EXPECT_FALSE(IsSortable(kJson) || IsSortable(kBinaryVector));
}

}  // namespace
}  // namespace redkite::plan
