#include <algorithm>
#include <charconv>

#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "server/node_metrics.h"
#include "types/json_text.h"
#include "wire/connection_codec.h"
#include "wire/resource_group_codec.h"
#include "wire/status_map.h"

namespace redkite::server {

void MilvusService::Connect(const CallPtr& call) {
  RK_CALL_ASSIGN(const ConnectRequest request, call, wire::DecodeConnect(call->bytes()));
  std::string database;
  if (const std::string* name = FindParam(request.reserved, "db_name")) database = *name;
  call->FillDatabase(&database);
  // Whoever has nothing to do with a database does not learn whether it is there.
  if (seams_.gate->SeesDatabase(*call->rpc, database)) {
    RK_CALL_ASSIGN([[maybe_unused]] auto described, call, seams_.proxy->DescribeDatabase(database));
  }
  ConnectAnswer answer;
  answer.identifier = next_identifier_.fetch_add(1);
  answer.version = identity_.reported_version;
  answer.build_time = identity_.build_time;
  answer.git_commit = identity_.git_commit;
  answer.reserved = {{"redkite_version", identity_.version}};
  Reply(call, wire::EncodeConnect(answer));
}

void MilvusService::GetVersion(const CallPtr& call) {
  Reply(call, wire::EncodeGetVersion(identity_.reported_version));
}

void MilvusService::CheckHealth(const CallPtr& call) {
  HealthAnswer answer;
  if (Status s = seams_.health(); !s.ok()) {
    answer.healthy = false;
    answer.reasons.push_back(s.message());
  }
  Reply(call, wire::EncodeCheckHealth(answer));
}

void MilvusService::GetComponentStates(const CallPtr& call) {
  Reply(call, wire::EncodeGetComponentStates(seams_.health().ok()));
}

void MilvusService::AllocTimestamp(const CallPtr& call) {
  RK_CALL_ASSIGN(const Timestamp ts, call, seams_.proxy->AllocTimestamp());
  Reply(call, wire::EncodeAllocTimestamp(ts));
}

void MilvusService::HealthCheck(const CallPtr& call) {
  Reply(call, wire::EncodeHealthCheck(seams_.health().ok()));
}

void MilvusService::RegisterLink(const CallPtr& call) {
  const std::string& address = identity_.address;
  const size_t colon = std::min(address.rfind(':'), address.size());  // an address may have no port
  int port = 0;
  if (colon < address.size()) {
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  }
  Reply(call, wire::EncodeRegisterLink(address.substr(0, colon), port));
}

void MilvusService::ClientHeartbeat(const CallPtr& call) {
  Reply(call, wire::EncodeClientHeartbeat(seams_.clock->WallMs()));
}

// An echo, for whoever looks whether somebody is there.
void MilvusService::Dummy(const CallPtr& call) {
  const auto text = wire::DecodeDummy(call->bytes());
  if (!text.ok()) {  // the reply has no place for a status
    call->responder.Fail({RpcCode::kInvalidArgument, text.status().message()});
    return;
  }
  const bool valid = CheckJson(*text).ok();
  Reply(call, wire::EncodeDummy(valid ? R"({"status":"success","request":)" + *text + "}"
                                      : R"({"status":"fail"})"));
}

void MilvusService::GetMetrics(const CallPtr& call) {
  RK_CALL_ASSIGN(const std::string request, call, wire::DecodeGetMetrics(call->bytes()));
  NodeFacts facts;
  facts.version = identity_.reported_version;
  facts.build_time = identity_.build_time;
  facts.address = identity_.address;
  facts.started_ms = started_ms_;
  facts.now_ms = seams_.clock->WallMs();
  RK_CALL_ASSIGN(const std::string json, call, AnswerMetricsRequest(request, facts));
  Reply(call, wire::EncodeGetMetrics(json, "standalone"));
}

}  // namespace redkite::server
