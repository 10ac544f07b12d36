// Load and release. A load is a map, made when the collection is opened, so what is loaded is a fact of the
// catalog alone: which partitions answer reads.
#include <algorithm>

#include "base/planted.h"
#include "proxy/placement/key_fields.h"
#include "proxy/properties.h"
#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

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

Status NoGroup(const std::string& name) {
  return {Code::kResourceGroupNotFound, "resource group not found[rg=" + name + "]"};
}

std::string GroupOf(const meta::CollectionMeta& collection) {
  return collection.resource_group.empty() ? std::string(kDefaultResourceGroup) : collection.resource_group;
}

// The resource group that a load means: by itself, by its collection or by its database.
Result<std::string> ChooseGroup(const LoadRequest& request, const meta::CollectionMeta& collection,
                                const meta::DatabaseMeta& database, const meta::ResourceGroups& known) {
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
    if (!known.contains(group)) return NoGroup(group);
  }
  if (replicas > 1) {
    return Status(Code::kNodeNotEnough, "load with replica_number " + std::to_string(replicas) +
                                            " on one node: resource group node not enough");
  }
  if (!groups.empty()) return groups[0];
  return collection.loaded ? GroupOf(collection) : std::string(kDefaultResourceGroup);
}

Status CheckGroup(const meta::ResourceGroups& groups, const std::string& name,
                  const meta::CollectionMeta& collection) {
  if (collection.loaded && GroupOf(collection) == name) return Status::Ok();
  const auto group = groups.find(name);
  if (group == groups.end()) return NoGroup(name);
  if (group->second.has_node) return Status::Ok();
  return {Code::kNodeNotEnough,
          "the node of this server is in another resource group: resource group node not enough[rg=" + name +
              "]"};
}

// Sorted, or empty for all. The fields that decide which rows there are, and where, are always among them.
Result<std::vector<FieldId>> ChooseFields(const LoadRequest& request, const CollectionSchema& schema) {
  if (request.load_fields.empty() && !(request.skip_dynamic_field && schema.enable_dynamic_field))
    return std::vector<FieldId>();
  const std::string prefix = "load field list of collection " + schema.name + " ";
  std::vector<FieldId> ids;
  for (const std::string& name : request.load_fields) {
    if (const StructSchema* of = schema.FindStruct(name)) {
      for (const FieldSchema* sub : schema.SubFields(of->id)) ids.push_back(sub->id);
      continue;
    }
    const FieldSchema* field = schema.Find(name);
    if (field == nullptr) return Status::Invalid("failed to load: field " + name + " not exist");
    ids.push_back(field->id);
  }
  const auto is_listed = [&](const FieldSchema& f) {
    return request.load_fields.empty() || std::find(ids.begin(), ids.end(), f.id) != ids.end();
  };
  bool has_vector = false;
  for (const FieldSchema& field : schema.fields) {
    if (field.is_dynamic) continue;
    has_vector = has_vector || (IsVector(field.type) && is_listed(field));
    if (is_listed(field)) continue;
    if (field.is_primary) return Status::Invalid(prefix + "does not contain primary key field " + field.name);
    if (field.is_partition_key)
      return Status::Invalid(prefix + "does not contain partition key field " + field.name);
    if (field.is_clustering_key)
      return Status::Invalid(prefix + "does not contain clustering key field " + field.name);
  }
  if (!has_vector) return Status::Invalid(prefix + "does not contain vector field");
  for (const FieldSchema& field : schema.fields) {
    if (field.is_dynamic ? !request.skip_dynamic_field : is_listed(field)) ids.push_back(field.id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids.size() == schema.fields.size() ? std::vector<FieldId>() : ids;
}

}  // namespace

struct Proxy::LoadPlan {
  std::string resource_group;
  std::vector<FieldId> fields;  // empty: all
  bool refresh = false;
};

namespace {

void Leave(meta::CollectionMeta* meta) {
  meta->resource_group.clear();
  meta->load_fields.clear();
}

// Where something of it is loaded, the rest is loaded the same way.
Status CheckSameLoad(const meta::CollectionMeta& collection, const std::string& group,
                     const std::vector<FieldId>& fields) {
  if (!collection.loaded) return Status::Ok();
  if (collection.load_fields != fields) {
    return Status::Invalid("can't change the load field list for loaded collection now, collection: " +
                           collection.name);
  }
  if (GroupOf(collection) == group) return Status::Ok();
  return Status::Invalid("collection " + collection.name + " is loaded in resource group " +
                         GroupOf(collection) + ", it cannot be loaded in " + group +
                         " too; transfer its replica, or release it first");
}

}  // namespace

Result<Proxy::LoadPlan> Proxy::PlanLoad(const meta::CollectionMeta& collection,
                                        const LoadRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto database, seams_.catalog->GetDatabase(request.name.database));
  const meta::ResourceGroups groups = seams_.catalog->ListResourceGroups();
  LoadPlan plan;
  plan.refresh = request.refresh && collection.loaded;
  RK_ASSIGN_OR_RETURN(plan.resource_group, ChooseGroup(request, collection, database, groups));
  if (plan.refresh) return plan;
  RK_ASSIGN_OR_RETURN(plan.fields, ChooseFields(request, collection.schema));
  RK_RETURN_IF_ERROR(CheckSameLoad(collection, plan.resource_group, plan.fields));
  RK_RETURN_IF_ERROR(CheckGroup(groups, plan.resource_group, collection));
  if (collection.indexes.empty()) {
    return Status(Code::kIndexNotFound, "index not found[collection=" + request.name.collection + "]");
  }
  const auto is_loaded = [&](const FieldSchema& f) {
    return plan.fields.empty() || std::binary_search(plan.fields.begin(), plan.fields.end(), f.id);
  };
  for (const FieldSchema& field : collection.schema.fields) {
    if (!IsVector(field.type) || !is_loaded(field) || collection.FindIndexOfField(field.id) != nullptr)
      continue;
    return Status::Invalid("there is no vector index on field: [" + field.name +
                           "], please create index firstly");
  }
  RK_RETURN_IF_ERROR(FindShard(request.name, collection).status());
  return plan;
}

