// CalcDistance. The reply, which may be long, is written by hand. The input is untrusted. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<CalcDistanceRequest> DecodeCalcDistance(std::string_view bytes);
std::string EncodeCalcDistance(const CalcDistanceResult& result);

}  // namespace redkite::wire
