#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "base/parallel_for.h"
#include "exec/exclude_elements.h"
#include "exec/key_filter.h"
#include "exec/read_snapshot.h"
#include "exec/select_rows.h"
#include "segment/vector_search.h"

namespace redkite::exec {
namespace {

using segment::PrimaryKey;
using segment::SegmentSnapshot;

// Queries of one task: enough to share a pass over the rows, few enough for all threads to get some.
constexpr size_t kTasksPerThread = 4;
constexpr size_t kQueriesPerTaskMin = 8;
constexpr size_t kQueriesPerTaskMax = 64;
// How far a search looks for the smallest keys among equally far rows. Thousands of equal vectors in one
// segment would otherwise make each search near them long.
constexpr uint32_t kTiesMax = 2048;

bool KeyLess(const PrimaryKey& a, const PrimaryKey& b) {
  return a.is_text ? a.text < b.text : a.number < b.number;
}

// Puts runs of equal distance into the order of their keys.
void OrderTies(const Segments& segments, std::vector<ScoredRow>* hits) {
  for (size_t i = 0; i < hits->size();) {
    size_t j = i + 1;
    while (j < hits->size() && (*hits)[j].distance == (*hits)[i].distance) ++j;
    if (j - i > 1) {
      std::sort(hits->begin() + static_cast<ptrdiff_t>(i), hits->begin() + static_cast<ptrdiff_t>(j),
                [&](const ScoredRow& a, const ScoredRow& b) {
                  const PrimaryKey left = KeyOf(segments, a.ref), right = KeyOf(segments, b.ref);
                  if (KeyLess(left, right)) return true;
                  return !KeyLess(right, left) && a.element < b.element;
                });
    }
    i = j;
  }
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The best of all segments for each query, with repeated keys. Where a segment gave as many rows as it was
// asked for, it may have more; then only rows nearer than `complete_below` are surely among them. That may be
// infinite as well: distances are where sums overflow.
struct Candidates {
  std::vector<std::vector<ScoredRow>> rows;
  std::vector<float> complete_below;
  std::vector<uint8_t> may_have_more;
};

class SnapshotSearch {
 public:
  SnapshotSearch(const plan::SearchPlan& plan, const Segments& segments, const ReadContext& context)
      : plan_(plan), segments_(segments), context_(context), excluded_(segments.size()) {}

  // Evaluates filter, deletes and timestamps once; repeated searches with a larger k reuse it.
  Status Select() {
    std::vector<uint32_t> considered;
    for (size_t s = 0; s < segments_.size(); ++s) {
      if (!SkipsSegment(plan_.rows, *segments_[s])) considered.push_back(static_cast<uint32_t>(s));
    }
    std::vector<size_t> kept(segments_.size(), 0);
    RK_RETURN_IF_ERROR(Run(considered.size(), [&](size_t i, ReadStats* stats) {
      const uint32_t s = considered[i];
      const SegmentSnapshot& segment = *segments_[s];
      ++stats->segments;
      kept[s] = segment.row_count;
      if (SelectsAllRows(plan_.rows, segment)) return Status::Ok();
      excluded_[s] = ExcludeBitset(segment.row_count);
      RK_RETURN_IF_ERROR(SelectRows(plan_.rows, segment, context_.cancel, stats, &excluded_[s]));
      const size_t excluded = excluded_[s].CountExcluded();
      stats->rows_excluded += static_cast<int64_t>(excluded);
      kept[s] = segment.row_count - excluded;
      return Status::Ok();
    }));
    for (uint32_t s : considered) {
      if (kept[s] != 0) selected_.push_back(s);
      kept_rows_ += kept[s];
    }
    return plan_.query.of_elements() ? SelectElements() : Status::Ok();
  }

  // Every query finds as many rows as it may and there are: an answer that cannot fit is refused before its
  // distances are computed. How many are within a range is not known before.
  Status CheckAnswerFits() const {
    const VectorQuery& query = plan_.query;
    if (query.from_distance != -kInfinity || query.below_distance != kInfinity) return Status::Ok();
    if (!EveryRowIsAHit()) return Status::Ok();
    const size_t found = std::min<size_t>(query.k, kept_rows_);
    return CheckOutputFits(plan_.rows, query.count * (found - std::min<size_t>(found, plan_.offset)));
  }

  Status Search(const VectorQuery& query, Candidates* out) { return Search(query, out, context_.stats); }

  Status Search(const VectorQuery& query, Candidates* out, ReadStats* total) {
    const size_t step = QueriesPerTask(query.count);
    const size_t parts = (query.count + step - 1) / step;
    // found[part * segments + segment]: filled in any order, merged in that of the segments.
    std::vector<std::vector<std::vector<SegmentHit>>> found(parts * selected_.size());
    RK_RETURN_IF_ERROR(Run(
        found.size(),
        [&](size_t i, ReadStats* stats) {
          const size_t first = i / selected_.size() * step;
          const uint32_t s = selected_[i % selected_.size()];
          const VectorQuery part = query.Part(first, std::min(step, query.count - first));
          if (query.of_elements()) {
            return segment::SearchElements(*segments_[s], part,
                                           {excluded_elements_[s], context_.cancel, stats}, &found[i]);
          }
          const ExcludeView exclude = excluded_[s].size() > 0 ? excluded_[s].view() : ExcludeView{};
          return segment::SearchVectors(*segments_[s], part, exclude, context_.cancel, stats, &found[i]);
        },
        total));
    out->rows.assign(query.count, {});
    out->complete_below.assign(query.count, kInfinity);
    out->may_have_more.assign(query.count, 0);
    return Run(
        parts,
        [&](size_t part, ReadStats*) {
          const size_t first = part * step;
          for (size_t q = first; q < std::min(first + step, query.count); ++q) {
            auto* of_part = found.data() + part * selected_.size();
            size_t total = 0;
            for (size_t i = 0; i < selected_.size(); ++i) total += of_part[i][q - first].size();
            out->rows[q].reserve(total);
            for (size_t i = 0; i < selected_.size(); ++i) {
              auto& hits = of_part[i][q - first];
              if (hits.size() >= query.k) {
                out->complete_below[q] = std::min(out->complete_below[q], hits.back().distance);
                out->may_have_more[q] = 1;
              }
              for (const SegmentHit& hit : hits)
                out->rows[q].push_back({{selected_[i], hit.row}, hit.distance, hit.element});
              hits = {};
            }
            Order(&out->rows[q]);
          }
          return Status::Ok();
        },
        total);
  }

  // Rows that share a key took the place of others: asks again for more until no segment can have a better
  // row. Rare, since keys are unique unless a client inserts one twice.
  Status DropRepeatedKeys(const VectorQuery& query, Candidates* found) {
    std::vector<uint8_t> short_of(query.count, 0);
    const size_t step = QueriesPerTask(query.count);
    RK_RETURN_IF_ERROR(Run((query.count + step - 1) / step, [&](size_t part, ReadStats*) {
      KeyFilter keys;
      for (size_t q = part * step; q < std::min((part + 1) * step, query.count); ++q) {
        const bool dropped = keys.DropRepeated(segments_, &found->rows[q]);
        if (dropped && !HasBest(*found, q, query.k)) short_of[q] = 1;
        if (found->rows[q].size() > query.k) found->rows[q].resize(query.k);
      }
      return Status::Ok();
    }));
    for (size_t q = 0; q < query.count; ++q) {
      if (short_of[q] != 0) RK_RETURN_IF_ERROR(SearchForMore(query.Part(q, 1), &found->rows[q]));
    }
    return Status::Ok();
  }

  // `hits` are the k + 1 best ones of each query.
  Status EndBetweenDistances(const VectorQuery& query, std::vector<std::vector<ScoredRow>>* hits) {
    return Run(hits->size(), [&](size_t q, ReadStats* stats) {
      const VectorQuery single = query.Part(q, 1);
      return plan_.whole_ties ? CutAtTies(single, &(*hits)[q], stats)
                              : SettleTies(single, &(*hits)[q], stats);
    });
  }

 private:
  // Of the rows that are left.
  Status SelectElements() {
    excluded_elements_.resize(segments_.size());
    return Run(selected_.size(), [&](size_t i, ReadStats*) {
      const uint32_t s = selected_[i];
      const ExcludeBitset* rows = excluded_[s].size() > 0 ? &excluded_[s] : nullptr;
      auto elements = ExcludeElements(plan_, *segments_[s], rows, context_.cancel);
      RK_RETURN_IF_ERROR(elements.status());
      excluded_elements_[s] = std::move(*elements);
      return Status::Ok();
    });
  }

  // Runs item(0 … count-1) on the executor, each with counters of its own. The error of the first item that
  // failed; later ones are not begun.
  template <class Item>
  Status Run(size_t count, const Item& item) {
    return Run(count, item, context_.stats);
  }
  // Counts into `total`, which a run inside another one must not share with it.
  template <class Item>
  Status Run(size_t count, const Item& item, ReadStats* total) {
    std::vector<ReadStats> stats(count);
    std::vector<Status> results(count);
    std::atomic<bool> failed{false};
    ParallelFor(context_.executor, count, [&](size_t i) {
      if (failed.load(std::memory_order_relaxed)) return;
      if (context_.cancel != nullptr) results[i] = context_.cancel->Check();
      if (results[i].ok()) results[i] = item(i, &stats[i]);
      if (!results[i].ok()) failed.store(true, std::memory_order_relaxed);
    });
    for (size_t i = 0; i < count; ++i) {
      if (total != nullptr) total->Add(stats[i]);
      RK_RETURN_IF_ERROR(results[i]);
    }
    return Status::Ok();
  }

  // Not those without a vector, nor those that share nothing with a sparse query.
  bool EveryRowIsAHit() const {
    const FieldSchema* field = plan_.rows.schema->Find(plan_.query.field);
    return field != nullptr && !field->nullable && IsDenseVector(field->type);
  }

  size_t QueriesPerTask(size_t count) const {
    const size_t threads =
        context_.executor == nullptr ? 1 : static_cast<size_t>(std::max(1, context_.executor->concurrency()));
    return std::clamp(count / (threads * kTasksPerThread), kQueriesPerTaskMin, kQueriesPerTaskMax);
  }

  void Order(std::vector<ScoredRow>* rows) const {
    if (selected_.size() > 1) {
      std::stable_sort(rows->begin(), rows->end(),
                       [](const ScoredRow& a, const ScoredRow& b) { return a.distance < b.distance; });
    }
    OrderTies(segments_, rows);
  }

  // Whether the first `k` rows, without repeated keys, are the best there are.
  static bool HasBest(const Candidates& found, size_t q, size_t k) {
    const auto& rows = found.rows[q];
    if (found.may_have_more[q] == 0) return true;
    return rows.size() >= k && rows[k - 1].distance <= found.complete_below[q];
  }

  Status SearchForMore(VectorQuery single, std::vector<ScoredRow>* rows) {
    const uint32_t wanted = single.k;
    KeyFilter keys;
    for (bool more = true; more;) {
      single.k *= 2;
      single.ef = std::max(single.ef, static_cast<int>(single.k));
      Candidates again;
      RK_RETURN_IF_ERROR(Search(single, &again));
      keys.DropRepeated(segments_, &again.rows[0]);
      more = !HasBest(again, 0, wanted);
      *rows = std::move(again.rows[0]);
    }
    if (rows->size() > wanted) rows->resize(wanted);
    return Status::Ok();
  }

  // `rows` are the k + 1 best ones. Where the last two are equally far, the k that stay are those with the
  // smallest keys of all such rows, so that pages by offset fit together.
  Status SettleTies(VectorQuery single, std::vector<ScoredRow>* rows, ReadStats* stats) {
    const size_t k = single.k - 1;
    if (rows->size() <= k) return Status::Ok();
    const float last = (*rows)[k].distance;
    const size_t limit = std::max<size_t>(kTiesMax, single.k + 1);
    KeyFilter keys;
    for (bool more = (*rows)[k - 1].distance == last; more && single.k < limit;) {
      single.k *= 2;
      single.ef = std::max(single.ef, static_cast<int>(single.k));
      Candidates again;
      RK_RETURN_IF_ERROR(Search(single, &again, stats));
      keys.DropRepeated(segments_, &again.rows[0]);
      // A walk with other parameters may have found other rows: then what was there stays.
      if (again.rows[0].size() <= k || again.rows[0][k].distance != last) break;
      *rows = std::move(again.rows[0]);
      more = again.may_have_more[0] != 0 && again.complete_below[0] <= last;
    }
    rows->resize(k);
    return Status::Ok();
  }

  // `rows` are the k + 1 best ones; makes them end where a run of equal distances does.
  Status CutAtTies(const VectorQuery& single, std::vector<ScoredRow>* rows, ReadStats* stats) {
    if (rows->size() < single.k) return Status::Ok();
    const float last = rows->back().distance;
    const auto run = std::find_if(rows->begin(), rows->end(),
                                  [last](const ScoredRow& row) { return row.distance == last; });
    if (run != rows->begin()) {
      rows->erase(run, rows->end());
      return Status::Ok();
    }
    VectorQuery ties = single;
    size_t most = 0;
    for (uint32_t s : selected_) most = std::max(most, segments_[s]->row_count);
    ties.k = static_cast<uint32_t>(most);
    ties.from_distance = last;
    ties.below_distance = std::min(single.below_distance, std::nextafter(last, kInfinity));
    Candidates all;
    RK_RETURN_IF_ERROR(Search(ties, &all, stats));
    *rows = std::move(all.rows[0]);
    KeyFilter().DropRepeated(segments_, rows);
    return Status::Ok();
  }

  const plan::SearchPlan& plan_;
  const Segments& segments_;
  const ReadContext& context_;
  std::vector<ExcludeBitset> excluded_;
  std::vector<segment::ElementExclusion> excluded_elements_;  // where elements are the hits
  std::vector<uint32_t> selected_;
  size_t kept_rows_ = 0;
};

}  // namespace

Status SearchSegments(const plan::SearchPlan& plan, const Segments& segments, const ReadContext& context,
                      std::vector<std::vector<ScoredRow>>* hits) {
  SnapshotSearch search(plan, segments, context);
  RK_RETURN_IF_ERROR(search.Select());
  RK_RETURN_IF_ERROR(search.CheckAnswerFits());
  VectorQuery query = plan.query;
  ++query.k;  // tells whether the last row is the last of its distance
  Candidates found;
  RK_RETURN_IF_ERROR(search.Search(query, &found));
  RK_RETURN_IF_ERROR(search.DropRepeatedKeys(query, &found));
  *hits = std::move(found.rows);
  return search.EndBetweenDistances(query, hits);
}

}  // namespace redkite::exec
