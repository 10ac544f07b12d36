// Load and release. A load is a map, made when the collection is opened, so what is loaded is a fact of the
// catalog alone: which partitions answer reads.
#include <algorithm>

#include "base/planted.h"
#include "proxy/properties.h"
#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

constexpr std::string_view kDefaultResourceGroup = "__default_resource_group";

Status CollectionNotLoaded(const std::string& name) {
  return {Code::kCollectionNotLoaded, "collection not loaded[collection=" + name + "]"};
}

Status PartitionNotLoaded(const meta::PartitionMeta& partition) {
  return {Code::kPartitionNotLoaded, "partition not loaded[partition=" + partition.name + "]"};
}

Status FindAll(const meta::CollectionMeta& collection, const std::vector<std::string>& names,
               std::vector<PartitionId>* ids) {
  for (const std::string& name : names) {
    const meta::PartitionMeta* partition = collection.FindPartition(name);
    if (partition == nullptr)
      return {Code::kPartitionNotFound, "partition not found[partition=" + name + "]"};
    ids->push_back(partition->id);
  }
  return Status::Ok();
}

bool Contains(const std::vector<PartitionId>& ids, PartitionId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// What a load that does not say it itself takes from its collection, or else from its database.
const std::string* DefaultOf(const meta::CollectionMeta& collection, const meta::DatabaseMeta& database,
                             const std::string& key) {
  const std::string* own = FindParam(collection.properties, "collection." + key);
  return own != nullptr ? own : FindParam(database.properties, "database." + key);
}

std::vector<std::string> SplitNames(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const size_t comma = std::min(names.find(','), names.size());
    std::string_view name = names.substr(0, comma);
    names.remove_prefix(std::min(comma + 1, names.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) out.emplace_back(name);
  }
  return out;
}

// There is one group with one node.
Status CheckReplicas(const LoadRequest& request, const meta::CollectionMeta& collection,
                     const meta::DatabaseMeta& database) {
  int64_t replicas = request.replica_number;
  if (const std::string* text = DefaultOf(collection, database, "replica.number");
      replicas == 0 && text != nullptr) {
    RK_ASSIGN_OR_RETURN(replicas, ParseCount("replica.number", *text));
  }
  std::vector<std::string> groups = request.resource_groups;
  if (const std::string* text = DefaultOf(collection, database, "resource_groups");
      groups.empty() && text != nullptr) {
    groups = SplitNames(*text);
  }
  if (groups.size() > 1 && static_cast<int64_t>(groups.size()) != replicas)
    return Status::Invalid("resource group num can only be 0, 1 or same as replica number");
  for (const std::string& group : groups) {
    if (group != kDefaultResourceGroup)
      return {Code::kResourceGroupNotFound, "resource group not found[rg=" + group + "]"};
  }
  if (replicas <= 1) return Status::Ok();
  return {Code::kNodeNotEnough, "load with replica_number " + std::to_string(replicas) +
                                    " on one node: resource group node not enough"};
}

}  // namespace

Status Proxy::CheckCanLoad(const meta::CollectionMeta& collection, const LoadRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto database, seams_.catalog->GetDatabase(request.name.database));
  RK_RETURN_IF_ERROR(CheckReplicas(request, collection, database));
  if (collection.indexes.empty()) {
    return {Code::kIndexNotFound, "index not found[collection=" + request.name.collection + "]"};
  }
  for (const FieldSchema& field : collection.schema.fields) {
    if (!IsVector(field.type) || collection.FindIndexOfField(field.id) != nullptr) continue;
    return Status::Invalid("there is no vector index on field: [" + field.name +
                           "], please create index firstly");
  }
  return FindShard(request.name, collection).status();
}

Status Proxy::LoadCollection(const LoadRequest& request) {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  RK_RETURN_IF_ERROR(CheckCanLoad(*collection, request));
  if (collection->loads_new_partitions && collection->all_partitions_loaded()) return Status::Ok();
  return MarkLoaded(collection->id);
}

