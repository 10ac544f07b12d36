#include "server/milvus_service.h"

#include <new>

#include "wire/status_map.h"

namespace redkite::server {

using wire::Method;

void ServiceCall::FillDatabase(std::string* database) const {
  if (!database->empty()) return;
  if (const auto header = rpc->Find("dbname")) *database = *header;
}

namespace {

constexpr int64_t kOpenBodyBytesMax = 4 << 10;  // of methods that need no credentials

RpcStatus Unbuilt(const std::string& path) {
  const wire::MethodInfo* info = wire::FindMethod(path);
  if (info == nullptr) return {RpcCode::kUnimplemented, "unknown method " + path};
  return {RpcCode::kUnimplemented, "method " + std::string(info->name) + " is not implemented"};
}

}  // namespace

// What is built; a method without a row answers UNIMPLEMENTED by its name.
const MilvusService::Route MilvusService::kRoutes[] = {
    // connection_rpcs.cc
    {Method::kConnect, &MilvusService::Connect, Priority::kControl},
    {Method::kGetVersion, &MilvusService::GetVersion, Priority::kControl},
    {Method::kCheckHealth, &MilvusService::CheckHealth, Priority::kControl},
    {Method::kGetComponentStates, &MilvusService::GetComponentStates, Priority::kControl},
    {Method::kAllocTimestamp, &MilvusService::AllocTimestamp, Priority::kControl},
    {Method::kHealthCheck, &MilvusService::HealthCheck, Priority::kControl},
    {Method::kRegisterLink, &MilvusService::RegisterLink, Priority::kControl},
    {Method::kClientHeartbeat, &MilvusService::ClientHeartbeat, Priority::kControl},
    {Method::kGetMetrics, &MilvusService::GetMetrics, Priority::kControl},
    {Method::kDummy, &MilvusService::Dummy, Priority::kControl},
    // database_rpcs.cc
    {Method::kCreateDatabase, &MilvusService::CreateDatabase, Priority::kControl},
    {Method::kDropDatabase, &MilvusService::DropDatabase, Priority::kControl},
    {Method::kListDatabases, &MilvusService::ListDatabases, Priority::kControl},
    {Method::kDescribeDatabase, &MilvusService::DescribeDatabase, Priority::kControl},
    {Method::kAlterDatabase, &MilvusService::AlterDatabase, Priority::kControl},
    {Method::kCreateAlias, &MilvusService::CreateAlias, Priority::kControl},
    {Method::kDropAlias, &MilvusService::DropAlias, Priority::kControl},
    {Method::kAlterAlias, &MilvusService::AlterAlias, Priority::kControl},
    {Method::kDescribeAlias, &MilvusService::DescribeAlias, Priority::kControl},
    {Method::kListAliases, &MilvusService::ListAliases, Priority::kControl},
    // collection_rpcs.cc
    {Method::kCreateCollection, &MilvusService::CreateCollection, Priority::kControl},
    {Method::kDropCollection, &MilvusService::DropCollection, Priority::kControl},
    {Method::kHasCollection, &MilvusService::HasCollection, Priority::kControl},
    {Method::kDescribeCollection, &MilvusService::DescribeCollection, Priority::kControl},
    {Method::kBatchDescribeCollection, &MilvusService::BatchDescribeCollection, Priority::kControl},
    {Method::kShowCollections, &MilvusService::ShowCollections, Priority::kControl},
    {Method::kGetCollectionStatistics, &MilvusService::GetCollectionStatistics, Priority::kControl},
    {Method::kRenameCollection, &MilvusService::RenameCollection, Priority::kControl},
    {Method::kAlterCollection, &MilvusService::AlterCollection, Priority::kControl},
    {Method::kAlterCollectionField, &MilvusService::AlterCollectionField, Priority::kControl},
    {Method::kAddCollectionField, &MilvusService::AddCollectionField, Priority::kControl},
    {Method::kAlterCollectionSchema, &MilvusService::AlterCollectionSchema, Priority::kControl},
    {Method::kTruncateCollection, &MilvusService::TruncateCollection, Priority::kControl},
    // partition_rpcs.cc
    {Method::kCreatePartition, &MilvusService::CreatePartition, Priority::kControl},
    {Method::kDropPartition, &MilvusService::DropPartition, Priority::kControl},
    {Method::kHasPartition, &MilvusService::HasPartition, Priority::kControl},
    {Method::kShowPartitions, &MilvusService::ShowPartitions, Priority::kControl},
    {Method::kGetPartitionStatistics, &MilvusService::GetPartitionStatistics, Priority::kControl},
    {Method::kLoadCollection, &MilvusService::LoadCollection, Priority::kControl},
    {Method::kReleaseCollection, &MilvusService::ReleaseCollection, Priority::kControl},
    {Method::kLoadPartitions, &MilvusService::LoadPartitions, Priority::kControl},
    {Method::kReleasePartitions, &MilvusService::ReleasePartitions, Priority::kControl},
    {Method::kGetLoadState, &MilvusService::GetLoadState, Priority::kControl},
    {Method::kGetLoadingProgress, &MilvusService::GetLoadingProgress, Priority::kControl},
    // index_rpcs.cc
    {Method::kCreateIndex, &MilvusService::CreateIndex, Priority::kControl},
    {Method::kDropIndex, &MilvusService::DropIndex, Priority::kControl},
    {Method::kAlterIndex, &MilvusService::AlterIndex, Priority::kControl},
    {Method::kDescribeIndex, &MilvusService::DescribeIndex, Priority::kControl},
    {Method::kGetIndexStatistics, &MilvusService::GetIndexStatistics, Priority::kControl},
    {Method::kGetIndexState, &MilvusService::GetIndexState, Priority::kControl},
    {Method::kGetIndexBuildProgress, &MilvusService::GetIndexBuildProgress, Priority::kControl},
    // segment_rpcs.cc
    {Method::kGetPersistentSegmentInfo, &MilvusService::GetPersistentSegmentInfo, Priority::kControl},
    {Method::kGetQuerySegmentInfo, &MilvusService::GetQuerySegmentInfo, Priority::kControl},
    {Method::kListIndexedSegment, &MilvusService::ListIndexedSegment, Priority::kControl},
    {Method::kGetReplicas, &MilvusService::GetReplicas, Priority::kControl},
    // resource_group_rpcs.cc
    {Method::kCreateResourceGroup, &MilvusService::CreateResourceGroup, Priority::kControl},
    {Method::kUpdateResourceGroups, &MilvusService::UpdateResourceGroups, Priority::kControl},
    {Method::kDropResourceGroup, &MilvusService::DropResourceGroup, Priority::kControl},
    {Method::kDescribeResourceGroup, &MilvusService::DescribeResourceGroup, Priority::kControl},
    {Method::kListResourceGroups, &MilvusService::ListResourceGroups, Priority::kControl},
    {Method::kTransferNode, &MilvusService::TransferNode, Priority::kControl},
    {Method::kTransferReplica, &MilvusService::TransferReplica, Priority::kControl},
    {Method::kLoadBalance, &MilvusService::LoadBalance, Priority::kControl},
    // segment_rpcs.cc
    {Method::kManualCompaction, &MilvusService::ManualCompaction, Priority::kControl},
    {Method::kGetCompactionState, &MilvusService::GetCompactionState, Priority::kControl},
    {Method::kGetCompactionStateWithPlans, &MilvusService::GetCompactionStateWithPlans, Priority::kControl},
    {Method::kFlushAll, &MilvusService::FlushAll, Priority::kControl},
    {Method::kGetFlushAllState, &MilvusService::GetFlushAllState, Priority::kControl},
    // access_rpcs.cc
    {Method::kCreateCredential, &MilvusService::CreateCredential, Priority::kControl},
    {Method::kUpdateCredential, &MilvusService::UpdateCredential, Priority::kControl},
    {Method::kDeleteCredential, &MilvusService::DeleteCredential, Priority::kControl},
    {Method::kListCredUsers, &MilvusService::ListCredUsers, Priority::kControl},
    {Method::kSelectUser, &MilvusService::SelectUser, Priority::kControl},
    {Method::kCreateRole, &MilvusService::CreateRole, Priority::kControl},
    {Method::kAlterRole, &MilvusService::AlterRole, Priority::kControl},
    {Method::kDropRole, &MilvusService::DropRole, Priority::kControl},
    {Method::kOperateUserRole, &MilvusService::OperateUserRole, Priority::kControl},
    {Method::kSelectRole, &MilvusService::SelectRole, Priority::kControl},
    {Method::kOperatePrivilege, &MilvusService::OperatePrivilege, Priority::kControl},
    {Method::kOperatePrivilegeV2, &MilvusService::OperatePrivilegeV2, Priority::kControl},
    {Method::kSelectGrant, &MilvusService::SelectGrant, Priority::kControl},
    {Method::kCreatePrivilegeGroup, &MilvusService::CreatePrivilegeGroup, Priority::kControl},
    {Method::kDropPrivilegeGroup, &MilvusService::DropPrivilegeGroup, Priority::kControl},
    {Method::kListPrivilegeGroups, &MilvusService::ListPrivilegeGroups, Priority::kControl},
    {Method::kOperatePrivilegeGroup, &MilvusService::OperatePrivilegeGroup, Priority::kControl},
    {Method::kBackupRBAC, &MilvusService::BackupRBAC, Priority::kControl},
    {Method::kRestoreRBAC, &MilvusService::RestoreRBAC, Priority::kControl},
    // data_rpcs.cc
    {Method::kInsert, &MilvusService::Insert, Priority::kIngest},
    {Method::kUpsert, &MilvusService::Upsert, Priority::kIngest},
    {Method::kDelete, &MilvusService::Delete, Priority::kIngest},
    {Method::kSearch, &MilvusService::Search, Priority::kSearch},
    {Method::kQuery, &MilvusService::Query, Priority::kSearch},
    {Method::kCalcDistance, &MilvusService::CalcDistance, Priority::kSearch},
    {Method::kRunAnalyzer, &MilvusService::RunAnalyzer, Priority::kSearch},
    {Method::kComputePhraseMatchSlop, &MilvusService::ComputePhraseMatchSlop, Priority::kSearch},
    {Method::kFlush, &MilvusService::Flush, Priority::kControl},
    {Method::kGetFlushState, &MilvusService::GetFlushState, Priority::kControl},
};

MilvusService::MilvusService(Seams seams, Identity identity)
    : seams_(std::move(seams)),
      identity_(std::move(identity)),
      started_ms_(seams_.clock->WallMs()),
      next_identifier_(started_ms_ << 18) {
  for (const Route& route : kRoutes) Register(route);
}

void MilvusService::Register(const Route& route) {
  const std::string label = "method=\"" + std::string(wire::InfoOf(route.method).name) + "\"";
  Entry& entry = entries_[static_cast<size_t>(route.method)];
  entry.function = route.function;
  entry.priority = route.priority;
  entry.calls = seams_.metrics->GetCounter("redkite_rpc_calls_total", "gRPC calls by method.", label);
  entry.failures = seams_.metrics->GetCounter("redkite_rpc_failures_total",
                                              "gRPC calls that answered an error, by method.", label);
  entry.latency = seams_.metrics->GetLatency(
      "redkite_rpc_seconds", "Time from the complete request to its answer, by method.", label);
}

RpcVerdict MilvusService::Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) {
  const wire::MethodInfo* info = wire::FindMethod(call->method);
  const bool open = info != nullptr && RuleOf(info->method).need == AccessNeed::kNothing;
  if (open) call->body_bytes_max = kOpenBodyBytesMax;
  // Who has no credentials learns nothing else, not even which methods there are.
  RpcVerdict verdict = open ? RpcVerdict::Admitted() : seams_.gate->Admit(call, ticket);
  if (verdict.refused() ||
      (info != nullptr && entries_[static_cast<size_t>(info->method)].function != nullptr))
    return verdict;
  if (verdict.later()) return verdict;  // Handle answers
  return RpcVerdict::Refused(Unbuilt(call->method));
}

