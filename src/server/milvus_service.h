// MilvusService: the gRPC calls of Milvus, from method name to answer. One RPC = one function in a *_rpcs.cc;
// each decodes with wire/, asks the proxy and encodes. Business failures travel inside an OK reply; gRPC
// errors are only for what is not built (UNIMPLEMENTED by name) and not allowed. Thread safety: called from
// IO threads; the work runs on the executor. Seams outlive the service and all calls.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "base/executor.h"
#include "base/log.h"
#include "base/metrics.h"
#include "proxy/proxy.h"
#include "server/access/audit_trail.h"
#include "server/access/gate.h"
#include "wire/method_table.h"

namespace redkite::server {

/// One call on its way through the service. Shared, since its answer may come from another thread.
struct ServiceCall {
  std::shared_ptr<RpcCall> rpc;
  Responder responder;
  wire::Method method{};
  int64_t start_ns = 0;
  std::optional<AccessTarget> audited;  // what its line in the audit log names
  int code = 0;                         // of the answer, for that line

  std::string_view bytes() const { return rpc->request; }
  CancelToken* cancel() const { return &rpc->cancel; }
  /// When its bytes are elsewhere: they may be many. Assigning {} would keep their memory.
  void DropRequest() const { std::string().swap(rpc->request); }
  /// The database for a request that names none: the `dbname` header.
  void FillDatabase(std::string* database) const;
};
using CallPtr = std::shared_ptr<ServiceCall>;

class MilvusService final : public RpcHandler {
 public:
  struct Seams {
    proxy::Proxy* proxy = nullptr;
    const Gate* gate = nullptr;
    const AuditTrail* trail = nullptr;  // none: nothing is noted
    access::AccessControl* access = nullptr;
    access::Authenticator* authenticator = nullptr;
    Executor* executor = nullptr;
    const Clock* clock = nullptr;
    Logger* logger = nullptr;
    MetricsRegistry* metrics = nullptr;
    std::function<Status()> health;
  };
  struct Identity {
    std::string reported_version;  // of the Milvus that clients believe to talk to
    std::string version;           // our own
    std::string build_time;
    std::string git_commit;
    std::string address;  // that clients reach, host:port
  };
  MilvusService(Seams seams, Identity identity);

  RpcVerdict Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) override;
  void Handle(std::shared_ptr<RpcCall> call, Responder responder) override;

 private:
  using Function = void (MilvusService::*)(const CallPtr&);
  struct Entry {
    Function function = nullptr;
    Priority priority = Priority::kControl;
    Counter* calls = nullptr;
    Counter* failures = nullptr;
    LatencyHistogram* latency = nullptr;
  };
  struct Route {
    wire::Method method;
    Function function;
    Priority priority;
  };
  static const Route kRoutes[];
  void Register(const Route& route);
  void Run(const CallPtr& call);
  Status BeginAudit(const CallPtr& call) const;
  void EndAudit(const CallPtr& call) const;
  /// Answers the call; both may be called from any thread, once.
  void Reply(const CallPtr& call, std::string message);
  void Fail(const CallPtr& call, const Status& status);
  /// A status, for methods whose answer is nothing else.
  void ReplyStatus(const CallPtr& call, const Status& status);

