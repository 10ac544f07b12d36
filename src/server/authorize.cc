#include "server/authorize.h"

#include <algorithm>
#include <array>

namespace redkite::server {

using wire::Method;

namespace {

struct AccessRow {
  Method method;
  Access access;
};
// One row per method: a new one does not compile until it stands here.
constexpr AccessRow kRows[] = {
    {Method::kConnect, Access::kAnyone},
    {Method::kGetVersion, Access::kAnyone},
    {Method::kCheckHealth, Access::kAnyone},
    {Method::kGetComponentStates, Access::kAnyone},
    {Method::kDummy, Access::kAnyone},
    {Method::kRegisterLink, Access::kAnyone},
    {Method::kClientHeartbeat, Access::kAnyone},
    {Method::kHealthCheck, Access::kAnyone},
    {Method::kHealthWatch, Access::kAnyone},
    {Method::kAllocTimestamp, Access::kRead},
    {Method::kListDatabases, Access::kRead},
    {Method::kDescribeDatabase, Access::kRead},
    {Method::kHasCollection, Access::kRead},
    {Method::kDescribeCollection, Access::kRead},
    {Method::kBatchDescribeCollection, Access::kRead},
    {Method::kShowCollections, Access::kRead},
    {Method::kGetCollectionStatistics, Access::kRead},
    {Method::kDescribeAlias, Access::kRead},
    {Method::kListAliases, Access::kRead},
    {Method::kHasPartition, Access::kRead},
    {Method::kShowPartitions, Access::kRead},
    {Method::kGetPartitionStatistics, Access::kRead},
    {Method::kDescribeIndex, Access::kRead},
    {Method::kGetIndexStatistics, Access::kRead},
    {Method::kGetIndexState, Access::kRead},
    {Method::kGetIndexBuildProgress, Access::kRead},
    {Method::kSearch, Access::kRead},
    {Method::kHybridSearch, Access::kRead},
    {Method::kQuery, Access::kRead},
    {Method::kCalcDistance, Access::kRead},
    {Method::kGetLoadingProgress, Access::kRead},
    {Method::kGetLoadState, Access::kRead},
    {Method::kDescribePrewarmTask, Access::kRead},
    {Method::kGetReplicas, Access::kRead},
    {Method::kGetQuerySegmentInfo, Access::kRead},
    {Method::kGetFlushState, Access::kRead},
    {Method::kGetCompactionState, Access::kRead},
    {Method::kGetCompactionStateWithPlans, Access::kRead},
    {Method::kGetPersistentSegmentInfo, Access::kRead},
    {Method::kGetFlushAllState, Access::kRead},
    {Method::kGetImportState, Access::kRead},
    {Method::kListImportTasks, Access::kRead},
    {Method::kDescribeNamespace, Access::kRead},
    {Method::kListNamespaces, Access::kRead},
    {Method::kHasNamespace, Access::kRead},
    {Method::kGetNamespaceStats, Access::kRead},
    {Method::kGetRefreshExternalCollectionProgress, Access::kRead},
    {Method::kListRefreshExternalCollectionJobs, Access::kRead},
    {Method::kRunAnalyzer, Access::kRead},
    {Method::kComputePhraseMatchSlop, Access::kRead},
    {Method::kListIndexedSegment, Access::kRead},
    {Method::kDescribeSegmentIndexData, Access::kRead},
    {Method::kInsert, Access::kWrite},
    {Method::kUpsert, Access::kWrite},
    {Method::kDelete, Access::kWrite},
    {Method::kImport, Access::kWrite},
    {Method::kCreateDatabase, Access::kDefine},
    {Method::kDropDatabase, Access::kDefine},
    {Method::kAlterDatabase, Access::kDefine},
    {Method::kCreateCollection, Access::kDefine},
    {Method::kDropCollection, Access::kDefine},
    {Method::kAlterCollection, Access::kDefine},
    {Method::kAlterCollectionField, Access::kDefine},
    {Method::kAddCollectionField, Access::kDefine},
    {Method::kAlterCollectionSchema, Access::kDefine},
    {Method::kAddCollectionStructField, Access::kDefine},
    {Method::kAddCollectionFunction, Access::kDefine},
    {Method::kAlterCollectionFunction, Access::kDefine},
    {Method::kDropCollectionFunction, Access::kDefine},
    {Method::kRenameCollection, Access::kDefine},
    {Method::kTruncateCollection, Access::kDefine},
    {Method::kBatchUpdateManifest, Access::kDefine},
    {Method::kCreateAlias, Access::kDefine},
    {Method::kDropAlias, Access::kDefine},
    {Method::kAlterAlias, Access::kDefine},
    {Method::kCreatePartition, Access::kDefine},
    {Method::kDropPartition, Access::kDefine},
    {Method::kCreateIndex, Access::kDefine},
    {Method::kDropIndex, Access::kDefine},
    {Method::kAlterIndex, Access::kDefine},
    {Method::kLoadCollection, Access::kDefine},
    {Method::kReleaseCollection, Access::kDefine},
    {Method::kLoadPartitions, Access::kDefine},
    {Method::kReleasePartitions, Access::kDefine},
    {Method::kPrewarm, Access::kDefine},
    {Method::kFlush, Access::kDefine},
    {Method::kManualCompaction, Access::kDefine},
    {Method::kFlushAll, Access::kDefine},
    {Method::kCreateNamespace, Access::kDefine},
    {Method::kDropNamespace, Access::kDefine},
    {Method::kRefreshExternalCollection, Access::kDefine},
    {Method::kGetMetrics, Access::kAdminister},
    {Method::kLoadBalance, Access::kAdminister},
    {Method::kCreateResourceGroup, Access::kAdminister},
    {Method::kUpdateResourceGroups, Access::kAdminister},
    {Method::kDropResourceGroup, Access::kAdminister},
    {Method::kDescribeResourceGroup, Access::kAdminister},
    {Method::kListResourceGroups, Access::kAdminister},
    {Method::kTransferNode, Access::kAdminister},
    {Method::kTransferReplica, Access::kAdminister},
    {Method::kCreateCredential, Access::kAdminister},
    {Method::kUpdateCredential, Access::kAdminister},
    {Method::kDeleteCredential, Access::kAdminister},
    {Method::kListCredUsers, Access::kAdminister},
    {Method::kCreateRole, Access::kAdminister},
    {Method::kAlterRole, Access::kAdminister},
    {Method::kDropRole, Access::kAdminister},
    {Method::kOperateUserRole, Access::kAdminister},
    {Method::kSelectRole, Access::kAdminister},
    {Method::kSelectUser, Access::kAdminister},
    {Method::kOperatePrivilege, Access::kAdminister},
    {Method::kOperatePrivilegeV2, Access::kAdminister},
    {Method::kSelectGrant, Access::kAdminister},
    {Method::kCreatePrivilegeGroup, Access::kAdminister},
    {Method::kDropPrivilegeGroup, Access::kAdminister},
    {Method::kListPrivilegeGroups, Access::kAdminister},
    {Method::kOperatePrivilegeGroup, Access::kAdminister},
    {Method::kBackupRBAC, Access::kAdminister},
    {Method::kRestoreRBAC, Access::kAdminister},
    {Method::kAddUserTags, Access::kAdminister},
    {Method::kDeleteUserTags, Access::kAdminister},
    {Method::kGetUserTags, Access::kAdminister},
    {Method::kListUsersWithTag, Access::kAdminister},
    {Method::kCreateRowPolicy, Access::kAdminister},
    {Method::kDropRowPolicy, Access::kAdminister},
    {Method::kListRowPolicies, Access::kAdminister},
    {Method::kCreateSnapshot, Access::kAdminister},
    {Method::kDropSnapshot, Access::kAdminister},
    {Method::kListSnapshots, Access::kAdminister},
    {Method::kDescribeSnapshot, Access::kAdminister},
    {Method::kRestoreSnapshot, Access::kAdminister},
    {Method::kRestoreExternalSnapshot, Access::kAdminister},
    {Method::kGetRestoreSnapshotState, Access::kAdminister},
    {Method::kListRestoreSnapshotJobs, Access::kAdminister},
    {Method::kExportSnapshot, Access::kAdminister},
    {Method::kGetExportSnapshotState, Access::kAdminister},
    {Method::kPinSnapshotData, Access::kAdminister},
    {Method::kUnpinSnapshotData, Access::kAdminister},
    {Method::kReplicateMessage, Access::kAdminister},
    {Method::kUpdateReplicateConfiguration, Access::kAdminister},
    {Method::kGetReplicateConfiguration, Access::kAdminister},
    {Method::kGetReplicateInfo, Access::kAdminister},
    {Method::kCreateReplicateStream, Access::kAdminister},
    {Method::kDumpMessages, Access::kAdminister},
    {Method::kAddFileResource, Access::kAdminister},
    {Method::kRemoveFileResource, Access::kAdminister},
    {Method::kListFileResources, Access::kAdminister},
    {Method::kGetClientTelemetry, Access::kAdminister},
    {Method::kPushClientCommand, Access::kAdminister},
    {Method::kDeleteClientCommand, Access::kAdminister},
};

using AccessTable = std::array<Access, wire::kMethodCount>;

constexpr AccessTable FillTable() {
  AccessTable table{};
  for (const AccessRow& row : kRows) table[static_cast<size_t>(row.method)] = row.access;
  return table;
}

// Whether each method has exactly one row.
constexpr bool RowsAreComplete() {
  std::array<int, wire::kMethodCount> rows{};
  for (const AccessRow& row : kRows) ++rows[static_cast<size_t>(row.method)];
  return std::all_of(rows.begin(), rows.end(), [](int n) { return n == 1; });
}
static_assert(RowsAreComplete(), "each method of wire/method_table.h needs one row, and only one");

constexpr AccessTable kTable = FillTable();

}  // namespace

Access AccessOf(Method method) { return kTable[static_cast<size_t>(method)]; }

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
