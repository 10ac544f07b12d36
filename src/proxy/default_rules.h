// Default values: which ones a field may have (contract/types.md section 4), and the rows that they fill.
// Thread safety: pure functions.
#pragma once

#include "base/status.h"
#include "types/column.h"
#include "types/schema.h"

namespace redkite::proxy {

/// Whether the default of a new field, if it has one, fits; max_length is known.
Status CheckDefaultValue(const FieldSchema& field);
/// `rows` rows of the field's default.
Column DefaultColumn(const FieldSchema& field, uint64_t rows);
/// The column with the field's default in the place of nulls.
Column WithDefaults(const FieldSchema& field, Column column);
/// Bytes of a row that the server fills because the client gave no value.
int64_t FilledRowBytes(const FieldSchema& field);

}  // namespace redkite::proxy
