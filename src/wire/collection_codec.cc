#include "wire/collection_codec.h"

#include "proto/milvus_collection.pb.h"
#include "proto/schema.pb.h"
#include "wire/message_convert.h"
#include "wire/pb_writer.h"
#include "wire/schema_codec.h"

namespace redkite::wire {

namespace pb = ::milvus::proto::milvus;
namespace pbs = ::milvus::proto::schema;
namespace pbc = ::milvus::proto::common;

Result<CreateCollectionRequest> DecodeCreateCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::CreateCollectionRequest>(bytes, "CreateCollectionRequest"));
  RK_ASSIGN_OR_RETURN(DecodedSchema decoded, DecodeSchema(m.schema()));
  CreateCollectionRequest request;
  request.name = NameOf(m);
  request.schema = std::move(decoded.schema);
  request.shards_num = m.shards_num();
  request.num_partitions = m.num_partitions();
  RK_ASSIGN_OR_RETURN(request.consistency, ConsistencyOf(m.consistency_level()));
  request.properties = ParamsOf(m.properties());
  for (auto& [key, value] : decoded.properties) {
    if (FindParam(request.properties, key) == nullptr) request.properties.emplace_back(key, value);
  }
  request.unsupported = std::move(decoded.unsupported);
  return request;
}

Result<CollectionName> DecodeDropCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::DropCollectionRequest>(bytes, "DropCollectionRequest"));
  return NameOf(m);
}

Result<CollectionName> DecodeHasCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::HasCollectionRequest>(bytes, "HasCollectionRequest"));
  return NameOf(m);
}

Result<DescribeCollectionRequest> DecodeDescribeCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::DescribeCollectionRequest>(bytes, "DescribeCollectionRequest"));
  return DescribeCollectionRequest{NameOf(m), CollectionId(m.collectionid())};
}

Result<ShowCollectionsRequest> DecodeShowCollections(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::ShowCollectionsRequest>(bytes, "ShowCollectionsRequest"));
  return ShowCollectionsRequest{m.db_name(), m.type() == pb::InMemory, TextsOf(m.collection_names())};
}

Result<CollectionName> DecodeGetCollectionStatistics(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m,
                      Parse<pb::GetCollectionStatisticsRequest>(bytes, "GetCollectionStatisticsRequest"));
  return NameOf(m);
}

Result<BatchDescribeRequest> DecodeBatchDescribeCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m,
                      Parse<pb::BatchDescribeCollectionRequest>(bytes, "BatchDescribeCollectionRequest"));
  BatchDescribeRequest request{m.db_name(), TextsOf(m.collection_name()), {}};
  for (const int64_t id : m.collectionid()) request.ids.emplace_back(id);
  return request;
}

Result<RenameCollectionRequest> DecodeRenameCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::RenameCollectionRequest>(bytes, "RenameCollectionRequest"));
  return RenameCollectionRequest{{m.db_name(), m.oldname()}, {m.newdbname(), m.newname()}};
}

Result<AlterCollectionRequest> DecodeAlterCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::AlterCollectionRequest>(bytes, "AlterCollectionRequest"));
  return AlterCollectionRequest{
      NameOf(m), CollectionId(m.collectionid()), {ParamsOf(m.properties()), TextsOf(m.delete_keys())}};
}

Result<AlterFieldRequest> DecodeAlterCollectionField(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m,
                      Parse<pb::AlterCollectionFieldRequest>(bytes, "AlterCollectionFieldRequest"));
  return AlterFieldRequest{NameOf(m), m.field_name(), {ParamsOf(m.properties()), TextsOf(m.delete_keys())}};
}

Result<AlterSchemaRequest> DecodeAddCollectionField(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::AddCollectionFieldRequest>(bytes, "AddCollectionFieldRequest"));
  AlterSchemaRequest request;
  request.name = NameOf(m);
  request.id = CollectionId(m.collectionid());
  RK_ASSIGN_OR_RETURN(const auto field, Parse<pbs::FieldSchema>(m.schema(), "FieldSchema"));
  RK_ASSIGN_OR_RETURN(FieldSchema added, AddedField(field, &request.unsupported));
  request.add.push_back(std::move(added));
  return request;
}

