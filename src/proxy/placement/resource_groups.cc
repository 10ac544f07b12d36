// Resource groups of one node. The node is in one of them: where it is asked for, and otherwise where it was.
// Replicas of loaded collections belong to a group and are served by this node wherever it is.
#include <algorithm>

#include "proxy/name_rules.h"
#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

using meta::ResourceGroupMeta;
using meta::ResourceGroups;

constexpr size_t kGroupCountMax = 1024;
constexpr int32_t kDefaultGroupCapacity = 1'000'000;

Status NotFound(const std::string& name) {
  return {Code::kResourceGroupNotFound, "resource group not found[rg=" + name + "]"};
}

Status BadConfig(const std::string& name, const std::string& why) {
  return {Code::kResourceGroupIllegalConfig, why + ": resource group illegal config[rg=" + name + "]"};
}

Status CheckPeers(const ResourceGroups& groups, const std::string& name, const std::string& member,
                  const std::vector<std::string>& peers) {
  for (const std::string& peer : peers) {
    if (peer == name) return BadConfig(name, "resource group in `" + member + "` should not be itself");
    if (!groups.contains(peer))
      return BadConfig(name, "resource group in `" + member + "` not found: " + peer);
  }
  return Status::Ok();
}

Status CheckConfig(const ResourceGroups& groups, const std::string& name, const ResourceGroupConfig& config) {
  if (config.requests < 0 || config.limits < 0)
    return BadConfig(name, "node num in `requests` or `limits` should not be less than 0");
  if (config.limits < config.requests) {
    return BadConfig(name, "limits node num " + std::to_string(config.limits) +
                               " should be equal or larger than requests node num " +
                               std::to_string(config.requests));
  }
  RK_RETURN_IF_ERROR(CheckPeers(groups, name, "TransferFrom", config.transfer_from));
  return CheckPeers(groups, name, "TransferTo", config.transfer_to);
}

bool Lists(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Our node has no labels.
bool Takes(const ResourceGroupMeta& group) {
  return group.config.limits > 0 && group.config.node_labels.empty();
}

// The group that the node goes to from `current`: one that asks for a node, while its own does not; a
// neighbour of its own first.
std::string NextPlace(const ResourceGroups& groups, const ResourceGroupMeta& current) {
  const bool stays = Takes(current) || current.name == kDefaultResourceGroup;
  if (stays && current.config.requests > 0) return current.name;
  const ResourceGroupMeta* next = nullptr;
  for (const auto& [name, group] : groups) {
    if (name == current.name || !Takes(group) || group.config.requests == 0) continue;
    const bool near =
        Lists(group.config.transfer_from, current.name) || Lists(current.config.transfer_to, name);
    if (next == nullptr || near) next = &group;
    if (near) break;
  }
  if (next != nullptr) return next->name;
  return stays ? current.name : std::string(kDefaultResourceGroup);
}

const ResourceGroupMeta& HolderOf(const ResourceGroups& groups) {
  for (const auto& [name, group] : groups) {
    if (group.has_node) return group;
  }
  return groups.at(std::string(kDefaultResourceGroup));  // its group went
}

void PlaceNode(ResourceGroups* groups, std::string place) {
  place = NextPlace(*groups, groups->at(place));
  for (auto& [name, group] : *groups) group.has_node = name == place;
}

Status CheckUnused(const ResourceGroups& groups, const std::string& name) {
  for (const auto& [other, group] : groups) {
    if (!Lists(group.config.transfer_from, name) && !Lists(group.config.transfer_to, name)) continue;
    return Status::Invalid("resource group " + name + " is used by the transfers of resource group " + other +
                           ", it cannot be dropped");
  }
  return Status::Ok();
}

bool IsIn(const meta::CollectionMeta& collection, const std::string& group) {
  return collection.loaded && (collection.resource_group.empty() ? group == kDefaultResourceGroup
                                                                 : group == collection.resource_group);
}

}  // namespace

