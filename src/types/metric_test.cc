#include "types/metric.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(Metric, NamesParseInAnyCase) {
  for (const Metric m : {Metric::kL2, Metric::kIp, Metric::kCosine}) EXPECT_EQ(ParseMetric(MetricName(m)), m);
  EXPECT_EQ(ParseMetric("cosine"), Metric::kCosine);
  EXPECT_EQ(ParseMetric("l2"), Metric::kL2);
  EXPECT_EQ(ParseMetric("HAMMING"), std::nullopt);
  EXPECT_EQ(ParseMetric(""), std::nullopt);
  EXPECT_EQ(ParseMetric("L2 "), std::nullopt);
}

TEST(Metric, ScoreIsDistanceUpToSign) {
  EXPECT_EQ(ScoreOfDistance(Metric::kL2, 2.0f), 2.0f);
  EXPECT_EQ(ScoreOfDistance(Metric::kIp, -0.5f), 0.5f);
  EXPECT_EQ(ScoreOfDistance(Metric::kCosine, -1.0f), 1.0f);
  EXPECT_FALSE(LargerScoreIsBetter(Metric::kL2));
  EXPECT_TRUE(LargerScoreIsBetter(Metric::kCosine));
}

}  // namespace
}  // namespace redkite
