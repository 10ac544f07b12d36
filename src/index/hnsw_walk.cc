#include <algorithm>
#include <functional>

#include "index/hnsw_graph.h"

namespace redkite::index {
namespace {

constexpr size_t kRowsPrefetched = 12;  // rows asked for while the neighbours of a node are gathered

inline uint32_t LoadLink(const uint32_t* link) { return __atomic_load_n(link, __ATOMIC_ACQUIRE); }

void PrefetchLinks(const HnswGraph& graph, RowOffset row) {
  simd::Prefetch(graph.base_links + size_t{row} * graph.base_stride, graph.base_stride * sizeof(uint32_t));
}

/// Neighbours of `row` that the walk has not seen go to scratch->ids, their distances to scratch->distances;
/// their count. `next`, when there is one, is the row whose links are probably wanted after this one's.
size_t Expand(const Walk& walk, RowOffset row, int level, const RowOffset* next) {
  ++walk.stats->nodes_visited;
  const uint32_t* links = walk.graph.Links(row, level);
  if (links == nullptr) return 0;
  const uint32_t stride = walk.graph.Stride(level);
  RowOffset* ids = walk.scratch->ids.data();
  size_t count = 0;
  for (uint32_t i = 0; i < stride; ++i) {
    const uint32_t id = LoadLink(links + i);
    if (id >= walk.graph.rows) break;  // the end of the list, or damage
    if (!walk.scratch->visited.Insert(id)) continue;
    if (count < kRowsPrefetched) walk.scorer.PrefetchRow(id);
    ids[count++] = id;
  }
  if (next != nullptr && level == 0) PrefetchLinks(walk.graph, *next);
  walk.scorer.Gather(walk.query, ids, count, walk.scratch->distances.data());
  walk.stats->distances_computed += count;
  return count;
}

/// Forgets what was seen before.
void StartAt(const Walk& walk, Ranked start, size_t ef) {
  walk.scratch->pool.Reset(ef);
  walk.scratch->visited.Clear();
  walk.scratch->visited.Insert(RowOf(start));
}

}  // namespace

Ranked WalkGreedily(const Walk& walk, int level, Ranked start) {
  const SearchScratch& scratch = *walk.scratch;
  Ranked nearest = start;
  for (bool moved = true; moved;) {
    moved = false;
    walk.scratch->visited.Clear();
    const size_t count = Expand(walk, RowOf(nearest), level, nullptr);
    for (size_t i = 0; i < count; ++i) {
      const Ranked key = MakeRanked(scratch.distances[i], scratch.ids[i]);
      if (key >= nearest) continue;
      nearest = key;
      moved = true;
    }
  }
  return nearest;
}

void WalkBestFirst(const Walk& walk, int level, Ranked start, size_t ef) {
  const SearchScratch& scratch = *walk.scratch;
  CandidatePool& pool = walk.scratch->pool;
  StartAt(walk, start, ef);
  pool.Insert(start);
  while (pool.HasNext()) {
    const RowOffset row = pool.TakeNext();
    const RowOffset next = pool.HasNext() ? pool.PeekNext() : row;
    const size_t count = Expand(walk, row, level, &next);
    for (size_t i = 0; i < count; ++i) {
      const Ranked key = MakeRanked(scratch.distances[i], scratch.ids[i]);
      if (key < pool.bound()) pool.Insert(key);
    }
  }
}

bool WalkFiltered(const Walk& walk, Ranked start, size_t ef, ExcludeView exclude, size_t budget) {
  const SearchScratch& scratch = *walk.scratch;
  CandidatePool& pool = walk.scratch->pool;
  std::vector<Ranked>& frontier = walk.scratch->frontier;  // min-heap of what is left to expand
  StartAt(walk, start, ef);
  frontier.assign(1, start);
  if (!exclude.Test(RowOf(start))) pool.Insert(start);
  while (!frontier.empty() && frontier.front() <= pool.bound()) {
    const RowOffset row = RowOf(frontier.front());
    std::pop_heap(frontier.begin(), frontier.end(), std::greater<>());
    frontier.pop_back();
    const RowOffset next = frontier.empty() ? row : RowOf(frontier.front());
    const size_t count = Expand(walk, row, 0, &next);
    for (size_t i = 0; i < count; ++i) {
      const Ranked key = MakeRanked(scratch.distances[i], scratch.ids[i]);
      if (key >= pool.bound()) continue;
      frontier.push_back(key);
      std::push_heap(frontier.begin(), frontier.end(), std::greater<>());
      if (!exclude.Test(scratch.ids[i])) pool.Insert(key);
    }
    if (scratch.visited.size() > budget) return false;
  }
  return true;
}

}  // namespace redkite::index
