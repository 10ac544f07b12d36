#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

std::vector<std::string> Names(ProxyKit& kit) {
  std::vector<std::string> names;
  for (const DatabaseDescription& d : kit->ListDatabases()) names.push_back(d.name);
  return names;
}

TEST(ProxyDatabasesTest, CreateAlterDrop) {
  ProxyKit kit;
  ASSERT_TRUE(kit->CreateDatabase({"shop", {{"database.replica.number", "1"}, {"mine", "x"}}}).ok());
  EXPECT_EQ(Names(kit), (std::vector<std::string>{"default", "shop"}));
  EXPECT_EQ(kit->CreateDatabase({"shop", {}}).message(), "database already exist: shop: invalid parameter");
  const auto described = kit->DescribeDatabase("shop");
  ASSERT_TRUE(described.ok());
  EXPECT_EQ(described->properties, (Params{{"database.replica.number", "1"}, {"mine", "x"}}));
  EXPECT_GT(described->created_ts, 0u);
  ASSERT_TRUE(kit->AlterDatabase({"shop", {{{"mine", "y"}, {"more", "z"}}, {}}}).ok());
  ASSERT_TRUE(kit->AlterDatabase({"shop", {{}, {"database.replica.number"}}}).ok());
  EXPECT_EQ(kit->DescribeDatabase("shop")->properties, (Params{{"mine", "y"}, {"more", "z"}}));
  EXPECT_EQ(kit->AlterDatabase({"shop", {{{"a", "b"}}, {"mine"}}}).code(), Code::kParameterInvalid);
  EXPECT_EQ(kit->AlterDatabase({"shop", {}}).code(), Code::kParameterInvalid);
  EXPECT_EQ(kit->AlterDatabase({"none", {{{"a", "b"}}, {}}}).code(), Code::kDatabaseNotFound);

  ASSERT_TRUE(kit.Create("c", "shop").ok());
  EXPECT_NE(kit->DropDatabase("shop").message().find(
                "database:shop not empty, must drop all collections before drop database"),
            std::string::npos);
  ASSERT_TRUE(kit->DropCollection({"shop", "c"}).ok());
  EXPECT_TRUE(kit->DropDatabase("shop").ok());
  EXPECT_TRUE(kit->DropDatabase("shop").ok());
  EXPECT_NE(kit->DropDatabase("default").message().find("can not drop default database"), std::string::npos);
  EXPECT_EQ(Names(kit), (std::vector<std::string>{"default"}));
}

TEST(ProxyDatabasesTest, NamesAndLimits) {
  Limits limits;
  limits.database_count_max = 3;
  ProxyKit kit(limits);
  for (const char* bad : {"", "1a", "a-b", "ä"}) {
    const Status s = kit->CreateDatabase({bad, {}});
    EXPECT_EQ(s.code(), Code::kDatabaseInvalidName) << bad;
    EXPECT_NE(s.message().find("invalid database name[database=" + std::string(bad) + "]"),
              std::string::npos);
  }
  EXPECT_EQ(kit->CreateDatabase({std::string(256, 'a'), {}}).code(), Code::kDatabaseInvalidName);
  EXPECT_EQ(kit->CreateDatabase({"p", {{"database.replica.number", "x"}}}).code(), Code::kParameterInvalid);
  ASSERT_TRUE(kit->CreateDatabase({"a", {}}).ok());
  ASSERT_TRUE(kit->CreateDatabase({"b", {}}).ok());
  const Status full = kit->CreateDatabase({"c", {}});
  EXPECT_EQ(full.code(), Code::kDatabaseNumLimitExceeded);
  EXPECT_EQ(full.message(), "exceeded the limit number of database[limit=3]");
}

TEST(ProxyDatabasesTest, CollectionsOfADatabase) {
  ProxyKit kit;
  ASSERT_TRUE(kit->CreateDatabase({"shop", {{"database.max.collections", "2"}}}).ok());
  ASSERT_TRUE(kit.Create("same").ok());
  ASSERT_TRUE(kit.Create("same", "shop").ok());
  EXPECT_NE(kit.Describe("same").id, kit.Describe("same", "shop").id);
  EXPECT_EQ(kit.Describe("same", "shop").database, "shop");
  EXPECT_EQ(kit->ShowCollections({"shop", false, {}})->size(), 1u);
  ASSERT_TRUE(kit.Create("second", "shop").ok());
  const Status full = kit.Create("third", "shop");
  EXPECT_EQ(full.code(), Code::kCollectionNumLimitExceeded);
  EXPECT_EQ(full.message(), "exceeded the limit number of collections[dbName=shop][limit=2]");
  EXPECT_TRUE(kit.Create("third").ok());
  EXPECT_EQ(kit.Create("c", "none").code(), Code::kDatabaseNotFound);
}

}  // namespace
}  // namespace redkite::proxy
