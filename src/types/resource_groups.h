// Resource groups: sets of nodes that replicas are served by. This server is one node, so one group has it
// and the others have none. Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types/collection_requests.h"

namespace redkite {

/// Always there.
inline constexpr std::string_view kDefaultResourceGroup = "__default_resource_group";

struct ResourceGroupConfig {
  int32_t requests = 0;  // nodes that it asks for
  int32_t limits = 0;    // nodes that it may have
  std::vector<std::string> transfer_from = {};
  std::vector<std::string> transfer_to = {};
  Params node_labels = {};  // that a node must have; this one has none
  bool operator==(const ResourceGroupConfig&) const = default;
};

struct CreateResourceGroupRequest {
  std::string name;
  ResourceGroupConfig config;
};

struct UpdateResourceGroupsRequest {
  std::vector<std::pair<std::string, ResourceGroupConfig>> groups;
};

struct TransferNodeRequest {
  std::string source;
  std::string target;
  int32_t count = 0;
};

struct TransferReplicaRequest {
  std::string source;
  std::string target;
  CollectionName name;
  int64_t count = 0;
};

struct LoadBalanceRequest {
  CollectionName name;
  int64_t source = 0;  // node
  std::vector<int64_t> targets;
  std::vector<SegmentId> segments;
};

struct ResourceGroupDescription {
  using Counts = std::vector<std::pair<std::string, int32_t>>;  // of collections, by name
  std::string name;
  int32_t capacity = 0;
  bool has_node = false;
  Counts loaded_replicas;
  Counts outgoing_nodes;  // of other groups that serve its replicas
  Counts incoming_nodes;  // of its own that serve replicas of other groups
  ResourceGroupConfig config;
};

}  // namespace redkite
