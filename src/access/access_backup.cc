// AccessControl: the whole of it out and in again. A backup has neither root nor the roles that are always
// there, so that it can be restored where they are; grants on `public` it has.
#include <algorithm>

#include "access/access_control.h"
#include "access/name_rules.h"

namespace redkite::access {
namespace {

Status Exists(std::string_view what, const std::string& name) {
  return Status::Invalid(std::string(what) + " [" + name + "] already exists");
}

Status RestoreRoles(const RbacMeta& meta, int64_t now_ms, AccessState* state) {
  for (const RoleDescription& role : meta.roles) {
    RK_RETURN_IF_ERROR(CheckRoleName(role.name));
    RK_RETURN_IF_ERROR(CheckDescription("role", role.description));
    if (RoleExists(*state, role.name)) return Exists("role", role.name);
    PutRecord(&state->roles, role.name, RoleRecord{role.name, role.description, {}, now_ms});
  }
  return Status::Ok();
}

Status RestoreGroups(const RbacMeta& meta, AccessState* state) {
  for (const PrivilegeGroup& group : meta.groups) {
    RK_RETURN_IF_ERROR(CheckGroupName(group.name));
    const bool taken = FindPrivilege(group.name).has_value() || FindBuiltinGroup(group.name) != nullptr ||
                       FindLegacyGroup(group.name) != nullptr || group.name == kAllPrivileges;
    if (taken || state->groups.contains(group.name)) return Exists("privilege group", group.name);
    GroupRecord record{group.name, {}};
    std::optional<PrivilegeLevel> level;
    for (const std::string& name : group.privileges) {
      const auto privilege = FindPrivilege(name);
      if (!privilege.has_value()) return Status::Invalid("privilege [" + name + "] does not exist");
      if (level.value_or(LevelOf(*privilege)) != LevelOf(*privilege))
        return Status::Invalid("privileges are not the same privilege level");
      level = LevelOf(*privilege);
      record.privileges.emplace_back(PrivilegeName(*privilege));
    }
    std::sort(record.privileges.begin(), record.privileges.end());
    record.privileges.erase(std::unique(record.privileges.begin(), record.privileges.end()),
                            record.privileges.end());
    PutRecord(&state->groups, group.name, std::move(record));
  }
  return Status::Ok();
}

Result<Grant> GrantOf(const GrantEntity& entity, const AccessState& state) {
  const auto type = FindObjectType(entity.object_type);
  if (!type.has_value()) return Status::Invalid("not found the object type: " + entity.object_type);
  const bool known = entity.privilege == kAny || entity.privilege == kAllPrivileges ||
                     FindPrivilege(entity.privilege).has_value() ||
                     FindBuiltinGroup(entity.privilege) != nullptr ||
                     FindLegacyGroup(entity.privilege) != nullptr || state.groups.contains(entity.privilege);
  if (!known) return Status::Invalid("privilege [" + entity.privilege + "] does not exist");
  Grant grant{*type, entity.object_name, std::string(CanonicalPrivilegeName(entity.privilege)),
              entity.database.empty() ? std::string(kDefaultDatabase) : entity.database, entity.grantor};
  RK_RETURN_IF_ERROR(CheckObjectName(grant.object_name));
  RK_RETURN_IF_ERROR(CheckGrantDatabase(grant.database));
  if (!grant.grantor.empty()) RK_RETURN_IF_ERROR(CheckUsername(grant.grantor));
  return grant;
}

Status RestoreGrants(const RbacMeta& meta, size_t grants_max, AccessState* state) {
  std::map<std::string, RoleRecord> changed;  // so that a role is copied once, not once for each grant
  for (const GrantEntity& entity : meta.grants) {
    RK_RETURN_IF_ERROR(CheckGrantable(*state, entity.role));
    RK_ASSIGN_OR_RETURN(Grant grant, GrantOf(entity, *state));
    auto at = changed.find(entity.role);
    if (at == changed.end()) {
      const RoleRecord* role = FindRecord(state->roles, entity.role);
      at = changed.emplace(entity.role, role != nullptr ? *role : RoleRecord{entity.role, "", {}, 0}).first;
    }
    if (!AddGrant(&at->second, std::move(grant), grants_max))
      return {Code::kQuotaExceeded, "the number of grants of the role has reached the limit: quota exceeded"};
  }
  for (auto& [name, role] : changed) PutRecord(&state->roles, name, std::move(role));
  return Status::Ok();
}

Status RestoreUsers(const RbacMeta& meta, const UserRecord& blank, AccessState* state) {
  for (const RbacUser& user : meta.users) {
    RK_RETURN_IF_ERROR(CheckUsername(user.name));
    if (state->users.contains(user.name)) return Exists("user", user.name);
    RK_RETURN_IF_ERROR(CheckPasswordHash(user.password_hash.Reveal()));
    UserRecord record = blank;
    record.name = user.name;
    record.password_hash = std::string(user.password_hash.Reveal());
    for (const std::string& role : user.roles) {
      if (!RoleExists(*state, role)) return Status::Invalid("role [" + role + "] does not exist");
      record.roles.push_back(role);
    }
    std::sort(record.roles.begin(), record.roles.end());
    record.roles.erase(std::unique(record.roles.begin(), record.roles.end()), record.roles.end());
    PutRecord(&state->users, user.name, std::move(record));
  }
  return Status::Ok();
}

Status CheckCounts(const AccessState& state, const AccessControl::Options& options) {
  size_t roles = 2;
  for (const auto& [name, role] : state.roles) roles += IsBuiltinRole(name) ? 0 : 1;
  const bool fits = state.users.size() <= options.users_max && roles <= options.roles_max &&
                    state.groups.size() <= options.groups_max;
  if (fits) return Status::Ok();
  return {Code::kQuotaExceeded,
          "the backup has more users, roles or privilege groups than there is room for: quota exceeded"};
}

}  // namespace

RbacMeta AccessControl::BackupRbac() const {
  const auto current = snapshot();
  const AccessState& state = current->state();
  RbacMeta meta;
  for (const auto& [name, user] : state.users) {
    if (name != kRootUser) meta.users.push_back({name, Secret(user->password_hash), user->roles});
  }
  for (const auto& [name, role] : state.roles) {
    if (!IsBuiltinRole(name)) meta.roles.push_back({name, role->description, {}});
    for (const Grant& grant : role->grants) meta.grants.push_back(EntityOf(name, grant));
  }
  for (const auto& [name, group] : state.groups) meta.groups.push_back({name, group->privileges});
  return meta;
}

Status AccessControl::RestoreRbac(const RbacMeta& meta) {
  if (meta.users.empty() && meta.roles.empty() && meta.grants.empty() && meta.groups.empty())
    return Status::Invalid("restore an empty RBAC meta");
  return Commit([&](AccessState* state) {
    UserRecord blank;
    blank.generation = FreshGeneration();
    blank.created_ms = seams_.clock->WallMs();
    RK_RETURN_IF_ERROR(RestoreRoles(meta, blank.created_ms, state));
    RK_RETURN_IF_ERROR(RestoreGroups(meta, state));
    RK_RETURN_IF_ERROR(RestoreGrants(meta, options_.grants_per_role_max, state));
    RK_RETURN_IF_ERROR(RestoreUsers(meta, blank, state));
    return CheckCounts(*state, options_);
  });
}

}  // namespace redkite::access
