#include <algorithm>

#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

SegmentDescription DescribeSegment(const meta::CollectionMeta& collection,
                                   const shard::SegmentStats& segment) {
  SegmentDescription out;
  out.id = segment.id;
  out.collection = collection.id;
  out.partition = segment.partition;
  out.row_count = segment.row_count;
  out.memory_bytes = segment.memory_bytes;
  for (const meta::IndexMeta& index : collection.indexes) {
    if (std::find(segment.indexes.begin(), segment.indexes.end(), index.id) == segment.indexes.end())
      continue;
    out.index_name = index.name;
    out.index = index.id;
    break;
  }
  return out;
}

}  // namespace

Result<std::vector<SegmentDescription>> Proxy::PersistentSegments(
    const PersistentSegmentsRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  RK_ASSIGN_OR_RETURN(const auto shard, FindShard(request.name, *collection));
  std::vector<SegmentDescription> out;
  for (const shard::SegmentStats& segment : shard->Segments()) {
    const SegmentState state = segment.growing ? SegmentState::kGrowing : SegmentState::kFlushed;
    const bool wanted = request.states.empty() ? state == SegmentState::kFlushed
                                               : std::find(request.states.begin(), request.states.end(),
                                                           state) != request.states.end();
    if (!wanted) continue;
    out.push_back(DescribeSegment(*collection, segment));
    out.back().state = state;
  }
  return out;
}

Result<std::vector<SegmentDescription>> Proxy::LoadedSegments(const CollectionName& name) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(name));
  if (!collection->loaded) {
    return Status(Code::kCollectionNotLoaded, "collection not loaded[collection=" + name.collection + "]");
  }
  RK_ASSIGN_OR_RETURN(const auto shard, FindShard(name, *collection));
  std::vector<SegmentDescription> out;
  for (const shard::SegmentStats& segment : shard->Segments()) {
    const bool loaded =
        std::any_of(collection->partitions.begin(), collection->partitions.end(),
                    [&](const meta::PartitionMeta& p) { return p.id == segment.partition && p.loaded; });
    if (!loaded) continue;
    out.push_back(DescribeSegment(*collection, segment));
    out.back().state = segment.growing ? SegmentState::kGrowing : SegmentState::kSealed;
  }
  return out;
}

Result<std::vector<SegmentId>> Proxy::IndexedSegments(const IndexRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  const meta::IndexMeta* index = collection->FindIndex(request.index_name);
  if (index == nullptr) {
    return Status(Code::kIndexNotFound, "index not found[indexName=" + request.index_name + "]");
  }
  RK_ASSIGN_OR_RETURN(const auto shard, FindShard(request.name, *collection));
  std::vector<SegmentId> out;
  for (const shard::SegmentStats& segment : shard->Segments()) {
    if (std::find(segment.indexes.begin(), segment.indexes.end(), index->id) != segment.indexes.end())
      out.push_back(segment.id);
  }
  return out;
}

Result<std::vector<ReplicaDescription>> Proxy::Replicas(const DescribeCollectionRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name, request.id));
  std::vector<ReplicaDescription> out;
  if (!collection->loaded) return out;
  ReplicaDescription replica;
  replica.collection = collection->id;
  replica.shards_num = collection->shards_num;
  for (const meta::PartitionMeta& p : collection->partitions) {
    if (p.loaded) replica.partitions.push_back(p.id);
  }
  replica.resource_group =
      collection->resource_group.empty() ? std::string(kDefaultResourceGroup) : collection->resource_group;
  for (const auto& [name, group] : seams_.catalog->ListResourceGroups()) {
    if (group.has_node) replica.node_group = name;
  }
  out.push_back(std::move(replica));
  return out;
}

}  // namespace redkite::proxy
