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
Status CheckResourceGroupName(std::string_view name, const Limits& limits);
Status CheckIndexName(std::string_view name, const Limits& limits);
/// `max_capacity` of an Array, in the range that arrays may have.
Result<int> ParseMaxCapacity(const std::string& text);
/// Checks a new collection's schema, reads `dim`, `max_length` and `max_capacity` out of the type params,
/// assigns field ids and adds the dynamic field.
Status CompleteSchema(const Limits& limits, CollectionSchema* schema);
/// The same for a field that is added to a collection with or without rows. `id_max` is the largest id that a
/// field of it ever had, or 0 for that of the fields, and becomes the new one's.
Status AddFieldTo(const Limits& limits, FieldSchema field, CollectionSchema* schema, int64_t* id_max);
/// Adds the dynamic field.
void AddDynamicFieldTo(CollectionSchema* schema, int64_t* id_max);
/// Takes a field out again, where the collection can be without it.
Status DropFieldFrom(FieldId field, CollectionSchema* schema, int64_t* id_max);

}  // namespace redkite::proxy
