// Consistency levels by name, as bodies and answers have them. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "types/collection_requests.h"

namespace redkite::rest {

std::string_view ConsistencyName(Consistency level);
/// kParameterInvalid for another name.
Result<Consistency> ParseConsistency(std::string_view name);

}  // namespace redkite::rest
