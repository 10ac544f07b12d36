#include "index/list_spec.h"

#include <gtest/gtest.h>

namespace redkite::index {
namespace {

Result<IndexSpec> Parse(const std::vector<KeyValue>& texts, bool* max_sim,
                        DataType vectors = DataType::kFloatVector) {
  return ParseListIndexSpec(texts, vectors, 8, max_sim);
}

TEST(ListMetric, Names) {
  EXPECT_EQ(ParseListMetric("MAX_SIM"), (ListMetric{Metric::kCosine, true}));
  EXPECT_EQ(ParseListMetric("max_sim_ip"), (ListMetric{Metric::kIp, true}));
  EXPECT_EQ(ParseListMetric("MAX_SIM_L2"), (ListMetric{Metric::kL2, true}));
  EXPECT_EQ(ParseListMetric("MAX_SIM_JACCARD"), (ListMetric{Metric::kJaccard, true}));
  EXPECT_EQ(ParseListMetric("L2"), (ListMetric{Metric::kL2, false}));
  for (const char* wrong :
       {"", "MAX_SIMIP", "MAX_SIM_", "MAX_SIM_NONE", "MAX_SIM_SUBSTRUCTURE", "SUPERSTRUCTURE"})
    EXPECT_FALSE(ParseListMetric(wrong).has_value()) << wrong;
  EXPECT_EQ(ListMetricName({Metric::kHamming, true}), "MAX_SIM_HAMMING");
  EXPECT_EQ(ListMetricName({Metric::kIp, false}), "IP");
  EXPECT_EQ(DefaultListMetric(DataType::kBinaryVector), (ListMetric{Metric::kHamming, true}));
}

TEST(ListIndexSpec, TheMetricSaysWhatASearchTakes) {
  bool max_sim = false;
  auto spec = Parse({{"index_type", "HNSW"}, {"metric_type", "MAX_SIM_IP"}, {"M", "8"}}, &max_sim);
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_TRUE(max_sim);
  EXPECT_EQ(spec->metric, Metric::kIp);
  EXPECT_EQ(spec->type, "HNSW");
  EXPECT_EQ(spec->structure, Structure::kFlat);
  spec = Parse({{"index_type", "IVF_SQ8"}, {"metric_type", "L2"}}, &max_sim);
  ASSERT_TRUE(spec.ok());
  EXPECT_FALSE(max_sim);
  spec = Parse({}, &max_sim);
  ASSERT_TRUE(spec.ok());
  EXPECT_TRUE(max_sim);
  EXPECT_EQ(spec->metric, Metric::kCosine);
  EXPECT_TRUE(Parse({{"index_type", "SCANN_DVR"}, {"metric_type", "MAX_SIM"}}, &max_sim).ok());
  EXPECT_TRUE(
      Parse({{"index_type", "HNSW"}, {"metric_type", "MAX_SIM_HAMMING"}}, &max_sim, DataType::kBinaryVector)
          .ok());
}

TEST(ListIndexSpec, Refusals) {
  bool max_sim = false;
  const auto message = [&](const std::vector<KeyValue>& texts) {
    return Parse(texts, &max_sim).status().message();
  };
  EXPECT_NE(message({{"metric_type", "MAX_SIM_X"}}).find("metric type MAX_SIM_X not found"),
            std::string::npos);
  EXPECT_NE(message({{"metric_type", "MAX_SIM_HAMMING"}}).find("HAMMING"), std::string::npos);
  EXPECT_NE(message({{"index_type", "IVF_SQ8"}, {"metric_type", "MAX_SIM"}}).find("IVF_SQ8"),
            std::string::npos);
  EXPECT_NE(message({{"index_type", "X"}, {"metric_type", "MAX_SIM"}}).find("invalid index type: X"),
            std::string::npos);
  EXPECT_NE(message({{"index_type", "HNSW"}, {"metric_type", "MAX_SIM"}, {"M", "1"}}).find("Out of range"),
            std::string::npos);
}

}  // namespace
}  // namespace redkite::index
