#include "server/authorize.h"

namespace redkite::server {

using wire::Method;

// One row per method, without a default: a new method does not compile until it stands here.
Access AccessOf(Method method) {
  switch (method) {
    case Method::kConnect:
    case Method::kGetVersion:
    case Method::kCheckHealth:
    case Method::kGetComponentStates:
    case Method::kDummy:
    case Method::kRegisterLink:
    case Method::kClientHeartbeat:
    case Method::kHealthCheck:
    case Method::kHealthWatch:
      return Access::kAnyone;
    case Method::kAllocTimestamp:
    case Method::kListDatabases:
    case Method::kDescribeDatabase:
    case Method::kHasCollection:
    case Method::kDescribeCollection:
    case Method::kBatchDescribeCollection:
    case Method::kShowCollections:
    case Method::kGetCollectionStatistics:
    case Method::kDescribeAlias:
    case Method::kListAliases:
    case Method::kHasPartition:
    case Method::kShowPartitions:
    case Method::kGetPartitionStatistics:
    case Method::kDescribeIndex:
    case Method::kGetIndexStatistics:
    case Method::kGetIndexState:
    case Method::kGetIndexBuildProgress:
    case Method::kSearch:
    case Method::kHybridSearch:
    case Method::kQuery:
    case Method::kCalcDistance:
    case Method::kGetLoadingProgress:
    case Method::kGetLoadState:
    case Method::kDescribePrewarmTask:
    case Method::kGetReplicas:
    case Method::kGetQuerySegmentInfo:
    case Method::kGetFlushState:
    case Method::kGetCompactionState:
    case Method::kGetCompactionStateWithPlans:
    case Method::kGetPersistentSegmentInfo:
    case Method::kGetFlushAllState:
    case Method::kGetImportState:
    case Method::kListImportTasks:
    case Method::kDescribeNamespace:
    case Method::kListNamespaces:
    case Method::kHasNamespace:
    case Method::kGetNamespaceStats:
    case Method::kGetRefreshExternalCollectionProgress:
    case Method::kListRefreshExternalCollectionJobs:
    case Method::kRunAnalyzer:
    case Method::kComputePhraseMatchSlop:
    case Method::kListIndexedSegment:
    case Method::kDescribeSegmentIndexData:
      return Access::kRead;
    case Method::kInsert:
    case Method::kUpsert:
    case Method::kDelete:
    case Method::kImport:
      return Access::kWrite;
    case Method::kCreateDatabase:
    case Method::kDropDatabase:
    case Method::kAlterDatabase:
    case Method::kCreateCollection:
    case Method::kDropCollection:
    case Method::kAlterCollection:
    case Method::kAlterCollectionField:
    case Method::kAddCollectionField:
    case Method::kAlterCollectionSchema:
    case Method::kAddCollectionStructField:
    case Method::kAddCollectionFunction:
    case Method::kAlterCollectionFunction:
    case Method::kDropCollectionFunction:
    case Method::kRenameCollection:
    case Method::kTruncateCollection:
    case Method::kBatchUpdateManifest:
    case Method::kCreateAlias:
    case Method::kDropAlias:
    case Method::kAlterAlias:
    case Method::kCreatePartition:
    case Method::kDropPartition:
    case Method::kCreateIndex:
    case Method::kDropIndex:
    case Method::kAlterIndex:
    case Method::kLoadCollection:
    case Method::kReleaseCollection:
    case Method::kLoadPartitions:
    case Method::kReleasePartitions:
    case Method::kPrewarm:
    case Method::kFlush:
    case Method::kManualCompaction:
    case Method::kFlushAll:
    case Method::kCreateNamespace:
    case Method::kDropNamespace:
    case Method::kRefreshExternalCollection:
      return Access::kDefine;
    case Method::kGetMetrics:
    case Method::kLoadBalance:
    case Method::kCreateResourceGroup:
    case Method::kUpdateResourceGroups:
    case Method::kDropResourceGroup:
    case Method::kDescribeResourceGroup:
    case Method::kListResourceGroups:
    case Method::kTransferNode:
    case Method::kTransferReplica:
    case Method::kCreateCredential:
    case Method::kUpdateCredential:
    case Method::kDeleteCredential:
    case Method::kListCredUsers:
    case Method::kCreateRole:
    case Method::kAlterRole:
    case Method::kDropRole:
    case Method::kOperateUserRole:
    case Method::kSelectRole:
    case Method::kSelectUser:
    case Method::kOperatePrivilege:
    case Method::kOperatePrivilegeV2:
    case Method::kSelectGrant:
    case Method::kCreatePrivilegeGroup:
    case Method::kDropPrivilegeGroup:
    case Method::kListPrivilegeGroups:
    case Method::kOperatePrivilegeGroup:
    case Method::kBackupRBAC:
    case Method::kRestoreRBAC:
    case Method::kAddUserTags:
    case Method::kDeleteUserTags:
    case Method::kGetUserTags:
    case Method::kListUsersWithTag:
    case Method::kCreateRowPolicy:
    case Method::kDropRowPolicy:
    case Method::kListRowPolicies:
    case Method::kCreateSnapshot:
    case Method::kDropSnapshot:
    case Method::kListSnapshots:
    case Method::kDescribeSnapshot:
    case Method::kRestoreSnapshot:
    case Method::kRestoreExternalSnapshot:
    case Method::kGetRestoreSnapshotState:
    case Method::kListRestoreSnapshotJobs:
    case Method::kExportSnapshot:
    case Method::kGetExportSnapshotState:
    case Method::kPinSnapshotData:
    case Method::kUnpinSnapshotData:
    case Method::kReplicateMessage:
    case Method::kUpdateReplicateConfiguration:
    case Method::kGetReplicateConfiguration:
    case Method::kGetReplicateInfo:
    case Method::kCreateReplicateStream:
    case Method::kDumpMessages:
    case Method::kAddFileResource:
    case Method::kRemoveFileResource:
    case Method::kListFileResources:
    case Method::kGetClientTelemetry:
    case Method::kPushClientCommand:
    case Method::kDeleteClientCommand:
      return Access::kAdminister;
  }
  return Access::kAdminister;
}

namespace {

// The host of "http://localhost:8080"; empty for "null" and anything unusual.
std::string_view HostOfOrigin(std::string_view origin) {
  const size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

RpcStatus CheckOrigin(const RequestBase& request) {
  const auto origin = request.Find("origin");
  if (!origin || IsLoopbackHost(HostOfOrigin(*origin))) return {};
  return {RpcCode::kPermissionDenied,
          "requests from web pages of another origin are refused: " + std::string(*origin)};
}

}  // namespace

bool IsLoopbackHost(std::string_view host) {
  if (host.empty()) return false;
  std::string_view name = host;
  if (name.front() == '[') {
    const size_t end = name.find(']');
    name = end == std::string_view::npos ? std::string_view() : name.substr(1, end - 1);
    return name == "::1";
  }
  name = name.substr(0, name.find(':'));
  if (name == "localhost") return true;
  // 127.0.0.0/8, digits and dots only, so that 127.evil.example is not one.
  return name.substr(0, 4) == "127." && name.find_first_not_of("0123456789.") == std::string_view::npos;
}

RpcStatus Authorize(const Principal& principal, Method method, const RequestBase& request) {
  if (RpcStatus origin = CheckOrigin(request); !origin.ok()) return origin;
  if (AccessOf(method) == Access::kAnyone || principal.may_do_everything) return {};
  return {RpcCode::kPermissionDenied, "permission deny: " + std::string(wire::InfoOf(method).name)};
}

RpcStatus AuthorizeHttp(const Principal& principal, const RequestBase& request, std::string_view path) {
  if (RpcStatus origin = CheckOrigin(request); !origin.ok()) return origin;
  if (const auto host = request.Find("host"); host && !IsLoopbackHost(*host) && !principal.any_host) {
    return {RpcCode::kPermissionDenied, "requests for another host are refused: " + std::string(*host)};
  }
  if (principal.may_do_everything) return {};
  return {RpcCode::kPermissionDenied, "permission deny: " + std::string(path)};
}

}  // namespace redkite::server
