// Integers that the wire carries in 32 bits and a field holds in fewer: Int8 and Int16. Thread safety: pure
// functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "types/data_type.h"

namespace redkite {

/// kParameterInvalid when `value`, element `at` of a column or an array, does not fit `type`. Types other
/// than Int8 and Int16 take every value.
Status CheckIntegerFits(DataType type, size_t at, int32_t value);

}  // namespace redkite
