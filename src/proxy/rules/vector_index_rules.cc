#include "proxy/rules/vector_index_rules.h"

namespace redkite::proxy {

std::string VectorIndex::metric_name() const {
  return lists ? index::ListMetricName({spec.metric, max_sim}) : std::string(MetricName(spec.metric));
}

bool VectorIndex::IsMetric(const std::string& name) const {
  if (!lists) return ParseMetric(name) == spec.metric;
  return index::ParseListMetric(name) == index::ListMetric{spec.metric, max_sim};
}

Result<VectorIndex> ParseVectorIndex(const FieldSchema& field, const Params& merged) {
  VectorIndex out;
  out.lists = field.type == DataType::kArrayOfVector;
  if (out.lists) {
    RK_ASSIGN_OR_RETURN(out.spec,
                        index::ParseListIndexSpec(merged, field.element_type, field.dim, &out.max_sim));
  } else {
    RK_ASSIGN_OR_RETURN(out.spec, index::ParseIndexSpec(merged, field.type, field.dim));
  }
  return out;
}

std::string DefaultMetricName(const FieldSchema& field) {
  if (field.type == DataType::kArrayOfVector)
    return index::ListMetricName(index::DefaultListMetric(field.element_type));
  return std::string(MetricName(index::DefaultMetric(field.type)));
}

}  // namespace redkite::proxy
