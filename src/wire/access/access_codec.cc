#include "wire/access/access_codec.h"

#include "types/json_text.h"
#include "wire/access/base64.h"
#include "wire/message_convert.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

// A grant takes eight parts, and a role may have ten thousand; only administrators send this.
constexpr size_t kRestorePartsMax = 4 * kPartsMax;

// `take` sees each field, and says whether it is well-formed.
template <class F>
bool ReadFields(std::string_view bytes, F take) {
  PbReader r(bytes);
  bool valid = true;
  while (valid && r.Next()) valid = take(r);
  return valid && r.ok();
}

bool TakeText(const PbReader& r, std::string* out) {
  *out = std::string(r.bytes());
  return IsValidUtf8(*out);
}

// UserEntity, PrivilegeEntity, ObjectEntity: messages of nothing but a name.
bool TakeName(std::string_view bytes, std::string* out) {
  return ReadFields(bytes, [&](const PbReader& r) { return r.tag() != PbLen(1) || TakeText(r, out); });
}

// RoleEntity
bool TakeRole(std::string_view bytes, std::string* name, std::string* description) {
  return ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(1)) return TakeText(r, name);
    return r.tag() != PbLen(2) || description == nullptr || TakeText(r, description);
  });
}

// GrantorEntity
bool TakeGrantor(std::string_view bytes, std::string* user, std::string* privilege) {
  return ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(1)) return user == nullptr || TakeName(r.bytes(), user);
    return r.tag() != PbLen(2) || TakeName(r.bytes(), privilege);
  });
}

bool TakeGrant(std::string_view bytes, GrantEntity* out, bool* has_object = nullptr) {
  return ReadFields(bytes, [&](const PbReader& r) {
    switch (r.tag()) {
      case PbLen(1):
        return TakeRole(r.bytes(), &out->role, nullptr);
      case PbLen(2):
        if (has_object != nullptr) *has_object = true;
        return TakeName(r.bytes(), &out->object_type);
      case PbLen(3):
        return TakeText(r, &out->object_name);
      case PbLen(4):
        return TakeGrantor(r.bytes(), &out->grantor, &out->privilege);
      case PbLen(5):
        return TakeText(r, &out->database);
      default:
        return true;
    }
  });
}

bool AddName(std::string_view bytes, std::vector<std::string>* out) {
  return TakeName(bytes, &out->emplace_back());
}

// PrivilegeGroupInfo
bool TakeGroup(std::string_view bytes, PrivilegeGroup* out) {
  return ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(1)) return TakeText(r, &out->name);
    return r.tag() != PbLen(2) || AddName(r.bytes(), &out->privileges);
  });
}

// UserInfo
bool TakeRbacUser(std::string_view bytes, RbacUser* out) {
  return ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(1)) return TakeText(r, &out->name);
    if (r.tag() == PbLen(2)) out->password_hash = Secret(r.bytes());
    return r.tag() != PbLen(3) || TakeRole(r.bytes(), &out->roles.emplace_back(), nullptr);
  });
}

bool TakeRbac(std::string_view bytes, RbacMeta* out) {
  return ReadFields(bytes, [&](const PbReader& r) {
    switch (r.tag()) {
      case PbLen(1):
        return TakeRbacUser(r.bytes(), &out->users.emplace_back());
      case PbLen(2): {
        RoleDescription& role = out->roles.emplace_back();
        return TakeRole(r.bytes(), &role.name, &role.description);
      }
      case PbLen(3):
        return TakeGrant(r.bytes(), &out->grants.emplace_back());
      case PbLen(4):
        return TakeGroup(r.bytes(), &out->groups.emplace_back());
      default:
        return true;
    }
  });
}

// A number of an enum that has 0 and 1.
template <class Enum>
Result<Enum> ChoiceOf(int32_t number, std::string_view what) {
  if (number == 0 || number == 1) return static_cast<Enum>(number);
  return Status::Invalid("unknown " + std::string(what) + ": " + std::to_string(number));
}

Status BadPasswordText() { return Status::Invalid("decode password failed"); }

std::string Named(std::string_view name) {
  std::string out;
  PbWriter(&out).BytesIfSet(1, name);
  return out;
}

std::string RoleOf(std::string_view name, std::string_view description) {
  std::string out;
  PbWriter w(&out);
  w.BytesIfSet(1, name);
  w.BytesIfSet(2, description);
  return out;
}

std::string GrantOf(const GrantEntity& grant) {
  std::string grantor, out;
  PbWriter g(&grantor);
  g.Bytes(1, Named(grant.grantor));
  g.Bytes(2, Named(grant.privilege));
  PbWriter w(&out);
  w.Bytes(1, Named(grant.role));
  w.Bytes(2, Named(grant.object_type));
  w.BytesIfSet(3, grant.object_name);
  w.Bytes(4, grantor);
  w.BytesIfSet(5, grant.database);
  return out;
}

