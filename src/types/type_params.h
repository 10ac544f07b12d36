// What the type parameters of a field say in numbers; they come as texts. Thread safety: pure functions.
#pragma once

#include "base/status.h"
#include "types/schema.h"

namespace redkite {

/// Fills dim and max_length from type_params. A number beyond int is clamped: the range check that follows
/// names it.
Status ReadTypeParams(FieldSchema* field);

}  // namespace redkite
