#include <gtest/gtest.h>

#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

const std::string kDefault(kDefaultResourceGroup);

struct GroupKit : MemProxyKit {
  Status Create(const std::string& name, int32_t requests = 0, int32_t limits = 0) {
    return proxy.CreateResourceGroup({name, {.requests = requests, .limits = limits}});
  }
  Status Update(const std::string& name, ResourceGroupConfig config) {
    return proxy.UpdateResourceGroups({{{name, std::move(config)}}});
  }
  bool HasNode(const std::string& name) { return proxy.DescribeResourceGroup(name)->has_node; }
  Status Load(std::vector<std::string> groups) {
    LoadRequest load;
    load.name.collection = "items";
    load.resource_groups = std::move(groups);
    return proxy.LoadCollection(load);
  }
  std::string GroupOfItems() { return proxy.Replicas({{"", "items"}, {}}).value().at(0).resource_group; }
};

TEST(ResourceGroups, OneIsAlwaysThere) {
  GroupKit kit;
  EXPECT_EQ(kit.proxy.ListResourceGroups(), std::vector<std::string>{kDefault});
  const auto group = kit.proxy.DescribeResourceGroup(kDefault).value();
  EXPECT_TRUE(group.has_node);
  EXPECT_EQ(group.capacity, 1'000'000);
  ExpectRefused(kit.proxy.DropResourceGroup(kDefault), Code::kParameterInvalid,
                "default resource group is not deletable");
  ExpectRefused(kit.proxy.DescribeResourceGroup("none").status(), Code::kResourceGroupNotFound,
                "resource group not found[rg=none]");
}

TEST(ResourceGroups, CreateAndDrop) {
  GroupKit kit;
  kit.Expect(kit.Create("a"));
  kit.Expect(kit.Create("a"));
  ExpectRefused(kit.Create("a", 0, 1), Code::kResourceGroupAlreadyExist,
                "resource group already exist, but create with different config[rg=a]");
  ExpectRefused(kit.Create(""), Code::kParameterInvalid, "resource group name couldn't be empty");
  ExpectRefused(kit.Create("1a"), Code::kParameterInvalid, "first character of a resource group name");
  ExpectRefused(kit.Create("a-b"), Code::kParameterInvalid,
                "can only contain numbers, letters and underscores");
  ExpectRefused(kit.Create(std::string(256, 'a')), Code::kParameterInvalid, "must be less than 255");
  ExpectRefused(kit.Create("b", 2, 1), Code::kResourceGroupIllegalConfig, "illegal config[rg=b]");
  ExpectRefused(kit.Create("b", -1, 1), Code::kResourceGroupIllegalConfig, "less than 0");
  ExpectRefused(kit.Update("a", {.transfer_from = {"none"}}), Code::kResourceGroupIllegalConfig,
                "not found: none");
  ExpectRefused(kit.Update("a", {.transfer_to = {"a"}}), Code::kResourceGroupIllegalConfig, "itself");
  ExpectRefused(kit.Update("none", {}), Code::kResourceGroupNotFound, "[rg=none]");
  EXPECT_EQ(kit.proxy.ListResourceGroups(), (std::vector<std::string>{kDefault, "a"}));
  kit.Expect(kit.Create("b", 0, 3));
  kit.Expect(kit.Update("b", {.limits = 3, .transfer_from = {"a"}}));
  ExpectRefused(kit.proxy.DropResourceGroup("a"), Code::kParameterInvalid, "is used by the transfers of");
  ExpectRefused(kit.proxy.DropResourceGroup("b"), Code::kParameterInvalid, "limits.node_num 3");
  kit.Expect(kit.Update("b", {}));
  kit.Expect(kit.proxy.DropResourceGroup("b"));
  kit.Expect(kit.proxy.DropResourceGroup("a"));
  kit.Expect(kit.proxy.DropResourceGroup("a"));  // dropped already
  EXPECT_EQ(kit.proxy.ListResourceGroups(), std::vector<std::string>{kDefault});
}

TEST(ResourceGroups, TheNodeGoesWhereItIsAskedFor) {
  GroupKit kit;
  kit.Expect(kit.Create("a", 0, 1));
  EXPECT_TRUE(kit.HasNode(kDefault));
  kit.Expect(kit.Create("b", 1, 1));
  EXPECT_TRUE(kit.HasNode("b"));
  EXPECT_FALSE(kit.HasNode(kDefault));
  kit.Expect(kit.Update("a", {.requests = 1, .limits = 1}));
  EXPECT_TRUE(kit.HasNode("b"));  // b asks for it too
  kit.Expect(kit.Update("b", {}));
  EXPECT_TRUE(kit.HasNode("a"));
  kit.Expect(kit.Update("a", {.limits = 1, .node_labels = {{"rack", "1"}}}));
  EXPECT_TRUE(kit.HasNode(kDefault));  // ours has no labels
  ExpectRefused(kit.proxy.TransferNode({kDefault, "a", 1}), Code::kParameterInvalid, "labels");
  ExpectRefused(kit.proxy.TransferNode({kDefault, "b", 2}), Code::kNodeNotEnough, "node not enough");
  ExpectRefused(kit.proxy.TransferNode({"a", "b", 1}), Code::kNodeNotEnough, "node not enough[rg=a]");
  ExpectRefused(kit.proxy.TransferNode({kDefault, kDefault, 1}), Code::kParameterInvalid,
                "should not be the same");
  ExpectRefused(kit.proxy.TransferNode({kDefault, "b", 0}), Code::kParameterInvalid, "can't be [0]");
  ExpectRefused(kit.proxy.TransferNode({kDefault, "none", 1}), Code::kResourceGroupNotFound, "[rg=none]");
  kit.Expect(kit.proxy.TransferNode({kDefault, "b", 1}));
  EXPECT_TRUE(kit.HasNode("b"));
  EXPECT_EQ(kit.proxy.DescribeResourceGroup("b")->config.requests, 1);
  kit.Expect(kit.proxy.TransferNode({"b", kDefault, 1}));
  EXPECT_TRUE(kit.HasNode(kDefault));
  EXPECT_EQ(kit.proxy.DescribeResourceGroup("b")->config, ResourceGroupConfig());
}

