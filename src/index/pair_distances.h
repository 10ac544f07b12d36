// PairDistances: the distances of every vector of one set to every vector of another, by the kernels that
// searches use. Thread safety: pure function.
#pragma once

#include <vector>

#include "base/cancel.h"
#include "base/status.h"
#include "index/any_index.h"

namespace redkite::index {

/// (*out)[i * right.rows + j]: from row i of `left`, the query, to row j of `right`; smaller is better for
/// every metric. Both sets have one type and dimension, which the metric fits. `cancel` may be null.
Status PairDistances(const VectorView& left, const VectorView& right, Metric metric,
                     const CancelToken* cancel, std::vector<float>* out);

}  // namespace redkite::index