Status Proxy::CreateResourceGroup(const CreateResourceGroupRequest& request) {
  RK_RETURN_IF_ERROR(CheckResourceGroupName(request.name, limits_));
  return seams_.catalog->UpdateResourceGroups([&](ResourceGroups* groups) -> Status {
    if (const auto old = groups->find(request.name); old != groups->end()) {
      if (old->second.config == request.config) return Status::Ok();
      return {Code::kResourceGroupAlreadyExist,
              "resource group already exist, but create with different config[rg=" + request.name + "]"};
    }
    if (groups->size() >= kGroupCountMax) {
      return {Code::kResourceGroupReachLimit, "resource group num reach limit[rg=" + request.name +
                                                  "][limit=" + std::to_string(kGroupCountMax) + "]"};
    }
    RK_RETURN_IF_ERROR(CheckConfig(*groups, request.name, request.config));
    (*groups)[request.name] = {request.name, request.config, false};
    PlaceNode(groups, HolderOf(*groups).name);
    return Status::Ok();
  });
}

Status Proxy::UpdateResourceGroups(const UpdateResourceGroupsRequest& request) {
  if (request.groups.empty()) return Status::Invalid("no resource group to update is named");
  return seams_.catalog->UpdateResourceGroups([&](ResourceGroups* groups) -> Status {
    for (const auto& [name, config] : request.groups) {
      const auto group = groups->find(name);
      if (group == groups->end()) return NotFound(name);
      RK_RETURN_IF_ERROR(CheckConfig(*groups, name, config));
      group->second.config = config;
    }
    PlaceNode(groups, HolderOf(*groups).name);
    return Status::Ok();
  });
}

Status Proxy::DropResourceGroup(const std::string& name) {
  if (name == kDefaultResourceGroup) return Status::Invalid("default resource group is not deletable");
  return seams_.catalog->UpdateResourceGroups([&](ResourceGroups* groups) -> Status {
    const auto group = groups->find(name);
    if (group == groups->end()) return Status::Ok();
    if (group->second.config.limits != 0) {
      return Status::Invalid("resource group " + name + " has limits.node_num " +
                             std::to_string(group->second.config.limits) +
                             ", set it to 0 before the group is dropped");
    }
    for (const meta::CollectionPtr& c : seams_.catalog->ListCollections(DatabaseId(0))) {
      if (!IsIn(*c, name)) continue;
      return Status::Invalid("some replicas still loaded in resource group " + name + ", as of collection " +
                             c->name + ", release or transfer them first");
    }
    groups->erase(group);
    RK_RETURN_IF_ERROR(CheckUnused(*groups, name));
    PlaceNode(groups, HolderOf(*groups).name);
    return Status::Ok();
  });
}

Result<ResourceGroupDescription> Proxy::DescribeResourceGroup(const std::string& name) const {
  const ResourceGroups groups = seams_.catalog->ListResourceGroups();
  const auto group = groups.find(name);
  if (group == groups.end()) return NotFound(name);
  ResourceGroupDescription out;
  out.name = name;
  out.config = group->second.config;
  out.has_node = group->second.has_node;
  out.capacity = name == kDefaultResourceGroup ? kDefaultGroupCapacity : out.config.requests;
  for (const meta::CollectionPtr& c : seams_.catalog->ListCollections(DatabaseId(0))) {
    if (!c->loaded) continue;
    const bool is_here = IsIn(*c, name);
    if (is_here) out.loaded_replicas.emplace_back(c->name, 1);
    if (is_here && !out.has_node) out.outgoing_nodes.emplace_back(c->name, 1);
    if (!is_here && out.has_node) out.incoming_nodes.emplace_back(c->name, 1);
  }
  return out;
}

std::vector<std::string> Proxy::ListResourceGroups() const {
  std::vector<std::string> names;
  for (const auto& [name, group] : seams_.catalog->ListResourceGroups()) names.push_back(name);
  return names;
}

