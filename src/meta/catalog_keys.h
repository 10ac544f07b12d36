// Keys of the catalog and the numbers among its values (docs/formats/catalog.md). Private to the room.
// Thread safety: pure functions.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/coding.h"
#include "types/ids.h"

namespace redkite::meta {

inline constexpr std::string_view kDatabasePrefix = "database/";
inline constexpr std::string_view kCollectionPrefix = "collection/";
inline constexpr std::string_view kGenerationPrefix = "generation/";

inline std::string IdKey(std::string_view prefix, int64_t id) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%019lld", static_cast<long long>(id));
  return std::string(prefix) + digits;
}

/// Of a collection or an alias: holds the collection's id; its presence is what makes the name taken.
inline std::string NameKey(DatabaseId database, std::string_view name) {
  return IdKey("name/", database.value()) + "/" + std::string(name);
}

/// Holds the database's id. The default database has none.
inline std::string DatabaseNameKey(std::string_view name) { return "database_name/" + std::string(name); }

inline std::string EncodeNumber(uint64_t v) {
  std::string out;
  PutFixed<uint64_t>(&out, v);
  return out;
}

inline std::string EncodeId(CollectionId id) { return EncodeNumber(static_cast<uint64_t>(id.value())); }

}  // namespace redkite::meta