Result<AlterSchemaRequest> DecodeAlterCollectionSchema(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m,
                      Parse<pb::AlterCollectionSchemaRequest>(bytes, "AlterCollectionSchemaRequest"));
  AlterSchemaRequest request;
  request.name = NameOf(m);
  request.id = CollectionId(m.collectionid());
  if (m.action().has_drop_request()) {
    const auto& drop = m.action().drop_request();
    request.drops = true;
    request.drop_name = drop.field_name();
    request.drop_id = FieldId(drop.field_id());
    if (!drop.function_name().empty()) request.unsupported.push_back("drop function " + drop.function_name());
    return request;
  }
  const auto& add = m.action().add_request();
  if (add.func_schema_size() > 0) request.unsupported.push_back("functions");
  for (const auto& info : add.field_infos()) {
    RK_ASSIGN_OR_RETURN(FieldSchema added, AddedField(info.field_schema(), &request.unsupported));
    if (info.extra_params_size() > 0 || !info.index_name().empty())
      request.unsupported.push_back("an index of the added field " + added.name);
    request.add.push_back(std::move(added));
  }
  return request;
}

Result<CollectionName> DecodeTruncateCollection(std::string_view bytes) {
  RK_ASSIGN_OR_RETURN(const auto m, Parse<pb::TruncateCollectionRequest>(bytes, "TruncateCollectionRequest"));
  return NameOf(m);
}

std::string EncodeHasCollection(bool exists) {
  pb::BoolResponse m;
  m.set_value(exists);
  return Serialize(&m);
}

std::string PhysicalChannelName(int shard) { return "redkite-dml_" + std::to_string(shard); }

std::string VirtualChannelName(CollectionId collection, int shard) {
  return PhysicalChannelName(shard) + "_" + std::to_string(collection.value()) + "v" + std::to_string(shard);
}

std::string EncodeDescribeCollection(const CollectionDescription& c) {
  pb::DescribeCollectionResponse m;
  PutSchema(c.schema, m.mutable_schema());
  m.set_collectionid(c.id.value());
  m.set_collection_name(c.schema.name);
  m.set_db_name(c.database);
  m.set_db_id(c.database_id.value());
  for (const std::string& alias : c.aliases) m.add_aliases(alias);
  m.set_shards_num(c.shards_num);
  for (int shard = 0; shard < c.shards_num; ++shard) {
    m.add_physical_channel_names(PhysicalChannelName(shard));
    m.add_virtual_channel_names(VirtualChannelName(c.id, shard));
  }
  m.set_num_partitions(c.num_partitions);
  m.set_consistency_level(static_cast<pbc::ConsistencyLevel>(c.consistency));
  PutParams(c.properties, m.mutable_properties());
  m.set_created_timestamp(c.created_ts);
  m.set_created_utc_timestamp(static_cast<uint64_t>(WallMsOf(c.created_ts)));
  m.set_update_timestamp(c.updated_ts);
  m.set_update_timestamp_str(std::to_string(c.updated_ts));
  return Serialize(&m);
}

std::string EncodeBatchDescribeCollection(const std::vector<std::string>& replies) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  for (const std::string& reply : replies) w.Bytes(2, reply);
  return out;
}

std::string EncodeShowCollections(const std::vector<CollectionDescription>& collections, bool loaded_only) {
  pb::ShowCollectionsResponse m;
  for (const CollectionDescription& c : collections) {
    m.add_collection_names(c.schema.name);
    m.add_collection_ids(c.id.value());
    m.add_created_timestamps(c.created_ts);
    m.add_created_utc_timestamps(static_cast<uint64_t>(WallMsOf(c.created_ts)));
    m.add_shards_num(c.shards_num);
    if (!loaded_only) continue;
    m.add_inmemory_percentages(c.loaded ? 100 : 0);
    m.add_query_service_available(c.loaded);
  }
  return Serialize(&m);
}

std::string EncodeGetCollectionStatistics(int64_t row_count) {
  pb::GetCollectionStatisticsResponse m;
  PutParams({{"row_count", std::to_string(row_count)}}, m.mutable_stats());
  return Serialize(&m);
}

}  // namespace redkite::wire
