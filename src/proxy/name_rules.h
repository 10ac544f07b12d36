// Rules for names (contract/types.md section 10) and for schemas (contract/errors.md rows 8–31).
// Thread safety: pure functions.
#pragma once

#include <string_view>

#include "base/status.h"
#include "types/limits.h"
#include "types/requests.h"

namespace redkite::proxy {

Status CheckCollectionName(std::string_view name, const Limits& limits);
/// Code 100 with both names; an empty database is the default one.
Status CollectionNotFound(const CollectionName& name);
/// "collection alias" in the place of "collection name".
Status CheckAliasName(std::string_view name, const Limits& limits);
/// kDatabaseInvalidName.
Status CheckDatabaseName(std::string_view name, const Limits& limits);
Status CheckPartitionName(std::string_view name, const Limits& limits);
Status CheckFieldName(std::string_view name, const Limits& limits);
Status CheckIndexName(std::string_view name, const Limits& limits);
/// Checks a new collection's schema, reads `dim` and `max_length` out of the type params, assigns field ids
/// and adds the dynamic field.
Status CompleteSchema(const Limits& limits, CollectionSchema* schema);

}  // namespace redkite::proxy
