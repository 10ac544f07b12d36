#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "wire/load_codec.h"
#include "wire/partition_codec.h"
#include "wire/status_map.h"

namespace redkite::server {

void MilvusService::CreatePartition(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionName name, call, wire::DecodeCreatePartition(call->bytes()));
  call->FillDatabase(&name.collection.database);
  ReplyStatus(call, seams_.proxy->CreatePartition(name));
}

void MilvusService::DropPartition(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionName name, call, wire::DecodeDropPartition(call->bytes()));
  call->FillDatabase(&name.collection.database);
  ReplyStatus(call, seams_.proxy->DropPartition(name));
}

void MilvusService::HasPartition(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionName name, call, wire::DecodeHasPartition(call->bytes()));
  call->FillDatabase(&name.collection.database);
  RK_CALL_ASSIGN(const bool exists, call, seams_.proxy->HasPartition(name));
  Reply(call, wire::EncodeHasPartition(exists));
}

void MilvusService::ShowPartitions(const CallPtr& call) {
  RK_CALL_ASSIGN(ShowPartitionsRequest request, call, wire::DecodeShowPartitions(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto partitions, call, seams_.proxy->ShowPartitions(request));
  Reply(call, wire::EncodeShowPartitions(partitions, request.loaded_only));
}

void MilvusService::GetPartitionStatistics(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionName name, call, wire::DecodeGetPartitionStatistics(call->bytes()));
  call->FillDatabase(&name.collection.database);
  RK_CALL_ASSIGN(const int64_t rows, call, seams_.proxy->PartitionRowCount(name));
  Reply(call, wire::EncodeGetPartitionStatistics(rows));
}

void MilvusService::LoadCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(LoadRequest request, call, wire::DecodeLoadCollection(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->LoadCollection(request));
}

void MilvusService::ReleaseCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(CollectionName name, call, wire::DecodeReleaseCollection(call->bytes()));
  call->FillDatabase(&name.database);
  ReplyStatus(call, seams_.proxy->ReleaseCollection(name));
}

void MilvusService::LoadPartitions(const CallPtr& call) {
  RK_CALL_ASSIGN(LoadRequest request, call, wire::DecodeLoadPartitions(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->LoadPartitions(request));
}

void MilvusService::ReleasePartitions(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionsRequest request, call, wire::DecodeReleasePartitions(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->ReleasePartitions(request));
}

void MilvusService::GetLoadState(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionsRequest request, call, wire::DecodeGetLoadState(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const LoadState state, call, seams_.proxy->GetLoadState(request));
  Reply(call, wire::EncodeGetLoadState(state));
}

void MilvusService::GetLoadingProgress(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionsRequest request, call, wire::DecodeGetLoadingProgress(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const int64_t progress, call, seams_.proxy->LoadingProgress(request));
  Reply(call, wire::EncodeGetLoadingProgress(static_cast<int>(progress), static_cast<int>(progress)));
}

}  // namespace redkite::server
