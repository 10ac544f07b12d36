// Analyzers alone: RunAnalyzer and ComputePhraseMatchSlop. By hand: the messages are small. The input is
// untrusted. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/text_requests.h"

namespace redkite::wire {

Result<RunAnalyzerRequest> DecodeRunAnalyzer(std::string_view bytes);
std::string EncodeRunAnalyzer(const RunAnalyzerResult& result);
Result<PhraseSlopRequest> DecodePhraseSlop(std::string_view bytes);
std::string EncodePhraseSlop(const std::vector<PhraseSlop>& slops);

}  // namespace redkite::wire
