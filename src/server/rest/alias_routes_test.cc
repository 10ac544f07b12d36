#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

TEST(AliasRoutes, LifeOfAnAlias) {
  RestKit kit;
  for (const char* name : {"c", "e"}) {
    ASSERT_EQ(
        kit.CodeOf("collections/create", std::string(R"({"dimension":4,"collectionName":")") + name + "\"}"),
        0);
  }
  EXPECT_EQ(kit.CodeOf("aliases/create", R"({"collectionName":"c","aliasName":"a"})"), 0);
  EXPECT_EQ(kit.Call("aliases/list", R"({"collectionName":"c"})"), R"({"code":0,"data":["a"]})");
  EXPECT_EQ(kit.Call("aliases/list", "{}"), R"({"code":0,"data":["a"]})");
  EXPECT_EQ(kit.CodeOf("aliases/alter", R"({"collectionName":"e","aliasName":"a"})"), 0);
  EXPECT_EQ(kit.Call("aliases/describe", R"({"aliasName":"a"})"),
            R"({"code":0,"data":{"dbName":"default","aliasName":"a","collectionName":"e"}})");
  EXPECT_EQ(kit.CodeOf("aliases/drop", R"({"aliasName":"a"})"), 0);
  EXPECT_EQ(kit.CodeOf("aliases/describe", R"({"aliasName":"a"})"), 1600);
}

}  // namespace
}  // namespace redkite::server
