// Bodies of inserts and upserts: rows in JSON become the columns of an InsertRequest. Unknown members of a
// row go to the dynamic column; fields that no row has are left out, for the proxy to fill. Thread safety:
// pure functions. Errors: 1804 for rows, with the row and its field; 1801 and 1802 for the rest of the body;
// kParameterTooLarge for rows that would become much larger than their text.
#pragma once

#include "base/status.h"
#include "rest/json_value.h"
#include "types/requests.h"

namespace redkite::rest {

/// `schema` as the proxy describes it: without the dynamic field.
Result<InsertRequest> ReadInsert(const JsonValue& body, const CollectionSchema& schema);
Result<InsertRequest> ReadUpsert(const JsonValue& body, const CollectionSchema& schema);

}  // namespace redkite::rest
