// Base64 (RFC 4648, section 4, with padding), as passwords and authorization headers carry it. What comes out
// is a Secret, since nothing else is sent like that. Thread safety: pure functions. The input is untrusted.
#pragma once

#include <optional>
#include <string_view>

#include "types/secret.h"

namespace redkite::wire {

/// nullopt for what is no base64: other characters, a wrong length, bits left over.
std::optional<Secret> DecodeBase64(std::string_view text);

}  // namespace redkite::wire
