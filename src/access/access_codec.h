// Keys and values of users, roles, privilege groups and API keys in the metadata store
// (docs/formats/access.md). The store has the checksums. Thread safety: pure functions. The input is
// untrusted.
#pragma once

#include <string>
#include <string_view>

#include "access/access_model.h"
#include "base/status.h"

namespace redkite::access {

inline constexpr std::string_view kUserPrefix = "user/";
inline constexpr std::string_view kRolePrefix = "role/";
inline constexpr std::string_view kGroupPrefix = "privilege_group/";
inline constexpr std::string_view kApiKeyPrefix = "api_key/";

std::string EncodeUser(const UserRecord& user);
std::string EncodeRole(const RoleRecord& role);
std::string EncodeGroup(const GroupRecord& group);
std::string EncodeApiKey(const ApiKeyRecord& key);
/// kOperationNotSupported for a newer version, kDataIntegrity for what is malformed.
Result<UserRecord> DecodeUser(std::string_view value);
Result<RoleRecord> DecodeRole(std::string_view value);
Result<GroupRecord> DecodeGroup(std::string_view value);
Result<ApiKeyRecord> DecodeApiKey(std::string_view value);

}  // namespace redkite::access
