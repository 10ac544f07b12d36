// Passwords: Argon2id (RFC 9106) with the parameters that OWASP advises, 19 MiB and two passes, by libsodium,
// which draws the salts from the operating system itself. A stored hash is the text "$argon2id$v=19$m=…". A
// hash or a verification takes tens of milliseconds: never on a thread that serves connections, and only
// through HashQueue where clients can ask for it. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "types/secret.h"

namespace redkite::access {

struct PasswordCost {
  uint32_t passes = 2;
  size_t memory_bytes = size_t{19} << 20;
};

/// kMemoryLimitExceeded when the memory is not to be had.
Result<std::string> HashPassword(const Secret& password, const PasswordCost& cost);
/// False also for a hash that is none.
bool VerifyPassword(const std::string& hash, std::string_view password);
/// A hash that no password has, and that takes as long as a real one of that cost: what an unknown user is
/// verified against.
std::string UnmatchedHash(const PasswordCost& cost);
/// Of a hash from outside: well-formed, and not so expensive that verifying it would be an attack.
Status CheckPasswordHash(std::string_view hash);

}  // namespace redkite::access
