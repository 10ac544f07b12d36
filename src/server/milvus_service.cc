#include "server/milvus_service.h"

#include <new>

#include "wire/status_map.h"

namespace redkite::server {

using wire::Method;

void ServiceCall::FillDatabase(std::string* database) const {
  if (!database->empty()) return;
  if (const auto header = rpc->Find("dbname")) *database = *header;
}

MilvusService::MilvusService(Seams seams, Identity identity, Principal principal)
    : seams_(std::move(seams)),
      identity_(std::move(identity)),
      principal_(principal),
      next_identifier_(seams_.clock->WallMs() << 18) {
  using S = MilvusService;
  Register(Method::kConnect, &S::Connect, Priority::kControl);
  Register(Method::kGetVersion, &S::GetVersion, Priority::kControl);
  Register(Method::kCheckHealth, &S::CheckHealth, Priority::kControl);
  Register(Method::kGetComponentStates, &S::GetComponentStates, Priority::kControl);
  Register(Method::kAllocTimestamp, &S::AllocTimestamp, Priority::kControl);
  Register(Method::kHealthCheck, &S::HealthCheck, Priority::kControl);
  Register(Method::kListDatabases, &S::ListDatabases, Priority::kControl);
  Register(Method::kDescribeDatabase, &S::DescribeDatabase, Priority::kControl);
  Register(Method::kCreateCollection, &S::CreateCollection, Priority::kControl);
  Register(Method::kDropCollection, &S::DropCollection, Priority::kControl);
  Register(Method::kHasCollection, &S::HasCollection, Priority::kControl);
  Register(Method::kDescribeCollection, &S::DescribeCollection, Priority::kControl);
  Register(Method::kShowCollections, &S::ShowCollections, Priority::kControl);
  Register(Method::kGetCollectionStatistics, &S::GetCollectionStatistics, Priority::kControl);
  Register(Method::kLoadCollection, &S::LoadCollection, Priority::kControl);
  Register(Method::kReleaseCollection, &S::ReleaseCollection, Priority::kControl);
  Register(Method::kGetLoadState, &S::GetLoadState, Priority::kControl);
  Register(Method::kGetLoadingProgress, &S::GetLoadingProgress, Priority::kControl);
  Register(Method::kShowPartitions, &S::ShowPartitions, Priority::kControl);
  Register(Method::kHasPartition, &S::HasPartition, Priority::kControl);
  Register(Method::kCreateIndex, &S::CreateIndex, Priority::kControl);
  Register(Method::kDropIndex, &S::DropIndex, Priority::kControl);
  Register(Method::kDescribeIndex, &S::DescribeIndex, Priority::kControl);
  Register(Method::kGetIndexStatistics, &S::GetIndexStatistics, Priority::kControl);
  Register(Method::kGetIndexState, &S::GetIndexState, Priority::kControl);
  Register(Method::kGetIndexBuildProgress, &S::GetIndexBuildProgress, Priority::kControl);
  Register(Method::kInsert, &S::Insert, Priority::kIngest);
  Register(Method::kUpsert, &S::Upsert, Priority::kIngest);
  Register(Method::kDelete, &S::Delete, Priority::kIngest);
  Register(Method::kSearch, &S::Search, Priority::kSearch);
  Register(Method::kQuery, &S::Query, Priority::kSearch);
  Register(Method::kFlush, &S::Flush, Priority::kControl);
  Register(Method::kGetFlushState, &S::GetFlushState, Priority::kControl);
}

void MilvusService::Register(Method method, Function function, Priority priority) {
  const std::string label = "method=\"" + std::string(wire::InfoOf(method).name) + "\"";
  Entry& entry = entries_[static_cast<size_t>(method)];
  entry.function = function;
  entry.priority = priority;
  entry.calls = seams_.metrics->GetCounter("redkite_rpc_calls_total", "gRPC calls by method.", label);
  entry.failures = seams_.metrics->GetCounter("redkite_rpc_failures_total",
                                              "gRPC calls that answered an error, by method.", label);
  entry.latency = seams_.metrics->GetLatency(
      "redkite_rpc_seconds", "Time from the complete request to its answer, by method.", label);
}

std::optional<RpcStatus> MilvusService::Admit(const RpcCall& call) {
  const wire::MethodInfo* info = wire::FindMethod(call.method);
  if (info == nullptr) return RpcStatus{RpcCode::kUnimplemented, "unknown method " + call.method};
  if (entries_[static_cast<size_t>(info->method)].function == nullptr) {
    return RpcStatus{RpcCode::kUnimplemented, "method " + std::string(info->name) + " is not implemented"};
  }
  if (RpcStatus refused = Authorize(principal_, info->method, call); !refused.ok()) return refused;
  return std::nullopt;
}

void MilvusService::Handle(std::shared_ptr<RpcCall> rpc, Responder responder) {
  auto call = std::make_shared<ServiceCall>();
  call->method = wire::FindMethod(rpc->method)->method;
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
    (this->*entries_[static_cast<size_t>(call->method)].function)(call);
  } catch (const std::bad_alloc&) {
    Fail(call, Status(Code::kMemoryLimitExceeded, "the server is out of memory: memory limit exceeded"));
  }
}

void MilvusService::Reply(const CallPtr& call, std::string message) {
  entries_[static_cast<size_t>(call->method)].latency->ObserveNs(seams_.clock->MonotonicNs() -
                                                                 call->start_ns);
  call->responder.Finish(std::move(message));
}

void MilvusService::Fail(const CallPtr& call, const Status& status) {
  entries_[static_cast<size_t>(call->method)].failures->Add();
  if (status.code() == Code::kTimeout || status.code() == Code::kCanceled) {
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
