#include "server/node_metrics.h"

#include <gtest/gtest.h>

#include "types/json_text.h"

namespace redkite::server {
namespace {

TEST(NodeMetricsTest, SystemInfo) {
  NodeFacts facts;
  facts.version = "v\"2\\";
  facts.address = "127.0.0.1:1";
  facts.started_ms = 1'700'000'000'000;
  facts.now_ms = facts.started_ms + 1000;
  const auto json = AnswerMetricsRequest("{\"metric_type\":\"system_info\"}", facts);
  ASSERT_TRUE(json.ok());
  EXPECT_TRUE(CheckJsonObject(*json).ok()) << *json;
  EXPECT_NE(json->find("\"created_time\":\"2023-11-14 22:13:20 +0000 UTC\""), std::string::npos) << *json;
  EXPECT_NE(json->find("\"name\":\"standalone1\""), std::string::npos);
  EXPECT_EQ(json->find("\"memory\":0"), std::string::npos);
  EXPECT_EQ(json->find("\"cpu_core_count\":0"), std::string::npos);
}

TEST(NodeMetricsTest, UnknownMetrics) {
  const auto unknown = AnswerMetricsRequest("{\"metric_type\":\"x\"}", {});
  EXPECT_EQ(unknown.status().code(), Code::kMetricNotFound);
  EXPECT_EQ(unknown.status().message(), "metric not found[metric=x]");
  EXPECT_EQ(AnswerMetricsRequest("{}", {}).status().code(), Code::kMetricNotFound);
  EXPECT_FALSE(AnswerMetricsRequest("nonsense", {}).ok());
}

}  // namespace
}  // namespace redkite::server
