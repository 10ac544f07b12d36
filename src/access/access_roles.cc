// AccessControl: roles and who holds them.
#include <algorithm>

#include "access/access_control.h"
#include "access/name_rules.h"

namespace redkite::access {
namespace {

constexpr size_t kBuiltinRoleCount = 2;

size_t RoleCount(const AccessState& state) {
  size_t count = kBuiltinRoleCount;
  for (const auto& [name, role] : state.roles) count += IsBuiltinRole(name) ? 0 : 1;
  return count;
}

Status RefuseBuiltin(const std::string& role, std::string_view deed) {
  if (!IsBuiltinRole(role)) return Status::Ok();
  return {Code::kNotPermitted, "the role[" + role + "] is a default role, which can't be " +
                                   std::string(deed) + ": privilege not permitted"};
}

void SetHeld(UserRecord* user, const std::string& role, bool held) {
  const auto at = std::lower_bound(user->roles.begin(), user->roles.end(), role);
  const bool there = at != user->roles.end() && *at == role;
  if (held && !there) user->roles.insert(at, role);
  if (!held && there) user->roles.erase(at);
}

RoleDescription DescriptionOf(const AccessState& state, const std::string& name, bool with_users) {
  RoleDescription description{name, "", {}};
  if (const RoleRecord* role = FindRecord(state.roles, name)) description.description = role->description;
  if (!with_users) return description;
  for (const auto& [user, record] : state.users) {
    if (std::binary_search(record->roles.begin(), record->roles.end(), name))
      description.users.push_back(user);
  }
  return description;
}

}  // namespace

Status AccessControl::CreateRole(const CreateRoleRequest& request) {
  RK_RETURN_IF_ERROR(CheckRoleName(request.role));
  RK_RETURN_IF_ERROR(CheckDescription("role", request.description));
  return Commit([&](AccessState* state) -> Status {
    // Clients look for the role as Milvus prints its message.
    if (RoleExists(*state, request.role))
      return Status::Invalid("role [name:\"" + request.role + "\"] already exists");
    if (RoleCount(*state) >= options_.roles_max) {
      return {Code::kQuotaExceeded,
              "unable to create role because the number of roles has reached the limit: quota exceeded"};
    }
    PutRecord(&state->roles, request.role,
              RoleRecord{request.role, request.description, {}, seams_.clock->WallMs()});
    return Status::Ok();
  });
}

Status AccessControl::AlterRole(const AlterRoleRequest& request) {
  RK_RETURN_IF_ERROR(RefuseBuiltin(request.role, "altered"));
  RK_RETURN_IF_ERROR(CheckDescription("role", request.description));
  return Commit([&](AccessState* state) {
    const RoleRecord* role = FindRecord(state->roles, request.role);
    if (role == nullptr) return RoleNotFound();
    RoleRecord after = *role;
    after.description = request.description;
    PutRecord(&state->roles, request.role, std::move(after));
    return Status::Ok();
  });
}

Status AccessControl::DropRole(const DropRoleRequest& request) {
  RK_RETURN_IF_ERROR(RefuseBuiltin(request.role, "dropped"));
  return Commit([&](AccessState* state) {
    const RoleRecord* role = FindRecord(state->roles, request.role);
    if (role == nullptr) return RoleNotFound();
    if (!request.force && !role->grants.empty()) {
      return Status::Invalid(
          "fail to drop the role that it has privileges. Use REVOKE API to revoke privileges");
    }
    state->roles.erase(request.role);
    for (auto& [name, user] : state->users) {
      if (!std::binary_search(user->roles.begin(), user->roles.end(), request.role)) continue;
      UserRecord after = *user;
      SetHeld(&after, request.role, false);
      user = std::make_shared<const UserRecord>(std::move(after));
    }
    return Status::Ok();
  });
}

Status AccessControl::OperateUserRole(const OperateUserRoleRequest& request) {
  if (request.user.empty()) return Status::Invalid("username in the user entity is empty");
  if (request.role.empty()) return Status::Invalid("role name in the role entity is empty");
  return Commit([&](AccessState* state) {
    if (!RoleExists(*state, request.role)) return RoleNotFound();
    const bool add = request.change == UserRoleChange::kAdd;
    const UserRecord* user = FindRecord(state->users, request.user);
    if (user == nullptr) return add ? UserNotFound() : Status::Ok();
    UserRecord after = *user;
    SetHeld(&after, request.role, add);
    if (after.roles != user->roles) PutRecord(&state->users, request.user, std::move(after));
    return Status::Ok();
  });
}

std::vector<RoleDescription> AccessControl::SelectRole(const SelectRoleRequest& request) const {
  const auto current = snapshot();
  const AccessState& state = current->state();
  if (request.role.has_value()) {
    if (!RoleExists(state, *request.role)) return {};
    return {DescriptionOf(state, *request.role, request.with_users)};
  }
  std::vector<RoleDescription> roles;
  for (const std::string_view name : {kAdminRole, kPublicRole})
    roles.push_back(DescriptionOf(state, std::string(name), request.with_users));
  for (const auto& [name, role] : state.roles) {
    if (!IsBuiltinRole(name)) roles.push_back(DescriptionOf(state, name, request.with_users));
  }
  return roles;
}

}  // namespace redkite::access
