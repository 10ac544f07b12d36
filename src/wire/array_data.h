// ArrayArray: the rows of an Array column on the wire, each a ScalarField with the elements of one array, to
// and from the values of types/array_value.h.
// Private to the room. The input is untrusted. Thread safety: pure functions.
#pragma once

#include <string_view>

#include "base/status.h"
#include "types/column.h"
#include "wire/packed_values.h"
#include "wire/pb_writer.h"

namespace redkite::wire {

/// Appends one array per message of `rows` to `column`. The type of the answer is what the elements are laid
/// out as, Bool, Int32 (also for Int8 and Int16), Int64, Float, Double or VarChar; none where no row has any.
/// Whether it fits the field, the proxy knows: what clients say in `element_type` is not looked at, since
/// Milvus takes rows without it. `field` is the name for messages.
Result<DataType> AppendArrays(std::string_view field, const PackedValues& rows, Column* column);

/// Bytes of the ArrayArray message that PutArrayData writes for a column of arrays of `element`, without its
/// tag and length. An empty array and a null row have their member too.
size_t ArrayDataBytes(const ColumnView& arrays, DataType element);
void PutArrayData(const ColumnView& arrays, DataType element, PbWriter* w);

}  // namespace redkite::wire