void MilvusService::Handle(std::shared_ptr<RpcCall> rpc, Responder responder) {
  const wire::MethodInfo* info = wire::FindMethod(rpc->method);
  if (info == nullptr || entries_[static_cast<size_t>(info->method)].function == nullptr)
    return responder.Fail(Unbuilt(rpc->method));
  auto call = std::make_shared<ServiceCall>();
  call->method = info->method;
  call->rpc = std::move(rpc);
  call->responder = std::move(responder);
  call->start_ns = seams_.clock->MonotonicNs();
  const Entry& entry = entries_[static_cast<size_t>(call->method)];
  entry.calls->Add();
  seams_.executor->Submit(entry.priority, [this, call = std::move(call)] { Run(call); });
}

void MilvusService::Run(const CallPtr& call) {
  if (Status s = call->cancel()->Check(); !s.ok()) {
    Fail(call, s);
    return;
  }
  // The edge of the engine: what a library throws for want of memory becomes an answer.
  try {
    if (Refusal refused = seams_.gate->Authorize(*call->rpc, call->method); !refused.ok()) {
      entries_[static_cast<size_t>(call->method)].failures->Add();
      call->responder.Fail(std::move(refused));
      return;
    }
    if (Status s = BeginAudit(call); !s.ok()) return Fail(call, s);
    (this->*entries_[static_cast<size_t>(call->method)].function)(call);
  } catch (const std::bad_alloc&) {
    Fail(call, Status(Code::kMemoryLimitExceeded, "the server is out of memory: memory limit exceeded"));
  }
}

