// Partial updates: the columns that a client sent over the rows that are there (contract/types.md section
// 11). Thread safety: pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "types/column.h"
#include "types/limits.h"
#include "types/requests.h"
#include "types/schema.h"

namespace redkite::proxy {

/// What a partial update brings, checked against one version of the schema.
struct PartialRows {
  RowBatch sent;  // without the key
  Column keys;    // distinct
  std::vector<std::pair<FieldId, FieldOp>> ops;
};

/// The fields of which the update needs what the rows hold: those that were not sent, the dynamic one, arrays
/// that are changed; the key first. One field alone: nothing is needed.
std::vector<FieldId> FieldsToRead(const CollectionSchema& schema, const PartialRows& update);
/// The whole rows, in the order of update.keys, without the key. `found` are the columns of FieldsToRead, of
/// the rows that are there. kParameterInvalid for a new row without a field that it needs, and for an array
/// or a dynamic field that becomes too long.
Result<RowBatch> MergeRows(const CollectionSchema& schema, const Limits& limits, const PartialRows& update,
                           const std::vector<Column>& found);

}  // namespace redkite::proxy
