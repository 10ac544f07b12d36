#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/planted.h"
#include "base/random.h"
#include "plan/read_plan.h"
#include "proxy/fields/text_rules.h"
#include "proxy/fields/time_rules.h"
#include "proxy/output_fields.h"
#include "proxy/placement/key_fields.h"
#include "proxy/placement/loaded_fields.h"
#include "proxy/proxy.h"
#include "proxy/query_rules.h"
#include "proxy/read_params.h"
#include "proxy/read_point.h"
#include "proxy/rules/vector_index_rules.h"
#include "proxy/search_by_ids.h"
#include "proxy/vector_rules.h"
#include "types/collection_properties.h"
#include "types/json_text.h"

namespace redkite::proxy {
namespace {

// A hit in the index's top-k, the segment's list, the merged list and the answer.
constexpr int64_t kHitBytes = 48;
// What a scan makes of the bytes of sparse queries: their pairs in order, and a table of their indices.
constexpr int64_t kSparseQueryFactor = 9;
// What is kept beside each vector of a list.
constexpr int64_t kListedVectorBytes = 64;

Status RefuseUnbuilt(const std::vector<std::string>& unsupported) {
  if (!unsupported.empty()) return Status::Unimplemented(unsupported.front() + " is not implemented");
  return Status::Ok();
}

Status CheckQueryCount(const SearchRequest& request, const Limits& limits) {
  const size_t count = request.by_ids ? request.ids.row_count() : request.queries.count;
  const int64_t nq = request.nq != 0 ? request.nq : static_cast<int64_t>(count);
  if (nq < 1 || nq > limits.nq_max) {
    return Status::Invalid(
        "nq [" + std::to_string(nq) +
        "] is invalid, nq (number of search vector per search request) should be in range [1, " +
        std::to_string(limits.nq_max) + "], but got " + std::to_string(nq));
  }
  if (static_cast<size_t>(nq) != count) {
    return Status::Invalid("nq (" + std::to_string(nq) + ") differs from the number of query vectors (" +
                           std::to_string(count) + ")");
  }
  return Status::Ok();
}

// The filter of a read, and what its texts mean.
struct FilterTexts {
  const std::string& filter;
  const TemplateValues& templates;
  const TimeZone& zone;
};

// Filter and partitions; what else a read selects by is set by the caller.
Result<plan::RowSelection> PlanRows(const meta::CollectionPtr& collection, const FilterTexts& texts,
                                    std::vector<PartitionId> partitions, const Limits& limits) {
  const std::string& filter = texts.filter;
  plan::RowSelection rows;
  rows.schema = std::shared_ptr<const CollectionSchema>(collection, &collection->schema);
  auto parsed = plan::ParseFilter(filter, collection->schema, texts.templates, texts.zone);
  if (!parsed.ok()) return plan::FilterError(plan::FilterUse::kQuery, filter, parsed.status());
  rows.filter = std::move(*parsed);
  rows.keys = plan::FindKeyEquality(rows.filter, collection->schema.primary().id);
  rows.key_floor = plan::FindKeyFloor(rows.filter, collection->schema.primary().id);
  rows.partitions = partitions.empty() ? PartitionsOfFilter(*collection, rows.filter) : std::move(partitions);
  rows.output_bytes_max = limits.output_bytes_max;
  return rows;
}

// The page begins strictly beyond the last one's bound and ends between two distances.
void PlanPage(const SearchPageParams& page, plan::SearchPlan* plan) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  plan->whole_ties = true;
  if (!page.last_bound) return;
  VectorQuery& query = plan->query;
  const float last = ScoreOfDistance(query.metric, *page.last_bound);  // its own inverse
  query.from_distance = std::max(query.from_distance, std::nextafter(last, kInfinity));
  if (last == kInfinity) query.below_distance = -kInfinity;  // nothing is beyond it
}

// What a search takes is decided by the metric of the index.
Status CheckListSearch(const VectorIndex& index, const QueryVectors& queries, bool iterator) {
  if (!index.lists || index.max_sim == queries.is_lists()) {
    if (!index.lists || index.max_sim || !iterator) return Status::Ok();
    return Status::Unimplemented("a search iterator over the elements of a struct array is not implemented");
  }
  return Status::Invalid(
      index.max_sim ? "metric type " + index.metric_name() +
                          " takes lists of vectors (EmbeddingList), but got single vectors"
                    : "lists of vectors (EmbeddingList) need a MAX_SIM metric type, but the index has " +
                          index.metric_name());
}

// Where elements pass or not, they have to be what is searched.
Status CheckElementFilter(const plan::FilterPlan& filter, const FieldSchema& field,
                          const VectorQuery& query) {
  if (filter.elements() == nullptr) return Status::Ok();
  if (query.of_elements() && field.struct_id == filter.elements()->struct_id) return Status::Ok();
  return Status::Invalid(
      "element_filter is only supported in a search for elements of the same struct array, field: " +
      field.name + "; match_any selects rows");
}

// What is prepared for the vectors of sparse queries and of lists. Other queries have one each.
int64_t BytesOfQueries(const VectorQuery& query, size_t bytes) {
  if (query.type == DataType::kSparseFloatVector) return static_cast<int64_t>(bytes) * kSparseQueryFactor;
  if (!query.max_sim) return 0;
  return static_cast<int64_t>(bytes / ValueBytes(query.type, query.dim)) * kListedVectorBytes;
}

Status PlanVectors(const SearchRequest& request, const SearchParams& params, const FieldSchema& field,
                   const meta::CollectionMeta& collection, plan::SearchPlan* plan) {
  RK_ASSIGN_OR_RETURN(plan->vectors, TakeQueryVectors(request.queries, field));
  plan->offsets = OffsetsOf(request.queries, plan->vectors.size());
  const meta::IndexMeta* index = collection.FindIndexOfField(field.id);
  if (index == nullptr) {
    return {Code::kIndexNotFound, "index not found[indexName=" + field.name + "]"};
  }
  RK_ASSIGN_OR_RETURN(const VectorIndex kind, ParseVectorIndex(field, MergeJsonParams(index->params)));
  const index::IndexSpec& spec = kind.spec;
  if (!params.metric.empty() && !kind.IsMetric(params.metric)) {
    return {Code::kParameterInvalid, "metric type not match: invalid parameter[expected=" +
                                         kind.metric_name() + "][actual=" + params.metric + "]"};
  }
  RK_RETURN_IF_ERROR(CheckListSearch(kind, request.queries, params.iterator));
  const auto k = static_cast<size_t>(params.limit + params.offset);
  // An iterator computes all distances, so it does not need an effort that fits its page.
  RK_ASSIGN_OR_RETURN(auto args,
                      index::ParseSearchParams(spec, params.index_params, params.iterator ? 1 : k));
  plan->query = {field.id,
                 spec.metric,
                 field.vector_type(),
                 field.dim,
                 plan->vectors.data(),
                 plan->offsets.empty() ? nullptr : plan->offsets.data(),
                 kind.lists,
                 kind.max_sim,
                 request.queries.count,
                 static_cast<uint32_t>(k),
                 static_cast<int>(args.ef),
                 args.range.from,
                 args.range.below};
  plan->query.exact = params.iterator;
  plan->offset = static_cast<uint32_t>(params.offset);
  if (params.page) PlanPage(*params.page, plan);
  return Status::Ok();
}

// Rounding takes a cosine slightly out of its range. A sum of cosines has none.
float ShownScore(const VectorQuery& query, float distance) {
  const float score = ScoreOfDistance(query.metric, distance);
  return query.metric == Metric::kCosine && !query.max_sim ? std::clamp(score, -1.0f, 1.0f) : score;
}

float Round(float score, int digits) {
  if (digits < 0) return score;
  const double scale = std::pow(10.0, digits);
  return static_cast<float>(std::round(static_cast<double>(score) * scale) / scale);
}

// The newest state that a read saw, or the one that it asked for: a client that reads there again sees the
// same.
Timestamp SessionTsOf(const plan::RowSelection& rows, Timestamp snapshot_ts,
                      const meta::CollectionMeta& collection) {
  return rows.read_ts != kMaxTimestamp ? rows.read_ts : std::max(snapshot_ts, collection.created);
}

SearchResult AnswerSearch(const plan::SearchPlan& plan, const SearchParams& params,
                          const meta::CollectionMeta& collection, const OutputPlan& output,
                          shard::SearchRows found) {
  const CollectionSchema& schema = collection.schema;
  SearchResult out;
  out.nq = static_cast<int64_t>(plan.query.count);
  for (int64_t n : found.hit_counts) out.topk = std::max(out.topk, n);
  out.hit_counts = std::move(found.hit_counts);
  out.scores.reserve(found.distances.size());
  for (float d : found.distances) {
    out.scores.push_back(Round(ShownScore(plan.query, d), params.round_decimal));
  }
  out.elements = std::move(found.elements);
  out.session_ts = SessionTsOf(plan.rows, found.snapshot_ts, collection);
  if (params.page) {
    std::optional<float> last;
    if (!found.distances.empty()) last = ScoreOfDistance(plan.query.metric, found.distances.back());
    out.iterator = NextSearchPage(*params.page, last, LargerScoreIsBetter(plan.query.metric),
                                  out.session_ts ^ static_cast<uint64_t>(collection.id.value()));
  }
  // The key column is always fetched; a copy is only needed when the client also wants it as a column.
  Column ids = output.return_primary ? Column(found.columns[0].field(), found.columns[0].type(), 0)
                                     : std::move(found.columns[0]);
  if (output.return_primary) ids.AppendAll(found.columns[0].view());
  out.ids = std::move(ids);
  out.columns = ShapeOutput(schema, output, std::move(found.columns));
  out.output_fields = output.names;
  out.primary_field_name = schema.primary().name;
  return out;
}

}  // namespace

