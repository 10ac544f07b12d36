#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

PartitionName In(const std::string& partition) { return {{"", "c"}, partition}; }

void ExpectRefused(const Status& s, Code code, const std::string& phrase) {
  EXPECT_EQ(s.code(), code) << s.message();
  EXPECT_NE(s.message().find(phrase), std::string::npos) << s.message();
}

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