TEST(ResourceGroups, ReplicasBelongToOne) {
  GroupKit kit;
  kit.MakeItems();
  kit.Expect(kit.proxy.ReleaseCollection({"", "items"}));
  kit.Expect(kit.Create("a", 0, 1));
  ExpectRefused(kit.Load({"none"}), Code::kResourceGroupNotFound, "[rg=none]");
  ExpectRefused(kit.Load({"a"}), Code::kNodeNotEnough, "node not enough[rg=a]");
  kit.Expect(kit.Load({}));
  EXPECT_EQ(kit.GroupOfItems(), kDefault);
  kit.Expect(kit.proxy.TransferNode({kDefault, "a", 1}));
  // Served by a node of another group, and both say so.
  using Counts = ResourceGroupDescription::Counts;
  EXPECT_EQ(kit.proxy.DescribeResourceGroup(kDefault)->loaded_replicas, (Counts{{"items", 1}}));
  EXPECT_EQ(kit.proxy.DescribeResourceGroup(kDefault)->outgoing_nodes, (Counts{{"items", 1}}));
  EXPECT_EQ(kit.proxy.DescribeResourceGroup("a")->incoming_nodes, (Counts{{"items", 1}}));
  kit.Expect(kit.Load({}));  // as it is
  ExpectRefused(kit.Load({"a"}), Code::kParameterInvalid, "it cannot be loaded in a too");
  ExpectRefused(kit.proxy.TransferReplica({kDefault, "a", {"", "items"}, 2}), Code::kParameterInvalid,
                "only found [1] replicas");
  ExpectRefused(kit.proxy.TransferReplica({"a", kDefault, {"", "items"}, 1}), Code::kParameterInvalid,
                "only found [0] replicas");
  ExpectRefused(kit.proxy.TransferReplica({kDefault, "none", {"", "items"}, 1}), Code::kResourceGroupNotFound,
                "[rg=none]");
  ExpectRefused(kit.proxy.TransferReplica({kDefault, "a", {"", "none"}, 1}), Code::kCollectionNotFound,
                "none");
  kit.Expect(kit.proxy.TransferReplica({kDefault, "a", {"", "items"}, 1}));
  EXPECT_EQ(kit.GroupOfItems(), "a");
  EXPECT_TRUE(kit.proxy.DescribeResourceGroup("a")->incoming_nodes.empty());
  kit.Expect(kit.Update("a", {}));
  ExpectRefused(kit.proxy.DropResourceGroup("a"), Code::kParameterInvalid, "some replicas still loaded");
  kit.Expect(kit.proxy.ReleaseCollection({"", "items"}));
  kit.Expect(kit.proxy.DropResourceGroup("a"));
  kit.Expect(kit.Load({}));
  EXPECT_EQ(kit.GroupOfItems(), kDefault);
}

TEST(ResourceGroups, SurviveARestart) {
  GroupKit kit;
  kit.MakeItems("other");
  kit.Expect(kit.Create("a", 1, 2));
  kit.Expect(kit.Create("b", 0, 7));
  kit.Expect(kit.Update("b", {.limits = 7, .transfer_from = {"a"}, .node_labels = {{"k", "v"}}}));
  const auto before = kit.catalog().ListResourceGroups();
  EXPECT_EQ(meta::Catalog::Open(&kit.kv).value()->ListResourceGroups(), before);
}

TEST(ResourceGroups, LoadBalanceHasNowhereToGo) {
  GroupKit kit;
  kit.MakeItems();
  const auto balance = [&](int64_t source, std::vector<int64_t> targets, std::vector<SegmentId> segments) {
    return kit.proxy.LoadBalance({{"", "items"}, source, std::move(targets), std::move(segments)}, 1);
  };
  kit.Expect(balance(1, {}, {}));
  ExpectRefused(balance(2, {}, {}), Code::kNodeNotFound, "node not found[node=2]");
  ExpectRefused(balance(1, {3}, {}), Code::kNodeNotFound, "node not found[node=3]");
  ExpectRefused(balance(1, {1}, {}), Code::kParameterInvalid, "is the source node");
  ExpectRefused(balance(1, {}, {SegmentId(77)}), Code::kSegmentNotFound, "segment not found[segment=77]");
  kit.Expect(kit.proxy.ReleaseCollection({"", "items"}));
  ExpectRefused(balance(1, {}, {}), Code::kCollectionNotLoaded, "collection not loaded");
}

}  // namespace
}  // namespace redkite::proxy
