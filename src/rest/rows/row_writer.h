// Answers of rows: those of a query and the hits of a search as JSON objects, dynamic keys among their
// members, and what a write counts. Thread safety: pure functions.
#pragma once

#include "rest/json_writer.h"
#include "types/requests.h"

namespace redkite::rest {

/// The members `data` (an array of rows) and `cost`.
void WriteQuery(const QueryResult& result, JsonWriter* writer);
/// The hits of all queries, one after another, and how many each has (`topks`).
void WriteSearch(const SearchResult& result, JsonWriter* writer);

/// The members `data` (counts and keys) and `cost`; of a delete its count alone.
void WriteInsert(const MutationResult& result, JsonWriter* writer);
void WriteUpsert(const MutationResult& result, JsonWriter* writer);
void WriteDelete(const MutationResult& result, JsonWriter* writer);

}  // namespace redkite::rest
