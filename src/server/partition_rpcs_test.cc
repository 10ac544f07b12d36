#include <gtest/gtest.h>

#include "server/service_test_kit.h"

namespace redkite::server {
namespace {

TEST(PartitionRpcsTest, LifeOfAPartition) {
  ServiceKit kit;
  ASSERT_TRUE(kit.engine().CreateItems("items", 4, {{"index_type", "FLAT"}}).ok());
  const Message named = Message().Text(3, "items").Text(4, "p");
  EXPECT_EQ(kit.CodeOf(kit.Call("CreatePartition", named)), 0);
  EXPECT_EQ(kit.Call("HasPartition", named).Number(2), 1);
  EXPECT_EQ(kit.Call("ShowPartitions", Message().Text(3, "items")).Texts(2),
            (std::vector<std::string>{"_default", "p"}));
  EXPECT_EQ(Message(kit.Call("GetPartitionStatistics", named).Text(2)).Text(2), "0");
  EXPECT_EQ(kit.CodeOf(kit.Call("DropPartition", named)), 1100);  // it is loaded with its collection
  EXPECT_EQ(kit.CodeOf(kit.Call("ReleasePartitions", named)), 0);
  EXPECT_EQ(kit.Call("GetLoadState", Message().Text(2, "items").Text(3, "p")).Number(2), 1);
  EXPECT_EQ(kit.CodeOf(kit.Call("LoadPartitions", named)), 0);
  EXPECT_EQ(kit.Call("GetLoadingProgress", Message().Text(2, "items").Text(3, "p")).Number(2), 100);
  EXPECT_EQ(kit.CodeOf(kit.Call("ReleaseCollection", Message().Text(3, "items"))), 0);
  EXPECT_EQ(kit.Call("GetLoadState", Message().Text(2, "items")).Number(2), 1);
  EXPECT_EQ(kit.CodeOf(kit.Call("DropPartition", named)), 0);
  EXPECT_EQ(kit.Call("HasPartition", named).Number(2), 0);
  EXPECT_EQ(kit.CodeOf(kit.Call("LoadCollection", Message().Text(3, "items"))), 0);
  EXPECT_EQ(kit.CodeOf(kit.Call("LoadPartitions", named)), 200);
}

}  // namespace
}  // namespace redkite::server
