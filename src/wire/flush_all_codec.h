// The flush of every collection and its state. By hand, as flush_codec.h. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<FlushAllRequest> DecodeFlushAll(std::string_view bytes);
Result<FlushAllStateRequest> DecodeGetFlushAllState(std::string_view bytes);
std::string EncodeFlushAll(const FlushAllAnswer& answer);
std::string EncodeGetFlushAllState(const FlushAllState& state);

}  // namespace redkite::wire
