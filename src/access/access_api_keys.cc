// AccessControl: API keys.
#include <algorithm>

#include "access/access_control.h"
#include "access/api_key.h"
#include "access/name_rules.h"

namespace redkite::access {
namespace {

constexpr ptrdiff_t kKeysPerUserMax = 100;

Status CheckKeyName(std::string_view name) {
  if (name.size() <= kNameBytesMax) return Status::Ok();
  return Status::Invalid("the length of an API key's name must be at most " + std::to_string(kNameBytesMax));
}

}  // namespace

Result<Secret> AccessControl::CreateApiKey(std::string_view user, std::string_view name, int64_t expires_ms) {
  RK_RETURN_IF_ERROR(CheckKeyName(name));
  const int64_t now_ms = seams_.clock->WallMs();
  if (expires_ms != 0 && expires_ms <= now_ms)
    return Status::Invalid("the expiry of an API key must lie in the future: " + std::to_string(expires_ms));
  std::array<uint8_t, kApiKeyIdBytes> id;
  std::array<uint8_t, kApiKeySecretBytes> secret;
  seams_.secrets->Fill(id);
  seams_.secrets->Fill(secret);
  const Secret secret_text(ToHex(secret));
  WipeBytes(secret.data(), secret.size());
  const ApiKeyRecord record{.id = ToHex(id),
                            .name = std::string(name),
                            .user = std::string(user),
                            .digest = std::string(BytesOf(PlainDigest(secret_text.Reveal()))),
                            .created_ms = now_ms,
                            .expires_ms = expires_ms};
  RK_RETURN_IF_ERROR(Commit([&](AccessState* state) -> Status {
    if (!state->users.contains(user)) return UserNotFound();
    const auto is_users = [&](const auto& entry) { return entry.second->user == user; };
    if (std::count_if(state->api_keys.begin(), state->api_keys.end(), is_users) >= kKeysPerUserMax)
      return {Code::kQuotaExceeded, "the number of API keys of a user has reached the limit: quota exceeded"};
    if (state->api_keys.size() >= options_.api_keys_max)
      return {Code::kQuotaExceeded, "the number of API keys has reached the limit: quota exceeded"};
    if (state->api_keys.contains(record.id)) return Status::Internal("an API key was drawn twice");
    PutRecord(&state->api_keys, record.id, record);
    return Status::Ok();
  }));
  return Secret(ApiKeyText(record.id, secret_text.Reveal()));
}

std::vector<ApiKeyInfo> AccessControl::ListApiKeys(std::string_view user) const {
  const auto current = snapshot();
  std::vector<ApiKeyInfo> keys;
  for (const auto& [id, key] : current->state().api_keys) {
    if (user.empty() || key->user == user)
      keys.push_back({key->id, key->name, key->user, key->created_ms, key->expires_ms});
  }
  return keys;
}

Status AccessControl::DropApiKey(std::string_view id) {
  return Commit([&](AccessState* state) {
    const auto found = state->api_keys.find(id);
    if (found != state->api_keys.end()) state->api_keys.erase(found);
    return Status::Ok();
  });
}

}  // namespace redkite::access
