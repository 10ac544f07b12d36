// The state of the room as plain data: users, roles with their grants, custom privilege groups, API keys.
// Records are immutable and shared between states, so that a change copies what it touches and nothing else.
// Stored as docs/formats/access.md says. Thread safety: plain data. Invariants: grants of a role and roles of
// a user are sorted and without repetition; the user root is always there. Units: milliseconds since the Unix
// epoch.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "access/privilege.h"

namespace redkite::access {

inline constexpr std::string_view kRootUser = "root";      // may do everything, cannot be dropped
inline constexpr std::string_view kAdminRole = "admin";    // so may who holds this
inline constexpr std::string_view kPublicRole = "public";  // everybody holds this
inline constexpr std::string_view kDefaultDatabase = "default";

struct Grant {
  ObjectType object_type = ObjectType::kCollection;
  std::string object_name = {};  // or "*"
  std::string privilege = {};    // or a group, or "*"; canonical
  std::string database = {};     // or "*"
  std::string grantor = {};      // told, but no part of what the grant is
  auto key() const { return std::tie(object_type, object_name, privilege, database); }
  bool operator==(const Grant&) const = default;
};

struct UserRecord {
  std::string name = {};
  std::string password_hash = {};  // empty: no password is right
  std::string description = {};
  std::vector<std::string> roles = {};
  /// Differs after every change of the password and after the user was dropped and made again.
  uint64_t generation = 0;
  int64_t created_ms = 0;
  bool operator==(const UserRecord&) const = default;
};

struct RoleRecord {
  std::string name = {};
  std::string description = {};
  std::vector<Grant> grants = {};  // by key()
  int64_t created_ms = 0;
  bool operator==(const RoleRecord&) const = default;
};

struct GroupRecord {
  std::string name = {};
  std::vector<std::string> privileges = {};
  bool operator==(const GroupRecord&) const = default;
};

struct ApiKeyRecord {
  std::string id = {};
  std::string name = {};
  std::string user = {};
  std::string digest = {};  // of the secret
  int64_t created_ms = 0;
  int64_t expires_ms = 0;  // 0: never
  bool operator==(const ApiKeyRecord&) const = default;
};

template <class Record>
using Records = std::map<std::string, std::shared_ptr<const Record>, std::less<>>;

struct AccessState {
  Records<UserRecord> users;
  Records<RoleRecord> roles;  // the built-in ones only once they were changed
  Records<GroupRecord> groups;
  Records<ApiKeyRecord> api_keys;
};

/// nullptr when there is none.
template <class Record>
const Record* FindRecord(const Records<Record>& records, std::string_view name) {
  const auto found = records.find(name);
  return found == records.end() ? nullptr : found->second.get();
}

/// Puts a record under its name, over what was there.
template <class Record>
void PutRecord(Records<Record>* records, std::string name, Record record) {
  (*records)[std::move(name)] = std::make_shared<const Record>(std::move(record));
}

/// `admin` and `public` are there without a record.
inline bool IsBuiltinRole(std::string_view role) { return role == kAdminRole || role == kPublicRole; }
inline bool RoleExists(const AccessState& state, std::string_view role) {
  return IsBuiltinRole(role) || state.roles.contains(role);
}

}  // namespace redkite::access
