// AccessControl: grants, of both versions of the call.
#include <algorithm>

#include "access/access_control.h"
#include "access/name_rules.h"

namespace redkite::access {
namespace {

std::string OrDefault(const std::string& database) {
  return database.empty() ? std::string(kDefaultDatabase) : database;
}

std::vector<Grant>::iterator PlaceOf(std::vector<Grant>* grants, const Grant& grant) {
  return std::lower_bound(grants->begin(), grants->end(), grant,
                          [](const Grant& a, const Grant& b) { return a.key() < b.key(); });
}

// The name of a privilege as the first version takes it: of the type, and no group but the oldest.
Status CheckPrivilegeOfType(const AccessState& state, std::string_view privilege, ObjectType type) {
  if (privilege.empty()) return Status::Invalid("the privilege name in the grant entity is empty");
  if (privilege == kAny) return Status::Ok();
  const std::string text(privilege);
  if (state.groups.contains(privilege))
    return Status::Invalid("can not operate the custom privilege group [" + text + "]");
  if (FindBuiltinGroup(privilege) != nullptr)
    return Status::Invalid("can not operate the built-in privilege group [" + text + "]");
  const auto found = FindPrivilege(privilege);
  const LegacyGroup* group = FindLegacyGroup(privilege);
  const bool of_type = (found.has_value() && TypeOf(*found) == type) ||
                       (group != nullptr && group->type == type) ||
                       (privilege == kAllPrivileges && type == ObjectType::kGlobal);
  if (of_type) return Status::Ok();
  return Status::Invalid("not found the privilege name[" + text + "] in object[" +
                         std::string(ObjectTypeName(type)) + "]");
}

// What a name of the second version stands for.
struct Named {
  ObjectType type = ObjectType::kGlobal;
  std::optional<PrivilegeLevel> level;  // none: of several, or an empty group
};

Result<Named> FindNamed(const AccessState& state, std::string_view privilege) {
  if (privilege == kAny || privilege == kAllPrivileges) return Named();
  if (const auto found = FindPrivilege(privilege)) return Named{TypeOf(*found), LevelOf(*found)};
  if (const BuiltinGroup* group = FindBuiltinGroup(privilege))
    return Named{ObjectType::kGlobal, group->level};
  if (const LegacyGroup* group = FindLegacyGroup(privilege)) return Named{group->type, std::nullopt};
  const GroupRecord* group = FindRecord(state.groups, privilege);
  if (group == nullptr)
    return Status::Invalid("not found the privilege name[" + std::string(privilege) + "]");
  Named named;
  // The members are of one level.
  for (const std::string& member : group->privileges) {
    if (const auto found = FindPrivilege(member)) named.level = LevelOf(*found);
  }
  return named;
}

Status CheckLevel(const Named& named, const Grant& grant) {
  const bool every_database = grant.database == kAny, every_collection = grant.object_name == kAny;
  if (!named.level.has_value()) return Status::Ok();
  switch (*named.level) {
    case PrivilegeLevel::kCluster:
      if (every_database && every_collection) return Status::Ok();
      return Status::Invalid("dbName and collectionName should be * for the cluster level privilege: " +
                             grant.privilege);
    case PrivilegeLevel::kDatabase:
      if (every_collection) return Status::Ok();
      return Status::Invalid("collectionName should be * for the database level privilege: " +
                             grant.privilege);
    case PrivilegeLevel::kCollection:
      break;
  }
  if (!every_database || every_collection) return Status::Ok();
  return Status::Invalid("please specify database name for the collection level privilege: " +
                         grant.privilege);
}

// What answers tell of the role public beyond its record.
std::vector<Grant> PublicMetadataGrants() {
  std::vector<Grant> grants;
  for (size_t i = 0; i < kPrivilegeCount; ++i) {
    const auto p = static_cast<Privilege>(i);
    if (!PublicMetadataPrivileges().Has(p)) continue;
    grants.push_back({TypeOf(p), std::string(kAny), std::string(PrivilegeName(p)),
                      std::string(kDefaultDatabase), std::string(kRootUser)});
  }
  return grants;
}

}  // namespace

Status CheckGrantable(const AccessState& state, const std::string& role) {
  if (role.empty()) return Status::Invalid("the name in the role entity is empty");
  if (!RoleExists(state, role)) return RoleNotFound();
  if (role != kAdminRole) return Status::Ok();
  return {Code::kNotPermitted,
          "the role[admin] is a default role, which has every privilege: privilege not permitted"};
}

GrantEntity EntityOf(const std::string& role, const Grant& grant) {
  return {role,
          std::string(ObjectTypeName(grant.object_type)),
          grant.object_name,
          grant.privilege,
          grant.database,
          grant.grantor};
}

bool AddGrant(RoleRecord* role, Grant grant, size_t grants_max) {
  const auto at = PlaceOf(&role->grants, grant);
  if (at != role->grants.end() && at->key() == grant.key()) return true;
  if (role->grants.size() >= grants_max) return false;
  role->grants.insert(at, std::move(grant));
  return true;
}

Status AccessControl::ChangeGrant(const std::string& role, Grant grant, PrivilegeChange change) {
  return Commit([&](AccessState* state) -> Status {
    RK_RETURN_IF_ERROR(CheckGrantable(*state, role));
    // Once more: a group may have gone since the caller looked.
    RK_RETURN_IF_ERROR(FindNamed(*state, grant.privilege).status());
    const RoleRecord* before = FindRecord(state->roles, role);
    RoleRecord after = before != nullptr ? *before : RoleRecord{role, "", {}, seams_.clock->WallMs()};
    if (change == PrivilegeChange::kRevoke) {
      const auto at = PlaceOf(&after.grants, grant);
      if (at == after.grants.end() || at->key() != grant.key()) return Status::Ok();
      after.grants.erase(at);
    } else if (!AddGrant(&after, grant, options_.grants_per_role_max)) {
      return {Code::kQuotaExceeded, "the number of grants of the role has reached the limit: quota exceeded"};
    }
    if (before == nullptr || after != *before) PutRecord(&state->roles, role, std::move(after));
    return Status::Ok();
  });
}

Status AccessControl::OperatePrivilege(const OperatePrivilegeRequest& request, std::string_view grantor) {
  const GrantEntity& entity = request.entity;
  const auto type = FindObjectType(entity.object_type);
  if (!type.has_value()) {
    return Status::Invalid("the object entity in the request is nil or invalid, not found the object type: " +
                           entity.object_type);
  }
  const auto current = snapshot();
  RK_RETURN_IF_ERROR(CheckGrantable(current->state(), entity.role));
  RK_RETURN_IF_ERROR(CheckPrivilegeOfType(current->state(), entity.privilege, *type));
  // A Global privilege has no object of its own; clients send what they like.
  Grant grant{*type, *type == ObjectType::kGlobal ? std::string(kAny) : entity.object_name,
              std::string(CanonicalPrivilegeName(entity.privilege)), OrDefault(entity.database),
              std::string(grantor)};
  RK_RETURN_IF_ERROR(CheckObjectName(grant.object_name));
  RK_RETURN_IF_ERROR(CheckGrantDatabase(grant.database));
  return ChangeGrant(entity.role, std::move(grant), request.change);
}

Status AccessControl::OperatePrivilegeV2(const OperatePrivilegeV2Request& request, std::string_view grantor) {
  const auto current = snapshot();
  RK_RETURN_IF_ERROR(CheckGrantable(current->state(), request.role));
  if (request.privilege.empty()) return Status::Invalid("the privilege name in the grant entity is empty");
  RK_ASSIGN_OR_RETURN(const Named named, FindNamed(current->state(), request.privilege));
  Grant grant{named.type, request.collection.empty() ? std::string(kAny) : request.collection,
              std::string(CanonicalPrivilegeName(request.privilege)), OrDefault(request.database),
              std::string(grantor)};
  RK_RETURN_IF_ERROR(CheckObjectName(grant.object_name));
  RK_RETURN_IF_ERROR(CheckGrantDatabase(grant.database));
  RK_RETURN_IF_ERROR(CheckLevel(named, grant));
  return ChangeGrant(request.role, std::move(grant), request.change);
}

Result<std::vector<GrantEntity>> AccessControl::SelectGrant(const SelectGrantRequest& request) const {
  const auto current = snapshot();
  const AccessState& state = current->state();
  if (request.role.empty()) return Status::Invalid("the name in the role entity is empty");
  if (!RoleExists(state, request.role)) return RoleNotFound();
  std::optional<ObjectType> type;
  if (request.object_type.has_value()) {
    type = FindObjectType(*request.object_type);
    if (!type.has_value()) return Status::Invalid("not found the object type: " + *request.object_type);
  }
  const std::string database = OrDefault(request.database);
  std::vector<GrantEntity> entities;
  const auto select = [&](const std::vector<Grant>& grants) {
    for (const Grant& grant : grants) {
      if (database != kAny && grant.database != kAny && grant.database != database) continue;
      if (type.has_value() && grant.object_type != *type) continue;
      if (type.has_value() && !request.object_name.empty() && grant.object_name != request.object_name)
        continue;
      entities.push_back(EntityOf(request.role, grant));
    }
  };
  if (request.role == kPublicRole && current->public_metadata()) select(PublicMetadataGrants());
  if (const RoleRecord* role = FindRecord(state.roles, request.role)) select(role->grants);
  return entities;
}

}  // namespace redkite::access
