#include <algorithm>

#include "proxy/fields/text_rules.h"
#include "proxy/fields/time_rules.h"
#include "proxy/name_rules.h"
#include "proxy/placement/key_fields.h"
#include "proxy/properties.h"
#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

// Whether two schemas mean the same collection; ids and the dynamic field were added here.
bool SameSchema(const CollectionSchema& a, const CollectionSchema& b) {
  return a.description == b.description && a.auto_id == b.auto_id &&
         a.enable_dynamic_field == b.enable_dynamic_field && a.fields == b.fields && a.structs == b.structs;
}

bool IsSame(const meta::CollectionMeta& a, const meta::CollectionMeta& b) {
  return SameSchema(a.schema, b.schema) && a.shards_num == b.shards_num &&
         a.num_partitions == b.num_partitions;
}

}  // namespace

Result<meta::CollectionPtr> Proxy::Resolve(const CollectionName& name) const {
  RK_ASSIGN_OR_RETURN(auto database, seams_.catalog->GetDatabase(name.database));
  if (name.collection.empty()) return Status::Invalid("collection name should not be empty");
  auto collection = seams_.catalog->GetCollection(database.id, name.collection);
  if (!collection.ok()) return CollectionNotFound(name);
  return collection;
}

Result<meta::CollectionPtr> Proxy::Resolve(const CollectionName& name, CollectionId id) const {
  if (!name.collection.empty() || id.value() == 0) return Resolve(name);
  auto by_id = seams_.catalog->GetCollection(id);
  if (!by_id.ok()) return CollectionNotFound({name.database, std::to_string(id.value())});
  return by_id;
}

Result<std::shared_ptr<shard::ShardClient>> Proxy::FindShard(const CollectionName& name,
                                                             const meta::CollectionMeta& collection) const {
  auto shard = seams_.backend->FindShard(collection.id);
  if (shard.status().code() == Code::kCollectionNotFound) return CollectionNotFound(name);
  return shard;
}

Status Proxy::CreateCollection(const CreateCollectionRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
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
  RK_RETURN_IF_ERROR(CheckDescription(request.schema.description, limits_));
  for (const FieldSchema& field : request.schema.fields)
    RK_RETURN_IF_ERROR(CheckDescription(field.description, limits_));
  for (const StructSchema& of : request.schema.structs)
    RK_RETURN_IF_ERROR(CheckDescription(of.description, limits_));
  meta::CollectionMeta meta;
  meta.database = database.id;
  meta.name = name;
  meta.schema = request.schema;
  meta.schema.name = name;
  meta.schema.version = 1;
  RK_RETURN_IF_ERROR(CheckTimeZoneProperty(request.properties));
  meta.properties = request.properties;
  RK_ASSIGN_OR_RETURN(const TimeZonePtr zone, TimeZoneOf(meta, {}));
  RK_RETURN_IF_ERROR(TakeDefaultInstants(*zone, &meta.schema));
  RK_RETURN_IF_ERROR(TakeDefaultShapes(&meta.schema));
  RK_RETURN_IF_ERROR(CompleteSchema(limits_, &meta.schema));
  RK_ASSIGN_OR_RETURN(meta.num_partitions, CountKeyPartitions(meta.schema, request.num_partitions, limits_));
  RK_RETURN_IF_ERROR(CheckCollectionProperties(request.properties));
  RK_RETURN_IF_ERROR(CheckIsolationProperty(meta.schema, request.properties));
  RK_RETURN_IF_ERROR(CheckTtlField(meta.schema, meta.properties));
  meta.shards_num = std::max(1, request.shards_num);
  meta.consistency_level = static_cast<int>(request.consistency);
  MutexLock lock(create_mutex_);
  if (auto existing = seams_.catalog->GetCollection(database.id, name); existing.ok()) {
    if ((*existing)->name != name) {
      return {Code::kAliasCollectionNameConflict, "collection name [" + name +
                                                      "] conflicts with an existing alias: alias and "
                                                      "collection name conflict[database=" +
                                                      database.name + "][alias=" + name + "]"};
    }
    return IsSame(**existing, meta)
               ? Status::Ok()
               : Status::Invalid("create duplicate collection with different parameters, collection: " +
                                 name);
  }
  RK_RETURN_IF_ERROR(CheckCollectionCount(database));
  RK_RETURN_IF_ERROR(
      CheckCapacity("collection", std::max<int64_t>(1, meta.num_partitions) * meta.shards_num));
  RK_ASSIGN_OR_RETURN(meta.created, seams_.oracle->Next());
  meta.updated = meta.created;
  meta.created_ms = seams_.clock->WallMs();
  meta.partitions = MakeKeyPartitions(meta.num_partitions, meta.created);
  RK_ASSIGN_OR_RETURN(const int64_t id, seams_.catalog->AllocateId());
  meta.id = CollectionId(id);
  // The shard first: nobody sees a collection that cannot take rows, and a drop finds what it has to remove.
  return seams_.backend->CreateShard(std::make_shared<const meta::CollectionMeta>(meta),
                                     [&] { return seams_.catalog->CreateCollection(meta).status(); });
}

Status Proxy::CheckCollectionCount(const meta::DatabaseMeta& database) const {
  const auto check = [&](size_t count, int64_t limit) -> Status {
    if (static_cast<int64_t>(count) < limit) return Status::Ok();
    return {Code::kCollectionNumLimitExceeded, "exceeded the limit number of collections[dbName=" +
                                                   database.name + "][limit=" + std::to_string(limit) + "]"};
  };
  RK_RETURN_IF_ERROR(
      check(seams_.catalog->ListCollections(DatabaseId(0)).size(), limits_.collection_count_max));
  const std::string* own = FindParam(database.properties, "database.max.collections");
  if (own == nullptr) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const int64_t limit, ParseCount("database.max.collections", *own));
  return check(seams_.catalog->ListCollections(database.id).size(), limit);
}

Status Proxy::DropCollection(const CollectionName& name) {
  RK_RETURN_IF_ERROR(CheckAllowed(name.database, "collectionDDL"));
  auto collection = Resolve(name);
  if (!collection.ok()) {
    const Code code = collection.status().code();
    return code == Code::kCollectionNotFound || code == Code::kDatabaseNotFound ? Status::Ok()
                                                                                : collection.status();
  }
  if ((*collection)->name != name.collection)
    return Status::Invalid("cannot drop the collection via alias = " + name.collection);
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

Result<CollectionName> Proxy::RealName(const CollectionName& name, CollectionId id) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name, id));
  return CollectionName{seams_.catalog->DatabaseName(collection->database), collection->name};
}

CollectionDescription Proxy::Describe(const meta::CollectionMeta& collection) const {
  CollectionDescription out;
  out.schema = collection.schema;
  std::erase_if(out.schema.fields, [](const FieldSchema& f) { return f.is_dynamic; });
  const auto zone = TimeZoneOf(collection, {});
  ShowDefaultInstants(zone.ok() ? **zone : TimeZone::Utc(), &out.schema);
  ShowDefaultShapes(&out.schema);
  out.id = collection.id;
  out.database = seams_.catalog->DatabaseName(collection.database);
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
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name, request.id));
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

}  // namespace redkite::proxy
