// Turns the columns of an insert or upsert into the rows of a collection: order, types, lengths, nulls, the
// dynamic column and generated keys. Thread safety: pure functions.
#pragma once

#include "base/status.h"
#include "types/limits.h"
#include "types/requests.h"
#include "types/schema.h"
#include "types/time_zone.h"

namespace redkite::proxy {

struct InsertRows {
  RowBatch rows;      // in schema order, field ids set
  Column given_keys;  // upsert: the primary keys that the client sent
};

/// kParameterInvalid for a text that is too long for its field or not UTF-8.
Status CheckText(const FieldSchema& field, size_t row, std::string_view text);
/// Checks everything that can be wrong with the rows of `request`. With auto id the key column is left out of
/// `rows`. Instants without an offset are local times of `zone`.
Result<InsertRows> CheckInsertRows(const CollectionSchema& schema, const Limits& limits,
                                   InsertRequest request, const TimeZone& zone = TimeZone::Utc());
/// The same for a partial update: `rows` has the columns that were sent, without the key, and its field_ops
/// fit them. Whether a row may lack the others is not known yet.
Result<InsertRows> CheckPartialRows(const CollectionSchema& schema, const Limits& limits,
                                    InsertRequest request, const TimeZone& zone = TimeZone::Utc());
/// Of a field that was not sent for a row which is not there.
Status NoDataOf(const FieldSchema& field);
/// Whether such a row may be without it.
bool MayBeAbsent(const FieldSchema& field);
/// `rows` rows that are filled with `row_bytes` each; kParameterTooLarge when that is more than a request may
/// make of nothing.
Status CheckFilled(const Limits& limits, int64_t rows, int64_t row_bytes);
/// Puts generated keys (first, first + 1, …) where the schema has its primary key.
void AddGeneratedKeys(const CollectionSchema& schema, int64_t first, RowBatch* rows);
/// Puts the key column there.
void PlaceKeys(const CollectionSchema& schema, Column keys, RowBatch* rows);

}  // namespace redkite::proxy
