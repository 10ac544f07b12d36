// Bodies of queries, gets and deletes. Thread safety: pure functions. Errors: 1801 and 1802 for the body,
// 1806 for keys of another type than the primary key's.
#pragma once

#include "base/status.h"
#include "rest/json_value.h"
#include "types/requests.h"

namespace redkite::rest {

Result<QueryRequest> ReadQuery(const JsonValue& body);
/// A query for the rows with these keys, `id` or a list of them.
Result<QueryRequest> ReadGet(const JsonValue& body, const CollectionSchema& schema);
Result<DeleteRequest> ReadDelete(const JsonValue& body);
/// The legacy form: `id` as in a get, or `filter`.
Result<DeleteRequest> ReadFirstDelete(const JsonValue& body, const CollectionSchema& schema);

/// Keys in JSON as a column of the primary key's type; kRestBadKey for others.
Result<Column> ReadKeys(const JsonValue& list, const FieldSchema& primary);

}  // namespace redkite::rest
