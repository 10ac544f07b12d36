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

/// Neighbours of `row` that the walk has not seen go to scratch->ids; their count.
size_t NewNeighbours(const HnswGraph& graph, const Scorer& scorer, RowOffset row, int level,
                     SearchScratch* scratch) {
  const uint32_t* links = graph.Links(row, level);
  if (links == nullptr) return 0;
  const uint32_t stride = graph.Stride(level);
  RowOffset* ids = scratch->ids.data();
  size_t count = 0;
  for (uint32_t i = 0; i < stride; ++i) {
    const uint32_t id = LoadLink(links + i);
    if (id >= graph.rows) break;  // the end of the list, or damage
    if (!scratch->visited.Insert(id)) continue;
    if (count < kRowsPrefetched) scorer.PrefetchRow(id);
    ids[count++] = id;
  }
  return count;
}

}  // namespace

void WalkGreedily(const HnswGraph& graph, const Scorer& scorer, const Scorer::Query& query, int level,
                  Ranked* nearest, SearchScratch* scratch, SearchStats* stats) {
  for (bool moved = true; moved;) {
    moved = false;
    scratch->visited.Clear();
    const size_t count = NewNeighbours(graph, scorer, RowOf(*nearest), level, scratch);
    scorer.Gather(query, scratch->ids.data(), count, scratch->distances.data());
    for (size_t i = 0; i < count; ++i) {
      const Ranked key = MakeRanked(scratch->distances[i], scratch->ids[i]);
      if (key >= *nearest) continue;
      *nearest = key;
      moved = true;
    }
    stats->distances_computed += count;
    ++stats->nodes_visited;
  }
}

void WalkBestFirst(const HnswGraph& graph, const Scorer& scorer, const Scorer::Query& query, int level,
                   Ranked start, size_t ef, SearchScratch* scratch, SearchStats* stats) {
  CandidatePool& pool = scratch->pool;
  pool.Reset(ef);
  scratch->visited.Clear();
  scratch->visited.Insert(RowOf(start));
  pool.Insert(start);
  while (pool.HasNext()) {
    const RowOffset row = pool.TakeNext();
    const size_t count = NewNeighbours(graph, scorer, row, level, scratch);
    if (level == 0 && pool.HasNext()) PrefetchLinks(graph, pool.PeekNext());
    scorer.Gather(query, scratch->ids.data(), count, scratch->distances.data());
    for (size_t i = 0; i < count; ++i) {
      const Ranked key = MakeRanked(scratch->distances[i], scratch->ids[i]);
      if (key < pool.bound()) pool.Insert(key);
    }
    stats->distances_computed += count;
    ++stats->nodes_visited;
  }
}

bool WalkFiltered(const HnswGraph& graph, const Scorer& scorer, const Scorer::Query& query, Ranked start,
                  size_t ef, ExcludeView exclude, size_t budget, SearchScratch* scratch, SearchStats* stats) {
  CandidatePool& pool = scratch->pool;
  std::vector<Ranked>& frontier = scratch->frontier;  // min-heap
  pool.Reset(ef);
  frontier.clear();
  scratch->visited.Clear();
  scratch->visited.Insert(RowOf(start));
  frontier.push_back(start);
  if (!exclude.Test(RowOf(start))) pool.Insert(start);
  while (!frontier.empty() && frontier.front() <= pool.bound()) {
    const RowOffset row = RowOf(frontier.front());
    std::pop_heap(frontier.begin(), frontier.end(), std::greater<>());
    frontier.pop_back();
    const size_t count = NewNeighbours(graph, scorer, row, 0, scratch);
    if (!frontier.empty()) PrefetchLinks(graph, RowOf(frontier.front()));
    scorer.Gather(query, scratch->ids.data(), count, scratch->distances.data());
    for (size_t i = 0; i < count; ++i) {
      const Ranked key = MakeRanked(scratch->distances[i], scratch->ids[i]);
      if (key >= pool.bound()) continue;
      frontier.push_back(key);
      std::push_heap(frontier.begin(), frontier.end(), std::greater<>());
      if (!exclude.Test(scratch->ids[i])) pool.Insert(key);
    }
    stats->distances_computed += count;
    ++stats->nodes_visited;
    if (scratch->visited.size() > budget) return false;
  }
  return true;
}

}  // namespace redkite::index
