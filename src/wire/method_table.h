// Every RPC that a client can call, in one table: its enum value, its gRPC path, and where its reply carries
// the common.Status. The server looks a path up once per call and dispatches on the enum; a method that is
// not built answers gRPC UNIMPLEMENTED by its name. The rows equal the services in proto/milvus.proto
// (method_table_test.cc compares). Thread safety: constant data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace redkite::wire {

/// Reply field that holds the status: a field number, or one of these.
inline constexpr int kIsStatus = 0;   // the reply is a common.Status
inline constexpr int kNoStatus = -1;  // the reply has no place for a status: failures are gRPC statuses

// clang-format off
#define RK_MILVUS_METHODS(X) \
  /* Connection and health */ \
  X(Connect, 1) \
  X(GetVersion, 1) \
  X(CheckHealth, 1) \
  X(GetComponentStates, 3) \
  X(AllocTimestamp, 1) \
  X(GetMetrics, 1) \
  X(Dummy, kNoStatus) \
  X(RegisterLink, 2) \
  /* Databases */ \
  X(CreateDatabase, kIsStatus) \
  X(DropDatabase, kIsStatus) \
  X(ListDatabases, 1) \
  X(DescribeDatabase, 1) \
  X(AlterDatabase, kIsStatus) \
  /* Collections */ \
  X(CreateCollection, kIsStatus) \
  X(DropCollection, kIsStatus) \
  X(HasCollection, 1) \
  X(DescribeCollection, 1) \
  X(BatchDescribeCollection, 1) \
  X(ShowCollections, 1) \
  X(AlterCollection, kIsStatus) \
  X(AlterCollectionField, kIsStatus) \
  X(AddCollectionField, kIsStatus) \
  X(AlterCollectionSchema, 1) \
  X(AddCollectionStructField, kIsStatus) \
  X(AddCollectionFunction, kIsStatus) \
  X(AlterCollectionFunction, kIsStatus) \
  X(DropCollectionFunction, kIsStatus) \
  X(RenameCollection, kIsStatus) \
  X(TruncateCollection, 1) \
  X(GetCollectionStatistics, 1) \
  X(BatchUpdateManifest, kIsStatus) \
  /* Aliases */ \
  X(CreateAlias, kIsStatus) \
  X(DropAlias, kIsStatus) \
  X(AlterAlias, kIsStatus) \
  X(DescribeAlias, 1) \
  X(ListAliases, 1) \
  /* Partitions */ \
  X(CreatePartition, kIsStatus) \
  X(DropPartition, kIsStatus) \
  X(HasPartition, 1) \
  X(ShowPartitions, 1) \
  X(GetPartitionStatistics, 1) \
  /* Indexes */ \
  X(CreateIndex, kIsStatus) \
  X(DescribeIndex, 1) \
  X(DropIndex, kIsStatus) \
  X(AlterIndex, kIsStatus) \
  X(GetIndexStatistics, 1) \
  X(GetIndexState, 1) \
  X(GetIndexBuildProgress, 1) \
  /* Rows in */ \
  X(Insert, 1) \
  X(Upsert, 1) \
  X(Delete, 1) \
  /* Rows out */ \
  X(Search, 1) \
  X(HybridSearch, 1) \
  X(Query, 1) \
  X(CalcDistance, 1) \
  /* Load and release */ \
  X(LoadCollection, kIsStatus) \
  X(ReleaseCollection, kIsStatus) \
  X(LoadPartitions, kIsStatus) \
  X(ReleasePartitions, kIsStatus) \
  X(GetLoadingProgress, 1) \
  X(GetLoadState, 1) \
  X(Prewarm, 1) \
  X(DescribePrewarmTask, 1) \
  /* Replicas and resource groups */ \
  X(GetReplicas, 1) \
  X(GetQuerySegmentInfo, 1) \
  X(LoadBalance, kIsStatus) \
  X(CreateResourceGroup, kIsStatus) \
  X(UpdateResourceGroups, kIsStatus) \
  X(DropResourceGroup, kIsStatus) \
  X(DescribeResourceGroup, 1) \
  X(ListResourceGroups, 1) \
  X(TransferNode, kIsStatus) \
  X(TransferReplica, kIsStatus) \
  /* Flush */ \
  X(Flush, 1) \
  X(GetFlushState, 1) \
  /* Compaction and stored segments */ \
  X(ManualCompaction, 1) \
  X(GetCompactionState, 1) \
  X(GetCompactionStateWithPlans, 1) \
  X(GetPersistentSegmentInfo, 1) \
  /* Flush of every collection */ \
  X(FlushAll, 1) \
  X(GetFlushAllState, 1) \
  /* Import */ \
  X(Import, 1) \
  X(GetImportState, 1) \
  X(ListImportTasks, 1) \
  /* Users, roles, privileges */ \
  X(CreateCredential, kIsStatus) \
  X(UpdateCredential, kIsStatus) \
  X(DeleteCredential, kIsStatus) \
  X(ListCredUsers, 1) \
  X(CreateRole, kIsStatus) \
  X(AlterRole, kIsStatus) \
  X(DropRole, kIsStatus) \
  X(OperateUserRole, kIsStatus) \
  X(SelectRole, 1) \
  X(SelectUser, 1) \
  X(OperatePrivilege, kIsStatus) \
  X(OperatePrivilegeV2, kIsStatus) \
  X(SelectGrant, 1) \
  X(CreatePrivilegeGroup, kIsStatus) \
  X(DropPrivilegeGroup, kIsStatus) \
  X(ListPrivilegeGroups, 1) \
  X(OperatePrivilegeGroup, kIsStatus) \
  X(BackupRBAC, 1) \
  X(RestoreRBAC, kIsStatus) \
  /* User tags and row policies */ \
  X(AddUserTags, kIsStatus) \
  X(DeleteUserTags, kIsStatus) \
  X(GetUserTags, 1) \
  X(ListUsersWithTag, 1) \
  X(CreateRowPolicy, kIsStatus) \
  X(DropRowPolicy, kIsStatus) \
  X(ListRowPolicies, 1) \
  /* Namespaces */ \
  X(CreateNamespace, 1) \
  X(DescribeNamespace, 1) \
  X(ListNamespaces, 1) \
  X(DropNamespace, 1) \
  X(HasNamespace, 1) \
  X(GetNamespaceStats, 1) \
  /* Snapshots */ \
  X(CreateSnapshot, kIsStatus) \
  X(DropSnapshot, kIsStatus) \
  X(ListSnapshots, 1) \
  X(DescribeSnapshot, 1) \
  X(RestoreSnapshot, 1) \
  X(RestoreExternalSnapshot, 1) \
  X(GetRestoreSnapshotState, 1) \
  X(ListRestoreSnapshotJobs, 1) \
  X(ExportSnapshot, 1) \
  X(GetExportSnapshotState, 1) \
  X(PinSnapshotData, 1) \
  X(UnpinSnapshotData, kIsStatus) \
  /* External collections */ \
  X(RefreshExternalCollection, 1) \
  X(GetRefreshExternalCollectionProgress, 1) \
  X(ListRefreshExternalCollectionJobs, 1) \
  /* Replication */ \
  X(ReplicateMessage, 1) \
  X(UpdateReplicateConfiguration, kIsStatus) \
  X(GetReplicateConfiguration, 1) \
  X(GetReplicateInfo, kNoStatus) \
  X(CreateReplicateStream, kNoStatus) \
  X(DumpMessages, 1) \
  /* Text analysis and file resources */ \
  X(RunAnalyzer, 1) \
  X(ComputePhraseMatchSlop, 1) \
  X(AddFileResource, kIsStatus) \
  X(RemoveFileResource, kIsStatus) \
  X(ListFileResources, 1) \
  /* Index internals */ \
  X(ListIndexedSegment, 1) \
  X(DescribeSegmentIndexData, 1)
