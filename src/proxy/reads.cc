#include <algorithm>
#include <cmath>

#include "index/index_spec.h"
#include "plan/read_plan.h"
#include "proxy/output_fields.h"
#include "proxy/proxy.h"
#include "proxy/read_params.h"
#include "proxy/vector_rules.h"
#include "types/json_text.h"

namespace redkite::proxy {
namespace {

// A hit in the index's top-k, the segment's list, the merged list and the answer.
constexpr int64_t kHitBytes = 48;

Status RefuseUnbuilt(const std::vector<std::string>& unsupported, const ReadPoint& read_point) {
  if (!unsupported.empty()) return Status::Unimplemented(unsupported.front() + " is not implemented");
  if (read_point.travel_ts != 0) return Status::Unimplemented("travel_timestamp is not implemented");
  return Status::Ok();
}

Result<const FieldSchema*> ChooseVectorField(const CollectionSchema& schema, const std::string& name) {
  if (!name.empty()) {
    const FieldSchema* field = schema.Find(name);
    if (field == nullptr)
      return Status::Invalid("failed to get field schema by name: fieldName(" + name + ") not found");
    if (!IsVector(field->type))
      return Status::Invalid("field (" + name + ") to search is not of vector data type");
    return field;
  }
  const FieldSchema* only = nullptr;
  for (const FieldSchema& field : schema.fields) {
    if (!IsVector(field.type)) continue;
    if (only != nullptr) {
      return Status::Invalid("multiple anns_fields exist, please specify a anns_field in search_params");
    }
    only = &field;
  }
  return only;
}

Status CheckQueryCount(const SearchRequest& request, const Limits& limits) {
  const int64_t nq = request.nq != 0 ? request.nq : static_cast<int64_t>(request.queries.count);
  if (nq < 1 || nq > limits.nq_max) {
    return Status::Invalid(
        "nq [" + std::to_string(nq) +
        "] is invalid, nq (number of search vector per search request) should be in range [1, " +
        std::to_string(limits.nq_max) + "], but got " + std::to_string(nq));
  }
  if (static_cast<size_t>(nq) != request.queries.count) {
    return Status::Invalid("nq (" + std::to_string(nq) + ") differs from the number of query vectors (" +
                           std::to_string(request.queries.count) + ")");
  }
  return Status::Ok();
}

Result<plan::RowSelection> PlanRows(const meta::CollectionPtr& collection, const std::string& filter,
                                    bool has_templates, std::vector<PartitionId> partitions,
                                    const Limits& limits) {
  plan::RowSelection rows;
  rows.schema = std::shared_ptr<const CollectionSchema>(collection, &collection->schema);
  if (has_templates) {
    return plan::FilterError(plan::FilterUse::kQuery, filter,
                             Status::Unimplemented("expression templates are not implemented"));
  }
  auto parsed = plan::ParseFilter(filter, collection->schema);
  if (!parsed.ok()) return plan::FilterError(plan::FilterUse::kQuery, filter, parsed.status());
  rows.filter = std::move(*parsed);
  rows.keys = plan::FindKeyEquality(rows.filter, collection->schema.primary().id);
  rows.partitions = std::move(partitions);
  rows.output_bytes_max = limits.output_bytes_max;
  return rows;
}

Status PlanVectors(const SearchRequest& request, const SearchParams& params, const FieldSchema& field,
                   const meta::CollectionMeta& collection, plan::SearchPlan* plan) {
  RK_ASSIGN_OR_RETURN(plan->vectors, TakeQueryVectors(request.queries, field));
  const meta::IndexMeta* index = collection.FindIndexOfField(field.id);
  if (index == nullptr) {
    return {Code::kIndexNotFound, "index not found[indexName=" + field.name + "]"};
  }
  RK_ASSIGN_OR_RETURN(auto spec,
                      index::ParseIndexSpec(MergeJsonParams(index->params), field.type, field.dim));
  if (!params.metric.empty() && ParseMetric(params.metric) != spec.metric) {
    return {Code::kParameterInvalid,
            "metric type not match: invalid parameter[expected=" + std::string(MetricName(spec.metric)) +
                "][actual=" + params.metric + "]"};
  }
  const auto k = static_cast<size_t>(params.limit + params.offset);
  RK_ASSIGN_OR_RETURN(auto args, index::ParseSearchParams(spec, params.index_params, k));
  plan->query = {field.id,
                 spec.metric,
                 field.type,
                 field.dim,
                 plan->vectors.data(),
                 request.queries.count,
                 static_cast<uint32_t>(k),
                 static_cast<int>(args.ef),
                 args.range.from,
                 args.range.below};
  plan->offset = static_cast<uint32_t>(params.offset);
  return Status::Ok();
}

float Round(float score, int digits) {
  if (digits < 0) return score;
  const double scale = std::pow(10.0, digits);
  return static_cast<float>(std::round(static_cast<double>(score) * scale) / scale);
}

}  // namespace

Result<SearchResult> Proxy::Search(const SearchRequest& request, const CancelToken* cancel) const {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  const CollectionSchema& schema = collection->schema;
  RK_RETURN_IF_ERROR(RefuseUnbuilt(request.unsupported, request.read_point));
  if (request.by_ids) return Status::Unimplemented("search by ids is not implemented");
  RK_ASSIGN_OR_RETURN(const SearchParams params, ParseSearchRequestParams(request.params, limits_));
  RK_ASSIGN_OR_RETURN(const FieldSchema* field, ChooseVectorField(schema, params.anns_field));
  RK_ASSIGN_OR_RETURN(auto partitions, ResolveReadPartitions(*collection, request.partitions));
  RK_ASSIGN_OR_RETURN(const OutputPlan output, PlanOutput(schema, request.output_fields, OutputUse::kSearch));
  plan::SearchPlan plan;
  RK_ASSIGN_OR_RETURN(
      plan.rows, PlanRows(collection, request.filter, request.has_templates, std::move(partitions), limits_));
  RK_RETURN_IF_ERROR(ResolveLoaded(request.name, "search").status());
  RK_RETURN_IF_ERROR(CheckQueryCount(request, limits_));
  RK_RETURN_IF_ERROR(PlanVectors(request, params, *field, *collection, &plan));
  plan.rows.output_fields = output.fields;
  RK_ASSIGN_OR_RETURN(auto shard, FindShard(request.name, *collection));
  // What the hits of all queries take while they are merged; a small collection cannot have that many.
  const int64_t hits =
      static_cast<int64_t>(plan.query.count) * std::min<int64_t>(plan.query.k, shard->Stats().row_count);
  RK_ASSIGN_OR_RETURN(auto memory, seams_.memory->Reserve(hits * kHitBytes, "search in " + schema.name));
  RK_ASSIGN_OR_RETURN(auto found, shard->Search(plan, cancel));

  SearchResult out;
  out.nq = static_cast<int64_t>(request.queries.count);
  for (int64_t n : found.hit_counts) out.topk = std::max(out.topk, n);
  out.hit_counts = std::move(found.hit_counts);
  out.scores.reserve(found.distances.size());
  for (float d : found.distances) {
    out.scores.push_back(Round(ScoreOfDistance(plan.query.metric, d), params.round_decimal));
  }
  // The key column is always fetched; a copy is only needed when the client also wants it as a column.
  Column ids = output.return_primary ? Column(found.columns[0].field(), found.columns[0].type(), 0)
                                     : std::move(found.columns[0]);
  if (output.return_primary) ids.AppendAll(found.columns[0].view());
  out.ids = std::move(ids);
  out.columns = ShapeOutput(schema, output, std::move(found.columns));
  out.output_fields = output.names;
  out.primary_field_name = schema.primary().name;
  out.collection_name = request.name.collection;
  out.session_ts = std::max(found.snapshot_ts, collection->created);
  out.searched_rows = shard->Stats().row_count;
  return out;
}

Result<QueryResult> Proxy::Query(const QueryRequest& request, const CancelToken* cancel) const {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  const CollectionSchema& schema = collection->schema;
  RK_RETURN_IF_ERROR(RefuseUnbuilt(request.unsupported, request.read_point));
  RK_ASSIGN_OR_RETURN(const QueryParams params, ParseQueryRequestParams(request.params, limits_));
  RK_ASSIGN_OR_RETURN(auto partitions, ResolveReadPartitions(*collection, request.partitions));
  RK_ASSIGN_OR_RETURN(const OutputPlan output, PlanOutput(schema, request.output_fields, OutputUse::kQuery));
  plan::QueryPlan plan;
  RK_ASSIGN_OR_RETURN(
      plan.rows, PlanRows(collection, request.filter, request.has_templates, std::move(partitions), limits_));
  if (output.count_only) {
    if (output.names.size() > 0)
      return Status::Invalid("output field '" + output.names[0] + "' is not allowed");
    if (params.limit > 0) return Status::Invalid("count entities with pagination is not allowed");
  } else if (plan.rows.filter.always_true() && params.limit < 0) {
    return Status::Invalid("empty expression should be used with limit");
  }
  RK_RETURN_IF_ERROR(ResolveLoaded(request.name, "query").status());
  plan.count_only = output.count_only;
  plan.limit = params.limit;
  plan.offset = params.offset;
  plan.rows.output_fields = output.fields;
  RK_ASSIGN_OR_RETURN(auto shard, FindShard(request.name, *collection));
  RK_ASSIGN_OR_RETURN(auto found, shard->Query(plan, cancel));

  QueryResult out;
  if (output.count_only) {
    Column count(FieldId(0), DataType::kInt64, 0);
    count.Append<int64_t>(found.count);
    out.columns.push_back({"count(*)", false, std::move(count)});
    out.output_fields = {"count(*)"};
  } else {
    out.columns = ShapeOutput(schema, output, std::move(found.columns));
    out.output_fields = output.names;
  }
  out.primary_field_name = schema.primary().name;
  out.collection_name = request.name.collection;
  out.session_ts = std::max(found.snapshot_ts, collection->created);
  return out;
}

}  // namespace redkite::proxy
