#include "wire/partition_codec.h"

#include "proto/milvus_alias.pb.h"
#include "proto/milvus_partition.pb.h"
#include "wire/message_convert.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;

namespace {

template <class M>
Result<PartitionName> PartitionNameOf(std::string_view bytes, std::string_view message_name) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<M>(bytes, message_name));
  return PartitionName{NameOf(m), m.partition_name()};
}

}  // namespace

Result<PartitionName> DecodeCreatePartition(std::string_view bytes) {
  return PartitionNameOf<pb::CreatePartitionRequest>(bytes, "CreatePartitionRequest");
}

Result<PartitionName> DecodeDropPartition(std::string_view bytes) {
  return PartitionNameOf<pb::DropPartitionRequest>(bytes, "DropPartitionRequest");
}

Result<PartitionName> DecodeHasPartition(std::string_view bytes) {
  return PartitionNameOf<pb::HasPartitionRequest>(bytes, "HasPartitionRequest");
}

Result<PartitionName> DecodeGetPartitionStatistics(std::string_view bytes) {
  return PartitionNameOf<pb::GetPartitionStatisticsRequest>(bytes, "GetPartitionStatisticsRequest");
}

Result<ShowPartitionsRequest> DecodeShowPartitions(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::ShowPartitionsRequest>(bytes, "ShowPartitionsRequest"));
  return ShowPartitionsRequest{NameOf(m), CollectionId(m.collectionid()), TextsOf(m.partition_names()),
                               m.type() == pb::InMemory};
}

std::string EncodeHasPartition(bool exists) {
  pb::BoolResponse m;
  m.set_value(exists);
  return Serialize(&m);
}

std::string EncodeShowPartitions(const std::vector<PartitionDescription>& partitions, bool loaded_only) {
  pb::ShowPartitionsResponse m;
  for (const PartitionDescription& p : partitions) {
    m.add_partition_names(p.name);
    m.add_partitionids(p.id.value());
    m.add_created_timestamps(p.created_ts);
    m.add_created_utc_timestamps(static_cast<uint64_t>(WallMsOf(p.created_ts)));
    if (loaded_only) m.add_inmemory_percentages(p.loaded ? 100 : 0);
  }
  return Serialize(&m);
}

std::string EncodeGetPartitionStatistics(int64_t row_count) {
  pb::GetPartitionStatisticsResponse m;
  PutParams({{"row_count", std::to_string(row_count)}}, m.mutable_stats());
  return Serialize(&m);
}

Result<AliasRequest> DecodeCreateAlias(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::CreateAliasRequest>(bytes, "CreateAliasRequest"));
  return AliasRequest{NameOf(m), m.alias()};
}

Result<AliasRequest> DecodeAlterAlias(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::AlterAliasRequest>(bytes, "AlterAliasRequest"));
  return AliasRequest{NameOf(m), m.alias()};
}

Result<AliasRequest> DecodeDropAlias(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::DropAliasRequest>(bytes, "DropAliasRequest"));
  return AliasRequest{{m.db_name(), ""}, m.alias()};
}

Result<AliasRequest> DecodeDescribeAlias(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::DescribeAliasRequest>(bytes, "DescribeAliasRequest"));
  return AliasRequest{{m.db_name(), ""}, m.alias()};
}

Result<AliasRequest> DecodeListAliases(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::ListAliasesRequest>(bytes, "ListAliasesRequest"));
  return AliasRequest{NameOf(m), ""};
}

std::string EncodeDescribeAlias(const AliasRequest& alias) {
  pb::DescribeAliasResponse m;
  m.set_db_name(alias.name.database);
  m.set_collection(alias.name.collection);
  m.set_alias(alias.alias);
  return Serialize(&m);
}

std::string EncodeListAliases(const CollectionName& name, const std::vector<std::string>& aliases) {
  pb::ListAliasesResponse m;
  m.set_db_name(name.database);
  m.set_collection_name(name.collection);
  for (const std::string& alias : aliases) m.add_aliases(alias);
  return Serialize(&m);
}

}  // namespace redkite::wire