Status Proxy::TransferNode(const TransferNodeRequest& request) {
  const std::string &source = request.source, &target = request.target;
  const int32_t count = request.count;
  if (source == target) {
    return Status::Invalid("source resource group and target resource group should not be the same, group: " +
                           source);
  }
  if (count <= 0)
    return Status::Invalid("transfer node num can't be [" + std::to_string(count) + "], invalid");
  return seams_.catalog->UpdateResourceGroups([&](ResourceGroups* groups) -> Status {
    const auto from = groups->find(source), to = groups->find(target);
    if (from == groups->end()) return NotFound(source);
    if (to == groups->end()) return NotFound(target);
    const int32_t available = from->second.has_node ? 1 : 0;
    if (count > available) {
      return {Code::kNodeNotEnough,
              "resource group " + source + " has " + std::to_string(available) + " nodes, but " +
                  std::to_string(count) +
                  " were to be transferred: resource group node not enough[rg=" + source + "]"};
    }
    if (!to->second.config.node_labels.empty())
      return Status::Invalid("resource group " + target +
                             " takes only nodes with labels, which this one lacks");
    ResourceGroupConfig& given = from->second.config;
    ResourceGroupConfig& taken = to->second.config;
    given.requests = std::max(0, given.requests - count);
    if (source != kDefaultResourceGroup) given.limits = std::max(given.requests, given.limits - count);
    if (target != kDefaultResourceGroup) {
      taken.requests += count;
      taken.limits = std::max(taken.limits, taken.requests);
    }
    PlaceNode(groups, target);
    return Status::Ok();
  });
}

Status Proxy::TransferReplica(const TransferReplicaRequest& request) {
  const std::string &source = request.source, &target = request.target;
  const int64_t count = request.count;
  if (source == target) {
    return Status::Invalid("source resource group and target resource group should not be the same, group: " +
                           source);
  }
  if (count <= 0)
    return Status::Invalid("transfer replica num can't be [" + std::to_string(count) + "], invalid");
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  return seams_.catalog
      ->UpdateCollection(collection->id,
                         [&](meta::CollectionMeta* meta) -> Status {
                           const ResourceGroups groups = seams_.catalog->ListResourceGroups();
                           if (!groups.contains(source)) return NotFound(source);
                           const auto to = groups.find(target);
                           if (to == groups.end()) return NotFound(target);
                           const int64_t there = IsIn(*meta, source) ? 1 : 0;
                           if (count > there) {
                             return Status::Invalid("only found [" + std::to_string(there) +
                                                    "] replicas of collection " + meta->name +
                                                    " in source resource group " + source + ", but " +
                                                    std::to_string(count) + " were to be transferred");
                           }
                           if (!to->second.has_node) {
                             return {Code::kNodeNotEnough,
                                     "resource group " + target +
                                         " has no node: resource group node not enough[rg=" + target + "]"};
                           }
                           meta->resource_group = target == kDefaultResourceGroup ? "" : target;
                           return Status::Ok();
                         })
      .status();
}

Status Proxy::LoadBalance(const LoadBalanceRequest& request, int64_t node_id) const {
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name));
  const auto missing = [](int64_t node) {
    return Status(Code::kNodeNotFound, "node not found[node=" + std::to_string(node) + "]");
  };
  if (!collection->loaded) {
    return {Code::kCollectionNotLoaded,
            "failed to balance: collection not loaded[collection=" + request.name.collection + "]"};
  }
  if (request.source != node_id) return missing(request.source);
  for (const int64_t target : request.targets) {
    if (target != node_id) return missing(target);
    return Status::Invalid("the target node " + std::to_string(target) + " is the source node");
  }
  RK_ASSIGN_OR_RETURN(const auto shard, FindShard(request.name, *collection));
  const auto segments = shard->Segments();
  for (const SegmentId id : request.segments) {
    const auto is_it = [id](const shard::SegmentStats& s) { return s.id == id && !s.growing; };
    if (std::any_of(segments.begin(), segments.end(), is_it)) continue;
    return {Code::kSegmentNotFound, "segment not found[segment=" + std::to_string(id.value()) + "]"};
  }
  return Status::Ok();
}

}  // namespace redkite::proxy
