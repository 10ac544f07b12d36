#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "server/node_metrics.h"
#include "wire/resource_group_codec.h"

namespace redkite::server {

void MilvusService::CreateResourceGroup(const CallPtr& call) {
  RK_CALL_ASSIGN(const CreateResourceGroupRequest request, call,
                 wire::DecodeCreateResourceGroup(call->bytes()));
  ReplyStatus(call, seams_.proxy->CreateResourceGroup(request));
}

void MilvusService::UpdateResourceGroups(const CallPtr& call) {
  RK_CALL_ASSIGN(const UpdateResourceGroupsRequest request, call,
                 wire::DecodeUpdateResourceGroups(call->bytes()));
  ReplyStatus(call, seams_.proxy->UpdateResourceGroups(request));
}

void MilvusService::DropResourceGroup(const CallPtr& call) {
  RK_CALL_ASSIGN(const std::string name, call,
                 wire::DecodeResourceGroupName(call->bytes(), "DropResourceGroupRequest"));
  ReplyStatus(call, seams_.proxy->DropResourceGroup(name));
}

void MilvusService::DescribeResourceGroup(const CallPtr& call) {
  RK_CALL_ASSIGN(const std::string name, call,
                 wire::DecodeResourceGroupName(call->bytes(), "DescribeResourceGroupRequest"));
  RK_CALL_ASSIGN(const ResourceGroupDescription group, call, seams_.proxy->DescribeResourceGroup(name));
  Reply(call, wire::EncodeDescribeResourceGroup(group, {kNodeId, identity_.address}));
}

void MilvusService::ListResourceGroups(const CallPtr& call) {
  Reply(call, wire::EncodeListResourceGroups(seams_.proxy->ListResourceGroups()));
}

void MilvusService::TransferNode(const CallPtr& call) {
  RK_CALL_ASSIGN(const TransferNodeRequest request, call, wire::DecodeTransferNode(call->bytes()));
  ReplyStatus(call, seams_.proxy->TransferNode(request));
}

void MilvusService::TransferReplica(const CallPtr& call) {
  RK_CALL_ASSIGN(TransferReplicaRequest request, call, wire::DecodeTransferReplica(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->TransferReplica(request));
}

void MilvusService::LoadBalance(const CallPtr& call) {
  RK_CALL_ASSIGN(LoadBalanceRequest request, call, wire::DecodeLoadBalance(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->LoadBalance(request, kNodeId));
}

}  // namespace redkite::server
