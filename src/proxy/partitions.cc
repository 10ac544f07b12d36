#include <algorithm>

#include "proxy/name_rules.h"
#include "proxy/placement/key_fields.h"
#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

Status NotFound(const std::string& name) {
  return {Code::kPartitionNotFound, "partition not found[partition=" + name + "]"};
}

}  // namespace

Status Proxy::CheckPartitionCount(const meta::CollectionMeta& collection) const {
  const size_t count = collection.partitions.size();
  if (count >= static_cast<size_t>(limits_.partition_count_max)) {
    return Status::Invalid("partition number (" + std::to_string(count) + ") exceeds max configuration (" +
                           std::to_string(limits_.partition_count_max) + "), collection: " + collection.name);
  }
  return CheckCapacity("partition", collection.shards_num);
}

Status Proxy::CheckCapacity(const std::string& what, int64_t more) const {
  int64_t total = more;
  for (const meta::CollectionPtr& c : seams_.catalog->ListCollections(DatabaseId(0)))
    total += static_cast<int64_t>(c->partitions.size()) * c->shards_num;
  if (total <= limits_.partition_total_count_max) return Status::Ok();
  return {Code::kGeneralCapacityExceeded,
          "failed to create " + what +
              ", limit={ generalCapacity: " + std::to_string(limits_.partition_total_count_max) +
              " }, request: " + std::to_string(total) + ": general capacity exceeded"};
}

Status Proxy::CreatePartition(const PartitionName& name) {
  RK_RETURN_IF_ERROR(CheckAllowed(name.collection.database, "partitionDDL"));
  RK_RETURN_IF_ERROR(CheckPartitionName(name.partition, limits_));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name.collection));
  RK_RETURN_IF_ERROR(RefuseByHand(*collection, "create partition"));
  if (collection->FindPartition(name.partition) != nullptr) return Status::Ok();
  RK_RETURN_IF_ERROR(CheckPartitionCount(*collection));
  meta::PartitionMeta partition;
  partition.name = name.partition;
  RK_ASSIGN_OR_RETURN(partition.created, seams_.oracle->Next());
  const auto add = [&](meta::CollectionMeta* meta, const meta::PartitionMeta& with_id) -> Status {
    if (meta->FindPartition(name.partition) != nullptr) return Status::Ok();
    if (meta->partitions.size() >= static_cast<size_t>(limits_.partition_count_max))
      return CheckPartitionCount(*meta);
    meta->partitions.push_back(with_id);
    meta->partitions.back().loaded = meta->loads_new_partitions;
    return Status::Ok();
  };
  return seams_.catalog->AddPartition(collection->id, std::move(partition), add).status();
}

// The catalog's transaction is what drops the partition (shard/README.md says why that is enough).
Status Proxy::DropPartition(const PartitionName& name) {
  RK_RETURN_IF_ERROR(CheckAllowed(name.collection.database, "partitionDDL"));
  RK_RETURN_IF_ERROR(CheckPartitionName(name.partition, limits_));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name.collection));
  RK_RETURN_IF_ERROR(RefuseByHand(*collection, "drop partition"));
  if (name.partition == meta::kDefaultPartitionName)
    return Status::Invalid("default partition cannot be deleted");
  PartitionId dropped{};
  RK_RETURN_IF_ERROR(
      seams_.catalog
          ->UpdateCollection(collection->id,
                             [&](meta::CollectionMeta* meta) {
                               const meta::PartitionMeta* partition = meta->FindPartition(name.partition);
                               if (partition == nullptr) return Status::Ok();
                               if (partition->loaded) {
                                 return Status::Invalid(
                                     "partition cannot be dropped, partition is loaded, please release it "
                                     "first");
                               }
                               dropped = partition->id;
                               std::erase_if(meta->partitions,
                                             [&](const auto& p) { return p.id == dropped; });
                               return Status::Ok();
                             })
          .status());
  if (dropped.value() != 0) seams_.backend->DropPartition(collection->id, dropped);
  return Status::Ok();
}

Result<bool> Proxy::HasPartition(const PartitionName& name) const {
  RK_RETURN_IF_ERROR(CheckPartitionName(name.partition, limits_));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name.collection));
  return collection->FindPartition(name.partition) != nullptr;
}

Result<std::vector<PartitionDescription>> Proxy::ShowPartitions(const ShowPartitionsRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name, request.id));
  for (const std::string& name : request.names) {
    if (collection->FindPartition(name) == nullptr) return NotFound(name);
  }
  std::vector<PartitionDescription> out;
  for (const meta::PartitionMeta& p : collection->partitions) {
    const bool named = std::find(request.names.begin(), request.names.end(), p.name) != request.names.end();
    if (!request.names.empty() && !named) continue;
    if (request.loaded_only && !p.loaded && !named) continue;
    out.push_back({p.name, p.id, p.created, p.loaded});
  }
  return out;
}

Result<int64_t> Proxy::PartitionRowCount(const PartitionName& name) const {
  RK_RETURN_IF_ERROR(CheckPartitionName(name.partition, limits_));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name.collection));
  RK_ASSIGN_OR_RETURN(const PartitionId partition, ResolvePartition(*collection, name.partition));
  RK_ASSIGN_OR_RETURN(const auto shard, FindShard(name.collection, *collection));
  int64_t rows = 0;
  for (const shard::SegmentStats& segment : shard->Segments()) {
    if (segment.partition == partition) rows += segment.row_count;
  }
  return rows;
}

Result<std::vector<PartitionId>> Proxy::ResolveReadPartitions(const meta::CollectionMeta& collection,
                                                              const std::vector<std::string>& names) const {
  RK_RETURN_IF_ERROR(RefusePartitionNames(collection.schema, !names.empty()));
  std::vector<PartitionId> ids;
  for (const std::string& name : names) {
    const meta::PartitionMeta* partition = collection.FindPartition(name);
    if (partition == nullptr) return Status::Invalid("partition name " + name + " not found");
    ids.push_back(partition->id);
  }
  return ids;
}

}  // namespace redkite::proxy
