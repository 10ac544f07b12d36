#include "types/metric.h"

#include <algorithm>
#include <cctype>

namespace redkite {

std::string_view MetricName(Metric metric) {
  switch (metric) {
    case Metric::kL2:
      return "L2";
    case Metric::kIp:
      return "IP";
    case Metric::kCosine:
      return "COSINE";
    case Metric::kHamming:
      return "HAMMING";
    case Metric::kJaccard:
      return "JACCARD";
    case Metric::kSubstructure:
      return "SUBSTRUCTURE";
    case Metric::kSuperstructure:
      return "SUPERSTRUCTURE";
  }
  return "";
}

std::optional<Metric> ParseMetric(std::string_view name) {
  const auto equal = [name](std::string_view other) {
    return std::equal(name.begin(), name.end(), other.begin(), other.end(),
                      [](unsigned char a, char b) { return std::toupper(a) == b; });
  };
  for (Metric m : kAllMetrics) {
    if (equal(MetricName(m))) return m;
  }
  return std::nullopt;
}

}  // namespace redkite
