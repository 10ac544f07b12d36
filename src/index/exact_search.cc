#include "index/exact_search.h"

#include <algorithm>
#include <bit>

#include "index/best_k.h"

namespace redkite::index {
namespace {

constexpr size_t kBlockBytes = 32 << 10;  // rows of one block stay in the first-level cache for all queries
constexpr size_t kQueriesPerPass = 64;    // queries that share one pass over the rows
constexpr size_t kBlocksPerCheck = 64;    // blocks between two looks at the cancel token

/// The rows of first .. first + count - 1 that are not excluded, counted from `first`.
size_t KeptRows(ExcludeView exclude, size_t first, size_t count, RowOffset* ids) {
  size_t kept = 0;
  for (size_t row = first; row < first + count;) {
    const size_t bit = row & 63;
    const size_t take = std::min(64 - bit, first + count - row);
    uint64_t keep = ~exclude.words[row >> 6] >> bit;
    if (take < 64) keep &= (uint64_t{1} << take) - 1;
    for (; keep != 0; keep &= keep - 1)
      ids[kept++] = static_cast<RowOffset>(row - first + std::countr_zero(keep));
    row += take;
  }
  return kept;
}

/// One pass of up to kQueriesPerPass queries over all rows.
class Pass {
 public:
  Pass(const Scorer& scorer, const SearchArgs& args, ExcludeView exclude)
      : scorer_(scorer), args_(args), exclude_(exclude) {
    const size_t row_bytes = std::max<size_t>(1, scorer.vectors().row_bytes);
    block_rows_ = std::clamp<size_t>(kBlockBytes / row_bytes, 8, 512);
    distances_.resize(block_rows_);
    ids_.resize(block_rows_);
    norms_.resize(block_rows_);
    k_ = std::min(args.k, scorer.vectors().rows);
    keys_.resize(kQueriesPerPass * BestK::RoomFor(k_));
  }

  void Start(const QueryBatch& queries, size_t first, size_t count) {
    queries_.clear();
    best_.clear();
    for (size_t i = 0; i < count; ++i) {
      queries_.push_back(scorer_.Prepare(queries.Query(first + i)));
      best_.emplace_back(keys_.data() + i * BestK::RoomFor(k_), k_);
    }
  }
  Status Run(const CancelToken* cancel, SearchStats* stats) {
    const size_t rows = scorer_.vectors().rows;
    size_t block = 0;
    for (size_t first = 0; first < rows && k_ > 0; first += block_rows_) {
      if (cancel != nullptr && block++ % kBlocksPerCheck == 0) RK_RETURN_IF_ERROR(cancel->Check());
      const size_t count = std::min(block_rows_, rows - first);
      const size_t kept = exclude_.empty() ? count : KeptRows(exclude_, first, count, ids_.data());
      if (kept == 0) continue;
      const bool gather = kept * 2 < count;
      const Scorer scorer = BlockScorer(first, count);
      for (size_t i = 0; i < queries_.size(); ++i) {
        if (gather) {
          scorer.Gather(queries_[i], ids_.data(), kept, distances_.data());
          OfferGathered(first, kept, &best_[i]);
        } else {
          scorer.Block(queries_[i], 0, count, distances_.data());
          kept == count ? OfferBlock(first, count, &best_[i]) : OfferSome(first, kept, &best_[i]);
        }
      }
      if (stats != nullptr) stats->distances_computed += (gather ? kept : count) * queries_.size();
    }
    return Status::Ok();
  }
  void Write(size_t first, TopK* out) {
    for (size_t i = 0; i < best_.size(); ++i)
      out->SetCount(first + i, best_[i].Write(out->Entries(first + i)));
  }

