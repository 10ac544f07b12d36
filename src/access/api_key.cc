#include "access/api_key.h"

#include <algorithm>

namespace redkite::access {
namespace {

constexpr std::string_view kHead = "rk_";

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<ApiKeyParts> ParseApiKey(std::string_view text) {
  constexpr size_t kIdDigits = 2 * kApiKeyIdBytes, kSecretDigits = 2 * kApiKeySecretBytes;
  if (text.size() != kHead.size() + kIdDigits + 1 + kSecretDigits || !text.starts_with(kHead))
    return std::nullopt;
  text.remove_prefix(kHead.size());
  const ApiKeyParts parts{text.substr(0, kIdDigits), text.substr(kIdDigits + 1)};
  if (text[kIdDigits] != '_' || !IsHex(parts.id) || !IsHex(parts.secret)) return std::nullopt;
  return parts;
}

std::string ApiKeyText(std::string_view id, std::string_view secret) {
  std::string text(kHead);
  return text.append(id).append("_").append(secret);
}

}  // namespace redkite::access
