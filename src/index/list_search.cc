#include "index/list_search.h"

#include <algorithm>

#include "index/best_k.h"
#include "index/scorer.h"

namespace redkite::index {
namespace {

constexpr size_t kRunBytes = 32 << 10;  // vectors of one run stay in the first-level cache for all queries
constexpr size_t kRunRowsMax = 256;
constexpr size_t kDistancesPerCheck = 1 << 20;  // distances between two looks at the cancel token

/// Rows that stand next to each other, none of them excluded, with their vectors. Their ends are copied: in a
/// map that broke they may be others the next time.
struct Run {
  size_t first_row = 0;
  uint64_t begin = 0;         // in the bytes of the column
  std::vector<uint32_t> end;  // of each row, in vectors from `begin` on
  size_t vectors() const { return end.empty() ? 0 : end.back(); }
};

class Scan {
 public:
  Scan(const ColumnView& rows, const ListBatch& queries, const SearchArgs& args, size_t k)
      : rows_(rows), queries_(queries), args_(args), width_(ValueBytes(queries.type, queries.dim)) {
    const VectorView all(queries.type, queries.dim, rows.data, 0);
    const Scorer scorer(all, queries.metric, nullptr);
    for (size_t q = 0; q < queries.count; ++q) {
      const auto* const end = queries.bytes + queries.offsets[q + 1];
      for (const auto* v = queries.bytes + queries.offsets[q]; v < end; v += width_)
        prepared_.push_back(scorer.Prepare(v));
      query_end_.push_back(prepared_.size());
    }
    keys_.resize(queries.count * BestK::RoomFor(k));
    for (size_t q = 0; q < queries.count; ++q) best_.emplace_back(keys_.data() + q * BestK::RoomFor(k), k);
  }

  /// The next run from `row` on; empty at the end. Moves `row` behind it.
  void Fill(ExcludeView exclude, size_t* row, Run* run) const {
    run->end.clear();
    while (*row < rows_.row_count && exclude.Test(*row)) ++*row;
    if (*row == rows_.row_count) return;
    run->first_row = *row;
    uint64_t at = run->begin = rows_.offsets[*row];
    for (; *row < rows_.row_count && run->end.size() < kRunRowsMax && at - run->begin < kRunBytes; ++*row) {
      if (exclude.Test(*row)) return;
      const uint64_t end = rows_.offsets[*row + 1];
      if (end < at || (end - at) % width_ != 0) {  // damaged: the next run begins behind it
        ++*row;
        return;
      }
      run->end.push_back(static_cast<uint32_t>((end - run->begin) / width_));
      at = end;
    }
  }

  /// A list of a query may be so long that one run takes minutes.
  Status Score(const Run& run, const CancelToken* cancel) {
    const size_t count = run.vectors();
    distances_.resize(std::max(distances_.size(), count));
    const VectorView vectors(queries_.type, queries_.dim, rows_.data + run.begin, count);
    const Scorer scorer = WithNorms(vectors);
    for (size_t q = 0; q < queries_.count; ++q) {
      sums_.assign(run.end.size(), 0.0f);
      for (size_t v = q == 0 ? 0 : query_end_[q - 1]; v < query_end_[q]; ++v) {
        scorer.Block(prepared_[v], 0, count, distances_.data());
        AddNearest(run);
        unchecked_ += count;
        if (unchecked_ < kDistancesPerCheck) continue;
        unchecked_ = 0;
        if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
      }
      Offer(run, &best_[q]);
    }
    return Status::Ok();
  }
  size_t QueryVectors() const { return prepared_.size(); }
  void Write(TopK* out) {
    for (size_t q = 0; q < best_.size(); ++q) out->SetCount(q, best_[q].Write(out->Entries(q)));
  }

 private:
  Scorer WithNorms(const VectorView& vectors) {
    if (queries_.metric != Metric::kCosine) return {vectors, queries_.metric, nullptr};
    norms_.resize(std::max(norms_.size(), vectors.rows));
    const Scorer scorer(vectors, queries_.metric, norms_.data());
    for (size_t i = 0; i < vectors.rows; ++i) norms_[i] = scorer.InverseNormOf(vectors.Row(i));
    return scorer;
  }
  void AddNearest(const Run& run) {
    size_t v = 0;
    for (size_t row = 0; row < run.end.size(); ++row) {
      float nearest = DistanceRange::kAny;
      for (; v < run.end[row]; ++v) nearest = std::min(nearest, distances_[v]);
      sums_[row] += nearest;
    }
  }
  void Offer(const Run& run, BestK* best) const {
    uint32_t begin = 0;
    for (size_t row = 0; row < run.end.size(); ++row) {
      const bool empty = run.end[row] == begin;
      begin = run.end[row];
      if (!empty && best->Wants(sums_[row]) && args_.range.Contains(sums_[row]))
        best->Offer(sums_[row], static_cast<RowOffset>(run.first_row + row));
    }
  }

  const ColumnView& rows_;
  const ListBatch& queries_;
  const SearchArgs& args_;
  const size_t width_;
  size_t unchecked_ = 0;                 // distances since the last look at the cancel token
  std::vector<Scorer::Query> prepared_;  // of all lists, one after another
  std::vector<size_t> query_end_;
  std::vector<float> distances_;
  std::vector<float> norms_;
  std::vector<float> sums_;
  std::vector<Ranked> keys_;
  std::vector<BestK> best_;
};

}  // namespace

Status MaxSimSearch(const ColumnView& rows, const ListBatch& queries, const SearchArgs& args,
                    const SearchContext& context, TopK* out) {
  if (rows.type != DataType::kArrayOfVector || rows.dim != queries.dim)
    return Status::Internal("a search for lists of vectors over another column");
  const size_t k = std::min(args.k, rows.row_count);
  out->Reset(queries.count, args.k);
  if (k == 0) return Status::Ok();
  Scan scan(rows, queries, args, k);
  Run run;
  size_t computed = 0;
  if (context.cancel != nullptr) RK_RETURN_IF_ERROR(context.cancel->Check());
  for (size_t row = 0; row < rows.row_count;) {
    scan.Fill(context.exclude, &row, &run);
    if (run.vectors() == 0) continue;
    RK_RETURN_IF_ERROR(scan.Score(run, context.cancel));
    computed += run.vectors() * scan.QueryVectors();
  }
  if (context.stats != nullptr) context.stats->distances_computed += computed;
  scan.Write(out);
  return Status::Ok();
}

}  // namespace redkite::index
