// The text of an API key: rk_<id>_<secret>, the id 16 hexadecimal digits, the secret 64, which is 256 bits:
// enough that a plain digest of it is stored and no slow one. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redkite::access {

inline constexpr size_t kApiKeyIdBytes = 8;
inline constexpr size_t kApiKeySecretBytes = 32;

struct ApiKeyParts {
  std::string_view id;
  std::string_view secret;
};
/// nullopt when the text is no key. Views into the text.
std::optional<ApiKeyParts> ParseApiKey(std::string_view text);
std::string ApiKeyText(std::string_view id, std::string_view secret);

}  // namespace redkite::access
