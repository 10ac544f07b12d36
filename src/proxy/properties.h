// Rules for the properties of databases, collections, fields and indexes (contract/admin.md section 4). Keys
// that nobody knows are stored and echoed. Thread safety: pure functions.
#pragma once

#include <string_view>

#include "base/status.h"
#include "types/limits.h"
#include "types/requests.h"
#include "types/timestamp.h"

namespace redkite::proxy {

/// Properties to put or keys to remove: one of them, not both, not neither.
Status CheckOneKindOfChange(const AlterProperties& change);
Status CheckDatabaseProperties(const Params& properties);
/// Values of known keys: time to live, retention, flags, warm-up, replicas.
Status CheckCollectionProperties(const Params& properties);
/// `true`, `True`, `1` …; anything else is an error that names the key.
Result<bool> ParseFlag(std::string_view key, std::string_view text);
Result<int64_t> ParseCount(std::string_view key, std::string_view text);
/// disable, sync or async.
Status CheckWarmup(std::string_view key, std::string_view text);
Status CheckDescription(std::string_view text, const Limits& limits);
bool IsMmapKey(std::string_view key);
bool IsWarmupKey(std::string_view key);
/// What AlterIndex may change.
bool IsIndexProperty(std::string_view key);
/// Whether a change touches a key for which `is` holds.
bool Touches(const AlterProperties& change, bool (*is)(std::string_view));
/// Replaces and adds, or removes; the order of what stays is kept.
void ApplyProperties(const AlterProperties& change, Params* params);

}  // namespace redkite::proxy
