#include "access/password.h"

#include <sodium.h>

#include <charconv>

#include "access/crypto.h"

namespace redkite::access {
namespace {

constexpr std::string_view kHead = "$argon2id$v=19$m=";
constexpr size_t kSaltTextBytes = 22;  // 16 bytes in base64 without padding
constexpr size_t kHashTextBytes = 43;  // 32 bytes
constexpr uint32_t kMemoryKibMin = 8;
constexpr uint32_t kMemoryKibMax = 64 << 10;
constexpr uint32_t kPassesMax = 8;

bool TakeText(std::string_view* in, std::string_view text) {
  if (!in->starts_with(text)) return false;
  in->remove_prefix(text.size());
  return true;
}

bool TakeNumber(std::string_view* in, uint32_t* out) {
  const auto [end, error] = std::from_chars(in->data(), in->data() + in->size(), *out);
  if (error != std::errc()) return false;
  in->remove_prefix(static_cast<size_t>(end - in->data()));
  return true;
}

bool IsBase64(std::string_view text) {
  for (const char c : text) {
    const bool is_one =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (!is_one) return false;
  }
  return true;
}

}  // namespace

Result<std::string> HashPassword(const Secret& password, const PasswordCost& cost) {
  PrepareCrypto();
  char out[crypto_pwhash_STRBYTES];
  const std::string_view text = password.Reveal();
  if (crypto_pwhash_str(out, text.data(), text.size(), cost.passes, cost.memory_bytes) != 0)
    return Status(Code::kMemoryLimitExceeded, "no memory to hash a password: memory limit exceeded");
  return std::string(out);
}

bool VerifyPassword(const std::string& hash, std::string_view password) {
  PrepareCrypto();
  if (hash.size() >= crypto_pwhash_STRBYTES) return false;
  if (password.data() == nullptr) password = "";  // the library wants a place even for no bytes
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string UnmatchedHash(const PasswordCost& cost) {
  // Nobody knows a password with this hash; finding one is what Argon2 makes infeasible.
  return std::string(kHead) + std::to_string(cost.memory_bytes >> 10) + ",t=" + std::to_string(cost.passes) +
         ",p=1$" + std::string(kSaltTextBytes, 'A') + "$" + std::string(kHashTextBytes, 'A');
}

Status CheckPasswordHash(std::string_view hash) {
  std::string_view rest = hash;
  uint32_t memory_kib = 0, passes = 0;
  const bool well_formed = TakeText(&rest, kHead) && TakeNumber(&rest, &memory_kib) &&
                           TakeText(&rest, ",t=") && TakeNumber(&rest, &passes) && TakeText(&rest, ",p=1$") &&
                           rest.size() == kSaltTextBytes + 1 + kHashTextBytes &&
                           rest[kSaltTextBytes] == '$' && IsBase64(rest.substr(0, kSaltTextBytes)) &&
                           IsBase64(rest.substr(kSaltTextBytes + 1));
  if (!well_formed) return Status::Invalid("the password of a user is no Argon2id hash");
  if (memory_kib < kMemoryKibMin || memory_kib > kMemoryKibMax || passes < 1 || passes > kPassesMax)
    return Status::Invalid("the cost of a password hash is out of range");
  return Status::Ok();
}

}  // namespace redkite::access
