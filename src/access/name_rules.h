// Rules of the names, passwords and descriptions that clients send, with the texts that they know. Thread
// safety: pure functions. Units: sizes are bytes.
#pragma once

#include <string_view>

#include "base/status.h"
#include "types/secret.h"

namespace redkite::access {

inline constexpr size_t kUsernameBytesMax = 32;
inline constexpr size_t kPasswordBytesMin = 6;
inline constexpr size_t kPasswordBytesMax = 72;
inline constexpr size_t kDescriptionBytesMax = 1024;
inline constexpr size_t kNameBytesMax = 255;

Status CheckUsername(std::string_view name);
Status CheckNewPassword(const Secret& password);
/// `what` names whose it is: "user", "role".
Status CheckDescription(std::string_view what, std::string_view description);
Status CheckRoleName(std::string_view name);
/// kPrivilegeGroupInvalidName.
Status CheckGroupName(std::string_view name);
/// Of a grant: a collection or a user, there or not, or "*"; a database or "*".
Status CheckObjectName(std::string_view name);
Status CheckGrantDatabase(std::string_view name);

}  // namespace redkite::access
