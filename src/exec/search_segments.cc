#include <algorithm>
#include <limits>
#include <unordered_set>

#include "exec/read_snapshot.h"
#include "exec/select_rows.h"
#include "segment/vector_search.h"

namespace redkite::exec {
namespace {

using segment::PrimaryKey;
using segment::SegmentSnapshot;

PrimaryKey KeyOf(const Segments& segments, const RowRef& ref) {
  const segment::RowBlock& block = segments[ref.segment]->BlockOf(ref.row);
  return PrimaryKey::At(block.pk, ref.row - block.first_row);
}

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
                  return KeyLess(KeyOf(segments, a.ref), KeyOf(segments, b.ref));
                });
    }
    i = j;
  }
}

// Keeps the first row of each key; true when one was dropped.
bool DropRepeatedKeys(const Segments& segments, std::vector<ScoredRow>* hits) {
  std::unordered_set<int64_t> numbers;
  std::unordered_set<std::string_view> texts;
  const size_t before = hits->size();
  std::erase_if(*hits, [&](const ScoredRow& hit) {
    const PrimaryKey key = KeyOf(segments, hit.ref);
    return key.is_text ? !texts.insert(key.text).second : !numbers.insert(key.number).second;
  });
  return hits->size() != before;
}

// The `k` best of each segment for each query, with repeated keys. A segment that gave as many rows as it was
// asked for may have more that are not nearer than its last one: up to `known_to`, the smallest of these
// distances, no row is missing.
struct Candidates {
  std::vector<std::vector<ScoredRow>> rows;
  std::vector<float> known_to;
};

// How many of `hits`, which are sorted, nothing that is missing can displace.
size_t KnownCount(const std::vector<ScoredRow>& hits, float known_to) {
  return static_cast<size_t>(
      std::partition_point(hits.begin(), hits.end(),
                           [&](const ScoredRow& hit) { return hit.distance <= known_to; }) -
      hits.begin());
}

class SnapshotSearch {
 public:
  SnapshotSearch(const plan::SearchPlan& plan, const Segments& segments, const CancelToken* cancel,
                 ReadStats* stats)
      : plan_(plan), segments_(segments), cancel_(cancel), stats_(stats), excluded_(segments.size()) {}

  // Evaluates filter, deletes and timestamps once; repeated searches with a larger k reuse it.
  Status Select() {
    for (size_t s = 0; s < segments_.size(); ++s) {
      const SegmentSnapshot& segment = *segments_[s];
      RK_RETURN_IF_ERROR(cancel_ == nullptr ? Status::Ok() : cancel_->Check());
      if (SkipsSegment(plan_.rows, segment)) continue;
      ++stats_->segments;
      if (!SelectsAllRows(plan_.rows, segment)) {
        excluded_[s] = ExcludeBitset(segment.row_count);
        RK_RETURN_IF_ERROR(SelectRows(plan_.rows, segment, cancel_, stats_, &excluded_[s]));
        const size_t excluded = excluded_[s].CountExcluded();
        stats_->rows_excluded += static_cast<int64_t>(excluded);
        if (excluded == segment.row_count) continue;
      }
      selected_.push_back(static_cast<uint32_t>(s));
    }
    return Status::Ok();
  }

  Status Run(const VectorQuery& query, Candidates* out) {
    out->rows.assign(query.count, {});
    out->known_to.assign(query.count, std::numeric_limits<float>::infinity());
    std::vector<std::vector<SegmentHit>> found;
    for (uint32_t s : selected_) {
      RK_RETURN_IF_ERROR(cancel_ == nullptr ? Status::Ok() : cancel_->Check());
      const ExcludeView exclude = excluded_[s].size() > 0 ? excluded_[s].view() : ExcludeView{};
      RK_RETURN_IF_ERROR(segment::SearchVectors(*segments_[s], query, exclude, cancel_, stats_, &found));
      for (size_t q = 0; q < query.count; ++q) {
        if (!found[q].empty() && found[q].size() == query.k) {
          out->known_to[q] = std::min(out->known_to[q], found[q].back().distance);
        }
        for (const SegmentHit& hit : found[q]) out->rows[q].push_back({{s, hit.row}, hit.distance});
      }
    }
    for (auto& rows : out->rows) {
      if (selected_.size() > 1) {
        std::stable_sort(rows.begin(), rows.end(),
                         [](const ScoredRow& a, const ScoredRow& b) { return a.distance < b.distance; });
      }
      OrderTies(segments_, &rows);
    }
    return Status::Ok();
  }

 private:
  const plan::SearchPlan& plan_;
  const Segments& segments_;
  const CancelToken* cancel_;
  ReadStats* stats_;
  std::vector<ExcludeBitset> excluded_;
  std::vector<uint32_t> selected_;
};

}  // namespace

Status SearchSegments(const plan::SearchPlan& plan, const Segments& segments, const CancelToken* cancel,
                      ReadStats* stats, std::vector<std::vector<ScoredRow>>* hits) {
  SnapshotSearch search(plan, segments, cancel, stats);
  RK_RETURN_IF_ERROR(search.Select());
  Candidates found;
  RK_RETURN_IF_ERROR(search.Run(plan.query, &found));
  *hits = std::move(found.rows);
  // Rows that share a key took the place of others: ask again for more until `k` distinct keys are known.
  // Rare, since keys are unique unless a client inserts one twice.
  for (size_t q = 0; q < hits->size(); ++q) {
    auto& rows = (*hits)[q];
    float known_to = found.known_to[q];
    bool dropped = DropRepeatedKeys(segments, &rows);
    VectorQuery single = plan.query;
    single.vectors = plan.query.Vector(q);
    single.count = 1;
    while (dropped && KnownCount(rows, known_to) < plan.query.k &&
           known_to < std::numeric_limits<float>::infinity()) {
      single.k *= 2;
      single.ef = std::max(single.ef, static_cast<int>(single.k));
      Candidates again;
      RK_RETURN_IF_ERROR(search.Run(single, &again));
      rows = std::move(again.rows[0]);
      known_to = again.known_to[0];
      dropped = DropRepeatedKeys(segments, &rows);
    }
    if (rows.size() > plan.query.k) rows.resize(plan.query.k);
  }
  return Status::Ok();
}

}  // namespace redkite::exec
