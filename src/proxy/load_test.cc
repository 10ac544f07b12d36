#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

void ExpectRefused(const Status& s, Code code, const std::string& phrase) {
  EXPECT_EQ(s.code(), code) << s.message();
  EXPECT_NE(s.message().find(phrase), std::string::npos) << s.message();
}

class ProxyLoadTest : public testing::Test {
 protected:
  ProxyLoadTest() {
    EXPECT_TRUE(kit.Create("c").ok());
    EXPECT_TRUE(kit->CreatePartition({{"", "c"}, "p"}).ok());
    EXPECT_TRUE(kit->CreatePartition({{"", "c"}, "q"}).ok());
    EXPECT_TRUE(kit.CreateIndex("c").ok());
  }
  LoadState State(std::vector<std::string> partitions = {}) {
    return kit->GetLoadState({{"", "c"}, std::move(partitions)}).value();
  }
  Status Release(std::vector<std::string> partitions) {
    return kit->ReleasePartitions({{"", "c"}, std::move(partitions)});
  }
  ProxyKit kit;
};

TEST_F(ProxyLoadTest, SomePartitions) {
  EXPECT_EQ(State(), LoadState::kNotLoad);
  ASSERT_TRUE(kit.LoadPartitions("c", {"p"}).ok());
  EXPECT_EQ(State(), LoadState::kLoaded);
  EXPECT_EQ(State({"p"}), LoadState::kLoaded);
  EXPECT_EQ(State({"q"}), LoadState::kNotLoad);
  EXPECT_EQ(State({"p", "q"}), LoadState::kNotLoad);
  EXPECT_EQ(*kit->LoadingProgress({{"", "c"}, {"p"}}), 100);
  ExpectRefused(kit->LoadingProgress({{"", "c"}, {"q"}}).status(), Code::kPartitionNotLoaded,
                "partition not loaded[partition=q]");
  // Partitions were named, so a later one is not among them.
  ASSERT_TRUE(kit->CreatePartition({{"", "c"}, "later"}).ok());
  EXPECT_EQ(State({"later"}), LoadState::kNotLoad);
  ASSERT_TRUE(Release({"p"}).ok());
  EXPECT_EQ(State(), LoadState::kNotLoad);
  ExpectRefused(kit->LoadingProgress({{"", "c"}, {}}).status(), Code::kCollectionNotLoaded,
                "collection not loaded[collection=c]");
}

TEST_F(ProxyLoadTest, TheWholeCollection) {
  ASSERT_TRUE(kit.Load("c").ok());
  ASSERT_TRUE(kit.Load("c").ok());
  EXPECT_EQ(State({"_default", "p", "q"}), LoadState::kLoaded);
  ASSERT_TRUE(kit->CreatePartition({{"", "c"}, "later"}).ok());
  EXPECT_EQ(State({"later"}), LoadState::kLoaded);
  ASSERT_TRUE(Release({"p"}).ok());
  EXPECT_EQ(State({"p"}), LoadState::kNotLoad);
  EXPECT_EQ(State(), LoadState::kLoaded);
  ASSERT_TRUE(kit.Load("c").ok());
  EXPECT_EQ(State({"p"}), LoadState::kLoaded);
  ASSERT_TRUE(kit->ReleaseCollection({"", "c"}).ok());
  EXPECT_EQ(State({"q"}), LoadState::kNotLoad);
  EXPECT_TRUE(kit->ReleaseCollection({"", "c"}).ok());
}

