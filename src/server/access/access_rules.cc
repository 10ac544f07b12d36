#include "server/access/access_rules.h"

#include <algorithm>
#include <array>

namespace redkite::server {
namespace {

using access::Privilege;
using wire::Method;

constexpr AccessRule Open(Method method) { return {method, AccessNeed::kNothing}; }
constexpr AccessRule Login(Method method) { return {method, AccessNeed::kLogin}; }
constexpr AccessRule Admin(Method method) { return {method, AccessNeed::kAdmin}; }
// On a collection, where most requests name it.
constexpr AccessRule OnCollection(Method method, Privilege p, uint8_t id_field = 0) {
  return {method, AccessNeed::kPrivilege, p, Named::kCollection, 2, 3, id_field};
}
constexpr AccessRule OnCluster(Method method, Privilege p) { return {method, AccessNeed::kPrivilege, p}; }
constexpr AccessRule OnDatabase(Method method, Privilege p) {
  return {method, AccessNeed::kPrivilege, p, Named::kDatabase, 2};
}

constexpr AccessRule kRows[] = {
    // Connection and health
    Open(Method::kHealthCheck),
    Open(Method::kHealthWatch),
    Login(Method::kConnect),
    Login(Method::kGetVersion),
    Login(Method::kCheckHealth),
    Login(Method::kAllocTimestamp),
    Login(Method::kDummy),
    Login(Method::kClientHeartbeat),
    Login(Method::kComputePhraseMatchSlop),
    Admin(Method::kGetComponentStates),
    Admin(Method::kGetMetrics),
    Admin(Method::kRegisterLink),
    // Databases
    Login(Method::kListDatabases),
    OnDatabase(Method::kCreateDatabase, Privilege::kCreateDatabase),
    OnDatabase(Method::kDropDatabase, Privilege::kDropDatabase),
    OnDatabase(Method::kDescribeDatabase, Privilege::kDescribeDatabase),
    OnDatabase(Method::kAlterDatabase, Privilege::kAlterDatabase),
    // Collections
    Login(Method::kShowCollections),
    Login(Method::kHasCollection),
    OnCollection(Method::kCreateCollection, Privilege::kCreateCollection),
    OnCollection(Method::kDropCollection, Privilege::kDropCollection),
    {Method::kDescribeCollection, AccessNeed::kPrivilegeOrAny, Privilege::kDescribeCollection,
     Named::kCollection, 2, 3, 4},
    {Method::kBatchDescribeCollection, AccessNeed::kPrivilegeOrAny, Privilege::kDescribeCollection,
     Named::kCollection, 1, 2, 3},
    OnCollection(Method::kAlterCollection, Privilege::kCreateCollection, 4),
    OnCollection(Method::kAlterCollectionField, Privilege::kCreateCollection),
    OnCollection(Method::kAddCollectionFunction, Privilege::kCreateCollection, 4),
    OnCollection(Method::kAlterCollectionFunction, Privilege::kCreateCollection, 4),
    OnCollection(Method::kDropCollectionFunction, Privilege::kCreateCollection, 4),
    OnCollection(Method::kTruncateCollection, Privilege::kDropCollection),
    OnCollection(Method::kAddCollectionField, Privilege::kAddCollectionField, 4),
    OnCollection(Method::kAddCollectionStructField, Privilege::kAddCollectionField, 4),
    OnCollection(Method::kAlterCollectionSchema, Privilege::kAlterCollectionSchema, 4),
    {Method::kRenameCollection, AccessNeed::kPrivilege, Privilege::kRenameCollection, Named::kRename, 2, 3},
    OnCollection(Method::kGetCollectionStatistics, Privilege::kGetStatistics),
    OnCollection(Method::kBatchUpdateManifest, Privilege::kInsert),
    // Aliases
    OnCollection(Method::kCreateAlias, Privilege::kCreateAlias),
    OnCollection(Method::kAlterAlias, Privilege::kCreateAlias),
    OnCollection(Method::kDropAlias, Privilege::kDropAlias),
    OnCollection(Method::kDescribeAlias, Privilege::kDescribeAlias),
    OnCollection(Method::kListAliases, Privilege::kListAliases),
    // Partitions
    OnCollection(Method::kCreatePartition, Privilege::kCreatePartition),
    OnCollection(Method::kDropPartition, Privilege::kDropPartition),
    OnCollection(Method::kHasPartition, Privilege::kHasPartition),
    OnCollection(Method::kShowPartitions, Privilege::kShowPartitions, 4),
    OnCollection(Method::kGetPartitionStatistics, Privilege::kGetStatistics),
    // Namespaces
    OnCollection(Method::kCreateNamespace, Privilege::kCreatePartition),
    OnCollection(Method::kDropNamespace, Privilege::kDropPartition),
    OnCollection(Method::kHasNamespace, Privilege::kHasPartition),
    OnCollection(Method::kDescribeNamespace, Privilege::kShowPartitions),
    OnCollection(Method::kListNamespaces, Privilege::kShowPartitions),
    OnCollection(Method::kGetNamespaceStats, Privilege::kShowPartitions),
    // Indexes
    OnCollection(Method::kCreateIndex, Privilege::kCreateIndex),
    OnCollection(Method::kAlterIndex, Privilege::kCreateIndex),
    OnCollection(Method::kDropIndex, Privilege::kDropIndex),
    OnCollection(Method::kDescribeIndex, Privilege::kIndexDetail),
    OnCollection(Method::kGetIndexStatistics, Privilege::kIndexDetail),
    OnCollection(Method::kGetIndexState, Privilege::kIndexDetail),
    OnCollection(Method::kGetIndexBuildProgress, Privilege::kIndexDetail),
    {Method::kListIndexedSegment, AccessNeed::kPrivilege, Privilege::kIndexDetail, Named::kCollection, 0, 2},
    {Method::kDescribeSegmentIndexData, AccessNeed::kPrivilege, Privilege::kIndexDetail, Named::kCollection,
     0, 2},
    // Rows
    OnCollection(Method::kInsert, Privilege::kInsert),
    OnCollection(Method::kUpsert, Privilege::kUpsert),
    OnCollection(Method::kDelete, Privilege::kDelete),
    OnCollection(Method::kSearch, Privilege::kSearch),
    OnCollection(Method::kHybridSearch, Privilege::kSearch),
    OnCollection(Method::kQuery, Privilege::kQuery),
    {Method::kCalcDistance, AccessNeed::kPrivilege, Privilege::kQuery, Named::kDistance},
    {Method::kRunAnalyzer, AccessNeed::kPrivilegeOrAny, Privilege::kDescribeCollection, Named::kCollection, 6,
     7},
    // Load and release
    OnCollection(Method::kLoadCollection, Privilege::kLoad),
    OnCollection(Method::kLoadPartitions, Privilege::kLoad),
    OnCollection(Method::kPrewarm, Privilege::kLoad),
    Admin(Method::kDescribePrewarmTask),
    OnCollection(Method::kReleaseCollection, Privilege::kRelease),
    OnCollection(Method::kReleasePartitions, Privilege::kRelease),
    {Method::kGetLoadingProgress, AccessNeed::kPrivilege, Privilege::kGetLoadState, Named::kCollection, 4, 2},
    {Method::kGetLoadState, AccessNeed::kPrivilege, Privilege::kGetLoadState, Named::kCollection, 4, 2},
    // Flush, compaction, segments
    OnCollection(Method::kFlush, Privilege::kFlush),
    {Method::kGetFlushState, AccessNeed::kPrivilege, Privilege::kGetFlushState, Named::kCollection, 3, 4},
    OnCluster(Method::kFlushAll, Privilege::kFlushAll),
    OnCluster(Method::kGetFlushAllState, Privilege::kFlushAll),
    {Method::kManualCompaction, AccessNeed::kPrivilege, Privilege::kCompaction, Named::kCollection, 5, 4, 1},
    {Method::kGetCompactionState, AccessNeed::kPrivilege, Privilege::kCompaction, Named::kCompaction, 0, 0,
     1},
    {Method::kGetCompactionStateWithPlans, AccessNeed::kPrivilege, Privilege::kCompaction, Named::kCompaction,
     2, 3, 1},
    OnCollection(Method::kGetPersistentSegmentInfo, Privilege::kGetStatistics),
    OnCollection(Method::kGetQuerySegmentInfo, Privilege::kGetStatistics),
    {Method::kGetReplicas, AccessNeed::kPrivilege, Privilege::kGetLoadState, Named::kCollection, 5, 4, 2},
    {Method::kLoadBalance, AccessNeed::kPrivilege, Privilege::kLoadBalance, Named::kCollection, 6, 5},
    // Import and external collections
    {Method::kImport, AccessNeed::kPrivilege, Privilege::kImport, Named::kCollection, 7, 1},
    Admin(Method::kGetImportState),
    {Method::kListImportTasks, AccessNeed::kPrivilege, Privilege::kListImport, Named::kCollection, 3, 1},
    OnCollection(Method::kRefreshExternalCollection, Privilege::kRefreshExternalCollection),
    Admin(Method::kGetRefreshExternalCollectionProgress),
    OnCollection(Method::kListRefreshExternalCollectionJobs, Privilege::kRefreshExternalCollection),
    // Resource groups
    OnCluster(Method::kCreateResourceGroup, Privilege::kCreateResourceGroup),
    OnCluster(Method::kUpdateResourceGroups, Privilege::kUpdateResourceGroups),
    OnCluster(Method::kDropResourceGroup, Privilege::kDropResourceGroup),
    OnCluster(Method::kDescribeResourceGroup, Privilege::kDescribeResourceGroup),
    OnCluster(Method::kListResourceGroups, Privilege::kListResourceGroups),
    OnCluster(Method::kTransferNode, Privilege::kTransferNode),
    OnCluster(Method::kTransferReplica, Privilege::kTransferReplica),
    // Users, roles, privileges
    OnCluster(Method::kCreateCredential, Privilege::kCreateOwnership),
    {Method::kUpdateCredential, AccessNeed::kPrivilegeOrSelf, Privilege::kUpdateUser, Named::kUser, 0, 2},
    OnCluster(Method::kDeleteCredential, Privilege::kDropOwnership),
    OnCluster(Method::kListCredUsers, Privilege::kSelectOwnership),
    OnCluster(Method::kCreateRole, Privilege::kCreateOwnership),
    OnCluster(Method::kAlterRole, Privilege::kCreateOwnership),
    OnCluster(Method::kDropRole, Privilege::kDropOwnership),
    OnCluster(Method::kOperateUserRole, Privilege::kManageOwnership),
    {Method::kSelectRole, AccessNeed::kPrivilegeOrHeldRole, Privilege::kSelectOwnership, Named::kRole, 0, 2},
    {Method::kSelectUser, AccessNeed::kPrivilegeOrSelf, Privilege::kSelectUser, Named::kUser, 0, 2},
    OnCluster(Method::kOperatePrivilege, Privilege::kManageOwnership),
    OnCluster(Method::kOperatePrivilegeV2, Privilege::kManageOwnership),
    {Method::kSelectGrant, AccessNeed::kPrivilegeOrHeldRole, Privilege::kSelectOwnership, Named::kRole, 0, 2},
    OnCluster(Method::kCreatePrivilegeGroup, Privilege::kCreatePrivilegeGroup),
    OnCluster(Method::kDropPrivilegeGroup, Privilege::kDropPrivilegeGroup),
    OnCluster(Method::kListPrivilegeGroups, Privilege::kListPrivilegeGroups),
    OnCluster(Method::kOperatePrivilegeGroup, Privilege::kOperatePrivilegeGroup),
    OnCluster(Method::kBackupRBAC, Privilege::kBackupRBAC),
    OnCluster(Method::kRestoreRBAC, Privilege::kRestoreRBAC),
    {Method::kAddUserTags, AccessNeed::kPrivilege, Privilege::kUpdateUser, Named::kUser, 0, 2},
    {Method::kDeleteUserTags, AccessNeed::kPrivilege, Privilege::kUpdateUser, Named::kUser, 0, 2},
    {Method::kGetUserTags, AccessNeed::kPrivilege, Privilege::kSelectUser, Named::kUser, 0, 2},
    OnCluster(Method::kListUsersWithTag, Privilege::kSelectOwnership),
    OnCluster(Method::kCreateRowPolicy, Privilege::kCreateOwnership),
    OnCluster(Method::kDropRowPolicy, Privilege::kDropOwnership),
    OnCluster(Method::kListRowPolicies, Privilege::kSelectOwnership),
    // Snapshots
    {Method::kCreateSnapshot, AccessNeed::kPrivilege, Privilege::kCreateSnapshot, Named::kCollection, 4, 5},
    {Method::kDropSnapshot, AccessNeed::kPrivilege, Privilege::kDropSnapshot, Named::kCollection, 3, 4},
    OnCollection(Method::kListSnapshots, Privilege::kListSnapshots),
    {Method::kDescribeSnapshot, AccessNeed::kPrivilege, Privilege::kDescribeSnapshot, Named::kCollection, 3,
     4},
    {Method::kRestoreSnapshot, AccessNeed::kPrivilege, Privilege::kRestoreSnapshot, Named::kCollection, 3, 4},
    OnCluster(Method::kRestoreExternalSnapshot, Privilege::kRestoreExternalSnapshot),
    Admin(Method::kGetRestoreSnapshotState),
    OnCollection(Method::kListRestoreSnapshotJobs, Privilege::kRestoreSnapshot),
    OnCluster(Method::kExportSnapshot, Privilege::kExportSnapshot),
    OnCluster(Method::kGetExportSnapshotState, Privilege::kExportSnapshot),
    OnCluster(Method::kPinSnapshotData, Privilege::kPinSnapshotData),
    OnCluster(Method::kUnpinSnapshotData, Privilege::kUnpinSnapshotData),
    // Replication, files, telemetry
    Admin(Method::kReplicateMessage),
    OnCluster(Method::kUpdateReplicateConfiguration, Privilege::kUpdateReplicateConfiguration),
    OnCluster(Method::kGetReplicateConfiguration, Privilege::kGetReplicateConfiguration),
    Admin(Method::kGetReplicateInfo),
    Admin(Method::kCreateReplicateStream),
    Admin(Method::kDumpMessages),
    OnCluster(Method::kAddFileResource, Privilege::kAddFileResource),
    OnCluster(Method::kRemoveFileResource, Privilege::kRemoveFileResource),
    OnCluster(Method::kListFileResources, Privilege::kListFileResources),
    Admin(Method::kGetClientTelemetry),
    Admin(Method::kPushClientCommand),
    Admin(Method::kDeleteClientCommand),
};

// Whether each method has exactly one row.
constexpr bool RowsAreComplete() {
  std::array<int, wire::kMethodCount> rows{};
  for (const AccessRule& row : kRows) ++rows[static_cast<size_t>(row.method)];
  return std::all_of(rows.begin(), rows.end(), [](int n) { return n == 1; });
}
static_assert(RowsAreComplete(), "each method of wire/method_table.h needs one row, and only one");

using RuleTable = std::array<AccessRule, wire::kMethodCount>;
constexpr RuleTable FillTable() {
  RuleTable table{};
  for (const AccessRule& row : kRows) table[static_cast<size_t>(row.method)] = row;
  return table;
}
constexpr RuleTable kTable = FillTable();

// Of the rules with a privilege: those that only look, and those of rows.
constexpr Privilege kNoDefinition[] = {
    Privilege::kInsert,
    Privilege::kUpsert,
    Privilege::kDelete,
    Privilege::kSearch,
    Privilege::kQuery,
    Privilege::kGetLoadState,
    Privilege::kGetFlushState,
    Privilege::kIndexDetail,
    Privilege::kGetStatistics,
    Privilege::kHasPartition,
    Privilege::kShowPartitions,
    Privilege::kDescribeAlias,
    Privilege::kListAliases,
    Privilege::kDescribeDatabase,
    Privilege::kDescribeCollection,
    Privilege::kSelectOwnership,
    Privilege::kSelectUser,
    Privilege::kListPrivilegeGroups,
    Privilege::kListResourceGroups,
    Privilege::kDescribeResourceGroup,
    Privilege::kListSnapshots,
    Privilege::kDescribeSnapshot,
    Privilege::kListImport,
    Privilege::kListFileResources,
    Privilege::kGetReplicateConfiguration,
};

}  // namespace

const AccessRule& RuleOf(Method method) { return kTable[static_cast<size_t>(method)]; }

bool IsDefinition(Method method) {
  const AccessRule& rule = RuleOf(method);
  if (rule.need == AccessNeed::kNothing || rule.need == AccessNeed::kLogin || rule.need == AccessNeed::kAdmin)
    return false;
  return std::find(std::begin(kNoDefinition), std::end(kNoDefinition), rule.privilege) ==
         std::end(kNoDefinition);
}

}  // namespace redkite::server
