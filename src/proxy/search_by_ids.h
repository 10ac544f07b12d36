// Vectors of rows that are there, by their keys: the queries of a search by ids (contract/search.md section
// 12), the sides of a calculation of distances. Thread safety: pure functions over a shard.
#pragma once

#include "base/cancel.h"
#include "base/status.h"
#include "plan/read_plan.h"
#include "shard/shard_client.h"
#include "types/requests.h"

namespace redkite::proxy {

/// Makes the read one of the rows with these keys, which are of the type of rows->schema's.
void SelectKeys(const ColumnView& ids, plan::RowSelection* rows);
/// kParameterInvalid for keys that come twice in a search.
Status CheckDistinctIds(const ColumnView& ids);
/// The values of `field` in the rows whose keys are `ids`, in that order; a key may come twice. `rows` says
/// at which timestamp and in which partitions; its filter is for the hits and does not matter here.
/// kParameterInvalid for keys of another type, and keys without a row or without a vector; kParameterTooLarge
/// when the vectors exceed rows.output_bytes_max.
Result<QueryVectors> FetchVectorsOfIds(const ColumnView& ids, const FieldSchema& field,
                                       const plan::RowSelection& rows, shard::ShardClient& shard,
                                       const CancelToken* cancel);

}  // namespace redkite::proxy
