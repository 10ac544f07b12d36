// Load and release. Replies that only carry a status are EncodeReplyStatus. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<LoadRequest> DecodeLoadCollection(std::string_view bytes);
Result<LoadRequest> DecodeLoadPartitions(std::string_view bytes);
Result<CollectionName> DecodeReleaseCollection(std::string_view bytes);
Result<PartitionsRequest> DecodeReleasePartitions(std::string_view bytes);
Result<PartitionsRequest> DecodeGetLoadState(std::string_view bytes);
Result<PartitionsRequest> DecodeGetLoadingProgress(std::string_view bytes);
std::string EncodeGetLoadState(LoadState state);
/// Percentages, 0 to 100.
std::string EncodeGetLoadingProgress(int progress, int refresh_progress);

}  // namespace redkite::wire
