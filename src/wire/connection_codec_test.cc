#include "wire/connection_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_connection.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;

TEST(ConnectionCodec, Connect) {
  pb::ConnectRequest request;
  request.mutable_client_info()->set_sdk_type("Python");
  request.mutable_client_info()->set_sdk_version("3.0.2");
  (*request.mutable_client_info()->mutable_reserved())["db_name"] = "d";
  const auto decoded = DecodeConnect(request.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->sdk_type, "Python");
  EXPECT_EQ(*FindParam(decoded->reserved, "db_name"), "d");
  EXPECT_EQ(DecodeConnect("\xff").status().message(), "malformed request: ConnectRequest: invalid parameter");

  ConnectAnswer answer;
  answer.identifier = 7;
  answer.version = "v2.6.0";
  answer.reserved = {{"redkite_version", "0.1.0"}};
  pb::ConnectResponse m;
  ASSERT_TRUE(m.ParseFromString(EncodeConnect(answer)));
  EXPECT_TRUE(m.has_status());
  EXPECT_EQ(m.identifier(), 7);
  EXPECT_EQ(m.server_info().build_tags(), "v2.6.0");
  EXPECT_EQ(m.server_info().reserved().at("redkite_version"), "0.1.0");
}

TEST(ConnectionCodec, HealthAndVersion) {
  pb::CheckHealthResponse health;
  ASSERT_TRUE(health.ParseFromString(EncodeCheckHealth({false, {"disk"}})));
  EXPECT_FALSE(health.ishealthy());
  EXPECT_EQ(health.reasons(0), "disk");
  pb::ComponentStates states;
  ASSERT_TRUE(states.ParseFromString(EncodeGetComponentStates(true)));
  EXPECT_EQ(states.state().state_code(), ::milvus::proto::common::Healthy);
  pb::GetVersionResponse version;
  ASSERT_TRUE(version.ParseFromString(EncodeGetVersion("v2.6.1")));
  EXPECT_EQ(version.version(), "v2.6.1");
  pb::AllocTimestampResponse ts;
  ASSERT_TRUE(ts.ParseFromString(EncodeAllocTimestamp(kMaxTimestamp)));
  EXPECT_EQ(ts.timestamp(), kMaxTimestamp);
}

TEST(ConnectionCodec, MetricsLinkAndHeartbeat) {
  pb::GetMetricsRequest request;
  request.set_request("{}");
  EXPECT_EQ(*DecodeGetMetrics(request.SerializeAsString()), "{}");
  EXPECT_FALSE(DecodeGetMetrics("\x12").ok());
  pb::GetMetricsResponse metrics;
  ASSERT_TRUE(metrics.ParseFromString(EncodeGetMetrics("{}", "standalone")));
  EXPECT_EQ(metrics.response(), "{}");
  EXPECT_EQ(metrics.component_name(), "standalone");
  pb::RegisterLinkResponse link;
  ASSERT_TRUE(link.ParseFromString(EncodeRegisterLink("127.0.0.1", 19530)));
  EXPECT_TRUE(link.has_status());
  EXPECT_EQ(link.address().port(), 19530);
  EXPECT_EQ(EncodeClientHeartbeat(5), std::string("\x0a\x00\x10\x05", 4));
}

TEST(ConnectionCodec, GrpcHealth) {
  EXPECT_EQ(EncodeHealthCheck(true), std::string("\x08\x01"));
  EXPECT_EQ(EncodeHealthCheck(false), std::string("\x08\x02"));
  EXPECT_EQ(*DecodeHealthCheck(std::string("\x0a\x01x")), "x");
  EXPECT_EQ(*DecodeHealthCheck(""), "");
  EXPECT_FALSE(DecodeHealthCheck("\x0a").ok());
}

}  // namespace
}  // namespace redkite::wire
