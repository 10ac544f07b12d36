#include "index/pair_distances.h"

#include <algorithm>

#include "index/scorer.h"

namespace redkite::index {
namespace {

constexpr size_t kBlockBytes = 32 << 10;  // rows that stay in the first-level cache for all queries
constexpr size_t kQueriesPerPass = 256;   // queries that share one pass over the rows
constexpr size_t kQueriesPerCheck = 64;   // passes of a query over a block between looks at the cancel token

Status RunPass(const Scorer& scorer, const VectorView& queries, const CancelToken* cancel, float* out) {
  const VectorView& rows = scorer.vectors();
  std::vector<Scorer::Query> prepared;
  prepared.reserve(queries.rows);
  for (size_t i = 0; i < queries.rows; ++i) prepared.push_back(scorer.Prepare(queries.Row(i)));
  const size_t block_rows = std::max<size_t>(1, kBlockBytes / std::max<size_t>(1, rows.row_bytes));
  for (size_t first = 0; first < rows.rows; first += block_rows) {
    const size_t count = std::min(block_rows, rows.rows - first);
    for (size_t i = 0; i < prepared.size(); ++i) {
      if (cancel != nullptr && i % kQueriesPerCheck == 0) RK_RETURN_IF_ERROR(cancel->Check());
      scorer.Block(prepared[i], first, count, out + i * rows.rows + first);
    }
  }
  return Status::Ok();
}

}  // namespace

Status PairDistances(const VectorView& left, const VectorView& right, Metric metric,
                     const CancelToken* cancel, std::vector<float>* out) {
  CHECK(left.type == right.type && left.dim == right.dim);
  std::vector<float> norms(metric == Metric::kCosine ? right.rows : 0);
  const Scorer scorer(right, metric, norms.data());
  for (size_t j = 0; j < norms.size(); ++j) norms[j] = scorer.InverseNormOf(right.Row(j));
  out->resize(left.rows * right.rows);
  for (size_t first = 0; first < left.rows; first += kQueriesPerPass) {
    const size_t count = std::min(kQueriesPerPass, left.rows - first);
    RK_RETURN_IF_ERROR(RunPass(scorer, left.Part(first, count), cancel, out->data() + first * right.rows));
  }
  return Status::Ok();
}

}  // namespace redkite::index
