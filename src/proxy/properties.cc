#include "proxy/properties.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "types/collection_properties.h"

namespace redkite::proxy {
namespace {

Status CheckTtl(std::string_view text) {
  const auto seconds = ParsePropertyInt(text);
  if (!seconds) return Status::Invalid("collection TTL is not a valid positive integer");
  if (*seconds < -1 || *seconds > kPropertySecondsMax) {
    return Status::Invalid("collection TTL is out of range, expect [-1, " +
                           std::to_string(kPropertySecondsMax) + "], got " + std::to_string(*seconds));
  }
  return Status::Ok();
}

Status CheckRetention(std::string_view text) {
  const auto seconds = ParsePropertyInt(text);
  if (seconds && *seconds >= 0 && *seconds <= kPropertySecondsMax) return Status::Ok();
  return Status::Invalid("invalid " + std::string(kRetentionProperty) + " value: " + std::string(text) +
                         ", expected: an integer in range [0, " + std::to_string(kPropertySecondsMax) + "]");
}

bool IsFlagKey(std::string_view key) {
  static constexpr std::array<std::string_view, 8> kKeys = {
      "mmap.enabled",
      kAutoCompactionProperty,
      kUniqueKeysProperty,
      kGivenKeysProperty,
      kKeyIsolationProperty,
      "dynamicfield.enabled",
      "collection.function.allowInsertNonBM25FunctionOutputs",
      "disable_func_runtime_check"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

// Limits that are kept and echoed: what they limit has no meter yet.
bool IsQuotaKey(std::string_view key) {
  return key.ends_with("Rate.max.mb") || key.ends_with("Rate.min.mb") || key.ends_with("Rate.max.qps") ||
         key.ends_with("Rate.min.qps") || key.ends_with("Rate.max.vps") || key.ends_with("Rate.min.vps") ||
         key.ends_with(".diskQuota.mb");
}

Status CheckQuota(std::string_view key, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && std::isfinite(value) && value >= -1) return Status::Ok();
  return Status::Invalid("invalid " + std::string(key) + " value: " + std::string(text) +
                         ", expected: a number of at least 0, or -1 for no limit");
}

}  // namespace

Status CheckOneKindOfChange(const AlterProperties& change) {
  if (!change.put.empty() && !change.remove.empty())
    return Status::Invalid("cannot provide both DeleteKeys and ExtraParams");
  if (change.put.empty() && change.remove.empty())
    return Status::Invalid("no properties or delete keys provided");
  return Status::Ok();
}

Result<bool> ParseFlag(std::string_view key, std::string_view text) {
  if (const auto flag = ParsePropertyFlag(text)) return *flag;
  return Status::Invalid("invalid " + std::string(key) + " value: " + std::string(text) +
                         ", expected: true, false");
}

Result<int64_t> ParseCount(std::string_view key, std::string_view text) {
  const auto value = ParsePropertyInt(text);
  if (value && *value >= 0) return *value;
  return Status::Invalid("invalid " + std::string(key) + " value: " + std::string(text) +
                         ", expected: an integer of at least 0");
}

Status CheckWarmup(std::string_view key, std::string_view text) {
  if (text == "disable" || text == "sync" || text == "async") return Status::Ok();
  return Status::Invalid("invalid " + std::string(key) + " value: " + std::string(text) +
                         ", expected: disable, sync, async");
}

Status CheckDescription(std::string_view text, const Limits& limits) {
  if (text.size() <= limits.description_bytes_max) return Status::Ok();
  return Status::Invalid("the length of a description must be at most " +
                         std::to_string(limits.description_bytes_max) + " bytes, but got " +
                         std::to_string(text.size()));
}

bool IsMmapKey(std::string_view key) { return key == "mmap.enabled"; }

bool IsWarmupKey(std::string_view key) { return key == "warmup" || key.starts_with("warmup."); }

bool IsIndexProperty(std::string_view key) {
  return IsMmapKey(key) || key == "warmup" || key == "indexoffsetcache.enabled";
}

bool Touches(const AlterProperties& change, bool (*is)(std::string_view)) {
  return std::any_of(change.put.begin(), change.put.end(), [is](const auto& p) { return is(p.first); }) ||
         std::any_of(change.remove.begin(), change.remove.end(), [is](const auto& k) { return is(k); });
}

Status CheckDatabaseProperties(const Params& properties) {
  for (const auto& [key, value] : properties) {
    if (key == "database.replica.number" || key == "database.max.collections")
      RK_RETURN_IF_ERROR(ParseCount(key, value).status());
    if (IsQuotaKey(key)) RK_RETURN_IF_ERROR(CheckQuota(key, value));
    if (key.starts_with("database.force.deny.")) RK_RETURN_IF_ERROR(ParseFlag(key, value).status());
  }
  return Status::Ok();
}

Status CheckCollectionProperties(const Params& properties) {
  for (const auto& [key, value] : properties) {
    if (key == kTtlProperty) RK_RETURN_IF_ERROR(CheckTtl(value));
    if (key == kRetentionProperty) RK_RETURN_IF_ERROR(CheckRetention(value));
    if (key == "collection.replica.number") RK_RETURN_IF_ERROR(ParseCount(key, value).status());
    if (IsQuotaKey(key)) RK_RETURN_IF_ERROR(CheckQuota(key, value));
    if (IsFlagKey(key)) RK_RETURN_IF_ERROR(ParseFlag(key, value).status());
    if (IsWarmupKey(key)) RK_RETURN_IF_ERROR(CheckWarmup(key, value));
  }
  return Status::Ok();
}

void ApplyProperties(const AlterProperties& change, Params* params) {
  for (const auto& put : change.put) {
    const auto at =
        std::find_if(params->begin(), params->end(), [&](const auto& p) { return p.first == put.first; });
    if (at == params->end()) {
      params->push_back(put);
    } else {
      at->second = put.second;
    }
  }
  for (const std::string& key : change.remove) {
    std::erase_if(*params, [&](const auto& p) { return p.first == key; });
  }
}

}  // namespace redkite::proxy