TEST_F(ProxyLoadTest, Refused) {
  ExpectRefused(kit.LoadPartitions("c", {}), Code::kParameterInvalid, "no partition specified");
  ExpectRefused(kit.LoadPartitions("c", {"none"}), Code::kPartitionNotFound,
                "partition not found[partition=none]");
  ExpectRefused(Release({}), Code::kParameterInvalid, "no partition specified");
  ExpectRefused(Release({"none"}), Code::kPartitionNotFound, "partition not found[partition=none]");
  ExpectRefused(kit.Load("none"), Code::kCollectionNotFound, "[collection=none]");
  EXPECT_EQ(*kit->GetLoadState({{"", "none"}, {}}), LoadState::kNotExist);
  LoadRequest request;
  request.name.collection = "c";
  request.replica_number = 2;
  ExpectRefused(kit->LoadCollection(request), Code::kNodeNotEnough, "resource group node not enough");
  request.replica_number = 1;
  request.resource_groups = {"other"};
  ExpectRefused(kit->LoadCollection(request), Code::kResourceGroupNotFound,
                "resource group not found[rg=other]");
  request.resource_groups = {"a", "b"};
  ExpectRefused(kit->LoadCollection(request), Code::kParameterInvalid,
                "resource group num can only be 0, 1 or same as replica number");
  request.replica_number = 2;  // as many as groups: then each group is looked for, then its nodes
  ExpectRefused(kit->LoadCollection(request), Code::kResourceGroupNotFound, "resource group not found[rg=a]");
  request.resource_groups = {"__default_resource_group", "__default_resource_group"};
  ExpectRefused(kit->LoadCollection(request), Code::kNodeNotEnough, "resource group node not enough");
  request.replica_number = 1;
  request.resource_groups = {"__default_resource_group"};
  EXPECT_TRUE(kit->LoadCollection(request).ok());
}

TEST_F(ProxyLoadTest, ReplicasOfTheProperty) {
  ASSERT_TRUE(kit->AlterCollection({{"", "c"}, {}, {{{"collection.replica.number", "2"}}, {}}}).ok());
  ExpectRefused(kit.Load("c"), Code::kNodeNotEnough, "resource group node not enough");
}

TEST_F(ProxyLoadTest, ResourceGroupsOfThePropertiesOrTheDatabase) {
  const auto alter = [&](const std::string& groups) {
    ASSERT_TRUE(kit->AlterCollection({{"", "c"}, {}, {{{"collection.resource_groups", groups}}, {}}}).ok());
  };
  alter("__default_resource_group, other");
  ExpectRefused(kit.Load("c"), Code::kParameterInvalid, "resource group num can only be");
  alter("other");
  ExpectRefused(kit.Load("c"), Code::kResourceGroupNotFound, "resource group not found[rg=other]");
  ASSERT_TRUE(kit->AlterDatabase({"default", {{{"database.resource_groups", "others"}}, {}}}).ok());
  alter(" __default_resource_group ,");
  EXPECT_TRUE(kit.Load("c").ok());
  ASSERT_TRUE(kit->AlterCollection({{"", "c"}, {}, {{}, {"collection.resource_groups"}}}).ok());
  ExpectRefused(kit.Load("c"), Code::kResourceGroupNotFound, "resource group not found[rg=others]");
  ASSERT_TRUE(kit->AlterDatabase({"default", {{{"database.replica.number", "3"}}, {}}}).ok());
  LoadRequest request;
  request.name.collection = "c";
  request.resource_groups = {"__default_resource_group"};
  ExpectRefused(kit->LoadCollection(request), Code::kNodeNotEnough, "load with replica_number 3");
  request.replica_number = 1;
  EXPECT_TRUE(kit->LoadCollection(request).ok());
}

TEST_F(ProxyLoadTest, ReadsOfWhatIsNotLoaded) {
  QueryRequest query;
  query.name.collection = "c";
  query.filter = "id > 0";
  const auto status = [&](std::vector<std::string> partitions) {
    query.partitions = std::move(partitions);
    return kit->Query(query, nullptr).status();
  };
  ExpectRefused(status({}), Code::kCollectionNotLoaded,
                "failed to query: collection not loaded[collection=c]");
  ASSERT_TRUE(kit.LoadPartitions("c", {"p"}).ok());
  ExpectRefused(status({"q"}), Code::kPartitionNotLoaded,
                "failed to query: partition not loaded[partition=q]");
  ExpectRefused(status({"none"}), Code::kParameterInvalid, "partition name none not found");
  ExpectRefused(status({"p"}), Code::kInternal, "no shard");  // as far as it comes here
  ExpectRefused(status({}), Code::kInternal, "no shard");
}

}  // namespace
}  // namespace redkite::proxy
