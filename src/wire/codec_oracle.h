// The slow truth about insert and search requests: parses with the generated code, converts value by value,
// and compares with the hand-written decoders. Linked by tests and fuzzers only. Thread safety: pure
// functions.
#pragma once

#include <string>
#include <string_view>

namespace redkite::wire {

/// What differs between the two decoders for these bytes; empty when they agree, or when the generated code
/// refuses bytes that the hand-written decoder does not look into (a malformed `base`, say).
std::string CompareInsert(std::string_view bytes, bool upsert);
std::string CompareSearch(std::string_view bytes);
std::string CompareQuery(std::string_view bytes);
std::string CompareDelete(std::string_view bytes);

}  // namespace redkite::wire
