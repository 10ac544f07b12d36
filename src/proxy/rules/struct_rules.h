// Rules for struct arrays: their schemas, and rows that are written to them (contract/types.md section 6).
// Thread safety: pure functions.
#pragma once

#include <vector>

#include "base/status.h"
#include "types/limits.h"
#include "types/requests.h"
#include "types/schema.h"

namespace redkite::proxy {

/// Names of the struct arrays of a new schema and of their sub-fields, and what these may be. The rest of a
/// sub-field is checked like any other field.
Status CheckStructs(const Limits& limits, const CollectionSchema& schema);
/// What its sub-fields agree in once each of them was read: the capacity.
Status CheckCapacities(const CollectionSchema& schema);

/// The lists of vectors of an inserted column, with the field's dimension; `given` is the type of the
/// client's vectors, none where no row has one. Checks type, dimension, length and that numbers are finite.
Result<Column> TakeVectorLists(const FieldSchema& field, DataType given, Column column);
/// Where one sub-field of a struct array was sent, all of them were.
Status CheckWholeStructs(const CollectionSchema& schema, const std::vector<InputColumn>& columns);
/// In every row of `columns` the sub-fields of a struct array have the same number of elements.
Status CheckElementCounts(const CollectionSchema& schema, const RowBatch& rows);

}  // namespace redkite::proxy
