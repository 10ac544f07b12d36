// ListIndexSpec: the user's parameters of an index over the vectors of a struct array. Its metric decides
// what a search takes: MAX_SIM and the like whole lists of vectors, a plain one single vectors, which then
// are looked for among all elements. Nothing is built for either yet: an exact scan serves them. Thread
// safety: plain data and pure functions. Errors as those of ParseIndexSpec.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "index/index_spec.h"

namespace redkite::index {

/// A metric as it is named for lists.
struct ListMetric {
  Metric metric = Metric::kCosine;  // of two vectors
  bool max_sim = false;             // sums the best ones
  bool operator==(const ListMetric&) const = default;
};
/// MAX_SIM is MAX_SIM_COSINE; plain names are known too. Case-insensitive; nothing for other texts.
std::optional<ListMetric> ParseListMetric(std::string_view name);
std::string ListMetricName(const ListMetric& metric);
/// Of an index that names none.
ListMetric DefaultListMetric(DataType vectors);

/// `vectors` is the type of the elements. `spec->metric` is that of two vectors, `*max_sim` the rest of it.
Result<IndexSpec> ParseListIndexSpec(std::span<const KeyValue> texts, DataType vectors, int dim,
                                     bool* max_sim);

}  // namespace redkite::index
