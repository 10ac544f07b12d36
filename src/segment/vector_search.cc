#include "segment/vector_search.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/planted.h"
#include "index/any_index.h"
#include "index/exact_search.h"
#include "index/list_search.h"
#include "index/quantized_rows.h"
#include "index/sparse_search.h"

namespace redkite::segment {
namespace {

index::SearchArgs ArgsOf(const VectorQuery& query, size_t row_count) {
  index::SearchArgs args;
  args.k = std::min<size_t>(query.k, row_count);
  args.ef = static_cast<size_t>(std::max(query.ef, 0));
  args.range.from = query.from_distance;
  args.range.below = query.below_distance;
  args.exact = query.exact;
  return args;
}

// The exclusion bits of rows [first, first + count), moved to start at bit 0.
ExcludeBitset SliceOf(ExcludeView exclude, size_t first, size_t count) {
  ExcludeBitset slice(count);
  const size_t shift = first & 63, word = first >> 6, words = BitWords(exclude.size);
  for (size_t i = 0; i < slice.words().size(); ++i) {
    uint64_t bits = exclude.words[word + i] >> shift;
    if (shift != 0 && word + i + 1 < words) bits |= exclude.words[word + i + 1] << (64 - shift);
    slice.words()[i] = bits;
  }
  slice.ClearTail();
  return slice;
}

// Appends the hits of one block or index, which come best first, and keeps the k best of both.
void Merge(std::span<const index::Neighbour> hits, RowOffset first_row, uint32_t k,
           std::vector<SegmentHit>* out) {
  const auto less = [](const SegmentHit& a, const SegmentHit& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
  };
  const size_t middle = out->size();
  for (const index::Neighbour& n : hits) out->push_back({first_row + n.row, n.distance});
  if (middle == 0) return;
  std::inplace_merge(out->begin(), out->begin() + static_cast<ptrdiff_t>(middle), out->end(), less);
  if (out->size() > k) out->resize(k);
}

// What a search in `block` leaves out: the caller's rows and those without a vector. `room` holds it where it
// is not the caller's own.
ExcludeView ExcludedIn(const RowBlock& block, const ColumnView& column, ExcludeView exclude,
                       ExcludeBitset* room) {
  if (column.validity == nullptr) {
    if (exclude.empty()) return {};
    if (exclude.size == block.row_count) return exclude;  // it is the only block
  }
  *room =
      exclude.empty() ? ExcludeBitset(block.row_count) : SliceOf(exclude, block.first_row, block.row_count);
  if (column.validity == nullptr) return room->view();
  for (size_t i = 0; i < room->words().size(); ++i) room->words()[i] |= ~column.validity[i];
  room->ClearTail();
  return room->view();
}

// The same for what is built over all rows of a segment, which has one block then.
ExcludeView ExcludedInAll(const SegmentSnapshot& segment, FieldId field, ExcludeView exclude,
                          ExcludeBitset* room) {
  const ColumnView* column = segment.blocks.size() == 1 ? segment.blocks[0]->Find(field) : nullptr;
  return column == nullptr ? exclude : ExcludedIn(*segment.blocks[0], *column, exclude, room);
}

// Rows from every block of the segment by scan(column, excluded, found).
template <class Scan>
Status ScanBlocks(const SegmentSnapshot& segment, const VectorQuery& query, ExcludeView exclude,
                  const Scan& scan, std::vector<std::vector<SegmentHit>>* out) {
  index::TopK found;
  for (const auto& block : segment.blocks) {
    const ColumnView* column = block->Find(query.field);
    if (column == nullptr) continue;
    ExcludeBitset room;
    RK_RETURN_IF_ERROR(scan(*column, ExcludedIn(*block, *column, exclude, &room), &found));
    for (size_t q = 0; q < query.count; ++q) Merge(found.Of(q), block->first_row, query.k, &(*out)[q]);
  }
  return Status::Ok();
}

Status ScanSparse(const SegmentSnapshot& segment, const VectorQuery& query,
                  const index::SearchContext& context, std::vector<std::vector<SegmentHit>>* out) {
  const index::SparseScan sparse({query.vectors, query.offsets, query.count});
  const index::SearchArgs args = ArgsOf(query, segment.row_count);
  const auto scan = [&](const ColumnView& rows, ExcludeView excluded, index::TopK* nearest) {
    return sparse.Search(rows, args, {excluded, context.cancel, context.stats}, nearest);
  };
  return ScanBlocks(segment, query, context.exclude, scan, out);
}

Status ScanLists(const SegmentSnapshot& segment, const VectorQuery& query,
                 const index::SearchContext& context, std::vector<std::vector<SegmentHit>>* out) {
  const index::ListBatch lists{query.type,    query.dim,     query.metric,
                               query.vectors, query.offsets, query.count};
  const index::SearchArgs args = ArgsOf(query, segment.row_count);
  const auto scan = [&](const ColumnView& rows, ExcludeView excluded, index::TopK* nearest) {
    return index::MaxSimSearch(rows, lists, args, {excluded, context.cancel, context.stats}, nearest);
  };
  return ScanBlocks(segment, query, context.exclude, scan, out);
}

struct BlockLists {
  const RowBlock& block;
  const ColumnView& lists;
  size_t width;  // bytes of a vector
};

// Hits among the vectors of a block's lists, as rows and places in them.
void MergeElements(std::span<const index::Neighbour> hits, const BlockLists& of, uint32_t k,
                   std::vector<SegmentHit>* out) {
  const ColumnView& lists = of.lists;
  const auto less = [](const SegmentHit& a, const SegmentHit& b) {
    if (a.distance != b.distance) return a.distance < b.distance;
    return a.row != b.row ? a.row < b.row : a.element < b.element;
  };
  const size_t middle = out->size();
  for (const index::Neighbour& n : hits) {
    const uint64_t at = uint64_t{n.row} * of.width;
    const auto* const end = std::upper_bound(lists.offsets, lists.offsets + lists.row_count + 1, at);
    if (end == lists.offsets) continue;
    const auto row = static_cast<size_t>(end - lists.offsets - 1);
    if (row >= of.block.row_count) continue;
    out->push_back({static_cast<RowOffset>(of.block.first_row + row), n.distance,
                    static_cast<uint32_t>((at - lists.offsets[row]) / of.width)});
  }
  std::inplace_merge(out->begin(), out->begin() + static_cast<ptrdiff_t>(middle), out->end(), less);
  if (out->size() > k) out->resize(k);
}

Status SearchDense(const SegmentSnapshot& segment, const VectorQuery& query,
                   const index::SearchContext& context, ReadStats* stats,
                   std::vector<std::vector<SegmentHit>>* out) {
  const index::QueryBatch batch(query.type, query.dim, query.vectors, query.count);
  const index::SearchArgs args = ArgsOf(query, segment.row_count);
  index::TopK found;
  ExcludeBitset room;
  // An index that was dropped a moment ago may still be there; one of another metric answers another
  // question.
  const FieldIndex* field_index = segment.FindIndex(query.field);
  if (field_index != nullptr && field_index->metric == query.metric) {
    const ExcludeView excluded = ExcludedInAll(segment, query.field, context.exclude, &room);
    RK_RETURN_IF_ERROR(
        field_index->index->Search(batch, args, excluded, context.cancel, context.stats, &found));
    for (size_t q = 0; q < query.count; ++q) {
      Merge(found.Of(q), 0, query.k, &(*out)[q]);
      if (!RK_PLANTED("index_row_off_by_one")) continue;
      for (SegmentHit& hit : (*out)[q]) hit.row = static_cast<RowOffset>((hit.row + 1) % segment.row_count);
    }
    return Status::Ok();
  }
  ++stats->segments_scanned;
  if (const QuantizedField* quantized = segment.FindQuantized(query.field, query.metric)) {
    const ExcludeView excluded = ExcludedInAll(segment, query.field, context.exclude, &room);
    RK_RETURN_IF_ERROR(
        quantized->quantized->Search(batch, args, {excluded, context.cancel, context.stats}, &found));
    for (size_t q = 0; q < query.count; ++q) Merge(found.Of(q), 0, query.k, &(*out)[q]);
    return Status::Ok();
  }
  const auto scan = [&](const ColumnView& rows, ExcludeView excluded, index::TopK* nearest) {
    return index::ExactSearch(index::VectorView(rows), query.metric, nullptr, batch, args, excluded,
                              context.cancel, context.stats, nearest);
  };
  return ScanBlocks(segment, query, context.exclude, scan, out);
}

}  // namespace

Status SearchVectors(const SegmentSnapshot& segment, const VectorQuery& query, ExcludeView exclude,
                     const CancelToken* cancel, ReadStats* stats, std::vector<std::vector<SegmentHit>>* out) {
  out->assign(query.count, {});
  index::SearchStats work;
  const index::SearchContext context{exclude, cancel, &work};
  if (query.lists) {
    CHECK(query.max_sim);
    ++stats->segments_scanned;
    RK_RETURN_IF_ERROR(ScanLists(segment, query, context, out));
  } else if (query.type == DataType::kSparseFloatVector) {
    ++stats->segments_scanned;
    RK_RETURN_IF_ERROR(ScanSparse(segment, query, context, out));
  } else {
    RK_RETURN_IF_ERROR(SearchDense(segment, query, context, stats, out));
  }
  stats->distances_computed += static_cast<int64_t>(work.distances_computed);
  if (segment.growing) stats->growing_distances += static_cast<int64_t>(work.distances_computed);
  stats->nodes_visited += static_cast<int64_t>(work.nodes_visited);
  return Status::Ok();
}

Status SearchElements(const SegmentSnapshot& segment, const VectorQuery& query, const ElementScan& scan,
                      std::vector<std::vector<SegmentHit>>* out) {
  out->assign(query.count, {});
  ++scan.stats->segments_scanned;
  index::SearchStats work;
  const index::QueryBatch batch(query.type, query.dim, query.vectors, query.count);
  const size_t width = ValueBytes(query.type, query.dim);
  index::TopK found;
  for (size_t b = 0; b < segment.blocks.size(); ++b) {
    const RowBlock& block = *segment.blocks[b];
    const ColumnView* lists = block.Find(query.field);
    if (lists == nullptr) continue;
    const size_t count = lists->data_bytes() / width;
    if (count > std::numeric_limits<RowOffset>::max())
      return Status::Internal("too many vectors in the lists of one block: " + std::to_string(count));
    if (count == 0) continue;
    const index::VectorView vectors(query.type, query.dim, lists->data, count);
    const bool some = b < scan.excluded.blocks.size() && scan.excluded.blocks[b].size() == count;
    const ExcludeView exclude = some ? scan.excluded.blocks[b].view() : ExcludeView{};
    RK_RETURN_IF_ERROR(index::ExactSearch(vectors, query.metric, nullptr, batch, ArgsOf(query, count),
                                          exclude, scan.cancel, &work, &found));
    for (size_t q = 0; q < query.count; ++q)
      MergeElements(found.Of(q), {block, *lists, width}, query.k, &(*out)[q]);
  }
  scan.stats->distances_computed += static_cast<int64_t>(work.distances_computed);
  if (segment.growing) scan.stats->growing_distances += static_cast<int64_t>(work.distances_computed);
  return Status::Ok();
}

}  // namespace redkite::segment
