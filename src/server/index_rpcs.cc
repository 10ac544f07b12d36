#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "wire/index_codec.h"
#include "wire/status_map.h"

namespace redkite::server {

void MilvusService::CreateIndex(const CallPtr& call) {
  RK_CALL_ASSIGN(CreateIndexRequest request, call, wire::DecodeCreateIndex(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->CreateIndex(request));
}

void MilvusService::DropIndex(const CallPtr& call) {
  RK_CALL_ASSIGN(IndexRequest request, call, wire::DecodeDropIndex(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->DropIndex(request));
}

void MilvusService::AlterIndex(const CallPtr& call) {
  RK_CALL_ASSIGN(AlterIndexRequest request, call, wire::DecodeAlterIndex(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->AlterIndex(request));
}

void MilvusService::DescribeIndex(const CallPtr& call) {
  RK_CALL_ASSIGN(IndexRequest request, call, wire::DecodeDescribeIndex(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto indexes, call, seams_.proxy->DescribeIndex(request));
  Reply(call, wire::EncodeDescribeIndex(indexes));
}

void MilvusService::GetIndexStatistics(const CallPtr& call) {
  RK_CALL_ASSIGN(IndexRequest request, call, wire::DecodeGetIndexStatistics(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto indexes, call, seams_.proxy->DescribeIndex(request));
  Reply(call, wire::EncodeGetIndexStatistics(indexes));
}

void MilvusService::GetIndexState(const CallPtr& call) {
  RK_CALL_ASSIGN(IndexRequest request, call, wire::DecodeGetIndexState(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto indexes, call, seams_.proxy->DescribeIndex(request));
  Reply(call, wire::EncodeGetIndexState(indexes[0].state, indexes[0].fail_reason));
}

void MilvusService::GetIndexBuildProgress(const CallPtr& call) {
  RK_CALL_ASSIGN(IndexRequest request, call, wire::DecodeGetIndexBuildProgress(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const auto indexes, call, seams_.proxy->DescribeIndex(request));
  Reply(call, wire::EncodeGetIndexBuildProgress(indexes[0].indexed_rows, indexes[0].total_rows));
}

}  // namespace redkite::server
