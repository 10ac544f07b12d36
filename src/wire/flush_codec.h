// Flush. Every requested collection has to be among the answered ones. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<FlushRequest> DecodeFlush(std::string_view bytes);
Result<FlushStateRequest> DecodeGetFlushState(std::string_view bytes);
std::string EncodeFlush(std::string_view database, const std::vector<FlushedCollection>& collections);
std::string EncodeGetFlushState(bool flushed);

}  // namespace redkite::wire
