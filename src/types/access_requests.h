// What clients ask about users, roles, grants, privilege groups and API keys, and what they get, as plain
// data. Names of privileges come as clients send them; answers carry them without the prefix "Privilege".
// Thread safety: plain data. Units: milliseconds since the Unix epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "types/secret.h"

namespace redkite {

// ---- users

struct CreateCredentialRequest {
  std::string user = {};
  Secret password = {};
  std::string description = {};
};

/// Both passwords empty: only the description changes.
struct UpdateCredentialRequest {
  std::string user = {};
  Secret old_password = {};
  Secret password = {};  // the one from now on
  std::optional<std::string> description = {};
};

/// All users when there is no name.
struct SelectUserRequest {
  std::optional<std::string> user = {};
  bool with_roles = false;
};

struct UserDescription {
  std::string name = {};
  std::string description = {};
  std::vector<std::string> roles = {};  // without `public`, which everybody holds
  bool operator==(const UserDescription&) const = default;
};

// ---- roles

struct CreateRoleRequest {
  std::string role = {};
  std::string description = {};
};

struct AlterRoleRequest {
  std::string role = {};
  std::string description = {};
};

struct DropRoleRequest {
  std::string role = {};
  bool force = false;  // also one that has grants
};

/// With the numbers of the wire, like the other two of the kind.
enum class UserRoleChange : int { kAdd = 0, kRemove = 1 };

struct OperateUserRoleRequest {
  std::string user = {};
  std::string role = {};
  UserRoleChange change = UserRoleChange::kAdd;
};

/// All roles when there is no name.
struct SelectRoleRequest {
  std::optional<std::string> role = {};
  bool with_users = false;
};

struct RoleDescription {
  std::string name = {};
  std::string description = {};
  std::vector<std::string> users = {};
  bool operator==(const RoleDescription&) const = default;
};

// ---- grants

enum class PrivilegeChange : int { kGrant = 0, kRevoke = 1 };

struct GrantEntity {
  std::string role = {};
  std::string object_type = {};  // Collection, Global or User
  std::string object_name = {};  // or "*"
  std::string privilege = {};    // or a group of them, or "*"
  std::string database = {};     // or "*"; empty in a request: "default"
  std::string grantor = {};      // in answers: who granted it
  bool operator==(const GrantEntity&) const = default;
};

struct OperatePrivilegeRequest {
  GrantEntity entity;
  PrivilegeChange change = PrivilegeChange::kGrant;
};

struct OperatePrivilegeV2Request {
  std::string role = {};
  std::string privilege = {};   // or a group of them
  std::string database = {};    // empty: "default"
  std::string collection = {};  // empty: "*"
  PrivilegeChange change = PrivilegeChange::kGrant;
};

/// An object type and name narrow the answer to grants on that object.
struct SelectGrantRequest {
  std::string role = {};
  std::optional<std::string> object_type = {};
  std::string object_name = {};
  std::string database = {};  // "*": of all databases; empty: "default"
};

// ---- privilege groups

struct PrivilegeGroup {
  std::string name = {};
  std::vector<std::string> privileges = {};
  bool operator==(const PrivilegeGroup&) const = default;
};

enum class PrivilegeGroupChange : int { kAdd = 0, kRemove = 1 };

struct OperatePrivilegeGroupRequest {
  std::string group = {};
  std::vector<std::string> privileges = {};  // or groups, of which the members count
  PrivilegeGroupChange change = PrivilegeGroupChange::kAdd;
};

// ---- backup

struct RbacUser {
  std::string name = {};
  Secret password_hash = {};  // encoded as access/password.h makes it
  std::vector<std::string> roles = {};
};

/// All that the administrator set up, but for the user root and the roles that are always there.
struct RbacMeta {
  std::vector<RbacUser> users = {};
  std::vector<RoleDescription> roles = {};  // without users
  std::vector<GrantEntity> grants = {};
  std::vector<PrivilegeGroup> groups = {};
};

// ---- API keys

struct ApiKeyInfo {
  std::string id = {};
  std::string name = {};
  std::string user = {};
  int64_t created_ms = 0;
  int64_t expires_ms = 0;  // 0: never
  bool operator==(const ApiKeyInfo&) const = default;
};

}  // namespace redkite
