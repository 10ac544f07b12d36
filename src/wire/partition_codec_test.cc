#include "wire/partition_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_alias.pb.h"
#include "proto/milvus_partition.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;

TEST(PartitionCodec, Partitions) {
  pb::HasPartitionRequest has;
  has.set_collection_name("c");
  has.set_partition_name("p");
  const std::string bytes = has.SerializeAsString();
  for (const auto& r : {DecodeHasPartition(bytes), DecodeCreatePartition(bytes), DecodeDropPartition(bytes),
                        DecodeGetPartitionStatistics(bytes)}) {
    ASSERT_TRUE(r.ok());
    EXPECT_EQ(r->collection.collection, "c");
    EXPECT_EQ(r->partition, "p");
  }
  EXPECT_FALSE(DecodeHasPartition("\x12").ok());
  pb::ShowPartitionsRequest show;
  show.set_collectionid(8);
  show.set_type(pb::InMemory);
  show.add_partition_names("p");
  const auto decoded = DecodeShowPartitions(show.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->id, CollectionId(8));
  EXPECT_TRUE(decoded->loaded_only);
  EXPECT_EQ(decoded->names, std::vector<std::string>{"p"});

  pb::ShowPartitionsResponse shown;
  ASSERT_TRUE(
      shown.ParseFromString(EncodeShowPartitions({{"p", PartitionId(4), MakeTimestamp(9), true}}, true)));
  EXPECT_EQ(shown.partition_names(0), "p");
  EXPECT_EQ(shown.partitionids(0), 4);
  EXPECT_EQ(shown.created_utc_timestamps(0), 9U);
  EXPECT_EQ(shown.inmemory_percentages(0), 100);
  pb::GetPartitionStatisticsResponse stats;
  ASSERT_TRUE(stats.ParseFromString(EncodeGetPartitionStatistics(5)));
  EXPECT_EQ(stats.stats(0).value(), "5");
  pb::BoolResponse value;
  ASSERT_TRUE(value.ParseFromString(EncodeHasPartition(true)));
  EXPECT_TRUE(value.value());
}

TEST(PartitionCodec, Aliases) {
  pb::CreateAliasRequest create;
  create.set_collection_name("c");
  create.set_alias("a");
  EXPECT_EQ(DecodeCreateAlias(create.SerializeAsString())->alias, "a");
  EXPECT_EQ(DecodeAlterAlias(create.SerializeAsString())->name.collection, "c");
  pb::DropAliasRequest drop;  // here the alias is field 3
  drop.set_db_name("d");
  drop.set_alias("a");
  EXPECT_EQ(DecodeDropAlias(drop.SerializeAsString())->alias, "a");
  EXPECT_EQ(DecodeDescribeAlias(drop.SerializeAsString())->alias, "a");
  EXPECT_EQ(DecodeDescribeAlias(drop.SerializeAsString())->name.database, "d");
  pb::ListAliasesRequest list;
  list.set_collection_name("c");
  EXPECT_EQ(DecodeListAliases(list.SerializeAsString())->name.collection, "c");
  pb::DescribeAliasResponse described;
  ASSERT_TRUE(described.ParseFromString(EncodeDescribeAlias({{"d", "c"}, "a"})));
  EXPECT_EQ(described.collection(), "c");
  EXPECT_EQ(described.alias(), "a");
  pb::ListAliasesResponse listed;
  ASSERT_TRUE(listed.ParseFromString(EncodeListAliases({"d", "c"}, {"a", "b"})));
  EXPECT_EQ(listed.aliases_size(), 2);
  EXPECT_EQ(listed.collection_name(), "c");
}

}  // namespace
}  // namespace redkite::wire
