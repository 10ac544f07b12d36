#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

TEST(ServiceRoutes, LifeOfAResourceGroup) {
  RestKit kit;
  EXPECT_EQ(kit.CodeOf("resource_groups/create",
                       R"({"name":"g","config":{"requests":{"node_num":0},"limits":{"node_num":1},
                           "transfer_from":[{"resource_group":"__default_resource_group"}]}})"),
            0);
  EXPECT_EQ(kit.Call("resource_groups/list", "{}"), R"({"code":0,"data":["__default_resource_group","g"]})");
  const std::string described = kit.Call("resource_groups/describe", R"({"name":"g"})");
  EXPECT_NE(described.find(
                R"("limits":{"node_num":1},"transfer_from":[{"resource_group":"__default_resource_group"}])"),
            std::string::npos)
      << described;
  EXPECT_EQ(kit.CodeOf("resource_groups/alter", R"({"resource_groups":{"g":{"limits":{"node_num":0}}}})"), 0);
  EXPECT_EQ(kit.CodeOf("resource_groups/drop", R"({"name":"g"})"), 0);
  EXPECT_EQ(kit.CodeOf("resource_groups/describe", R"({"name":"g"})"), 300);
  EXPECT_EQ(kit.CodeOf("resource_groups/create", R"({"name":"g","config":{"limits":{"node_num":"x"}}})"),
            1801);
  EXPECT_EQ(
      kit.CodeOf("resource_groups/create", R"({"name":"g","config":{"limits":{"node_num":9999999999}}})"),
      1801);
}

TEST(ServiceRoutes, Analyzers) {
  RestKit kit;
  EXPECT_EQ(
      kit.Call("common/run_analyzer", R"({"text":["Red kites"],"analyzerParams":"{\"type\":\"standard\"}"})"),
      R"({"code":0,"data":{"results":[{"tokens":[{"token":"red"},{"token":"kites"}]}]}})");
  const std::string detail = kit.Call(
      "common/run_analyzer", R"({"text":["Red"],"analyzerParams":{"type":"standard"},"withDetail":true})");
  EXPECT_NE(detail.find(R"("start_offset":0,"end_offset":3,"position":0,"position_length":1)"),
            std::string::npos)
      << detail;
  EXPECT_EQ(kit.CodeOf("common/run_analyzer", "{}"), 1802);
}

TEST(ServiceRoutes, WhatIsNotBuiltSaysSo) {
  RestKit kit;
  EXPECT_EQ(kit.CodeOf("jobs/import/create", "{}"), 10);
}

}  // namespace
}  // namespace redkite::server
