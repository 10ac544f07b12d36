// Users, roles, grants and privilege groups. By hand: the messages are small and their generated files are
// compiled by nothing else. Requests without content (ListCredUsers, ListPrivilegeGroups, BackupRBAC) are not
// decoded; replies that only carry a status are EncodeReplyStatus. Passwords come as base64 and leave here as
// Secrets. Thread safety: pure functions. The input is untrusted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/access_requests.h"

namespace redkite::wire {

Result<CreateCredentialRequest> DecodeCreateCredential(std::string_view bytes);
Result<UpdateCredentialRequest> DecodeUpdateCredential(std::string_view bytes);
/// The user's name.
Result<std::string> DecodeDeleteCredential(std::string_view bytes);
Result<CreateRoleRequest> DecodeCreateRole(std::string_view bytes);
Result<AlterRoleRequest> DecodeAlterRole(std::string_view bytes);
Result<DropRoleRequest> DecodeDropRole(std::string_view bytes);
Result<OperateUserRoleRequest> DecodeOperateUserRole(std::string_view bytes);
Result<SelectRoleRequest> DecodeSelectRole(std::string_view bytes);
Result<SelectUserRequest> DecodeSelectUser(std::string_view bytes);
Result<OperatePrivilegeRequest> DecodeOperatePrivilege(std::string_view bytes);
Result<OperatePrivilegeV2Request> DecodeOperatePrivilegeV2(std::string_view bytes);
Result<SelectGrantRequest> DecodeSelectGrant(std::string_view bytes);
/// The group's name, of CreatePrivilegeGroupRequest and DropPrivilegeGroupRequest.
Result<std::string> DecodePrivilegeGroupName(std::string_view bytes, std::string_view message_name);
Result<OperatePrivilegeGroupRequest> DecodeOperatePrivilegeGroup(std::string_view bytes);
Result<RbacMeta> DecodeRestoreRbac(std::string_view bytes);

std::string EncodeListCredUsers(const std::vector<std::string>& users);
std::string EncodeSelectRole(const std::vector<RoleDescription>& roles);
std::string EncodeSelectUser(const std::vector<UserDescription>& users);
std::string EncodeSelectGrant(const std::vector<GrantEntity>& grants);
std::string EncodeListPrivilegeGroups(const std::vector<PrivilegeGroup>& groups);
/// Has the hashes of passwords in it.
std::string EncodeBackupRbac(const RbacMeta& meta);

}  // namespace redkite::wire