uint64_t Proxy::SampleSeed() const {
  return Random(static_cast<uint64_t>(seams_.clock->MonotonicNs()) + (++samples_ << 40)).Next();
}

Status Proxy::SetReadPoint(const ReadPoint& point, const CommonReadParams& params,
                           const meta::CollectionMeta& collection, plan::RowSelection* rows) const {
  const Timestamp now = std::max(seams_.oracle->last(), MakeTimestamp(seams_.clock->WallMs()));
  RK_ASSIGN_OR_RETURN(rows->read_ts,
                      ChooseReadTs(point, params.iterator && !RK_PLANTED("iterator_sees_now"),
                                   static_cast<Consistency>(collection.consistency_level), now));
  RK_ASSIGN_OR_RETURN(const Timestamp travel_ts, ChooseTravelTs(point, params, collection.created, now));
  rows->travels = travel_ts != 0;
  if (rows->travels) rows->read_ts = travel_ts;
  // For a page of an iterator it is now: its state is as old as the last write when nothing was written
  // since.
  rows->expired_before =
      ExpiredBefore(collection.properties, rows->travels ? travel_ts : seams_.oracle->Now());
  ExcludeExpired(collection.schema, collection.properties,
                 rows->travels ? WallMsOf(travel_ts) : seams_.clock->WallMs(), rows);
  return Status::Ok();
}

