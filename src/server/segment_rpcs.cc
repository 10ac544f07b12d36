#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "server/node_metrics.h"
#include "wire/compaction_codec.h"
#include "wire/flush_all_codec.h"
#include "wire/segment_codec.h"
#include "wire/status_map.h"

namespace redkite::server {

void MilvusService::GetPersistentSegmentInfo(const CallPtr& call) {
  RK_CALL_ASSIGN(PersistentSegmentsRequest request, call,
                 wire::DecodeGetPersistentSegmentInfo(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto segments, call, seams_.proxy->PersistentSegments(request));
  Reply(call, wire::EncodeGetPersistentSegmentInfo(segments));
}

void MilvusService::GetQuerySegmentInfo(const CallPtr& call) {
  RK_CALL_ASSIGN(CollectionName name, call, wire::DecodeGetQuerySegmentInfo(call->bytes()));
  call->FillDatabase(&name.database);
  RK_CALL_ASSIGN(const auto segments, call, seams_.proxy->LoadedSegments(name));
  Reply(call, wire::EncodeGetQuerySegmentInfo(segments, kNodeId));
}

void MilvusService::ListIndexedSegment(const CallPtr& call) {
  RK_CALL_ASSIGN(IndexRequest request, call, wire::DecodeListIndexedSegment(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto segments, call, seams_.proxy->IndexedSegments(request));
  Reply(call, wire::EncodeListIndexedSegment(segments));
}

void MilvusService::GetReplicas(const CallPtr& call) {
  RK_CALL_ASSIGN(DescribeCollectionRequest request, call, wire::DecodeGetReplicas(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto replicas, call, seams_.proxy->Replicas(request));
  Reply(call, wire::EncodeGetReplicas(replicas, kNodeId, identity_.address));
}

void MilvusService::ManualCompaction(const CallPtr& call) {
  RK_CALL_ASSIGN(CompactionRequest request, call, wire::DecodeManualCompaction(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const CompactionStart start, call, seams_.proxy->StartCompaction(request));
  Reply(call, wire::EncodeManualCompaction(start));
}

void MilvusService::GetCompactionState(const CallPtr& call) {
  RK_CALL_ASSIGN(const int64_t id, call, wire::DecodeGetCompactionState(call->bytes()));
  Reply(call, wire::EncodeGetCompactionState(seams_.proxy->CompactionPlans(id)));
}

void MilvusService::GetCompactionStateWithPlans(const CallPtr& call) {
  RK_CALL_ASSIGN(CompactionPlansRequest request, call, wire::DecodeGetCompactionPlans(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto plans, call, seams_.proxy->CompactionPlans(request));
  Reply(call, wire::EncodeGetCompactionPlans(plans));
}

// Every database, unless the request itself names one: the call's header does not narrow it.
void MilvusService::FlushAll(const CallPtr& call) {
  RK_CALL_ASSIGN(const FlushAllRequest request, call, wire::DecodeFlushAll(call->bytes()));
  RK_CALL_ASSIGN(const FlushAllAnswer answer, call, seams_.proxy->FlushAll(request));
  Reply(call, wire::EncodeFlushAll(answer));
}

void MilvusService::GetFlushAllState(const CallPtr& call) {
  RK_CALL_ASSIGN(const FlushAllStateRequest request, call, wire::DecodeGetFlushAllState(call->bytes()));
  RK_CALL_ASSIGN(const FlushAllState state, call, seams_.proxy->GetFlushAllState(request));
  Reply(call, wire::EncodeGetFlushAllState(state));
}

}  // namespace redkite::server