 private:
  /// The rows of one block, with their inverse norms computed here where the caller has none.
  Scorer BlockScorer(size_t first, size_t count) {
    const VectorView& all = scorer_.vectors();
    const float* norms = scorer_.inverse_norms();
    if (scorer_.metric() == Metric::kCosine && norms == nullptr) {
      for (size_t j = 0; j < count; ++j) {
        norms_[j] = scorer_.InverseNormOf(all.Row(first + j));
      }
      norms = norms_.data();
    } else if (norms != nullptr) {
      norms += first;
    }
    return scorer_.Part(first, count, norms);
  }
  void Offer(float distance, size_t row, BestK* best) const {
    if (args_.range.Contains(distance)) best->Offer(distance, static_cast<RowOffset>(row));
  }
  void OfferBlock(size_t first, size_t count, BestK* best) const {
    for (size_t j = 0; j < count; ++j) {
      if (best->Wants(distances_[j])) Offer(distances_[j], first + j, best);
    }
  }
  void OfferSome(size_t first, size_t kept, BestK* best) const {
    for (size_t j = 0; j < kept; ++j) {
      const float distance = distances_[ids_[j]];
      if (best->Wants(distance)) Offer(distance, first + ids_[j], best);
    }
  }
  void OfferGathered(size_t first, size_t kept, BestK* best) const {
    for (size_t j = 0; j < kept; ++j) {
      if (best->Wants(distances_[j])) Offer(distances_[j], first + ids_[j], best);
    }
  }

  const Scorer& scorer_;
  const SearchArgs& args_;
  const ExcludeView exclude_;
  size_t block_rows_;
  size_t k_;
  std::vector<float> distances_;
  std::vector<RowOffset> ids_;
  std::vector<float> norms_;
  std::vector<Ranked> keys_;
  std::vector<Scorer::Query> queries_;
  std::vector<BestK> best_;
};

}  // namespace

Status ExactSearchInto(const Scorer& scorer, const ExactRange& range, const SearchArgs& args,
                       const SearchContext& context, TopK* out) {
  Pass pass(scorer, args, context.exclude);
  const size_t end = range.first + range.count;
  for (size_t first = range.first; first < end; first += kQueriesPerPass) {
    pass.Start(range.queries, first, std::min(kQueriesPerPass, end - first));
    RK_RETURN_IF_ERROR(pass.Run(context.cancel, context.stats));
    pass.Write(first, out);
  }
  return Status::Ok();
}

Status CheckSearch(const VectorView& vectors, const QueryBatch& queries, ExcludeView exclude) {
  if (!exclude.empty() && exclude.size != vectors.rows) {
    return Status::Internal("search with exclusions for other rows: " + std::to_string(exclude.size) +
                            " bits, " + std::to_string(vectors.rows) + " rows");
  }
  if (queries.type != vectors.type) {
    return Status::Invalid("vector type must be the same, rows: " + std::string(DataTypeName(vectors.type)) +
                           ", queries: " + std::string(DataTypeName(queries.type)));
  }
  if (queries.dim == vectors.dim) return Status::Ok();
  return Status::Invalid("vector dimension mismatch, expected vector size(byte) " +
                         std::to_string(vectors.row_bytes) + ", actual " +
                         std::to_string(queries.vector_bytes));
}

size_t VectorView::CountPresent() const {
  if (validity == nullptr) return rows;
  size_t present = 0;
  for (size_t first = 0; first < rows; first += 64) {
    const uint64_t beyond = rows - first < 64 ? ~uint64_t{0} << (rows - first) : 0;
    present += static_cast<size_t>(std::popcount(validity[first >> 6] & ~beyond));
  }
  return present;
}

size_t CountKept(ExcludeView exclude, size_t rows) {
  if (exclude.empty()) return rows;
  size_t excluded = 0;
  for (size_t w = 0; w < BitWords(rows); ++w)
    excluded += static_cast<size_t>(std::popcount(exclude.words[w]));
  return rows - std::min(rows, excluded);
}

Status ExactSearch(const VectorView& vectors, Metric metric, const float* inverse_norms,
                   const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                   const CancelToken* cancel, SearchStats* stats, TopK* out) {
  RK_RETURN_IF_ERROR(CheckSearch(vectors, queries, exclude));
  out->Reset(queries.count, args.k);
  const Scorer scorer(vectors, metric, inverse_norms);
  return ExactSearchInto(scorer, {queries, 0, queries.count}, args, {exclude, cancel, stats}, out);
}

}  // namespace redkite::index
