#include <gtest/gtest.h>

#include "server/service_test_kit.h"

namespace redkite::server {
namespace {

TEST(DatabaseRpcsTest, Databases) {
  ServiceKit kit;
  EXPECT_EQ(kit.CodeOf(kit.Call("CreateDatabase", Message().Text(2, "shop").Pair(3, "k", "v"))), 0);
  EXPECT_EQ(kit.CodeOf(kit.Call("CreateDatabase", Message().Text(2, "shop"))), 1100);
  EXPECT_EQ(kit.CodeOf(kit.Call("CreateDatabase", Message(), "other")), 802);  // the header is no name
  EXPECT_EQ(kit.Call("ListDatabases", Message()).Texts(2), (std::vector<std::string>{"default", "shop"}));
  EXPECT_EQ(kit.Call("DescribeDatabase", Message().Text(2, "shop")).Text(2), "shop");
  EXPECT_EQ(kit.Call("DescribeDatabase", Message(), "shop").Text(2), "shop");
  EXPECT_EQ(kit.CodeOf(kit.Call("AlterDatabase", Message().Text(2, "shop").Text(5, "k"))), 0);
  EXPECT_TRUE(kit.Call("DescribeDatabase", Message().Text(2, "shop")).Texts(5).empty());
  EXPECT_EQ(kit.CodeOf(kit.Call("DropDatabase", Message().Text(2, "shop"))), 0);
  EXPECT_EQ(kit.ReplyCode(kit.Call("DescribeDatabase", Message().Text(2, "shop"))), 800);
}

TEST(DatabaseRpcsTest, Aliases) {
  ServiceKit kit;
  ASSERT_TRUE(kit.engine().CreateItems("items", 4, {{"index_type", "FLAT"}}).ok());
  ASSERT_TRUE(kit.engine().CreateItems("others", 4, {{"index_type", "FLAT"}}).ok());
  EXPECT_EQ(kit.CodeOf(kit.Call("CreateAlias", Message().Text(3, "items").Text(4, "now"))), 0);
  EXPECT_EQ(kit.Call("DescribeAlias", Message().Text(3, "now")).Text(4), "items");
  EXPECT_EQ(kit.CodeOf(kit.Call("AlterAlias", Message().Text(3, "others").Text(4, "now"))), 0);
  EXPECT_EQ(kit.Call("DescribeAlias", Message().Text(3, "now")).Text(4), "others");
  EXPECT_EQ(kit.Call("ListAliases", Message()).Texts(4), (std::vector<std::string>{"now"}));
  EXPECT_EQ(kit.Call("ListAliases", Message().Text(3, "items")).Texts(4).size(), 0u);
  EXPECT_EQ(kit.ReplyCode(kit.Call("ListAliases", Message(), "none")), 800);
  EXPECT_EQ(kit.CodeOf(kit.Call("DropAlias", Message().Text(3, "now"))), 0);
  EXPECT_EQ(kit.ReplyCode(kit.Call("DescribeAlias", Message().Text(3, "now"))), 1600);
}

}  // namespace
}  // namespace redkite::server
