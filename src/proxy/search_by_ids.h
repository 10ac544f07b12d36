// Search by ids: the query vectors are those of rows that are there (contract/search.md section 12).
// Thread safety: pure function over a shard.
#pragma once

#include "base/cancel.h"
#include "base/status.h"
#include "plan/read_plan.h"
#include "shard/shard_client.h"
#include "types/requests.h"

namespace redkite::proxy {

/// The values of `field` in the rows whose keys are `ids`, in that order. `rows` says at which timestamp and
/// in which partitions; its filter is for the hits and does not matter here. kParameterInvalid for keys of
/// another type, keys that come twice, and keys without a row or without a vector.
Result<QueryVectors> FetchVectorsOfIds(const ColumnView& ids, const FieldSchema& field,
                                       const plan::RowSelection& rows, shard::ShardClient& shard,
                                       const CancelToken* cancel);

}  // namespace redkite::proxy
