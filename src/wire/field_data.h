// FieldData: one column on the wire, to and from Column, by hand and without a copy in between.
// Private to the room. The input is untrusted. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

/// What the null vectors of one request may take, and the other nulls of each of its columns. A request with
/// values instead could not be much larger.
inline constexpr uint64_t kNullBytesMax = uint64_t{64} << 20;

/// The column in the bytes of a FieldData message that belongs to a request of `row_count` rows. Compact
/// columns with valid_data become full ones with nulls, which are stored with a zero value: what null vectors
/// take is subtracted from `null_bytes_left`, and refused where it is more.
Result<InputColumn> DecodeFieldData(std::string_view bytes, uint64_t row_count, uint64_t* null_bytes_left);

/// Appends the column, or the sub-fields of a struct array, each a column of its own named "struct[sub]".
Status AppendFieldData(std::string_view bytes, uint64_t row_count, uint64_t* null_bytes_left,
                       std::vector<InputColumn>* columns);

/// Bytes of the FieldData message that PutFieldData writes, without its tag and length.
size_t FieldDataBytes(const OutputColumn& column);
/// Appends the message's body. Scalars at null rows are written as zero values, vectors only where valid.
void PutFieldData(const OutputColumn& column, std::string* out);

/// The same for the IDs message: an Int64 or VarChar column without nulls. Nothing is written for zero rows.
size_t IdsBytes(const ColumnView& ids);
void PutIds(const ColumnView& ids, std::string* out);

}  // namespace redkite::wire
