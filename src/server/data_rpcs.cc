#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "wire/calc_distance_codec.h"
#include "wire/flush_codec.h"
#include "wire/insert_codec.h"
#include "wire/search_codec.h"
#include "wire/status_map.h"
#include "wire/text_codec.h"

namespace redkite::server {

proxy::Proxy::MutationDone MilvusService::MutationReply(const CallPtr& call) {
  return [this, call](Result<MutationResult> result) {
    if (!result.ok()) {
      Fail(call, result.status());
    } else {
      Reply(call, wire::EncodeMutation(*result));
    }
  };
}

void MilvusService::Insert(const CallPtr& call) {
  RK_CALL_ASSIGN(InsertRequest request, call, wire::DecodeInsert(call->bytes()));
  call->FillDatabase(&request.name.database);
  call->DropRequest();  // the rows are columns now
  seams_.proxy->Insert(std::move(request), MutationReply(call));
}

void MilvusService::Upsert(const CallPtr& call) {
  RK_CALL_ASSIGN(InsertRequest request, call, wire::DecodeUpsert(call->bytes()));
  call->FillDatabase(&request.name.database);
  call->DropRequest();
  seams_.proxy->Insert(std::move(request), MutationReply(call), call->cancel());
}

void MilvusService::Delete(const CallPtr& call) {
  RK_CALL_ASSIGN(DeleteRequest request, call, wire::DecodeDelete(call->bytes()));
  call->FillDatabase(&request.name.database);
  call->DropRequest();  // a filter may be long
  seams_.proxy->Delete(request, call->cancel(), MutationReply(call));
}

void MilvusService::Search(const CallPtr& call) {
  RK_CALL_ASSIGN(SearchRequest request, call, wire::DecodeSearch(call->bytes()));
  call->FillDatabase(&request.name.database);
  call->DropRequest();
  RK_CALL_ASSIGN(const SearchResult result, call, seams_.proxy->Search(request, call->cancel()));
  Reply(call, wire::EncodeSearch(result));
}

void MilvusService::Query(const CallPtr& call) {
  RK_CALL_ASSIGN(QueryRequest request, call, wire::DecodeQuery(call->bytes()));
  call->FillDatabase(&request.name.database);
  call->DropRequest();
  RK_CALL_ASSIGN(const QueryResult result, call, seams_.proxy->Query(request, call->cancel()));
  Reply(call, wire::EncodeQuery(result));
}

void MilvusService::CalcDistance(const CallPtr& call) {
  RK_CALL_ASSIGN(CalcDistanceRequest request, call, wire::DecodeCalcDistance(call->bytes()));
  call->FillDatabase(&request.left.name.database);
  call->FillDatabase(&request.right.name.database);
  call->DropRequest();
  RK_CALL_ASSIGN(const CalcDistanceResult result, call,
                 seams_.proxy->CalcDistance(std::move(request), call->cancel()));
  Reply(call, wire::EncodeCalcDistance(result));
}

void MilvusService::RunAnalyzer(const CallPtr& call) {
  RK_CALL_ASSIGN(RunAnalyzerRequest request, call, wire::DecodeRunAnalyzer(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const RunAnalyzerResult result, call, seams_.proxy->RunAnalyzer(request, call->cancel()));
  Reply(call, wire::EncodeRunAnalyzer(result));
}

void MilvusService::ComputePhraseMatchSlop(const CallPtr& call) {
  RK_CALL_ASSIGN(const PhraseSlopRequest request, call, wire::DecodePhraseSlop(call->bytes()));
  RK_CALL_ASSIGN(const auto slops, call, seams_.proxy->ComputePhraseSlop(request, call->cancel()));
  Reply(call, wire::EncodePhraseSlop(slops));
}

void MilvusService::Flush(const CallPtr& call) {
  RK_CALL_ASSIGN(FlushRequest request, call, wire::DecodeFlush(call->bytes()));
  call->FillDatabase(&request.database);
  RK_CALL_ASSIGN(const auto flushed, call, seams_.proxy->Flush(request));
  Reply(call, wire::EncodeFlush(request.database, flushed));
}

void MilvusService::GetFlushState(const CallPtr& call) {
  RK_CALL_ASSIGN(FlushStateRequest request, call, wire::DecodeGetFlushState(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const bool flushed, call, seams_.proxy->GetFlushState(request));
  Reply(call, wire::EncodeGetFlushState(flushed));
}

}  // namespace redkite::server