#define RK_TELEMETRY_METHODS(X) \
  /* Client telemetry */ \
  X(ClientHeartbeat, 1) \
  X(GetClientTelemetry, 1) \
  X(PushClientCommand, 1) \
  X(DeleteClientCommand, 1)
#define RK_HEALTH_METHODS(X) \
  X(Check, kNoStatus) \
  X(Watch, kNoStatus)
// clang-format on

enum class Service : uint8_t { kMilvus, kTelemetry, kHealth };

enum class Method : uint8_t {
#define X(name, status_field) k##name,
  RK_MILVUS_METHODS(X) RK_TELEMETRY_METHODS(X)
#undef X
#define X(name, status_field) kHealth##name,
      RK_HEALTH_METHODS(X)
#undef X
};
inline constexpr size_t kMethodCount = static_cast<size_t>(Method::kHealthWatch) + 1;

struct MethodInfo {
  Method method;
  Service service;
  int status_field;       // field number, kIsStatus or kNoStatus
  std::string_view name;  // "Search"
  std::string_view path;  // "/milvus.proto.milvus.MilvusService/Search"
};

/// The method of a gRPC path; nullptr when no service of ours has it.
const MethodInfo* FindMethod(std::string_view path);
const MethodInfo& InfoOf(Method method);
/// All of them, in the order of the enum.
std::span<const MethodInfo> AllMethods();

}  // namespace redkite::wire
