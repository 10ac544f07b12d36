// What the properties of a collection say (contract/admin.md section 4), typed, for those who act on them.
// Values were checked when they were set; one that cannot be read counts as absent. Thread safety: pure
// functions.
#pragma once

#include <optional>
#include <string_view>

#include "types/schema.h"
#include "types/timestamp.h"

namespace redkite {

inline constexpr std::string_view kTtlProperty = "collection.ttl.seconds";
inline constexpr std::string_view kRetentionProperty = "collection.retention.seconds";
inline constexpr std::string_view kMmapProperty = "mmap.enabled";
inline constexpr std::string_view kAutoCompactionProperty = "collection.autocompaction.enabled";
inline constexpr std::string_view kUniqueKeysProperty = "pk.unique";
inline constexpr std::string_view kGivenKeysProperty = "allow_insert_auto_id";
inline constexpr std::string_view kKeyIsolationProperty = "partitionkey.isolation";
inline constexpr std::string_view kTimeZoneProperty = "timezone";  // of databases too
inline constexpr std::string_view kTtlFieldProperty = "ttl_field";
inline constexpr int64_t kPropertySecondsMax = 3'155'760'000;  // a hundred years

std::optional<int64_t> ParsePropertyInt(std::string_view text);
/// `true`, `True`, `1` …
std::optional<bool> ParsePropertyFlag(std::string_view text);

/// Rows inserted before this have outlived their time to live at `now`; 0: there is none.
Timestamp ExpiredBefore(const Params& properties, Timestamp now);
/// How long deleted and replaced rows stay readable at older timestamps, where the collection says so itself.
std::optional<int64_t> RetentionMs(const Params& properties);
bool IsAutoCompacted(const Params& properties);
/// Whether an insert of a key that is there already is refused.
bool HasUniqueKeys(const Params& properties);
/// Whether an insert may bring keys where they have auto id.
bool TakesGivenKeys(const Params& properties);

}  // namespace redkite
