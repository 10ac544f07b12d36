// What an index of a vector field is, of one vector in a row or of lists of them (contract/indexes.md
// sections 2 and 3). Thread safety: pure functions.
#pragma once

#include <string>

#include "base/status.h"
#include "index/list_spec.h"
#include "types/schema.h"

namespace redkite::proxy {

struct VectorIndex {
  index::IndexSpec spec;
  bool lists = false;    // the field is an ArrayOfVector
  bool max_sim = false;  // and a search takes whole lists
  std::string metric_name() const;
  /// Whether a client means the index's metric by this name.
  bool IsMetric(const std::string& name) const;
};
/// Of parameters whose JSON members are merged in.
Result<VectorIndex> ParseVectorIndex(const FieldSchema& field, const Params& merged);
/// The metric of an index that names none.
std::string DefaultMetricName(const FieldSchema& field);

}  // namespace redkite::proxy
