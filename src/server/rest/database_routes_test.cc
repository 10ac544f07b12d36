#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

TEST(DatabaseRoutes, LifeOfADatabase) {
  RestKit kit;
  EXPECT_EQ(kit.CodeOf("databases/create", R"({"dbName":"d","properties":{"database.replica.number":1}})"),
            0);
  EXPECT_EQ(kit.Call("databases/list", "{}"), R"({"code":0,"data":["default","d"]})");
  EXPECT_NE(kit.Call("databases/describe", R"({"dbName":"d"})")
                .find(R"({"key":"database.replica.number","value":"1"})"),
            std::string::npos);
  EXPECT_EQ(kit.CodeOf("databases/alter", R"({"dbName":"d","properties":{"database.max.collections":"5"}})"),
            0);
  EXPECT_EQ(kit.CodeOf("databases/drop_properties",
                       R"({"dbName":"d","propertyKeys":["database.max.collections"]})"),
            0);
  EXPECT_EQ(kit.CodeOf("databases/drop", R"({"dbName":"d"})"), 0);
  EXPECT_EQ(kit.CodeOf("databases/describe", R"({"dbName":"d"})"), 800);
  EXPECT_EQ(kit.CodeOf("databases/create", "{}"), 1802);
  EXPECT_EQ(kit.CodeOf("databases/create", R"({"dbName":"1"})"), 802);
}

}  // namespace
}  // namespace redkite::server
