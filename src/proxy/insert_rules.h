// Turns the columns of an insert or upsert into the rows of a collection: order, types, lengths, nulls, the
// dynamic column and generated keys. Thread safety: pure functions.
#pragma once

#include "base/status.h"
#include "types/limits.h"
#include "types/requests.h"
#include "types/schema.h"

namespace redkite::proxy {

struct InsertRows {
  RowBatch rows;      // in schema order, field ids set
  Column given_keys;  // upsert: the primary keys that the client sent
};

/// kParameterInvalid for a text that is too long for its field or not UTF-8.
Status CheckText(const FieldSchema& field, size_t row, std::string_view text);
/// Checks everything that can be wrong with the rows of `request`. With auto id the key column is left out of
/// `rows`.
Result<InsertRows> CheckInsertRows(const CollectionSchema& schema, const Limits& limits,
                                   InsertRequest request);
/// Puts generated keys (first, first + 1, …) where the schema has its primary key.
void AddGeneratedKeys(const CollectionSchema& schema, int64_t first, RowBatch* rows);

}  // namespace redkite::proxy