  // access_rpcs.cc
  void AfterHash(const CallPtr& call, std::function<Status()> change);
  void CreateCredential(const CallPtr& call);
  void UpdateCredential(const CallPtr& call);
  void DeleteCredential(const CallPtr& call);
  void ListCredUsers(const CallPtr& call);
  void SelectUser(const CallPtr& call);
  void CreateRole(const CallPtr& call);
  void AlterRole(const CallPtr& call);
  void DropRole(const CallPtr& call);
  void OperateUserRole(const CallPtr& call);
  void SelectRole(const CallPtr& call);
  void OperatePrivilege(const CallPtr& call);
  void OperatePrivilegeV2(const CallPtr& call);
  void SelectGrant(const CallPtr& call);
  void CreatePrivilegeGroup(const CallPtr& call);
  void DropPrivilegeGroup(const CallPtr& call);
  void ListPrivilegeGroups(const CallPtr& call);
  void OperatePrivilegeGroup(const CallPtr& call);
  void BackupRBAC(const CallPtr& call);
  void RestoreRBAC(const CallPtr& call);
  // connection_rpcs.cc
  void Connect(const CallPtr& call);
  void GetVersion(const CallPtr& call);
  void CheckHealth(const CallPtr& call);
  void GetComponentStates(const CallPtr& call);
  void AllocTimestamp(const CallPtr& call);
  void HealthCheck(const CallPtr& call);
  void RegisterLink(const CallPtr& call);
  void ClientHeartbeat(const CallPtr& call);
  void GetMetrics(const CallPtr& call);
  void Dummy(const CallPtr& call);
  // database_rpcs.cc
  void CreateDatabase(const CallPtr& call);
  void DropDatabase(const CallPtr& call);
  void ListDatabases(const CallPtr& call);
  void DescribeDatabase(const CallPtr& call);
  void AlterDatabase(const CallPtr& call);
  void CreateAlias(const CallPtr& call);
  void DropAlias(const CallPtr& call);
  void AlterAlias(const CallPtr& call);
  void DescribeAlias(const CallPtr& call);
  void ListAliases(const CallPtr& call);
  // collection_rpcs.cc
  void CreateCollection(const CallPtr& call);
  void DropCollection(const CallPtr& call);
  void HasCollection(const CallPtr& call);
  void DescribeCollection(const CallPtr& call);
  void BatchDescribeCollection(const CallPtr& call);
  void ShowCollections(const CallPtr& call);
  void GetCollectionStatistics(const CallPtr& call);
  void RenameCollection(const CallPtr& call);
  void AlterCollection(const CallPtr& call);
  void AlterCollectionField(const CallPtr& call);
  void AddCollectionField(const CallPtr& call);
  void AlterCollectionSchema(const CallPtr& call);
  void TruncateCollection(const CallPtr& call);
  // partition_rpcs.cc
  void CreatePartition(const CallPtr& call);
  void DropPartition(const CallPtr& call);
  void HasPartition(const CallPtr& call);
  void ShowPartitions(const CallPtr& call);
  void GetPartitionStatistics(const CallPtr& call);
  void LoadCollection(const CallPtr& call);
  void ReleaseCollection(const CallPtr& call);
  void LoadPartitions(const CallPtr& call);
  void ReleasePartitions(const CallPtr& call);
  void GetLoadState(const CallPtr& call);
  void GetLoadingProgress(const CallPtr& call);
  // index_rpcs.cc
  void CreateIndex(const CallPtr& call);
  void DropIndex(const CallPtr& call);
  void AlterIndex(const CallPtr& call);
  void DescribeIndex(const CallPtr& call);
  void GetIndexStatistics(const CallPtr& call);
  void GetIndexState(const CallPtr& call);
  void GetIndexBuildProgress(const CallPtr& call);
  // segment_rpcs.cc
  void GetPersistentSegmentInfo(const CallPtr& call);
  void ManualCompaction(const CallPtr& call);
  void GetCompactionState(const CallPtr& call);
  void GetCompactionStateWithPlans(const CallPtr& call);
  void GetQuerySegmentInfo(const CallPtr& call);
  void ListIndexedSegment(const CallPtr& call);
  void GetReplicas(const CallPtr& call);
  // resource_group_rpcs.cc
  void CreateResourceGroup(const CallPtr& call);
  void UpdateResourceGroups(const CallPtr& call);
  void DropResourceGroup(const CallPtr& call);
  void DescribeResourceGroup(const CallPtr& call);
  void ListResourceGroups(const CallPtr& call);
  void TransferNode(const CallPtr& call);
  void TransferReplica(const CallPtr& call);
  void LoadBalance(const CallPtr& call);
  // segment_rpcs.cc
  void FlushAll(const CallPtr& call);
  void GetFlushAllState(const CallPtr& call);
  // data_rpcs.cc
  proxy::Proxy::MutationDone MutationReply(const CallPtr& call);
  void Insert(const CallPtr& call);
  void Upsert(const CallPtr& call);
  void Delete(const CallPtr& call);
  void Search(const CallPtr& call);
  void Query(const CallPtr& call);
  void CalcDistance(const CallPtr& call);
  void RunAnalyzer(const CallPtr& call);
  void ComputePhraseMatchSlop(const CallPtr& call);
  void Flush(const CallPtr& call);
  void GetFlushState(const CallPtr& call);

  const Seams seams_;
  const Identity identity_;
  const int64_t started_ms_;
  std::atomic<int64_t> next_identifier_;
  std::array<Entry, wire::kMethodCount> entries_{};
};

}  // namespace redkite::server
