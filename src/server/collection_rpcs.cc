#include <algorithm>

#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "wire/collection_codec.h"
#include "wire/load_codec.h"
#include "wire/partition_codec.h"
#include "wire/status_map.h"

namespace redkite::server {

void MilvusService::CreateCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(CreateCollectionRequest request, call, wire::DecodeCreateCollection(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->CreateCollection(request));
}

void MilvusService::DropCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(CollectionName name, call, wire::DecodeDropCollection(call->bytes()));
  call->FillDatabase(&name.database);
  ReplyStatus(call, seams_.proxy->DropCollection(name));
}

void MilvusService::HasCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(CollectionName name, call, wire::DecodeHasCollection(call->bytes()));
  call->FillDatabase(&name.database);
  RK_CALL_ASSIGN(const bool exists, call, seams_.proxy->HasCollection(name));
  Reply(call, wire::EncodeHasCollection(exists));
}

void MilvusService::DescribeCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(DescribeCollectionRequest request, call, wire::DecodeDescribeCollection(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const CollectionDescription collection, call, seams_.proxy->DescribeCollection(request));
  Reply(call, wire::EncodeDescribeCollection(collection));
}

void MilvusService::ShowCollections(const CallPtr& call) {
  RK_CALL_ASSIGN(ShowCollectionsRequest request, call, wire::DecodeShowCollections(call->bytes()));
  call->FillDatabase(&request.database);
  RK_CALL_ASSIGN(const auto collections, call, seams_.proxy->ShowCollections(request));
  Reply(call, wire::EncodeShowCollections(collections, request.loaded_only));
}

void MilvusService::GetCollectionStatistics(const CallPtr& call) {
  RK_CALL_ASSIGN(CollectionName name, call, wire::DecodeGetCollectionStatistics(call->bytes()));
  call->FillDatabase(&name.database);
  RK_CALL_ASSIGN(const int64_t rows, call, seams_.proxy->RowCount(name));
  Reply(call, wire::EncodeGetCollectionStatistics(rows));
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

void MilvusService::GetLoadState(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionsRequest request, call, wire::DecodeGetLoadState(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const LoadState state, call, seams_.proxy->GetLoadState(request.name));
  Reply(call, wire::EncodeGetLoadState(state));
}

void MilvusService::GetLoadingProgress(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionsRequest request, call, wire::DecodeGetLoadingProgress(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const int64_t progress, call, seams_.proxy->LoadingProgress(request.name));
  Reply(call, wire::EncodeGetLoadingProgress(static_cast<int>(progress), static_cast<int>(progress)));
}

void MilvusService::ShowPartitions(const CallPtr& call) {
  RK_CALL_ASSIGN(ShowPartitionsRequest request, call, wire::DecodeShowPartitions(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto partitions, call, seams_.proxy->ShowPartitions(request.name));
  Reply(call, wire::EncodeShowPartitions(partitions, request.loaded_only));
}

void MilvusService::HasPartition(const CallPtr& call) {
  RK_CALL_ASSIGN(PartitionName request, call, wire::DecodeHasPartition(call->bytes()));
  call->FillDatabase(&request.collection.database);
  RK_CALL_ASSIGN(const auto partitions, call, seams_.proxy->ShowPartitions(request.collection));
  Reply(call, wire::EncodeHasPartition(std::any_of(partitions.begin(), partitions.end(), [&](const auto& p) {
          return p.name == request.partition;
        })));
}

}  // namespace redkite::server
