// Compactions and their state. By hand, as segment_codec.h. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/requests.h"

namespace redkite::wire {

Result<CompactionRequest> DecodeManualCompaction(std::string_view bytes);
Result<int64_t> DecodeGetCompactionState(std::string_view bytes);
Result<CompactionPlansRequest> DecodeGetCompactionPlans(std::string_view bytes);
std::string EncodeManualCompaction(const CompactionStart& start);
/// A compaction without plans is completed: there was nothing to do, or it is long ago.
std::string EncodeGetCompactionState(const std::vector<CompactionPlan>& plans);
std::string EncodeGetCompactionPlans(const std::vector<CompactionPlan>& plans);

}  // namespace redkite::wire
