#include "index/list_spec.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace redkite::index {
namespace {

constexpr std::string_view kMaxSim = "MAX_SIM";
constexpr std::string_view kMaxSimTypes[] = {"HNSW",        "HNSW_SQ",   "HNSW_PQ", "HNSW_PRQ", "IVF_FLAT",
                                             "IVF_FLAT_CC", "SCANN_DVR", "DISKANN", "AUTOINDEX"};

std::string Upper(std::string_view text) {
  std::string out;
  for (const char c : text) out.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return out;
}

void Put(std::vector<KeyValue>* texts, std::string_view key, std::string value) {
  std::erase_if(*texts, [key](const KeyValue& text) { return text.first == key; });
  if (!value.empty()) texts->emplace_back(key, std::move(value));
}

std::string ValueOf(std::span<const KeyValue> texts, std::string_view key) {
  for (const auto& [k, v] : texts) {
    if (k == key) return v;
  }
  return {};
}

}  // namespace

std::optional<ListMetric> ParseListMetric(std::string_view name) {
  std::string upper = Upper(name);
  ListMetric out;
  out.max_sim = upper.starts_with(kMaxSim);
  if (upper == kMaxSim) return out;
  if (out.max_sim) {
    if (upper[kMaxSim.size()] != '_') return std::nullopt;
    upper.erase(0, kMaxSim.size() + 1);
  }
  const std::optional<Metric> metric = ParseMetric(upper);
  if (!metric || IsStructureMetric(*metric)) return std::nullopt;
  out.metric = *metric;
  return out;
}

std::string ListMetricName(const ListMetric& metric) {
  return (metric.max_sim ? std::string(kMaxSim) + "_" : "") + std::string(MetricName(metric.metric));
}

ListMetric DefaultListMetric(DataType vectors) { return {DefaultMetric(vectors), true}; }

Result<IndexSpec> ParseListIndexSpec(std::span<const KeyValue> texts, DataType vectors, int dim,
                                     bool* max_sim) {
  const std::string type = ValueOf(texts, "index_type"), name = ValueOf(texts, "metric_type");
  const auto metric = name.empty() ? DefaultListMetric(vectors) : ParseListMetric(name);
  if (!metric) {
    return Status::Invalid("metric type " + name +
                           " not found or not supported by vectors of a struct array, supported: [MAX_SIM "
                           "MAX_SIM_COSINE MAX_SIM_IP MAX_SIM_L2 MAX_SIM_HAMMING MAX_SIM_JACCARD COSINE IP "
                           "L2 HAMMING JACCARD]");
  }
  *max_sim = metric->max_sim;
  const bool known = type.empty() || std::find(std::begin(kMaxSimTypes), std::end(kMaxSimTypes), type) !=
                                         std::end(kMaxSimTypes);
  // The types themselves are checked against those of the vectors first.
  std::vector<KeyValue> plain(texts.begin(), texts.end());
  Put(&plain, "metric_type", std::string(MetricName(metric->metric)));
  if (type == "SCANN_DVR") Put(&plain, "index_type", "SCANN");
  auto spec = ParseIndexSpec(plain, vectors, dim);
  if (!spec.ok()) return spec;
  if (metric->max_sim && !known) {
    return Status::Invalid("data type ArrayOfVector can't build with this index " + type +
                           " and metric type " + name);
  }
  spec->structure = Structure::kFlat;
  return spec;
}

}  // namespace redkite::index
