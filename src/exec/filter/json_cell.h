// A JsonValue in nine bytes, as segment::JsonPathCache keeps it. Strings and arrays stay in the row's text,
// of which a cell holds the place. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "exec/filter/json_value.h"
#include "types/column.h"

namespace redkite::exec {

struct JsonCell {
  uint8_t kind = 0;
  uint64_t value = 0;
};

/// Of JsonPathChunk::present.
constexpr uint32_t KindBit(JsonKind kind) { return uint32_t{1} << static_cast<uint32_t>(kind); }
/// The same of a cell.
uint32_t KindBitOf(JsonCell cell);

/// `value` was found in `json`, which is shorter than 4 GiB.
JsonCell PackJson(const JsonValue& value, std::string_view json);
/// What was packed of row `row`. kMissing where the text does not reach the place any more.
JsonValue UnpackJson(JsonCell cell, const ColumnView& column, size_t row);

}  // namespace redkite::exec
