#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "wire/database_codec.h"
#include "wire/partition_codec.h"
#include "wire/status_map.h"

namespace redkite::server {

// Databases. Create and drop name theirs; the call's header does not stand in for it.

void MilvusService::CreateDatabase(const CallPtr& call) {
  RK_CALL_ASSIGN(const CreateDatabaseRequest request, call, wire::DecodeCreateDatabase(call->bytes()));
  ReplyStatus(call, seams_.proxy->CreateDatabase(request));
}

void MilvusService::DropDatabase(const CallPtr& call) {
  RK_CALL_ASSIGN(const std::string name, call, wire::DecodeDropDatabase(call->bytes()));
  ReplyStatus(call, seams_.proxy->DropDatabase(name));
}

void MilvusService::ListDatabases(const CallPtr& call) {
  std::vector<DatabaseDescription> databases = seams_.proxy->ListDatabases();
  std::erase_if(databases, [&](const DatabaseDescription& database) {
    return !seams_.gate->SeesDatabase(*call->rpc, database.name);
  });
  Reply(call, wire::EncodeListDatabases(databases));
}

void MilvusService::DescribeDatabase(const CallPtr& call) {
  RK_CALL_ASSIGN(std::string name, call, wire::DecodeDescribeDatabase(call->bytes()));
  call->FillDatabase(&name);
  RK_CALL_ASSIGN(const DatabaseDescription database, call, seams_.proxy->DescribeDatabase(name));
  Reply(call, wire::EncodeDescribeDatabase(database));
}

void MilvusService::AlterDatabase(const CallPtr& call) {
  RK_CALL_ASSIGN(AlterDatabaseRequest request, call, wire::DecodeAlterDatabase(call->bytes()));
  call->FillDatabase(&request.name);
  ReplyStatus(call, seams_.proxy->AlterDatabase(request));
}

void MilvusService::CreateAlias(const CallPtr& call) {
  RK_CALL_ASSIGN(AliasRequest request, call, wire::DecodeCreateAlias(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->CreateAlias(request));
}

void MilvusService::DropAlias(const CallPtr& call) {
  RK_CALL_ASSIGN(AliasRequest request, call, wire::DecodeDropAlias(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->DropAlias(request));
}

void MilvusService::AlterAlias(const CallPtr& call) {
  RK_CALL_ASSIGN(AliasRequest request, call, wire::DecodeAlterAlias(call->bytes()));
  call->FillDatabase(&request.name.database);
  ReplyStatus(call, seams_.proxy->AlterAlias(request));
}

void MilvusService::DescribeAlias(const CallPtr& call) {
  RK_CALL_ASSIGN(AliasRequest request, call, wire::DecodeDescribeAlias(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(const AliasRequest described, call, seams_.proxy->DescribeAlias(request));
  Reply(call, wire::EncodeDescribeAlias(described));
}

void MilvusService::ListAliases(const CallPtr& call) {
  RK_CALL_ASSIGN(AliasRequest request, call, wire::DecodeListAliases(call->bytes()));
  call->FillDatabase(&request.name.database);
  RK_CALL_ASSIGN(DatabaseDescription database, call, seams_.proxy->DescribeDatabase(request.name.database));
  request.name.database = std::move(database.name);
  RK_CALL_ASSIGN(const auto aliases, call, seams_.proxy->ListAliases(request.name));
  Reply(call, wire::EncodeListAliases(request.name, aliases));
}

}  // namespace redkite::server
