#include "types/integer_range.h"

#include <limits>
#include <string>

namespace redkite {
namespace {

template <class T>
Status CheckFits(size_t at, int32_t value) {
  constexpr int32_t lowest = std::numeric_limits<T>::min(), highest = std::numeric_limits<T>::max();
  if (value >= lowest && value <= highest) [[likely]]
    return Status::Ok();
  return {Code::kParameterInvalid,
          "the " + std::to_string(at) + "th element (" + std::to_string(value) + ") out of range: [" +
              std::to_string(lowest) + ", " + std::to_string(highest) +
              "]: invalid parameter[expected=integer doesn't overflow][actual=out of range]"};
}

}  // namespace

Status CheckIntegerFits(DataType type, size_t at, int32_t value) {
  if (type == DataType::kInt8) return CheckFits<int8_t>(at, value);
  if (type == DataType::kInt16) return CheckFits<int16_t>(at, value);
  return Status::Ok();
}

}  // namespace redkite
