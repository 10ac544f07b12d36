// Bodies of searches: vectors of the field's type, ids or texts, and parameters as the RPC has them. Thread
// safety: pure functions. Errors: 1801 for vectors and other members of the wrong form, 1802 for missing
// ones, kParameterInvalid for those that contradict each other.
#pragma once

#include "base/status.h"
#include "rest/json_value.h"
#include "types/requests.h"

namespace redkite::rest {

/// `schema` is that of the collection. Where the body does not say which of several vector fields it means,
/// or names none, the queries are only counted: the proxy says what is wrong.
Result<SearchRequest> ReadSearch(const JsonValue& body, const CollectionSchema& schema);
/// The legacy form: one `vector`, parameters in `params`.
Result<SearchRequest> ReadFirstSearch(const JsonValue& body, const CollectionSchema& schema);
/// What is wrong with the form of a search of several vector fields.
Status CheckHybridSearch(const JsonValue& body);

}  // namespace redkite::rest
