#include "access/privilege.h"

#include <array>
#include <unordered_map>
#include <vector>

namespace redkite::access {
namespace {

constexpr std::string_view kPrefix = "Privilege";
constexpr std::string_view kGroupPrefix = "Group";

struct PrivilegeRow {
  std::string_view name;
  ObjectType type;
  PrivilegeLevel level;
};
constexpr PrivilegeRow kRows[] = {
#define X(name, type, level) {#name, ObjectType::k##type, PrivilegeLevel::k##level},
    RK_PRIVILEGES(X)
#undef X
};
static_assert(std::size(kRows) == kPrivilegeCount);

constexpr std::string_view kTypeNames[] = {"Collection", "Global", "User"};

using enum Privilege;

// What each group adds to the one before it in its family.
constexpr Privilege kCollectionReadOnly[] = {kQuery,
                                             kSearch,
                                             kIndexDetail,
                                             kGetFlushState,
                                             kGetLoadState,
                                             kGetLoadingProgress,
                                             kHasPartition,
                                             kShowPartitions,
                                             kDescribeCollection,
                                             kDescribeAlias,
                                             kGetStatistics,
                                             kListAliases,
                                             kGetImportProgress,
                                             kListImport,
                                             kDescribeSnapshot,
                                             kListSnapshots};
constexpr Privilege kCollectionReadWrite[] = {kLoad,
                                              kRelease,
                                              kInsert,
                                              kDelete,
                                              kUpsert,
                                              kImport,
                                              kFlush,
                                              kCompaction,
                                              kLoadBalance,
                                              kCreateIndex,
                                              kDropIndex,
                                              kCreatePartition,
                                              kDropPartition,
                                              kAddCollectionField,
                                              kAlterCollectionSchema,
                                              kRefreshExternalCollection,
                                              kCreateSnapshot,
                                              kDropSnapshot};
constexpr Privilege kCollectionAdmin[] = {kCreateAlias, kDropAlias, kRestoreSnapshot};
constexpr Privilege kDatabaseReadOnly[] = {kShowCollections, kDescribeDatabase};
constexpr Privilege kDatabaseReadWrite[] = {kAlterDatabase};
constexpr Privilege kDatabaseAdmin[] = {kCreateCollection, kDropCollection, kRenameCollection};
constexpr Privilege kClusterReadOnly[] = {kListDatabases,
                                          kSelectOwnership,
                                          kSelectUser,
                                          kDescribeResourceGroup,
                                          kListResourceGroups,
                                          kListPrivilegeGroups,
                                          kGetReplicateConfiguration,
                                          kListFileResources};
constexpr Privilege kClusterReadWrite[] = {
    kFlushAll,        kTransferNode,       kTransferReplica, kUpdateResourceGroups,
    kAddFileResource, kRemoveFileResource, kPinSnapshotData, kUnpinSnapshotData};
constexpr Privilege kClusterAdmin[] = {kBackupRBAC,
                                       kRestoreRBAC,
                                       kCreateDatabase,
                                       kDropDatabase,
                                       kCreateOwnership,
                                       kDropOwnership,
                                       kManageOwnership,
                                       kCreateResourceGroup,
                                       kDropResourceGroup,
                                       kUpdateUser,
                                       kCreatePrivilegeGroup,
                                       kDropPrivilegeGroup,
                                       kOperatePrivilegeGroup,
                                       kUpdateReplicateConfiguration,
                                       kExpr,
                                       kRestoreExternalSnapshot,
                                       kExportSnapshot};

PrivilegeSet SetOf(std::initializer_list<std::span<const Privilege>> lists) {
  PrivilegeSet set;
  for (const auto list : lists) {
    for (const Privilege p : list) set.Add(p);
  }
  return set;
}

std::vector<BuiltinGroup> MakeBuiltinGroups() {
  using enum PrivilegeLevel;
  return {
      {"ClusterReadOnly", kCluster, SetOf({kClusterReadOnly})},
      {"ClusterReadWrite", kCluster, SetOf({kClusterReadOnly, kClusterReadWrite})},
      {"ClusterAdmin", kCluster, SetOf({kClusterReadOnly, kClusterReadWrite, kClusterAdmin})},
      {"DatabaseReadOnly", kDatabase, SetOf({kDatabaseReadOnly})},
      {"DatabaseReadWrite", kDatabase, SetOf({kDatabaseReadOnly, kDatabaseReadWrite})},
      {"DatabaseAdmin", kDatabase, SetOf({kDatabaseReadOnly, kDatabaseReadWrite, kDatabaseAdmin})},
      {"CollectionReadOnly", kCollection, SetOf({kCollectionReadOnly})},
      {"CollectionReadWrite", kCollection, SetOf({kCollectionReadOnly, kCollectionReadWrite})},
      {"CollectionAdmin", kCollection, SetOf({kCollectionReadOnly, kCollectionReadWrite, kCollectionAdmin})},
  };
}

std::vector<LegacyGroup> MakeLegacyGroups() {
  const PrivilegeSet all_admins = SetOf({kCollectionReadOnly, kCollectionReadWrite, kCollectionAdmin}) |
                                  SetOf({kDatabaseReadOnly, kDatabaseReadWrite, kDatabaseAdmin}) |
                                  SetOf({kClusterReadOnly, kClusterReadWrite, kClusterAdmin});
  return {{"GroupReadOnly", ObjectType::kCollection, SetOf({kCollectionReadOnly})},
          {"GroupReadWrite", ObjectType::kCollection, SetOf({kCollectionReadOnly, kCollectionReadWrite})},
          {"GroupAdmin", ObjectType::kGlobal, all_admins}};
}

template <class T>
const T* FindNamed(std::span<const T> groups, std::string_view name) {
  for (const T& group : groups) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

const BuiltinGroup* FindBuiltinByExactName(std::string_view name) { return FindNamed(BuiltinGroups(), name); }

}  // namespace

std::string_view PrivilegeName(Privilege p) { return kRows[static_cast<size_t>(p)].name; }
ObjectType TypeOf(Privilege p) { return kRows[static_cast<size_t>(p)].type; }
PrivilegeLevel LevelOf(Privilege p) { return kRows[static_cast<size_t>(p)].level; }
std::string_view ObjectTypeName(ObjectType type) { return kTypeNames[static_cast<size_t>(type)]; }

std::optional<ObjectType> FindObjectType(std::string_view name) {
  for (size_t i = 0; i < std::size(kTypeNames); ++i) {
    if (kTypeNames[i] == name) return static_cast<ObjectType>(i);
  }
  return std::nullopt;
}

std::string_view CanonicalPrivilegeName(std::string_view name) {
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  // The enum of the protocol calls the nine PrivilegeGroupClusterAdmin and so on.
  if (name.starts_with(kGroupPrefix) && FindBuiltinByExactName(name.substr(kGroupPrefix.size())) != nullptr)
    name.remove_prefix(kGroupPrefix.size());
  return name;
}

std::optional<Privilege> FindPrivilege(std::string_view name) {
  static const auto* const by_name = [] {
    auto* map = new std::unordered_map<std::string_view, Privilege>;
    for (size_t i = 0; i < kPrivilegeCount; ++i) map->emplace(kRows[i].name, static_cast<Privilege>(i));
    return map;
  }();
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  const auto found = by_name->find(name);
  if (found == by_name->end()) return std::nullopt;
  return found->second;
}

const PrivilegeSet& PrivilegesOf(ObjectType type) {
  static const std::array<PrivilegeSet, 3> sets = [] {
    std::array<PrivilegeSet, 3> made;
    for (size_t i = 0; i < kPrivilegeCount; ++i) made[static_cast<size_t>(kRows[i].type)].set(i);
    return made;
  }();
  return sets[static_cast<size_t>(type)];
}

const PrivilegeSet& PrivilegesOf(PrivilegeLevel level) {
  static const std::array<PrivilegeSet, 3> sets = [] {
    std::array<PrivilegeSet, 3> made;
    for (size_t i = 0; i < kPrivilegeCount; ++i) made[static_cast<size_t>(kRows[i].level)].set(i);
    return made;
  }();
  return sets[static_cast<size_t>(level)];
}

PrivilegeSet WithImplied(PrivilegeSet privileges) {
  if (privileges.Has(kLoad)) {
    privileges.Add(kGetLoadState);
    privileges.Add(kGetLoadingProgress);
  }
  if (privileges.Has(kFlush)) privileges.Add(kGetFlushState);
  return privileges;
}

std::span<const BuiltinGroup> BuiltinGroups() {
  static const std::vector<BuiltinGroup> groups = MakeBuiltinGroups();
  return groups;
}

const BuiltinGroup* FindBuiltinGroup(std::string_view name) {
  return FindBuiltinByExactName(CanonicalPrivilegeName(name));
}

const LegacyGroup* FindLegacyGroup(std::string_view name) {
  static const std::vector<LegacyGroup> groups = MakeLegacyGroups();
  return FindNamed(std::span<const LegacyGroup>(groups), CanonicalPrivilegeName(name));
}

Status PermissionDenied(Privilege p, std::string_view user, std::string_view database) {
  std::string text(kPrefix);
  text.append(PrivilegeName(p)).append(": permission deny to ").append(user);
  text.append(" in the `").append(database).append("` database");
  return {Code::kNotPermitted, std::move(text)};
}

}  // namespace redkite::access
