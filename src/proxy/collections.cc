#include <algorithm>

#include "base/planted.h"
#include "proxy/name_rules.h"
#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

// Whether two schemas mean the same collection; ids and the dynamic field were added here.
bool SameSchema(const CollectionSchema& a, const CollectionSchema& b) {
  return a.description == b.description && a.auto_id == b.auto_id &&
         a.enable_dynamic_field == b.enable_dynamic_field && a.fields == b.fields;
}

}  // namespace

Result<meta::CollectionPtr> Proxy::Resolve(const CollectionName& name) const {
  RK_ASSIGN_OR_RETURN(auto database, seams_.catalog->GetDatabase(name.database));
  if (name.collection.empty()) return Status::Invalid("collection name should not be empty");
  auto collection = seams_.catalog->GetCollection(database.id, name.collection);
  if (!collection.ok()) return CollectionNotFound(name);
  return collection;
}

Result<meta::CollectionPtr> Proxy::ResolveLoaded(const CollectionName& name, std::string_view action) const {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(name));
  if (!collection->loaded) {
    return Status(
        Code::kCollectionNotLoaded,
        "failed to " + std::string(action) + ": collection not loaded[collection=" + name.collection + "]");
  }
  return collection;
}

Result<std::shared_ptr<shard::ShardClient>> Proxy::FindShard(const CollectionName& name,
                                                             const meta::CollectionMeta& collection) const {
  auto shard = seams_.backend->FindShard(collection.id);
  if (shard.status().code() == Code::kCollectionNotFound) return CollectionNotFound(name);
  return shard;
}

std::vector<DatabaseDescription> Proxy::ListDatabases() const {
  std::vector<DatabaseDescription> out;
  for (const meta::DatabaseMeta& d : seams_.catalog->ListDatabases()) {
    out.push_back({d.name, d.id, d.created, d.properties});
  }
  return out;
}

Result<DatabaseDescription> Proxy::DescribeDatabase(const std::string& name) const {
  RK_ASSIGN_OR_RETURN(auto d, seams_.catalog->GetDatabase(name));
  return DatabaseDescription{d.name, d.id, d.created, d.properties};
}

Status Proxy::CreateCollection(const CreateCollectionRequest& request) {
  const std::string& name = request.name.collection;
  RK_RETURN_IF_ERROR(CheckCollectionName(name, limits_));
  RK_ASSIGN_OR_RETURN(auto database, seams_.catalog->GetDatabase(request.name.database));
  if (!request.unsupported.empty()) {
    return Status::Unimplemented("create collection with " + request.unsupported.front() +
                                 " is not implemented");
  }
  if (request.shards_num > limits_.shard_count_max) {
    return Status::Invalid("maximum shards's number should be limited to " +
                           std::to_string(limits_.shard_count_max));
  }
  const auto& fields = request.schema.fields;
  const bool by_key =
      std::any_of(fields.begin(), fields.end(), [](const auto& f) { return f.is_partition_key; });
  if (request.num_partitions > 0 && !by_key) {
    return Status::Invalid("num_partitions should only be specified with partition key field enabled");
  }
  meta::CollectionMeta meta;
  meta.database = database.id;
  meta.name = name;
  meta.schema = request.schema;
  meta.schema.name = name;
  meta.schema.version = 1;
  RK_RETURN_IF_ERROR(CompleteSchema(limits_, &meta.schema));
  meta.properties = request.properties;
  meta.shards_num = std::max(1, request.shards_num);
  meta.consistency_level = static_cast<int>(request.consistency);
  if (auto existing = seams_.catalog->GetCollection(database.id, name); existing.ok()) {
    const bool same =
        SameSchema((*existing)->schema, meta.schema) && (*existing)->shards_num == meta.shards_num;
    return same ? Status::Ok()
                : Status::Invalid("create duplicate collection with different parameters, collection: " +
                                  name);
  }
  if (static_cast<int>(seams_.catalog->ListCollections(DatabaseId(0)).size()) >=
      limits_.collection_count_max) {
    return {Code::kCollectionNumLimitExceeded,
            "exceeded the limit number of collections[dbName=" + database.name +
                "][limit=" + std::to_string(limits_.collection_count_max) + "]"};
  }
  RK_ASSIGN_OR_RETURN(meta.created, seams_.oracle->Next());
  meta.updated = meta.created;
  meta.created_ms = seams_.clock->WallMs();
  RK_ASSIGN_OR_RETURN(const int64_t id, seams_.catalog->AllocateId());
  meta.id = CollectionId(id);
  // The shard first: nobody sees a collection that cannot take rows, and a drop finds what it has to remove.
  RK_RETURN_IF_ERROR(seams_.backend->CreateShard(std::make_shared<const meta::CollectionMeta>(meta)));
  const Status created = seams_.catalog->CreateCollection(std::move(meta)).status();
  if (!created.ok()) seams_.backend->DropShard(CollectionId(id));
  return created;
}

Status Proxy::DropCollection(const CollectionName& name) {
  auto collection = Resolve(name);
  if (!collection.ok()) {
    const Code code = collection.status().code();
    return code == Code::kCollectionNotFound || code == Code::kDatabaseNotFound ? Status::Ok()
                                                                                : collection.status();
  }
  const CollectionId id = (*collection)->id;
  Status dropped = seams_.catalog->DropCollection(id);
  if (dropped.code() == Code::kCollectionNotFound) return Status::Ok();  // somebody else just did
  RK_RETURN_IF_ERROR(dropped);
  seams_.backend->DropShard(id);
  return Status::Ok();
}