std::string GroupOf(const PrivilegeGroup& group) {
  std::string out;
  PbWriter w(&out);
  w.BytesIfSet(1, group.name);
  for (const std::string& privilege : group.privileges) w.Bytes(2, Named(privilege));
  return out;
}

// A reply of a status and, in field 2, one message for each item.
template <class Items, class F>
std::string ReplyOf(const Items& items, F encode) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  for (const auto& item : items) w.Bytes(2, encode(item));
  return out;
}

}  // namespace

Result<CreateCredentialRequest> DecodeCreateCredential(std::string_view bytes) {
  CreateCredentialRequest request;
  std::string_view password;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.user);
    if (r.tag() == PbLen(3)) password = r.bytes();
    return r.tag() != PbLen(6) || TakeText(r, &request.description);
  });
  if (!valid) return MalformedRequest("CreateCredentialRequest");
  auto secret = DecodeBase64(password);
  if (!secret.has_value()) return BadPasswordText();
  request.password = std::move(*secret);
  return request;
}

Result<UpdateCredentialRequest> DecodeUpdateCredential(std::string_view bytes) {
  UpdateCredentialRequest request;
  std::string_view old_password, password;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.user);
    if (r.tag() == PbLen(3)) old_password = r.bytes();
    if (r.tag() == PbLen(4)) password = r.bytes();
    return r.tag() != PbLen(7) || TakeText(r, &request.description.emplace());
  });
  if (!valid) return MalformedRequest("UpdateCredentialRequest");
  auto old_secret = DecodeBase64(old_password), secret = DecodeBase64(password);
  if (!old_secret.has_value() || !secret.has_value()) return BadPasswordText();
  request.old_password = std::move(*old_secret);
  request.password = std::move(*secret);
  return request;
}

Result<std::string> DecodeDeleteCredential(std::string_view bytes) {
  std::string user;
  const bool valid =
      ReadFields(bytes, [&](const PbReader& r) { return r.tag() != PbLen(2) || TakeText(r, &user); });
  if (!valid) return MalformedRequest("DeleteCredentialRequest");
  return user;
}

Result<CreateRoleRequest> DecodeCreateRole(std::string_view bytes) {
  CreateRoleRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    return r.tag() != PbLen(2) || TakeRole(r.bytes(), &request.role, &request.description);
  });
  if (!valid) return MalformedRequest("CreateRoleRequest");
  return request;
}

Result<AlterRoleRequest> DecodeAlterRole(std::string_view bytes) {
  AlterRoleRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.role);
    return r.tag() != PbLen(3) || TakeText(r, &request.description);
  });
  if (!valid) return MalformedRequest("AlterRoleRequest");
  return request;
}

Result<DropRoleRequest> DecodeDropRole(std::string_view bytes) {
  DropRoleRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbVarint(3)) request.force = r.boolean();
    return r.tag() != PbLen(2) || TakeText(r, &request.role);
  });
  if (!valid) return MalformedRequest("DropRoleRequest");
  return request;
}

Result<OperateUserRoleRequest> DecodeOperateUserRole(std::string_view bytes) {
  OperateUserRoleRequest request;
  int32_t change = 0;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.user);
    if (r.tag() == PbVarint(4)) change = r.int32();
    return r.tag() != PbLen(3) || TakeText(r, &request.role);
  });
  if (!valid) return MalformedRequest("OperateUserRoleRequest");
  RK_ASSIGN_OR_RETURN(request.change, ChoiceOf<UserRoleChange>(change, "change of a user's roles"));
  return request;
}

Result<SelectRoleRequest> DecodeSelectRole(std::string_view bytes) {
  SelectRoleRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbVarint(3)) request.with_users = r.boolean();
    return r.tag() != PbLen(2) || TakeRole(r.bytes(), &request.role.emplace(), nullptr);
  });
  if (!valid) return MalformedRequest("SelectRoleRequest");
  return request;
}

Result<SelectUserRequest> DecodeSelectUser(std::string_view bytes) {
  SelectUserRequest request;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbVarint(3)) request.with_roles = r.boolean();
    return r.tag() != PbLen(2) || TakeName(r.bytes(), &request.user.emplace());
  });
  if (!valid) return MalformedRequest("SelectUserRequest");
  return request;
}

Result<OperatePrivilegeRequest> DecodeOperatePrivilege(std::string_view bytes) {
  OperatePrivilegeRequest request;
  int32_t change = 0;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbVarint(3)) change = r.int32();
    return r.tag() != PbLen(2) || TakeGrant(r.bytes(), &request.entity);
  });
  if (!valid) return MalformedRequest("OperatePrivilegeRequest");
  RK_ASSIGN_OR_RETURN(request.change, ChoiceOf<PrivilegeChange>(change, "change of a privilege"));
  return request;
}