// Read before the request's bytes are given away.
Status MilvusService::BeginAudit(const CallPtr& call) const {
  if (seams_.trail == nullptr || !seams_.trail->Wants(call->method)) return Status::Ok();
  RK_RETURN_IF_ERROR(seams_.trail->Check());
  AccessTarget target;
  ReadTarget(RuleOf(call->method), call->bytes(), &target);  // what cannot be read is left out
  call->FillDatabase(&target.database);
  const std::string_view subject = AccessSubject(call->method, call->bytes());
  if (!subject.empty()) target.names = {std::string(subject)};
  call->audited = std::move(target);
  return Status::Ok();
}

void MilvusService::EndAudit(const CallPtr& call) const {
  if (!call->audited) return;
  seams_.trail->Ended(*call->rpc, {audit::Transport::kGrpc, wire::InfoOf(call->method).name, call->method},
                      *call->audited, call->code);
}

void MilvusService::Reply(const CallPtr& call, std::string message) {
  EndAudit(call);
  entries_[static_cast<size_t>(call->method)].latency->ObserveNs(seams_.clock->MonotonicNs() -
                                                                 call->start_ns);
  call->responder.Finish(std::move(message));
}

void MilvusService::Fail(const CallPtr& call, const Status& status) {
  entries_[static_cast<size_t>(call->method)].failures->Add();
  call->code = static_cast<int>(status.code());
  if (status.code() == Code::kTimeout || status.code() == Code::kCanceled) {
    EndAudit(call);
    // The client counts on gRPC's own codes here; nobody reads a body.
    call->responder.Fail({status.code() == Code::kTimeout ? RpcCode::kDeadlineExceeded : RpcCode::kCancelled,
                          status.message()});
    return;
  }
  if (status.blame() == Blame::kSystem) {
    seams_.logger->Warn("request failed", {{"method", wire::InfoOf(call->method).name},
                                           {"code", static_cast<int>(status.code())},
                                           {"error", status.message()}});
  }
  Reply(call, wire::EncodeReplyStatus(call->method, status));
}

void MilvusService::ReplyStatus(const CallPtr& call, const Status& status) {
  if (!status.ok()) {
    Fail(call, status);
  } else {
    Reply(call, wire::EncodeReplyStatus(call->method, status));
  }
}

}  // namespace redkite::server
