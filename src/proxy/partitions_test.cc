#include <gtest/gtest.h>

#include "proxy/mem_proxy_test_kit.h"
#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

PartitionName In(const std::string& partition) { return {{"", "c"}, partition}; }

std::vector<std::string> Names(ProxyKit& kit) {
  std::vector<std::string> names;
  for (const auto& p : kit->ShowPartitions({{"", "c"}, {}, {}, false}).value()) names.push_back(p.name);
  return names;
}

TEST(ProxyPartitionsTest, CreateAndDrop) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_TRUE(kit->CreatePartition(In("p")).ok());
  ASSERT_TRUE(kit->CreatePartition(In("p")).ok());
  ASSERT_TRUE(kit->CreatePartition(In("1-x")).ok());
  EXPECT_EQ(Names(kit), (std::vector<std::string>{"_default", "p", "1-x"}));
  EXPECT_TRUE(*kit->HasPartition(In("p")));
  EXPECT_EQ(kit.Describe("c").num_partitions, 3);
  const PartitionId id = kit.Meta("c")->FindPartition("p")->id;
  ASSERT_TRUE(kit->DropPartition(In("p")).ok());
  EXPECT_TRUE(kit->DropPartition(In("p")).ok());
  EXPECT_EQ(kit.backend().dropped_partitions, (std::vector<PartitionId>{id}));
  EXPECT_FALSE(*kit->HasPartition(In("p")));
  ASSERT_TRUE(kit->CreatePartition(In("p")).ok());
  EXPECT_NE(kit.Meta("c")->FindPartition("p")->id, id);  // rows of the dropped one can't come back
}

// Between the catalog's transaction and the shard's own drop the rows are still there; nobody may see them.
TEST(ProxyPartitionsTest, RowsOfADroppedPartitionAreNotSeenWhileTheyGo) {
  MemProxyKit kit;
  kit.MakeItems();
  MemProxyKit::Expect(kit.proxy.CreatePartition({{"", "items"}, "p"}));
  InsertRequest in_p = MemProxyKit::Rows({{1, "a", 1, 1}});
  in_p.partition = "p";
  ASSERT_TRUE(kit.Insert(std::move(in_p)).ok());
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{2, "b", 2, 2}})).ok());
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1, 2}));
  MemProxyKit::Expect(kit.proxy.ReleasePartitions({{"", "items"}, {"p"}}));
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{2}));
  MemProxyKit::Expect(kit.proxy.DropPartition({{"", "items"}, "p"}));
  EXPECT_EQ(kit.shard().Stats().row_count, 2);  // this backend leaves them there
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{2}));
  EXPECT_EQ(kit.Delete("tag == \"a\"")->delete_count, 0);
}

TEST(ProxyPartitionsTest, Refused) {
  Limits limits;
  limits.partition_count_max = 3;
  ProxyKit kit(limits);
  ASSERT_TRUE(kit.Create("c").ok());
  ExpectRefused(kit->CreatePartition(In("")), Code::kParameterInvalid, "Partition name should not be empty.");
  ExpectRefused(kit->CreatePartition(In("-a")), Code::kParameterInvalid,
                "The first character of a partition name must be an underscore or letter.");
  ExpectRefused(kit->CreatePartition(In("a b")), Code::kParameterInvalid,
                "Partition name can only contain numbers, letters and underscores.");
  ExpectRefused(kit->CreatePartition(In(std::string(256, 'a'))), Code::kParameterInvalid,
                "The length of a partition name must be less than 255 characters.");
  ExpectRefused(kit->CreatePartition({{"", "none"}, "p"}), Code::kCollectionNotFound, "[collection=none]");
  ExpectRefused(kit->HasPartition({{"", "none"}, "p"}).status(), Code::kCollectionNotFound,
                "[collection=none]");
  ExpectRefused(kit->DropPartition(In("_default")), Code::kParameterInvalid,
                "default partition cannot be deleted");
  ASSERT_TRUE(kit->CreatePartition(In("a")).ok());
  ASSERT_TRUE(kit->CreatePartition(In("b")).ok());
  ExpectRefused(kit->CreatePartition(In("d")), Code::kParameterInvalid,
                "partition number (3) exceeds max configuration (3)");
  ExpectRefused(kit->PartitionRowCount(In("none")).status(), Code::kPartitionNotFound,
                "partition not found[partition=none]");
  ExpectRefused(kit->ShowPartitions({{"", "c"}, {}, {"none"}, false}).status(), Code::kPartitionNotFound,
                "none");
}

TEST(ProxyPartitionsTest, TheTotalIsLimited) {
  Limits limits;
  limits.partition_total_count_max = 3;
  ProxyKit kit(limits);
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_TRUE(kit->CreatePartition(In("a")).ok());
  ASSERT_TRUE(kit->CreatePartition(In("b")).ok());
  ExpectRefused(kit->CreatePartition(In("d")), Code::kGeneralCapacityExceeded, "general capacity exceeded");
}

TEST(ProxyPartitionsTest, ALoadedOneIsNotDropped) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_TRUE(kit->CreatePartition(In("p")).ok());
  ASSERT_TRUE(kit.CreateIndex("c").ok());
  ASSERT_TRUE(kit.Load("c").ok());
  ExpectRefused(kit->DropPartition(In("p")), Code::kParameterInvalid,
                "partition cannot be dropped, partition is loaded, please release it first");
  ASSERT_TRUE(kit->ReleasePartitions({{"", "c"}, {"p"}}).ok());
  EXPECT_TRUE(kit->DropPartition(In("p")).ok());
}

TEST(ProxyPartitionsTest, RowsOfOne) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_TRUE(kit->CreatePartition(In("p")).ok());
  const PartitionId id = kit.Meta("c")->FindPartition("p")->id;
  kit.backend().shard->segments = {{SegmentId(1), id, false, 5, 10, {}},
                                   {SegmentId(2), PartitionId(99), false, 7, 10, {}},
                                   {SegmentId(3), id, true, 11, 10, {}}};
  EXPECT_EQ(*kit->PartitionRowCount(In("p")), 16);
  EXPECT_EQ(*kit->PartitionRowCount(In("_default")), 0);
}

}  // namespace
}  // namespace redkite::proxy
