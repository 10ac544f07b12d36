#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

TEST(PartitionRoutes, LifeOfAPartition) {
  RestKit kit;
  ASSERT_EQ(kit.CodeOf("collections/create", R"({"collectionName":"c","dimension":4})"), 0);
  const std::string p = R"({"collectionName":"c","partitionName":"p"})";
  const std::string ps = R"({"collectionName":"c","partitionNames":["p"]})";
  EXPECT_EQ(kit.CodeOf("partitions/create", p), 0);
  EXPECT_EQ(kit.Call("partitions/list", p), R"({"code":0,"data":["_default","p"]})");
  EXPECT_EQ(kit.Call("partitions/has", p), R"({"code":0,"data":{"has":true}})");
  EXPECT_EQ(kit.Call("partitions/get_stats", p), R"({"code":0,"data":{"rowCount":0}})");
  EXPECT_EQ(kit.CodeOf("partitions/release", ps), 0);
  EXPECT_EQ(kit.Call("collections/get_load_state", ps),
            R"({"code":0,"data":{"loadState":"LoadStateNotLoad","message":""}})");
  EXPECT_EQ(kit.CodeOf("partitions/load", ps), 0);
  EXPECT_EQ(kit.CodeOf("partitions/release", ps), 0);
  EXPECT_EQ(kit.CodeOf("partitions/drop", p), 0);
  EXPECT_EQ(kit.Call("partitions/has", p), R"({"code":0,"data":{"has":false}})");
}

TEST(PartitionRoutes, Errors) {
  RestKit kit;
  ASSERT_EQ(kit.CodeOf("collections/create", R"({"collectionName":"c","dimension":4})"), 0);
  EXPECT_EQ(kit.CodeOf("partitions/create", R"({"collectionName":"c"})"), 1802);
  EXPECT_EQ(kit.CodeOf("partitions/load", R"({"collectionName":"c","partitionNames":[]})"), 1802);
  EXPECT_EQ(kit.CodeOf("partitions/load", R"({"collectionName":"c","partitionNames":"p"})"), 1801);
  EXPECT_EQ(kit.CodeOf("partitions/load", R"({"collectionName":"c","partitionNames":["p"]})"), 200);
  EXPECT_EQ(kit.CodeOf("partitions/create", R"({"collectionName":"c","partitionName":"p 1"})"), 1100);
}

}  // namespace
}  // namespace redkite::server
