// Privileges: what can be granted, on which kind of object, and at which level; the built-in groups. Facts of
// the protocol. The level is that of the family of built-in groups which lists the privilege; each is in one
// family, so none is left to be decided (privilege_test.cc checks that). `All`, the names of groups and "*"
// can be granted but not be asked for, so they are no Privilege. Thread safety: constant data.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace redkite::access {

// clang-format off
#define RK_PRIVILEGES(X) \
  X(CreateIndex, Collection, Collection) \
  X(DropIndex, Collection, Collection) \
  X(IndexDetail, Collection, Collection) \
  X(Load, Collection, Collection) \
  X(Release, Collection, Collection) \
  X(GetLoadState, Collection, Collection) \
  X(GetLoadingProgress, Collection, Collection) \
  X(Insert, Collection, Collection) \
  X(Delete, Collection, Collection) \
  X(Upsert, Collection, Collection) \
  X(Search, Collection, Collection) \
  X(Query, Collection, Collection) \
  X(Flush, Collection, Collection) \
  X(GetFlushState, Collection, Collection) \
  X(Compaction, Collection, Collection) \
  X(LoadBalance, Collection, Collection) \
  X(GetStatistics, Collection, Collection) \
  X(Import, Collection, Collection) \
  X(GetImportProgress, Collection, Collection) \
  X(ListImport, Collection, Collection) \
  X(CreatePartition, Collection, Collection) \
  X(DropPartition, Collection, Collection) \
  X(HasPartition, Collection, Collection) \
  X(ShowPartitions, Collection, Collection) \
  X(AddCollectionField, Collection, Collection) \
  X(AlterCollectionSchema, Collection, Collection) \
  X(RefreshExternalCollection, Collection, Collection) \
  X(CreateSnapshot, Collection, Collection) \
  X(DropSnapshot, Collection, Collection) \
  X(DescribeSnapshot, Collection, Collection) \
  X(ListSnapshots, Collection, Collection) \
  X(RestoreSnapshot, Collection, Collection) \
  X(DescribeCollection, Global, Collection) \
  X(CreateAlias, Global, Collection) \
  X(DropAlias, Global, Collection) \
  X(DescribeAlias, Global, Collection) \
  X(ListAliases, Global, Collection) \
  X(CreateCollection, Global, Database) \
  X(DropCollection, Global, Database) \
  X(ShowCollections, Global, Database) \
  X(RenameCollection, Global, Database) \
  X(AlterDatabase, Global, Database) \
  X(DescribeDatabase, Global, Database) \
  X(CreateOwnership, Global, Cluster) \
  X(DropOwnership, Global, Cluster) \
  X(SelectOwnership, Global, Cluster) \
  X(ManageOwnership, Global, Cluster) \
  X(CreateDatabase, Global, Cluster) \
  X(DropDatabase, Global, Cluster) \
  X(ListDatabases, Global, Cluster) \
  X(FlushAll, Global, Cluster) \
  X(CreateResourceGroup, Global, Cluster) \
  X(UpdateResourceGroups, Global, Cluster) \
  X(DropResourceGroup, Global, Cluster) \
  X(DescribeResourceGroup, Global, Cluster) \
  X(ListResourceGroups, Global, Cluster) \
  X(TransferNode, Global, Cluster) \
  X(TransferReplica, Global, Cluster) \
  X(BackupRBAC, Global, Cluster) \
  X(RestoreRBAC, Global, Cluster) \
  X(CreatePrivilegeGroup, Global, Cluster) \
  X(DropPrivilegeGroup, Global, Cluster) \
  X(ListPrivilegeGroups, Global, Cluster) \
  X(OperatePrivilegeGroup, Global, Cluster) \
  X(AddFileResource, Global, Cluster) \
  X(RemoveFileResource, Global, Cluster) \
  X(ListFileResources, Global, Cluster) \
  X(UpdateReplicateConfiguration, Global, Cluster) \
  X(GetReplicateConfiguration, Global, Cluster) \
  X(PinSnapshotData, Global, Cluster) \
  X(UnpinSnapshotData, Global, Cluster) \
  X(RestoreExternalSnapshot, Global, Cluster) \
  X(ExportSnapshot, Global, Cluster) \
  X(Expr, Global, Cluster) \
  X(UpdateUser, User, Cluster) \
  X(SelectUser, User, Cluster)
// clang-format on

enum class Privilege : uint8_t {
#define X(name, type, level) k##name,
  RK_PRIVILEGES(X)
#undef X
};
#define X(name, type, level) +1
inline constexpr size_t kPrivilegeCount = 0 RK_PRIVILEGES(X);
#undef X

enum class ObjectType : uint8_t { kCollection = 0, kGlobal = 1, kUser = 2 };
enum class PrivilegeLevel : uint8_t { kCluster = 0, kDatabase = 1, kCollection = 2 };

class PrivilegeSet : public std::bitset<kPrivilegeCount> {
 public:
  using std::bitset<kPrivilegeCount>::bitset;
  PrivilegeSet(const std::bitset<kPrivilegeCount>& bits) : bitset(bits) {}  // NOLINT: results of & and |
  bool Has(Privilege p) const { return test(static_cast<size_t>(p)); }
  void Add(Privilege p) { set(static_cast<size_t>(p)); }
};

/// As a database, a privilege or an object: every one.
inline constexpr std::string_view kAny = "*";
/// Grants every Global privilege, as "*" does.
inline constexpr std::string_view kAllPrivileges = "All";

/// Without the prefix "Privilege".
std::string_view PrivilegeName(Privilege p);
ObjectType TypeOf(Privilege p);
PrivilegeLevel LevelOf(Privilege p);
std::string_view ObjectTypeName(ObjectType type);
std::optional<ObjectType> FindObjectType(std::string_view name);
/// "Search" and "PrivilegeSearch" alike.
std::optional<Privilege> FindPrivilege(std::string_view name);
/// What is stored and answered: without the prefix; names of groups as in BuiltinGroups().
std::string_view CanonicalPrivilegeName(std::string_view name);

/// The privileges of one type, and those of one level.
const PrivilegeSet& PrivilegesOf(ObjectType type);
const PrivilegeSet& PrivilegesOf(PrivilegeLevel level);
/// With what they bring along: Load the states of loading, Flush its own state.
PrivilegeSet WithImplied(PrivilegeSet privileges);

struct BuiltinGroup {
  std::string_view name;
  PrivilegeLevel level;
  PrivilegeSet privileges;
};
/// The nine: Cluster, Database and Collection, each ReadOnly, ReadWrite and Admin.
std::span<const BuiltinGroup> BuiltinGroups();
const BuiltinGroup* FindBuiltinGroup(std::string_view name);

/// GroupReadOnly, GroupReadWrite (on collections) and GroupAdmin (Global): the groups of the first grants.
/// They are granted like privileges; the first two are CollectionReadOnly and CollectionReadWrite, the third
/// is all three Admin groups together.
struct LegacyGroup {
  std::string_view name;
  ObjectType type;
  PrivilegeSet privileges;
};
const LegacyGroup* FindLegacyGroup(std::string_view name);

/// What a call answers that needs a privilege which the user lacks.
Status PermissionDenied(Privilege p, std::string_view user, std::string_view database);

}  // namespace redkite::access
