#include "types/metric.h"

#include <gtest/gtest.h>

#include <cmath>

namespace redkite {
namespace {

TEST(Metric, NamesParseInAnyCase) {
  for (const Metric m : kAllMetrics) EXPECT_EQ(ParseMetric(MetricName(m)), m);
  EXPECT_EQ(ParseMetric("cosine"), Metric::kCosine);
  EXPECT_EQ(ParseMetric("l2"), Metric::kL2);
  EXPECT_EQ(ParseMetric("Jaccard"), Metric::kJaccard);
  EXPECT_EQ(ParseMetric("MHJACCARD"), std::nullopt);
  EXPECT_EQ(ParseMetric(""), std::nullopt);
  EXPECT_EQ(ParseMetric("L2 "), std::nullopt);
}

TEST(Metric, ScoreIsDistanceUpToSign) {
  EXPECT_EQ(ScoreOfDistance(Metric::kL2, 2.0f), 2.0f);
  EXPECT_EQ(ScoreOfDistance(Metric::kIp, -0.5f), 0.5f);
  EXPECT_EQ(ScoreOfDistance(Metric::kCosine, -1.0f), 1.0f);
  EXPECT_FALSE(std::signbit(ScoreOfDistance(Metric::kCosine, 0.0f)));
  EXPECT_EQ(ScoreOfDistance(Metric::kHamming, 3.0f), 3.0f);
  EXPECT_EQ(ScoreOfDistance(Metric::kJaccard, 0.5f), 0.5f);
  EXPECT_FALSE(LargerScoreIsBetter(Metric::kL2));
  EXPECT_FALSE(LargerScoreIsBetter(Metric::kHamming));
  EXPECT_TRUE(LargerScoreIsBetter(Metric::kCosine));
}

TEST(Metric, NumbersAreThoseOfIndexFiles) {
  for (size_t i = 0; i < std::size(kAllMetrics); ++i) EXPECT_EQ(static_cast<size_t>(kAllMetrics[i]), i);
  EXPECT_EQ(static_cast<int>(Metric::kSuperstructure), 6);
  EXPECT_TRUE(IsStructureMetric(Metric::kSubstructure) && IsStructureMetric(Metric::kSuperstructure));
  EXPECT_FALSE(IsStructureMetric(Metric::kJaccard));
}

}  // namespace
}  // namespace redkite
