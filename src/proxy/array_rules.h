// Rules for the values of Array fields (contract/types.md section 1, errors.md rows 65 and 66).
// Thread safety: pure functions.
#pragma once

#include "base/status.h"
#include "types/column.h"
#include "types/schema.h"

namespace redkite::proxy {

/// The arrays of an inserted column, laid out as the field has them; `given` is the type that the client's
/// are laid out as, none where no row has an element. Checks the type, the length of arrays and texts, the
/// range of Int8 and Int16, UTF-8, and that numbers are finite.
Result<Column> TakeArrays(const FieldSchema& field, DataType given, Column column);

}  // namespace redkite::proxy
