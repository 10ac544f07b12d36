#include "access/authenticator.h"
#include "server/access/gate.h"
#include "server/call_macros.h"
#include "server/milvus_service.h"
#include "wire/access/access_codec.h"

namespace redkite::server {

// Hashing a password takes tens of milliseconds and 19 MiB: a few at a time.
void MilvusService::AfterHash(const CallPtr& call, std::function<Status()> change) {
  const bool begun = seams_.authenticator->hashes()->TrySubmit(
      [this, call, change = std::move(change)] { ReplyStatus(call, change()); });
  if (!begun) Fail(call, access::TooManyLogins());
}

void MilvusService::CreateCredential(const CallPtr& call) {
  RK_CALL_ASSIGN(CreateCredentialRequest request, call, wire::DecodeCreateCredential(call->bytes()));
  AfterHash(call, [this, request = std::move(request)] { return seams_.access->CreateCredential(request); });
}

void MilvusService::UpdateCredential(const CallPtr& call) {
  RK_CALL_ASSIGN(UpdateCredentialRequest request, call, wire::DecodeUpdateCredential(call->bytes()));
  const bool by_superuser = seams_.gate->enforces() && seams_.gate->MayDoEverything(*call->rpc);
  AfterHash(call, [this, request = std::move(request), by_superuser] {
    return seams_.access->UpdateCredential(request, by_superuser);
  });
}

void MilvusService::DeleteCredential(const CallPtr& call) {
  RK_CALL_ASSIGN(const std::string user, call, wire::DecodeDeleteCredential(call->bytes()));
  ReplyStatus(call, seams_.access->DeleteCredential(user));
}

void MilvusService::ListCredUsers(const CallPtr& call) {
  Reply(call, wire::EncodeListCredUsers(seams_.access->ListUsers()));
}

void MilvusService::SelectUser(const CallPtr& call) {
  RK_CALL_ASSIGN(const SelectUserRequest request, call, wire::DecodeSelectUser(call->bytes()));
  Reply(call, wire::EncodeSelectUser(seams_.access->SelectUser(request)));
}

void MilvusService::CreateRole(const CallPtr& call) {
  RK_CALL_ASSIGN(const CreateRoleRequest request, call, wire::DecodeCreateRole(call->bytes()));
  ReplyStatus(call, seams_.access->CreateRole(request));
}

void MilvusService::AlterRole(const CallPtr& call) {
  RK_CALL_ASSIGN(const AlterRoleRequest request, call, wire::DecodeAlterRole(call->bytes()));
  ReplyStatus(call, seams_.access->AlterRole(request));
}

void MilvusService::DropRole(const CallPtr& call) {
  RK_CALL_ASSIGN(const DropRoleRequest request, call, wire::DecodeDropRole(call->bytes()));
  ReplyStatus(call, seams_.access->DropRole(request));
}

void MilvusService::OperateUserRole(const CallPtr& call) {
  RK_CALL_ASSIGN(const OperateUserRoleRequest request, call, wire::DecodeOperateUserRole(call->bytes()));
  ReplyStatus(call, seams_.access->OperateUserRole(request));
}

void MilvusService::SelectRole(const CallPtr& call) {
  RK_CALL_ASSIGN(const SelectRoleRequest request, call, wire::DecodeSelectRole(call->bytes()));
  Reply(call, wire::EncodeSelectRole(seams_.access->SelectRole(request)));
}

void MilvusService::OperatePrivilege(const CallPtr& call) {
  RK_CALL_ASSIGN(const OperatePrivilegeRequest request, call, wire::DecodeOperatePrivilege(call->bytes()));
  ReplyStatus(call, seams_.access->OperatePrivilege(request, Gate::UserOf(*call->rpc)));
}

void MilvusService::OperatePrivilegeV2(const CallPtr& call) {
  RK_CALL_ASSIGN(const OperatePrivilegeV2Request request, call,
                 wire::DecodeOperatePrivilegeV2(call->bytes()));
  ReplyStatus(call, seams_.access->OperatePrivilegeV2(request, Gate::UserOf(*call->rpc)));
}

void MilvusService::SelectGrant(const CallPtr& call) {
  RK_CALL_ASSIGN(const SelectGrantRequest request, call, wire::DecodeSelectGrant(call->bytes()));
  RK_CALL_ASSIGN(const auto grants, call, seams_.access->SelectGrant(request));
  Reply(call, wire::EncodeSelectGrant(grants));
}

void MilvusService::CreatePrivilegeGroup(const CallPtr& call) {
  RK_CALL_ASSIGN(const std::string name, call,
                 wire::DecodePrivilegeGroupName(call->bytes(), "CreatePrivilegeGroupRequest"));
  ReplyStatus(call, seams_.access->CreatePrivilegeGroup(name));
}

void MilvusService::DropPrivilegeGroup(const CallPtr& call) {
  RK_CALL_ASSIGN(const std::string name, call,
                 wire::DecodePrivilegeGroupName(call->bytes(), "DropPrivilegeGroupRequest"));
  ReplyStatus(call, seams_.access->DropPrivilegeGroup(name));
}

void MilvusService::ListPrivilegeGroups(const CallPtr& call) {
  Reply(call, wire::EncodeListPrivilegeGroups(seams_.access->ListPrivilegeGroups()));
}

void MilvusService::OperatePrivilegeGroup(const CallPtr& call) {
  RK_CALL_ASSIGN(const OperatePrivilegeGroupRequest request, call,
                 wire::DecodeOperatePrivilegeGroup(call->bytes()));
  ReplyStatus(call, seams_.access->OperatePrivilegeGroup(request));
}

void MilvusService::BackupRBAC(const CallPtr& call) {
  Reply(call, wire::EncodeBackupRbac(seams_.access->BackupRbac()));
}

void MilvusService::RestoreRBAC(const CallPtr& call) {
  RK_CALL_ASSIGN(const RbacMeta meta, call, wire::DecodeRestoreRbac(call->bytes()));
  ReplyStatus(call, seams_.access->RestoreRbac(meta));
}

}  // namespace redkite::server