Result<OperatePrivilegeV2Request> DecodeOperatePrivilegeV2(std::string_view bytes) {
  OperatePrivilegeV2Request request;
  int32_t change = 0;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    switch (r.tag()) {
      case PbLen(2):
        return TakeRole(r.bytes(), &request.role, nullptr);
      case PbLen(3):
        return TakeGrantor(r.bytes(), nullptr, &request.privilege);
      case PbVarint(4):
        change = r.int32();
        return true;
      case PbLen(5):
        return TakeText(r, &request.database);
      case PbLen(6):
        return TakeText(r, &request.collection);
      default:
        return true;
    }
  });
  if (!valid) return MalformedRequest("OperatePrivilegeV2Request");
  RK_ASSIGN_OR_RETURN(request.change, ChoiceOf<PrivilegeChange>(change, "change of a privilege"));
  return request;
}

Result<SelectGrantRequest> DecodeSelectGrant(std::string_view bytes) {
  GrantEntity entity;
  bool has_object = false;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    return r.tag() != PbLen(2) || TakeGrant(r.bytes(), &entity, &has_object);
  });
  if (!valid) return MalformedRequest("SelectGrantRequest");
  SelectGrantRequest request{entity.role, std::nullopt, entity.object_name, entity.database};
  if (has_object) request.object_type = entity.object_type;
  return request;
}

Result<std::string> DecodePrivilegeGroupName(std::string_view bytes, std::string_view message_name) {
  std::string name;
  const bool valid =
      ReadFields(bytes, [&](const PbReader& r) { return r.tag() != PbLen(2) || TakeText(r, &name); });
  if (!valid) return MalformedRequest(message_name);
  return name;
}

Result<OperatePrivilegeGroupRequest> DecodeOperatePrivilegeGroup(std::string_view bytes) {
  constexpr std::string_view name = "OperatePrivilegeGroupRequest";
  RK_RETURN_IF_ERROR(CheckParts(bytes, name, kPartsMax));
  OperatePrivilegeGroupRequest request;
  int32_t change = 0;
  const bool valid = ReadFields(bytes, [&](const PbReader& r) {
    if (r.tag() == PbLen(2)) return TakeText(r, &request.group);
    if (r.tag() == PbVarint(4)) change = r.int32();
    return r.tag() != PbLen(3) || AddName(r.bytes(), &request.privileges);
  });
  if (!valid) return MalformedRequest(name);
  RK_ASSIGN_OR_RETURN(request.change, ChoiceOf<PrivilegeGroupChange>(change, "change of a privilege group"));
  return request;
}

Result<RbacMeta> DecodeRestoreRbac(std::string_view bytes) {
  constexpr std::string_view name = "RestoreRBACMetaRequest";
  RK_RETURN_IF_ERROR(CheckParts(bytes, name, kRestorePartsMax));
  RbacMeta meta;
  const bool valid =
      ReadFields(bytes, [&](const PbReader& r) { return r.tag() != PbLen(2) || TakeRbac(r.bytes(), &meta); });
  if (!valid) return MalformedRequest(name);
  return meta;
}

std::string EncodeListCredUsers(const std::vector<std::string>& users) {
  return ReplyOf(users, [](const std::string& user) -> const std::string& { return user; });
}

std::string EncodeSelectRole(const std::vector<RoleDescription>& roles) {
  return ReplyOf(roles, [](const RoleDescription& role) {
    std::string out;
    PbWriter w(&out);
    w.Bytes(1, RoleOf(role.name, role.description));
    for (const std::string& user : role.users) w.Bytes(2, Named(user));
    return out;
  });
}

std::string EncodeSelectUser(const std::vector<UserDescription>& users) {
  return ReplyOf(users, [](const UserDescription& user) {
    std::string out;
    PbWriter w(&out);
    w.Bytes(1, Named(user.name));
    for (const std::string& role : user.roles) w.Bytes(2, Named(role));
    w.BytesIfSet(3, user.description);
    return out;
  });
}

std::string EncodeSelectGrant(const std::vector<GrantEntity>& grants) { return ReplyOf(grants, GrantOf); }

std::string EncodeListPrivilegeGroups(const std::vector<PrivilegeGroup>& groups) {
  return ReplyOf(groups, GroupOf);
}

std::string EncodeBackupRbac(const RbacMeta& meta) {
  std::string body, out;
  PbWriter w(&body);
  for (const RbacUser& user : meta.users) {
    std::string info;
    PbWriter one(&info);
    one.BytesIfSet(1, user.name);
    one.BytesIfSet(2, user.password_hash.Reveal());
    for (const std::string& role : user.roles) one.Bytes(3, Named(role));
    w.Bytes(1, info);
  }
  for (const RoleDescription& role : meta.roles) w.Bytes(2, RoleOf(role.name, role.description));
  for (const GrantEntity& grant : meta.grants) w.Bytes(3, GrantOf(grant));
  for (const PrivilegeGroup& group : meta.groups) w.Bytes(4, GroupOf(group));
  PbWriter reply(&out);
  reply.LenHeader(1, 0);
  reply.Bytes(2, body);
  return out;
}

}  // namespace redkite::wire