Result<bool> Proxy::HasCollection(const CollectionName& name) const {
  auto collection = Resolve(name);
  if (collection.ok()) return true;
  if (collection.status().code() == Code::kCollectionNotFound) return false;
  return collection.status();
}

CollectionDescription Proxy::Describe(const meta::CollectionMeta& collection) const {
  CollectionDescription out;
  out.schema = collection.schema;
  std::erase_if(out.schema.fields, [](const FieldSchema& f) { return f.is_dynamic; });
  out.id = collection.id;
  for (const meta::DatabaseMeta& d : seams_.catalog->ListDatabases()) {
    if (d.id == collection.database) out.database = d.name;
  }
  out.database_id = collection.database;
  out.shards_num = collection.shards_num;
  out.num_partitions = static_cast<int64_t>(collection.partitions.size());
  out.consistency = static_cast<Consistency>(collection.consistency_level);
  out.properties = collection.properties;
  out.aliases = collection.aliases;
  out.created_ts = collection.created;
  out.updated_ts = collection.updated;
  out.loaded = collection.loaded;
  return out;
}

Result<CollectionDescription> Proxy::DescribeCollection(const DescribeCollectionRequest& request) const {
  if (request.name.collection.empty() && request.id.value() != 0) {
    auto by_id = seams_.catalog->GetCollection(request.id);
    if (!by_id.ok()) return CollectionNotFound({request.name.database, std::to_string(request.id.value())});
    return Describe(**by_id);
  }
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  return Describe(*collection);
}

Result<std::vector<CollectionDescription>> Proxy::ShowCollections(
    const ShowCollectionsRequest& request) const {
  RK_ASSIGN_OR_RETURN(auto database, seams_.catalog->GetDatabase(request.database));
  std::vector<CollectionDescription> out;
  for (const meta::CollectionPtr& collection : seams_.catalog->ListCollections(database.id)) {
    if (request.loaded_only) {
      if (!collection->loaded) continue;
      if (!request.names.empty() &&
          std::find(request.names.begin(), request.names.end(), collection->name) == request.names.end()) {
        continue;
      }
    }
    out.push_back(Describe(*collection));
  }
  return out;
}

Result<int64_t> Proxy::RowCount(const CollectionName& name) const {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(name));
  RK_ASSIGN_OR_RETURN(auto shard, FindShard(name, *collection));
  return shard->Stats().row_count;
}

Status Proxy::LoadCollection(const LoadRequest& request) {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  if (request.replica_number > 1) {
    return {Code::kNodeNotEnough, "load with replica_number " + std::to_string(request.replica_number) +
                                      " on one node: resource group node not enough"};
  }
  for (const std::string& partition : request.partitions) {
    RK_RETURN_IF_ERROR(ResolvePartition(*collection, partition).status());
  }
  if (collection->indexes.empty()) {
    return {Code::kIndexNotFound, "index not found[collection=" + request.name.collection + "]"};
  }
  for (const FieldSchema& field : collection->schema.fields) {
    if (!IsVector(field.type) || collection->FindIndexOfField(field.id) != nullptr) continue;
    return Status::Invalid("there is no vector index on field: [" + field.name +
                           "], please create index firstly");
  }
  RK_RETURN_IF_ERROR(FindShard(request.name, *collection).status());
  if (collection->loaded) return Status::Ok();
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [](meta::CollectionMeta* meta) {
                           meta->loaded = true;
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::ReleaseCollection(const CollectionName& name) {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(name));
  if (!collection->loaded) return Status::Ok();
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [](meta::CollectionMeta* meta) {
                           meta->loaded = RK_PLANTED("load_state_lost");
                           return Status::Ok();
                         })
      .status();
}

Result<LoadState> Proxy::GetLoadState(const CollectionName& name) const {
  auto collection = Resolve(name);
  if (!collection.ok()) {
    if (collection.status().code() == Code::kCollectionNotFound) return LoadState::kNotExist;
    return collection.status();
  }
  return (*collection)->loaded ? LoadState::kLoaded : LoadState::kNotLoad;
}

Result<int64_t> Proxy::LoadingProgress(const CollectionName& name) const {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(name));
  if (!collection->loaded) {
    return Status(Code::kCollectionNotLoaded, "collection not loaded[collection=" + name.collection + "]");
  }
  return 100;  // a load is a map, made before the state says loaded
}

Result<std::vector<PartitionDescription>> Proxy::ShowPartitions(const CollectionName& name) const {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(name));
  std::vector<PartitionDescription> out;
  for (const meta::PartitionMeta& p : collection->partitions) {
    out.push_back({p.name, p.id, p.created, collection->loaded});
  }
  return out;
}

Result<PartitionId> Proxy::ResolvePartition(const meta::CollectionMeta& collection,
                                            const std::string& name) const {
  const meta::PartitionMeta* partition =
      collection.FindPartition(name.empty() ? meta::kDefaultPartitionName : std::string_view(name));
  if (partition == nullptr) {
    return Status(Code::kPartitionNotFound, "partition not found[partition=" + name + "]");
  }
  return partition->id;
}

Result<std::vector<PartitionId>> Proxy::ResolveReadPartitions(const meta::CollectionMeta& collection,
                                                              const std::vector<std::string>& names) const {
  std::vector<PartitionId> ids;
  for (const std::string& name : names) {
    const meta::PartitionMeta* partition = collection.FindPartition(name);
    if (partition == nullptr) return Status::Invalid("partition name " + name + " not found");
    ids.push_back(partition->id);
  }
  return ids;
}

}  // namespace redkite::proxy
