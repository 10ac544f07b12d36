// Vectors in JSON: arrays of numbers, the bytes of some types also as base64 text, sparse ones as an object.
// Each becomes the bytes that a column holds, rows and queries alike. What they may hold beyond their form is
// checked by whoever takes them. Thread safety: pure functions. Errors: kParameterInvalid with what is wrong;
// the caller names the place.
#pragma once

#include <string>

#include "base/status.h"
#include "rest/json_value.h"
#include "types/data_type.h"

namespace redkite::rest {

/// Appends one vector of `type`; `dim` is that of its field. A failed call may leave a part.
Status AppendVector(DataType type, int dim, const JsonValue& value, std::string* bytes);
/// Whether JSON has the vectors of `type` as text too.
bool HasTextForm(DataType type);

}  // namespace redkite::rest
