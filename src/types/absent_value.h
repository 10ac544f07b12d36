// What a field holds where a row came without it, be it that the client left it out or that the row is older
// than the field. Thread safety: pure functions.
#pragma once

#include "types/column.h"
#include "types/schema.h"

namespace redkite {

/// One more row of it: the field's default, of the dynamic field no keys, else null.
void AppendAbsent(const FieldSchema& field, Column* column);
/// Whether that is not null.
bool HasAbsentValue(const FieldSchema& field);

}  // namespace redkite
