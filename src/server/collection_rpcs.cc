#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "wire/collection_codec.h"
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
  // Of a database that the caller has nothing to do with not even whether it is there.
  if (!seams_.gate->SeesDatabase(*call->rpc, name.database))
    return Reply(call, wire::EncodeHasCollection(false));
  RK_CALL_ASSIGN(bool exists, call, seams_.proxy->HasCollection(name));
  if (exists) {
    RK_CALL_ASSIGN(const CollectionName real, call, seams_.proxy->RealName(name, {}));
    exists = seams_.gate->SeesCollection(*call->rpc, real.database, real.collection);
  }
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
  if (!seams_.gate->SeesDatabase(*call->rpc, request.database))
    return Reply(call, wire::EncodeShowCollections({}, request.loaded_only));
  RK_CALL_ASSIGN(auto collections, call, seams_.proxy->ShowCollections(request));
  std::erase_if(collections, [&](const CollectionDescription& c) {
    return !seams_.gate->SeesCollection(*call->rpc, c.database, c.schema.name);
  });
  Reply(call, wire::EncodeShowCollections(collections, request.loaded_only));
}

void MilvusService::GetCollectionStatistics(const CallPtr& call) {
  RK_CALL_ASSIGN(CollectionName name, call, wire::DecodeGetCollectionStatistics(call->bytes()));
  call->FillDatabase(&name.database);
  RK_CALL_ASSIGN(const int64_t rows, call, seams_.proxy->RowCount(name));
  Reply(call, wire::EncodeGetCollectionStatistics(rows));
}

void MilvusService::BatchDescribeCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(BatchDescribeRequest request, call, wire::DecodeBatchDescribeCollection(call->bytes()));
  call->FillDatabase(&request.database);
  std::vector<DescribeCollectionRequest> each;
  for (std::string& name : request.names) each.push_back({{request.database, std::move(name)}, {}});
  for (const CollectionId id : request.ids) each.push_back({{request.database, ""}, id});
  std::vector<std::string> replies;
  for (const DescribeCollectionRequest& one : each) {
    const auto described = seams_.proxy->DescribeCollection(one);
    replies.push_back(described.ok()
                          ? wire::EncodeDescribeCollection(*described)
                          : wire::EncodeReplyStatus(wire::Method::kDescribeCollection, described.status()));
  }
  Reply(call, wire::EncodeBatchDescribeCollection(replies));
}

void MilvusService::RenameCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(RenameCollectionRequest request, call, wire::DecodeRenameCollection(call->bytes()));
  call->FillDatabase(&request.from.database);
  ReplyStatus(call, seams_.proxy->RenameCollection(request));
}

void MilvusService::AlterCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(AlterCollectionRequest request, call, wire::DecodeAlterCollection(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->AlterCollection(request));
}

void MilvusService::AlterCollectionField(const CallPtr& call) {
  RK_CALL_ASSIGN(AlterFieldRequest request, call, wire::DecodeAlterCollectionField(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->AlterCollectionField(request));
}

void MilvusService::AddCollectionField(const CallPtr& call) {
  RK_CALL_ASSIGN(AlterSchemaRequest request, call, wire::DecodeAddCollectionField(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->AlterCollectionSchema(request));
}

void MilvusService::AlterCollectionSchema(const CallPtr& call) {
  RK_CALL_ASSIGN(AlterSchemaRequest request, call, wire::DecodeAlterCollectionSchema(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->AlterCollectionSchema(request));
}

void MilvusService::TruncateCollection(const CallPtr& call) {
  RK_CALL_ASSIGN(CollectionName name, call, wire::DecodeTruncateCollection(call->bytes()));
  call->FillDatabase(&name.database);
  seams_.proxy->TruncateCollection(
      name, [this, call](const Result<MutationResult>& truncated) { ReplyStatus(call, truncated.status()); });
}

}  // namespace redkite::server