Status Proxy::LoadCollection(const LoadRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "collectionDDL"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  RK_ASSIGN_OR_RETURN(const LoadPlan plan, PlanLoad(*collection, request));
  if (plan.refresh || (collection->loads_new_partitions && collection->all_partitions_loaded()))
    return Status::Ok();
  return MarkLoaded(collection->id, plan);
}

// Inside a transaction of the catalog, where neither groups nor collections change.
Status Proxy::Enter(const LoadPlan& plan, meta::CollectionMeta* meta) const {
  RK_RETURN_IF_ERROR(CheckSameLoad(*meta, plan.resource_group, plan.fields));
  RK_RETURN_IF_ERROR(CheckGroup(seams_.catalog->ListResourceGroups(), plan.resource_group, *meta));
  const bool is_default = plan.resource_group == kDefaultResourceGroup;
  meta->resource_group = is_default ? "" : plan.resource_group;
  meta->load_fields = plan.fields;
  return Status::Ok();
}

Status Proxy::MarkLoaded(CollectionId id, const LoadPlan& plan) const {
  return seams_.catalog
      ->UpdateCollection(id,
                         [&](meta::CollectionMeta* meta) -> Status {
                           RK_RETURN_IF_ERROR(Enter(plan, meta));
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
  const auto plan = PlanLoad(**collection, load);
  if (!plan.ok()) return plan.status().WithContext("failed to load for a read");
  RK_RETURN_IF_ERROR(MarkLoaded((*collection)->id, *plan));
  RK_ASSIGN_OR_RETURN(*collection, Resolve(name));
  return Status::Ok();
}

Status Proxy::LoadPartitions(const LoadRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "partitionDDL"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  if (request.partitions.empty()) return Status::Invalid("due to no partition specified");
  RK_RETURN_IF_ERROR(RefuseByHand(*collection, "load partitions"));
  std::vector<PartitionId> named;
  RK_RETURN_IF_ERROR(FindAll(*collection, request.partitions, &named));
  RK_ASSIGN_OR_RETURN(const LoadPlan plan, PlanLoad(*collection, request));
  if (plan.refresh) return Status::Ok();
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [&](meta::CollectionMeta* meta) -> Status {
                           RK_RETURN_IF_ERROR(Enter(plan, meta));
                           for (meta::PartitionMeta& p : meta->partitions) {
                             if (Contains(named, p.id)) p.loaded = meta->loaded = true;
                           }
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::ReleaseCollection(const CollectionName& name) {
  RK_RETURN_IF_ERROR(CheckAllowed(name.database, "collectionDDL"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name));
  if (!collection->loaded) return Status::Ok();
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [](meta::CollectionMeta* meta) {
                           const bool kept = RK_PLANTED("load_state_lost");
                           meta->loaded = meta->loads_new_partitions = kept;
                           for (meta::PartitionMeta& p : meta->partitions) p.loaded = kept;
                           if (!kept) Leave(meta);
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::ReleasePartitions(const PartitionsRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "partitionDDL"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  if (request.partitions.empty()) return Status::Invalid("due to no partition specified");
  RK_RETURN_IF_ERROR(RefuseByHand(*collection, "release partitions"));
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
                           if (!any) Leave(meta);
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
