// Resource groups, transfers between them, LoadBalance and Dummy. By hand: the messages are small and their
// generated files are compiled by nothing else. Replies that only carry a status are EncodeReplyStatus.
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/resource_groups.h"

namespace redkite::wire {

/// Without a configuration it asks for no node.
Result<CreateResourceGroupRequest> DecodeCreateResourceGroup(std::string_view bytes);
Result<UpdateResourceGroupsRequest> DecodeUpdateResourceGroups(std::string_view bytes);
/// Of DropResourceGroupRequest and DescribeResourceGroupRequest.
Result<std::string> DecodeResourceGroupName(std::string_view bytes, std::string_view message_name);
Result<TransferNodeRequest> DecodeTransferNode(std::string_view bytes);
Result<TransferReplicaRequest> DecodeTransferReplica(std::string_view bytes);
Result<LoadBalanceRequest> DecodeLoadBalance(std::string_view bytes);
/// The text of the request.
Result<std::string> DecodeDummy(std::string_view bytes);

/// A node that clients know by this number and address.
struct NodeIdentity {
  int64_t id = 0;
  std::string_view address;  // host:port
};
std::string EncodeDescribeResourceGroup(const ResourceGroupDescription& group, const NodeIdentity& node);
std::string EncodeListResourceGroups(const std::vector<std::string>& names);
std::string EncodeDummy(std::string_view text);

}  // namespace redkite::wire
