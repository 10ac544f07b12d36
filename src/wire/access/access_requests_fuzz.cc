// Any bytes as a request about users, roles and privileges: decoded or refused. What comes out of a backup
// goes in again.
#include "base/check.h"
#include "base/testing/fuzz_target.h"
#include "types/json_text.h"
#include "wire/access/access_codec.h"
#include "wire/access/base64.h"
#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

// The reply of a backup has the body where the request of a restore has it.
void CheckBackup(const RbacMeta& meta) {
  const std::string bytes = EncodeBackupRbac(meta);
  const auto again = DecodeRestoreRbac(bytes);
  CHECK(again.ok() && EncodeBackupRbac(*again) == bytes);
}

void Run(std::string_view bytes) {
  (void)DecodeBase64(bytes);
  (void)DecodeCreateCredential(bytes);
  (void)DecodeUpdateCredential(bytes);
  (void)DecodeDeleteCredential(bytes);
  (void)DecodeAlterRole(bytes);
  (void)DecodeDropRole(bytes);
  (void)DecodeOperateUserRole(bytes);
  (void)DecodeSelectRole(bytes);
  (void)DecodeSelectUser(bytes);
  (void)DecodeOperatePrivilegeV2(bytes);
  (void)DecodeSelectGrant(bytes);
  (void)DecodePrivilegeGroupName(bytes, "CreatePrivilegeGroupRequest");
  (void)DecodeOperatePrivilegeGroup(bytes);
  const auto role = DecodeCreateRole(bytes);
  if (role.ok()) CHECK(IsValidUtf8(role->role) && IsValidUtf8(role->description));
  const auto grant = DecodeOperatePrivilege(bytes);
  if (grant.ok()) CHECK(IsValidUtf8(grant->entity.privilege) && IsValidUtf8(grant->entity.object_name));
  const auto meta = DecodeRestoreRbac(bytes);
  if (meta.ok()) CheckBackup(*meta);
}

std::string Text(uint32_t field, std::string_view text) {
  std::string out;
  PbWriter(&out).Bytes(field, text);
  return out;
}

fuzz::Inputs Seeds() {
  RbacMeta meta;
  meta.users.push_back({"ann", Secret("$argon2id$"), {"r"}});
  meta.roles = {{"r", "d", {}}};
  meta.grants = {{"r", "Collection", "words", "Search", "default", "root"}};
  meta.groups = {{"mine", {"Search", "Query"}}};
  const std::string grant = EncodeSelectGrant(meta.grants);
  std::string change;
  PbWriter(&change).Varint(4, 1);
  return {EncodeBackupRbac(meta), grant, EncodeListPrivilegeGroups(meta.groups),
          Text(2, "ann") + Text(3, "TWlsdnVz") + Text(4, "TWlsdnVz") + Text(6, "d") + Text(7, "d"),
          Text(2, Text(1, "r") + Text(2, "d")) +
              Text(3, Text(1, Text(1, "ann")) + Text(2, Text(1, "Search"))) + change + Text(5, "shop") +
              Text(6, "words")};
}

}  // namespace
}  // namespace redkite::wire

FUZZ_TARGET(access_requests_fuzz, redkite::wire::Run, redkite::wire::Seeds, 40000)