Status Proxy::MarkLoaded(CollectionId id) const {
  return seams_.catalog
      ->UpdateCollection(id,
                         [](meta::CollectionMeta* meta) {
                           meta->loaded = meta->loads_new_partitions = true;
                           for (meta::PartitionMeta& p : meta->partitions) p.loaded = true;
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::LoadForRead(const CollectionName& name, meta::CollectionPtr* collection) const {
  if ((*collection)->loaded || !limits_.autoload) return Status::Ok();
  LoadRequest load;
  load.name = name;
  RK_RETURN_IF_ERROR(CheckCanLoad(**collection, load).WithContext("failed to load for a read"));
  RK_RETURN_IF_ERROR(MarkLoaded((*collection)->id));
  RK_ASSIGN_OR_RETURN(*collection, Resolve(name));
  return Status::Ok();
}

Status Proxy::LoadPartitions(const LoadRequest& request) {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  if (request.partitions.empty()) return Status::Invalid("due to no partition specified");
  std::vector<PartitionId> named;
  RK_RETURN_IF_ERROR(FindAll(*collection, request.partitions, &named));
  RK_RETURN_IF_ERROR(CheckCanLoad(*collection, request));
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [&](meta::CollectionMeta* meta) {
                           for (meta::PartitionMeta& p : meta->partitions) {
                             if (Contains(named, p.id)) p.loaded = meta->loaded = true;
                           }
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::ReleaseCollection(const CollectionName& name) {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name));
  if (!collection->loaded) return Status::Ok();
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [](meta::CollectionMeta* meta) {
                           const bool kept = RK_PLANTED("load_state_lost");
                           meta->loaded = meta->loads_new_partitions = kept;
                           for (meta::PartitionMeta& p : meta->partitions) p.loaded = kept;
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::ReleasePartitions(const PartitionsRequest& request) {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  if (request.partitions.empty()) return Status::Invalid("due to no partition specified");
  std::vector<PartitionId> named;
  RK_RETURN_IF_ERROR(FindAll(*collection, request.partitions, &named));
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [&](meta::CollectionMeta* meta) {
                           bool any = false;
                           for (meta::PartitionMeta& p : meta->partitions) {
                             if (Contains(named, p.id)) p.loaded = false;
                             any = any || p.loaded;
                           }
                           meta->loaded = any;
                           meta->loads_new_partitions = any && meta->loads_new_partitions;
                           return Status::Ok();
                         })
      .status();
}

Result<LoadState> Proxy::GetLoadState(const PartitionsRequest& request) const {
  const auto collection = Resolve(request.name);
  if (!collection.ok()) {
    if (collection.status().code() == Code::kCollectionNotFound) return LoadState::kNotExist;
    return collection.status();
  }
  if (request.partitions.empty()) return (*collection)->loaded ? LoadState::kLoaded : LoadState::kNotLoad;
  std::vector<PartitionId> named;
  RK_RETURN_IF_ERROR(FindAll(**collection, request.partitions, &named));
  for (const meta::PartitionMeta& p : (*collection)->partitions) {
    if (Contains(named, p.id) && !p.loaded) return LoadState::kNotLoad;
  }
  return LoadState::kLoaded;
}

Result<int64_t> Proxy::LoadingProgress(const PartitionsRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  std::vector<PartitionId> named;
  RK_RETURN_IF_ERROR(FindAll(*collection, request.partitions, &named));
  if (!collection->loaded) return CollectionNotLoaded(request.name.collection);
  for (const meta::PartitionMeta& p : collection->partitions) {
    if (Contains(named, p.id) && !p.loaded) return PartitionNotLoaded(p);
  }
  return 100;  // a load is a map, made before the state says loaded
}

Status Proxy::RestrictToLoaded(const meta::CollectionMeta& collection, std::string_view action,
                               std::vector<PartitionId>* partitions) const {
  const std::string context = "failed to " + std::string(action);
  if (!collection.loaded) return CollectionNotLoaded(collection.name).WithContext(context);
  const bool all = partitions->empty();
  if (all && collection.all_partitions_loaded() &&
      (RK_PLANTED("dropping_partition_is_seen") || RK_PLANTED("dropped_partition_comes_back")))
    return Status::Ok();
  for (const meta::PartitionMeta& p : collection.partitions) {
    if (all && p.loaded) partitions->push_back(p.id);
    if (!all && !p.loaded && Contains(*partitions, p.id)) return PartitionNotLoaded(p).WithContext(context);
  }
  std::sort(partitions->begin(), partitions->end());
  return Status::Ok();
}

}  // namespace redkite::proxy
