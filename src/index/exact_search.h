// ExactSearch: the k nearest of all rows that are not excluded, by computing every distance. What FLAT runs,
// what HNSW falls back to, and what segments without an index use. Thread safety: pure function.
#pragma once

#include "index/any_index.h"

namespace redkite::index {

/// Semantics of AnyIndex::Search. `inverse_norms` (COSINE only) holds 1/|row|, or 0 for a zero row; null =
/// computed on the way, at the cost of a second pass over each block of rows.
Status ExactSearch(const VectorView& vectors, Metric metric, const float* inverse_norms,
                   const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                   const CancelToken* cancel, SearchStats* stats, TopK* out);

}  // namespace redkite::index
