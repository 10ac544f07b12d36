// HnswGraph: the links of a hierarchical navigable small world graph (Malkov and Yashunin, 2016, arXiv
// 1603.09320), as plain arrays that are used in place from memory or from a mapped file.
//
// Layout: level 0 has `base_stride` link slots per row; a row with levels above has `upper_stride` slots per
// level, found through upper_slot[row]. A list is filled from the front; kNoLink ends it unless it is full.
// Content is not trusted: a reader stops a list at the first number that is not a row, and checks upper
// slots. Thread safety: while rows are inserted, links are stored with release and read with acquire order,
// without a lock; a reader may see a list in transition, which is still a list of rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "index/scorer.h"
#include "index/search_scratch.h"

namespace redkite::index {

inline constexpr uint32_t kNoLink = 0xffffffffu;

struct HnswGraph {
  size_t rows = 0;
  uint32_t base_stride = 0;
  uint32_t upper_stride = 0;
  size_t upper_slot_count = 0;
  const uint32_t* base_links = nullptr;   // rows * base_stride
  const uint32_t* upper_slot = nullptr;   // per row: the slot of its level 1, or kNoLink
  const uint32_t* upper_links = nullptr;  // upper_slot_count * upper_stride
  RowOffset entry = 0;
  int max_level = 0;

  /// The list of `row` on `level`, or null where a damaged graph has none.
  const uint32_t* Links(RowOffset row, int level) const {
    if (level == 0) return base_links + size_t{row} * base_stride;
    const size_t slot = size_t{upper_slot[row]} + static_cast<size_t>(level - 1);
    return slot < upper_slot_count ? upper_links + slot * upper_stride : nullptr;
  }
  uint32_t Stride(int level) const { return level == 0 ? base_stride : upper_stride; }
};

/// Most links that a node keeps: M above level 0, 2 M on it; never more than there are other rows.
inline uint32_t MaxLinks(uint32_t m, int level, size_t rows) {
  const size_t most = level == 0 ? size_t{2} * m : m;
  return static_cast<uint32_t>(std::max<size_t>(1, std::min(most, rows)));
}
/// Slots per list: whole cache lines.
inline uint32_t LinkStride(uint32_t max_links) { return (max_links + 15) / 16 * 16; }

/// One query on its way through a graph.
struct Walk {
  const HnswGraph& graph;
  const Scorer& scorer;
  Scorer::Query query;
  SearchScratch* scratch;
  SearchStats* stats;

  Ranked Rank(RowOffset row) const {
    scorer.Gather(query, &row, 1, scratch->distances.data());
    return MakeRanked(scratch->distances[0], row);
  }
};

/// From `start` goes to the node that is nearest to the query among all that steps towards it reach, on one
/// level.
Ranked WalkGreedily(const Walk& walk, int level, Ranked start);

/// Best-first walk on one level from `start`; leaves the `ef` best in scratch->pool (algorithm 2 of the
/// paper).
void WalkBestFirst(const Walk& walk, int level, Ranked start, size_t ef);

/// The same on level 0 with only rows in the pool that are not excluded; goes through excluded ones. Gives
/// up, and returns false, after `budget` distances.
bool WalkFiltered(const Walk& walk, Ranked start, size_t ef, ExcludeView exclude, size_t budget);

}  // namespace redkite::index