Result<SearchResult> Proxy::Search(const SearchRequest& request, const CancelToken* cancel) const {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "reading"));
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  RK_RETURN_IF_ERROR(LoadForRead(request.name, &collection));
  const CollectionSchema& schema = collection->schema;
  RK_RETURN_IF_ERROR(RefuseUnbuilt(request.unsupported));
  RK_ASSIGN_OR_RETURN(const SearchParams params, ParseSearchRequestParams(request.params, limits_));
  RK_RETURN_IF_ERROR(CheckIteratorCollection(params, collection->id));
  const LoadedFields loaded(*collection);
  RK_RETURN_IF_ERROR(loaded.Check(std::span(&params.anns_field, 1)));
  RK_RETURN_IF_ERROR(loaded.Check(request.output_fields));
  RK_ASSIGN_OR_RETURN(const FieldSchema* field, ChooseVectorField(loaded.schema(), params.anns_field));
  RK_ASSIGN_OR_RETURN(auto partitions, ResolveReadPartitions(*collection, request.partitions));
  RK_ASSIGN_OR_RETURN(const OutputPlan output,
                      PlanOutput(loaded.schema(), request.output_fields, OutputUse::kSearch));
  plan::SearchPlan plan;
  RK_ASSIGN_OR_RETURN(const TimeZonePtr zone, TimeZoneOf(*collection, params.time_zone));
  RK_ASSIGN_OR_RETURN(plan.rows, PlanRows(collection, {request.filter, request.templates, *zone},
                                          std::move(partitions), limits_));
  RK_RETURN_IF_ERROR(loaded.Check(plan.rows.filter.fields()));
  if (IsKeyIsolated(collection->properties)) RK_RETURN_IF_ERROR(CheckIsolation(schema, plan.rows.filter));
  RK_RETURN_IF_ERROR(RestrictToLoaded(*collection, "search", &plan.rows.partitions));
  RK_RETURN_IF_ERROR(SetReadPoint(request.read_point, params, *collection, &plan.rows));
  plan.rows.ignore_growing = params.ignore_growing;
  if (plan.rows.filter.sample()) plan.rows.sample_seed = SampleSeed();
  RK_ASSIGN_OR_RETURN(auto shard, FindShard(request.name, *collection));
  RK_RETURN_IF_ERROR(CheckQueryCount(request, limits_));
  SearchRequest fetched;  // of a search by ids, the queries alone
  if (request.by_ids) {
    if (field->type == DataType::kArrayOfVector)
      return Status::Invalid("search by ids is not supported on vectors of a struct array, field: " +
                             field->name);
    RK_RETURN_IF_ERROR(CheckDistinctIds(request.ids.view()));
    // The vectors may lie in partitions that the filter leaves out.
    const bool pruned = FindPartitionKey(schema) != nullptr;
    std::vector<PartitionId> left;
    if (pruned) {
      left = std::exchange(plan.rows.partitions, {});
      RK_RETURN_IF_ERROR(RestrictToLoaded(*collection, "search", &plan.rows.partitions));
    }
    RK_ASSIGN_OR_RETURN(fetched.queries,
                        FetchVectorsOfIds(request.ids.view(), *field, plan.rows, *shard, cancel));
    if (pruned) plan.rows.partitions = std::move(left);
  }
  const SearchRequest& queries = request.by_ids ? fetched : request;
  if (params.iterator && queries.queries.count != 1) {
    return Status::Invalid("a search iterator takes one query vector, but got " +
                           std::to_string(queries.queries.count));
  }
  RK_RETURN_IF_ERROR(PlanVectors(queries, params, *field, *collection, &plan));
  RK_RETURN_IF_ERROR(CheckElementFilter(plan.rows.filter, *field, plan.query));
  plan.rows.output_fields = output.fields;
  // What the hits of all queries take while they are merged; a small collection cannot have that many.
  const int64_t hits_of_row = plan.query.of_elements() ? field->max_capacity : 1;
  const int64_t hits = static_cast<int64_t>(plan.query.count) *
                       std::min<int64_t>(plan.query.k, shard->Stats().row_count * hits_of_row);
  const int64_t tables = BytesOfQueries(plan.query, plan.vectors.size());
  RK_ASSIGN_OR_RETURN(auto memory,
                      seams_.memory->Reserve(hits * kHitBytes + tables, "search in " + schema.name));
  RK_ASSIGN_OR_RETURN(auto found, shard->Search(plan, cancel));
  SearchResult out = AnswerSearch(plan, params, *collection, output, std::move(found));
  ShowInstants(*zone, params.time_parts, &out.columns);
  RK_RETURN_IF_ERROR(ShowShapes(&out.columns));
  out.collection_name = request.name.collection;
  out.searched_rows = shard->Stats().row_count;
  return out;
}

