// What GetMetrics answers: facts about this node as the JSON text that Milvus's tools read. Thread safety:
// pure functions but for the process's own use of memory and time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace redkite::server {

/// The number of the one node there is.
inline constexpr int64_t kNodeId = 1;

struct NodeFacts {
  std::string version;
  std::string build_time;
  std::string address;
  int64_t started_ms = 0;
  int64_t now_ms = 0;
};

/// `request` is JSON: {"metric_type": "system_info"}. kMetricNotFound for another type.
Result<std::string> AnswerMetricsRequest(std::string_view request, const NodeFacts& facts);

}  // namespace redkite::server
