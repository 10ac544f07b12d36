// ExactSearch: the k nearest of all rows that are not excluded, by computing every distance. What FLAT runs,
// what HNSW falls back to, and what segments without an index use. Thread safety: pure function.
#pragma once

#include "index/any_index.h"
#include "index/scorer.h"

namespace redkite::index {

/// Semantics of AnyIndex::Search. `inverse_norms` (COSINE only) holds Scorer::InverseNormOf of each row; null
/// = computed on the way, at the cost of a second pass over each block of rows.
Status ExactSearch(const VectorView& vectors, Metric metric, const float* inverse_norms,
                   const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                   const CancelToken* cancel, SearchStats* stats, TopK* out);

/// The same for the queries first .. first + count - 1 of a batch, into an `out` that was reset before.
struct ExactRange {
  const QueryBatch& queries;
  size_t first;
  size_t count;
};
Status ExactSearchInto(const Scorer& scorer, const ExactRange& range, const SearchArgs& args,
                       const SearchContext& context, TopK* out);

/// kParameterInvalid unless the batch has the rows' dimension; kInternal when the exclusions are of another
/// size.
Status CheckSearch(const VectorView& vectors, const QueryBatch& queries, ExcludeView exclude);
/// Rows that are not excluded.
size_t CountKept(ExcludeView exclude, size_t rows);

}  // namespace redkite::index
