// Metric: how two vectors are compared.
// "distance" (internal) is smaller-is-better for every metric: L2 = squared Euclidean, IP = -inner product,
// COSINE = -cosine similarity. "score" (what clients see) is L2 = distance, IP and COSINE = -distance, larger
// is better.
#pragma once

#include <optional>
#include <string_view>

namespace redkite {

enum class Metric : unsigned char { kL2, kIp, kCosine };

/// Case-insensitive; nothing for an unknown name.
std::optional<Metric> ParseMetric(std::string_view name);
/// "L2", "IP", "COSINE".
std::string_view MetricName(Metric metric);
/// Distance to score, and back: the same sign flip.
inline float ScoreOfDistance(Metric metric, float distance) {
  return metric == Metric::kL2 ? distance : -distance;
}
inline bool LargerScoreIsBetter(Metric metric) { return metric != Metric::kL2; }

}  // namespace redkite
