// Metric: how two vectors are compared.
// "distance" (internal) is smaller-is-better for every metric: L2 = squared Euclidean, IP = -inner product,
// COSINE = -cosine similarity. "score" (what clients see) is -distance for IP and COSINE, where larger is
// better, and the distance for all others. On binary vectors: HAMMING counts the bits that differ, JACCARD is
// 1 - |both| / |either|, SUBSTRUCTURE is 0 for rows that have every bit of the query, SUPERSTRUCTURE for rows
// whose every bit the query has; other rows are no hits.
#pragma once

#include <optional>
#include <string_view>

namespace redkite {

/// The numbers are those of index files.
enum class Metric : unsigned char {
  kL2 = 0,
  kIp = 1,
  kCosine = 2,
  kHamming = 3,
  kJaccard = 4,
  kSubstructure = 5,
  kSuperstructure = 6,
};
inline constexpr Metric kAllMetrics[] = {
    Metric::kL2,      Metric::kIp,           Metric::kCosine,        Metric::kHamming,
    Metric::kJaccard, Metric::kSubstructure, Metric::kSuperstructure};

/// Case-insensitive; nothing for an unknown name.
std::optional<Metric> ParseMetric(std::string_view name);
/// "L2", "IP", "COSINE", "HAMMING" …
std::string_view MetricName(Metric metric);
inline bool LargerScoreIsBetter(Metric metric) { return metric == Metric::kIp || metric == Metric::kCosine; }
/// Distance to score, and back: the same sign flip; 0 stays 0, without a sign.
inline float ScoreOfDistance(Metric metric, float distance) {
  return LargerScoreIsBetter(metric) ? 0.0f - distance : distance;
}
/// Metrics that tell rows that fit (distance 0) from others (1), which are no hits.
inline bool IsStructureMetric(Metric metric) {
  return metric == Metric::kSubstructure || metric == Metric::kSuperstructure;
}

}  // namespace redkite
