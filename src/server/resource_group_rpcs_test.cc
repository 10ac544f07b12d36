#include <gtest/gtest.h>

#include "server/service_test_kit.h"

namespace redkite::server {
namespace {

TEST(ResourceGroupRpcsTest, LifeOfAGroup) {
  ServiceKit kit;
  const Message limits = Message().Number(1, 1);
  const Message config = Message().Text(1, limits.bytes()).Text(2, limits.bytes());
  const Message create = Message().Text(2, "rg").Text(3, config.bytes());
  EXPECT_EQ(kit.CodeOf(kit.Call("CreateResourceGroup", create)), 0);
  EXPECT_EQ(kit.CodeOf(kit.Call("CreateResourceGroup", Message().Text(2, "rg"))), 301);
  EXPECT_EQ(kit.Call("ListResourceGroups", Message()).Texts(2),
            (std::vector<std::string>{"__default_resource_group", "rg"}));
  const Message group(kit.Call("DescribeResourceGroup", Message().Text(2, "rg")).Text(2));
  EXPECT_EQ(group.Text(1), "rg");
  EXPECT_EQ(group.Number(3), 1);
  EXPECT_EQ(Message(group.Text(8)).Text(2), "127.0.0.1:19530");
  const Message back = Message().Text(2, "rg").Text(3, "__default_resource_group");
  EXPECT_EQ(kit.CodeOf(kit.Call("TransferNode", Message(back).Number(4, 1))), 0);
  EXPECT_EQ(kit.CodeOf(kit.Call("TransferNode", Message(back).Number(4, 1))), 304);
  EXPECT_EQ(kit.CodeOf(kit.Call("TransferReplica", Message(back).Text(4, "none").Number(5, 1))), 100);
  EXPECT_EQ(kit.CodeOf(kit.Call("LoadBalance", Message().Text(5, "none"))), 100);
  const Message entry = Message().Text(1, "rg").Text(2, Message().bytes());
  EXPECT_EQ(kit.CodeOf(kit.Call("UpdateResourceGroups", Message().Text(2, entry.bytes()))), 0);
  EXPECT_EQ(kit.CodeOf(kit.Call("DropResourceGroup", Message().Text(2, "rg"))), 0);
  EXPECT_EQ(kit.ReplyCode(kit.Call("DescribeResourceGroup", Message().Text(2, "rg"))), 300);
}

}  // namespace
}  // namespace redkite::server
