// AccessControl: privilege groups that clients make.
#include <algorithm>
#include <set>

#include "access/access_control.h"
#include "access/name_rules.h"

namespace redkite::access {
namespace {

bool IsBuiltinName(std::string_view name) {
  return name == kAny || name == kAllPrivileges || FindPrivilege(name).has_value() ||
         FindBuiltinGroup(name) != nullptr || FindLegacyGroup(name) != nullptr;
}

std::vector<std::string> NamesOf(const PrivilegeSet& privileges) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kPrivilegeCount; ++i) {
    if (privileges.test(i)) names.emplace_back(PrivilegeName(static_cast<Privilege>(i)));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A privilege, or the members of a group.
Result<PrivilegeSet> MembersOf(const AccessState& state, const std::string& name) {
  PrivilegeSet set;
  if (const auto privilege = FindPrivilege(name)) {
    set.Add(*privilege);
    return set;
  }
  if (const BuiltinGroup* group = FindBuiltinGroup(name)) return group->privileges;
  const GroupRecord* group = FindRecord(state.groups, name);
  if (group == nullptr) {
    return Status::Invalid("there is no privilege name or privilege group name [" + name +
                           "] defined in system to operate");
  }
  for (const std::string& member : group->privileges) {
    if (const auto privilege = FindPrivilege(member)) set.Add(*privilege);
  }
  return set;
}

bool IsOfOneLevel(const PrivilegeSet& privileges) {
  for (const auto level :
       {PrivilegeLevel::kCluster, PrivilegeLevel::kDatabase, PrivilegeLevel::kCollection}) {
    if ((privileges & ~PrivilegesOf(level)).none()) return true;
  }
  return false;
}

}  // namespace

Status AccessControl::CreatePrivilegeGroup(std::string_view name) {
  const std::string group(name);
  if (group.empty()) return Status::Invalid("privilege group name is empty");
  RK_RETURN_IF_ERROR(CheckGroupName(group));
  if (IsBuiltinName(group)) {
    return Status::Invalid("privilege group name [" + group +
                           "] is defined by built in privileges or privilege groups in system");
  }
  return Commit([&](AccessState* state) -> Status {
    if (state->groups.contains(group))
      return Status::Invalid("privilege group name [" + group + "] is defined by users");
    if (state->groups.size() >= options_.groups_max)
      return {Code::kQuotaExceeded, "the number of privilege groups has reached the limit: quota exceeded"};
    PutRecord(&state->groups, group, GroupRecord{group, {}});
    return Status::Ok();
  });
}

Status AccessControl::DropPrivilegeGroup(std::string_view name) {
  const std::string group(name);
  if (group.empty()) return Status::Invalid("privilege group name is empty");
  if (IsBuiltinName(group)) return Status::Invalid("a built-in privilege group can't be dropped: " + group);
  return Commit([&](AccessState* state) {
    for (const auto& [role_name, role] : state->roles) {
      const bool uses = std::any_of(role->grants.begin(), role->grants.end(),
                                    [&](const Grant& grant) { return grant.privilege == group; });
      if (!uses) continue;
      return Status::Invalid("privilege group [" + group + "] is used by role [" + role_name +
                             "], Use REVOKE API to revoke it first");
    }
    state->groups.erase(group);
    return Status::Ok();
  });
}

Status AccessControl::OperatePrivilegeGroup(const OperatePrivilegeGroupRequest& request) {
  if (request.group.empty()) return Status::Invalid("privilege group name is empty");
  return Commit([&](AccessState* state) -> Status {
    const GroupRecord* group = FindRecord(state->groups, request.group);
    if (group == nullptr) {
      return Status::Invalid("there is no privilege group name [" + request.group +
                             "] defined in system to operate");
    }
    if (request.privileges.empty())
      return Status::Invalid("privileges is empty when alter the privilege group");
    PrivilegeSet changed;
    for (const std::string& name : request.privileges) {
      RK_ASSIGN_OR_RETURN(const PrivilegeSet members, MembersOf(*state, name));
      changed |= members;
    }
    PrivilegeSet members = MembersOf(*state, request.group).value();
    if (request.change == PrivilegeGroupChange::kAdd) {
      members |= changed;
      if (!IsOfOneLevel(members)) return Status::Invalid("privileges are not the same privilege level");
    } else {
      members &= ~changed;
    }
    GroupRecord after{request.group, NamesOf(members)};
    if (after != *group) PutRecord(&state->groups, request.group, std::move(after));
    return Status::Ok();
  });
}

std::vector<PrivilegeGroup> AccessControl::ListPrivilegeGroups() const {
  const auto current = snapshot();
  std::vector<PrivilegeGroup> groups;
  for (const auto& [name, group] : current->state().groups) groups.push_back({name, group->privileges});
  for (const BuiltinGroup& group : BuiltinGroups())
    groups.push_back({std::string(group.name), NamesOf(group.privileges)});
  return groups;
}

}  // namespace redkite::access
