#include "index/hnsw_index.h"

#include <algorithm>

#include "index/exact_search.h"

namespace redkite::index {
namespace {

// A walk computes about this many distances per candidate kept, for each link on level 0; and a distance
// costs it this much more than one in a scan, which reads rows in order (measured, bench/index).
constexpr double kDistancesPerLink = 0.5;
constexpr double kWalkCostRatio = 2.0;

}  // namespace

/// What is the same for all queries of one Search call.
struct HnswIndex::Request {
  const QueryBatch& queries;
  const SearchArgs& args;
  ExcludeView exclude;
  size_t kept;    // rows not excluded
  bool filtered;  // some of the graph are
  size_t ef;
  const CancelToken* cancel;
};

HnswIndex::HnswIndex(const IndexSpec& spec, const VectorView& vectors, Parts parts)
    : spec_(spec),
      vectors_(vectors),
      parts_(std::move(parts)),
      graph_(parts_.graph),
      inverse_norms_(reinterpret_cast<const float*>(parts_.inverse_norms.data())),
      scorer_(vectors_, spec_.metric, inverse_norms_),
      mapped_bytes_(0),
      present_(vectors.CountPresent()),
      scratch_pool_(graph_.rows, graph_.base_stride) {}

HnswIndex::HnswIndex(const IndexSpec& spec, const VectorView& vectors, const HnswGraph& graph,
                     const float* inverse_norms)
    : spec_(spec),
      vectors_(vectors),
      graph_(graph),
      inverse_norms_(inverse_norms),
      scorer_(vectors_, spec_.metric, inverse_norms_),
      mapped_bytes_((graph.rows * (graph.base_stride + 1) + graph.upper_slot_count * graph.upper_stride +
                     (inverse_norms != nullptr ? graph.rows : 0)) *
                    sizeof(uint32_t)),
      present_(vectors.CountPresent()),
      scratch_pool_(graph_.rows, std::max(graph_.base_stride, graph_.upper_stride)) {}

Status HnswIndex::Search(const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                         const CancelToken* cancel, SearchStats* stats, TopK* out) const {
  RK_RETURN_IF_ERROR(CheckSearch(vectors_, queries, exclude));
  out->Reset(queries.count, args.k);
  const size_t kept = CountKept(exclude, vectors_.rows);
  if (kept == 0 || args.k == 0) return Status::Ok();
  const size_t ef = std::min(std::max(args.ef == 0 ? DefaultEf(args.k) : args.ef, args.k), vectors_.rows);
  if (PrefersScan(args, ef, kept)) {
    return ExactSearchInto(scorer_, {queries, 0, queries.count}, args, {exclude, cancel, stats}, out);
  }
  SearchStats local;
  const Request request{queries, args, exclude, kept, kept < present_, ef, cancel};
  ScratchLease scratch(&scratch_pool_);
  for (size_t i = 0; i < queries.count; ++i) {
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
    RK_RETURN_IF_ERROR(SearchOne(request, i, scratch.get(), &local, out));
  }
  if (stats != nullptr) {
    stats->distances_computed += local.distances_computed;
    stats->nodes_visited += local.nodes_visited;
  }
  return Status::Ok();
}

/// True when computing the distance of every kept row costs less than the walk is expected to: excluded rows
/// make a walk longer by 1/share of kept rows, and a scan shorter. A lower distance bound defeats a walk,
/// which looks for the nearest.
bool HnswIndex::PrefersScan(const SearchArgs& args, size_t ef, size_t kept) const {
  if (args.exact || args.range.from != -DistanceRange::kAny) return true;
  const double rows = static_cast<double>(present_);
  const double walked =
      static_cast<double>(ef) * rows / static_cast<double>(kept) * graph_.base_stride * kDistancesPerLink;
  return static_cast<double>(kept) <= kWalkCostRatio * walked;
}

Status HnswIndex::SearchOne(const Request& request, size_t query, SearchScratch* scratch, SearchStats* stats,
                            TopK* out) const {
  const size_t wanted = std::min(request.args.k, request.kept);
  if (!FindCandidates(request, request.queries.Query(query), scratch, stats) ||
      scratch->pool.size() < wanted) {
    // The walk became longer than a scan, or the graph did not lead to enough rows.
    return ExactSearchInto(scorer_, {request.queries, query, 1}, request.args,
                           {request.exclude, request.cancel, stats}, out);
  }
  Neighbour* entries = out->Entries(query);
  size_t count = 0;
  for (const Ranked* it = scratch->pool.begin(); it != scratch->pool.end() && count < wanted; ++it) {
    const Neighbour neighbour = ToNeighbour(*it);
    if (!request.args.range.Contains(neighbour.distance)) break;  // sorted, and no lower bound here
    entries[count++] = neighbour;
  }
  out->SetCount(query, count);
  return Status::Ok();
}

/// Leaves the best candidates in scratch->pool; false when it was given up.
bool HnswIndex::FindCandidates(const Request& request, const std::byte* query, SearchScratch* scratch,
                               SearchStats* stats) const {
  const Walk walk{graph_, scorer_, scorer_.Prepare(query), scratch, stats};
  Ranked nearest = walk.Rank(graph_.entry);
  for (int level = graph_.max_level; level > 0; --level) nearest = WalkGreedily(walk, level, nearest);
  if (request.filtered) return WalkFiltered(walk, nearest, request.ef, request.exclude, request.kept);
  WalkBestFirst(walk, 0, nearest, request.ef);
  return true;
}

Status HnswIndex::Save(io::WritableFile* file) const {
  IndexFile content;
  content.structure = Structure::kHnsw;
  content.metric = spec_.metric;
  content.row_count = graph_.rows;
  content.dim = static_cast<uint32_t>(vectors_.dim);
  content.type = vectors_.type;
  content.m = static_cast<uint32_t>(spec_.m);
  content.ef_construction = static_cast<uint32_t>(spec_.ef_construction);
  content.seed = spec_.seed;
  content.entry = graph_.entry;
  content.max_level = static_cast<uint32_t>(graph_.max_level);
  content.upper_slot_count = graph_.upper_slot_count;
  content.parameters = spec_.parameters;
  const auto bytes = [](const auto* data, size_t count) { return std::as_bytes(std::span(data, count)); };
  content.base_links = bytes(graph_.base_links, graph_.rows * graph_.base_stride);
  content.upper_slot = bytes(graph_.upper_slot, graph_.rows);
  content.upper_links = bytes(graph_.upper_links, graph_.upper_slot_count * graph_.upper_stride);
  if (inverse_norms_ != nullptr) content.inverse_norms = bytes(inverse_norms_, graph_.rows);
  return WriteIndexFile(content, file);
}

Result<std::unique_ptr<AnyIndex>> HnswIndex::Open(const IndexSpec& spec, const IndexFile& file,
                                                  const VectorView& vectors) {
  HnswGraph graph;
  graph.rows = file.row_count;
  graph.base_stride = LinkStride(MaxLinks(file.m, 0, file.row_count));
  graph.upper_stride = LinkStride(MaxLinks(file.m, 1, file.row_count));
  graph.upper_slot_count = file.upper_slot_count;
  graph.entry = file.entry;
  graph.max_level = static_cast<int>(file.max_level);
  // Every row has at most 255 levels, so the products below cannot overflow.
  const bool fits = file.m >= 2 && file.m <= 2048 && file.upper_slot_count <= file.row_count * 255 &&
                    file.max_level <= 255 && (file.entry < file.row_count || file.row_count == 0) &&
                    file.base_links.size() == graph.rows * graph.base_stride * sizeof(uint32_t) &&
                    file.upper_slot.size() == graph.rows * sizeof(uint32_t) &&
                    file.upper_links.size() == graph.upper_slot_count * graph.upper_stride * sizeof(uint32_t);
  if (!fits)
    return Status::Corrupt("HNSW index file with sections of wrong sizes, rows: " +
                           std::to_string(graph.rows));
  graph.base_links = reinterpret_cast<const uint32_t*>(file.base_links.data());
  graph.upper_slot = reinterpret_cast<const uint32_t*>(file.upper_slot.data());
  graph.upper_links = reinterpret_cast<const uint32_t*>(file.upper_links.data());
  const float* norms =
      file.inverse_norms.empty() ? nullptr : reinterpret_cast<const float*>(file.inverse_norms.data());
  return std::unique_ptr<AnyIndex>(new HnswIndex(spec, vectors, graph, norms));
}

IndexInfo HnswIndex::info() const {
  IndexInfo info;
  info.type = spec_.type;
  info.served_as = "HNSW";
  info.metric = spec_.metric;
  info.row_count = graph_.rows;
  info.memory_bytes = parts_.base_links.size() + parts_.upper_slot.size() + parts_.upper_links.size() +
                      parts_.inverse_norms.size();
  info.mapped_bytes = mapped_bytes_;
  info.parameters = {{"M", std::to_string(spec_.m)},
                     {"efConstruction", std::to_string(spec_.ef_construction)}};
  return info;
}

}  // namespace redkite::index
