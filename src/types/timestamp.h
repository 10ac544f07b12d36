// Hybrid timestamp: Unix milliseconds << 18 | logical counter, as on Milvus's wire.
#pragma once

#include <cstdint>
#include <limits>

namespace redkite {

using Timestamp = uint64_t;
inline constexpr int kLogicalBits = 18;
inline constexpr Timestamp kMaxTimestamp = std::numeric_limits<Timestamp>::max();

constexpr Timestamp MakeTimestamp(int64_t wall_ms, uint64_t logical = 0) {
  return (static_cast<uint64_t>(wall_ms) << kLogicalBits) | logical;
}
constexpr int64_t WallMsOf(Timestamp ts) { return static_cast<int64_t>(ts >> kLogicalBits); }

}  // namespace redkite