Result<QueryResult> Proxy::Query(const QueryRequest& request, const CancelToken* cancel) const {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "reading"));
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  RK_RETURN_IF_ERROR(LoadForRead(request.name, &collection));
  const CollectionSchema& schema = collection->schema;
  RK_RETURN_IF_ERROR(RefuseUnbuilt(request.unsupported));
  RK_ASSIGN_OR_RETURN(const QueryParams params, ParseQueryRequestParams(request.params, limits_));
  RK_RETURN_IF_ERROR(CheckIteratorCollection(params, collection->id));
  RK_ASSIGN_OR_RETURN(auto partitions, ResolveReadPartitions(*collection, request.partitions));
  const LoadedFields loaded(*collection);
  RK_RETURN_IF_ERROR(loaded.Check(request.output_fields));
  RK_ASSIGN_OR_RETURN(const QueryOutput output,
                      PlanQueryOutput(loaded.schema(), request.output_fields, params, limits_));
  plan::QueryPlan plan;
  RK_ASSIGN_OR_RETURN(const TimeZonePtr zone, TimeZoneOf(*collection, params.time_zone));
  RK_ASSIGN_OR_RETURN(plan.rows, PlanRows(collection, {request.filter, request.templates, *zone},
                                          std::move(partitions), limits_));
  RK_RETURN_IF_ERROR(loaded.Check(plan.rows.filter.fields()));
  if (plan.rows.filter.always_true() && params.limit < 0 && !output.is_aggregate()) {
    return Status::Invalid("empty expression should be used with limit");
  }
  RK_RETURN_IF_ERROR(RestrictToLoaded(*collection, "query", &plan.rows.partitions));
  RK_RETURN_IF_ERROR(SetReadPoint(request.read_point, params, *collection, &plan.rows));
  plan.rows.ignore_growing = params.ignore_growing;
  if (plan.rows.filter.sample()) plan.rows.sample_seed = SampleSeed();
  PutOutput(output, params, &plan);
  if (plan.rows.filter.elements() != nullptr && (output.is_aggregate() || plan.count_only || params.iterator))
    return Status::Unimplemented("element_filter in a query iterator or with aggregates is not implemented");
  RK_ASSIGN_OR_RETURN(auto shard, FindShard(request.name, *collection));
  RK_ASSIGN_OR_RETURN(auto memory,
                      seams_.memory->Reserve(BytesOfPlan(plan, *shard), "query in " + schema.name));
  RK_ASSIGN_OR_RETURN(auto found, shard->Query(plan, cancel));
  RK_ASSIGN_OR_RETURN(QueryResult out, AnswerQuery(schema, output, found.count, std::move(found.columns)));
  ShowInstants(*zone, params.time_parts, &out.columns);
  RK_RETURN_IF_ERROR(ShowShapes(&out.columns));
  out.elements = std::move(found.elements);
  out.collection_name = request.name.collection;
  out.session_ts = SessionTsOf(plan.rows, found.snapshot_ts, *collection);
  return out;
}

}  // namespace redkite::proxy
