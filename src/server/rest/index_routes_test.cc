#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

constexpr char kCreate[] = R"({"collectionName":"c","schema":{"fields":[
    {"fieldName":"id","dataType":"Int64","isPrimary":true},
    {"fieldName":"v","dataType":"FloatVector","elementTypeParams":{"dim":4}}]}})";

TEST(IndexRoutes, LifeOfAnIndex) {
  RestKit kit;
  ASSERT_EQ(kit.CodeOf("collections/create", kCreate), 0);
  EXPECT_EQ(kit.Call("indexes/list", R"({"collectionName":"c"})"), R"({"code":0,"data":[]})");
  EXPECT_EQ(kit.CodeOf("indexes/create", R"({"collectionName":"c","indexParams":[
      {"fieldName":"v","indexName":"i","metricType":"L2","params":{"index_type":"HNSW","M":16,"efConstruction":"100"}}]})"),
            0);
  EXPECT_EQ(kit.Call("indexes/list", R"({"collectionName":"c"})"), R"({"code":0,"data":["i"]})");
  const std::string described = kit.Call("indexes/describe", R"({"collectionName":"c","indexName":"i"})");
  EXPECT_NE(
      described.find(R"("data":[{"indexName":"i","fieldName":"v","indexType":"HNSW","metricType":"L2")"),
      std::string::npos)
      << described;
  EXPECT_EQ(kit.CodeOf("indexes/alter_properties",
                       R"({"collectionName":"c","indexName":"i","properties":{"mmap.enabled":true}})"),
            0);
  EXPECT_EQ(kit.CodeOf("indexes/drop_properties",
                       R"({"collectionName":"c","indexName":"i","propertyKeys":["mmap.enabled"]})"),
            0);
  EXPECT_EQ(kit.CodeOf("indexes/drop", R"({"collectionName":"c","indexName":"i"})"), 0);
  EXPECT_EQ(kit.CodeOf("indexes/describe", R"({"collectionName":"c","indexName":"i"})"), 700);
}

TEST(IndexRoutes, NothingIsMadeOfABodyThatIsWrong) {
  RestKit kit;
  ASSERT_EQ(kit.CodeOf("collections/create", kCreate), 0);
  EXPECT_EQ(kit.CodeOf("indexes/create", R"({"collectionName":"c","indexParams":[{"fieldName":"v"},{}]})"),
            1802);
  EXPECT_EQ(kit.CodeOf("indexes/create", R"({"collectionName":"c","indexParams":[]})"), 1802);
  EXPECT_EQ(kit.CodeOf("indexes/create",
                       R"({"collectionName":"c","indexParams":[{"fieldName":"v","indexType":"X"}]})"),
            1100);
  EXPECT_EQ(kit.Call("indexes/list", R"({"collectionName":"c"})"), R"({"code":0,"data":[]})");
}

}  // namespace
}  // namespace redkite::server
