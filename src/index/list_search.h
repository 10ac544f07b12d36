// MaxSimSearch: lists of vectors against lists of vectors, without an index. The distance of a row is the
// sum, over the vectors of the query, of the distance to the nearest vector of the row ("late interaction":
// Khattab and Zaharia, ColBERT, 2020). For IP and COSINE that is minus the sum of the largest similarities.
// Rows without vectors are no hits. Thread safety: pure function; borrows rows and queries.
#pragma once

#include "index/any_index.h"

namespace redkite::index {

/// Borrowed lists: list i is the bytes [offsets[i], offsets[i + 1]), vectors one after another.
struct ListBatch {
  DataType type = DataType::kFloatVector;  // of the vectors
  int dim = 0;
  Metric metric = Metric::kCosine;
  const std::byte* bytes = nullptr;
  const uint64_t* offsets = nullptr;
  size_t count = 0;
};

/// Semantics of AnyIndex::Search. `rows` is an ArrayOfVector column of vectors like the queries'; what is no
/// whole number of vectors, as a damaged map may show it, has none.
Status MaxSimSearch(const ColumnView& rows, const ListBatch& queries, const SearchArgs& args,
                    const SearchContext& context, TopK* out);

}  // namespace redkite::index
