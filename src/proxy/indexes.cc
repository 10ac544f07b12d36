#include <algorithm>

#include "proxy/name_rules.h"
#include "proxy/placement/key_fields.h"
#include "proxy/properties.h"
#include "proxy/proxy.h"
#include "proxy/rules/scalar_index_rules.h"
#include "proxy/rules/vector_index_rules.h"
#include "types/json_text.h"

namespace redkite::proxy {
namespace {

Status CheckIndexParams(const FieldSchema& field, const Params& params, const Limits& limits) {
  size_t bytes = 0;
  for (const auto& [key, value] : params) bytes += key.size() + value.size();
  if (bytes > limits.index_params_bytes_max) {
    return Status(Code::kParameterTooLarge,
                  "index params of " + std::to_string(bytes) + " bytes exceed the limit of " +
                      std::to_string(limits.index_params_bytes_max) + ": parameter too large");
  }
  if (const std::string* text = FindParam(params, "params"); text != nullptr && !text->empty()) {
    Status object = FlattenJsonObject(*text).status();
    if (!object.ok()) return Status::Invalid("index params: " + object.message());
  }
  const Params merged = MergeJsonParams(params);
  if (!IsVector(field.type)) return CheckScalarIndex(field, merged);
  const std::string* dim = FindParam(merged, "dim");
  if (dim != nullptr && field.type == DataType::kSparseFloatVector) {
    return Status::Invalid("dim should not be specified for the index of sparse vector field " + field.name);
  }
  if (dim != nullptr && *dim != std::to_string(field.dim)) {
    return Status::Invalid("dim " + *dim + " of the index differs from the dim " + std::to_string(field.dim) +
                           " of field " + field.name);
  }
  return ParseVectorIndex(field, merged).status();
}

// Only graphs are built one for each key.
Status CheckIsolatedIndex(const Params& params) {
  const Params merged = MergeJsonParams(params);
  const std::string* type = FindParam(merged, "index_type");
  if (type == nullptr || type->empty() || *type == "AUTOINDEX" || *type == "HNSW") return Status::Ok();
  return Status::Invalid("partition key isolation only supports HNSW and AUTOINDEX, but got index type " +
                         *type);
}

// What DescribeIndex must always be able to tell.
Params WithDefaults(const FieldSchema& field, Params params, const std::string& asked) {
  const Params merged = MergeJsonParams(params);
  if (field.type == DataType::kJson && FindParam(merged, "json_path") == nullptr)
    params.emplace_back("json_path", asked);
  const std::string* type = FindParam(merged, "index_type");
  if (type == nullptr || type->empty()) {
    std::erase_if(params, [](const auto& p) { return p.first == "index_type"; });
    params.emplace_back("index_type", "AUTOINDEX");
  }
  if (IsVector(field.type) && FindParam(merged, "metric_type") == nullptr)
    params.emplace_back("metric_type", DefaultMetricName(field));
  return params;
}

// Flat keys and the members of `params` mean the same; properties that AlterIndex may change do not count.
bool SameParams(const Params& left, const Params& right) {
  Params a = MergeJsonParams(left), b = MergeJsonParams(right);
  for (Params* params : {&a, &b})
    std::erase_if(*params, [](const auto& p) { return IsIndexProperty(p.first); });
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

// What an index of a JSON field looks at; nullptr otherwise.
const std::string* PathOf(const FieldSchema& field, const Params& params) {
  return field.type == DataType::kJson ? FindParam(params, "json_path") : nullptr;
}

// The index that stands where a new one with these parameters would: a field has one, a JSON field one for
// each path.
Result<const meta::IndexMeta*> FindInTheWay(const meta::CollectionMeta& meta, const FieldSchema& field,
                                            const Params& params) {
  const Params merged = MergeJsonParams(params);
  const std::string* path = PathOf(field, merged);
  if (path == nullptr) return meta.FindIndexOfField(field.id);
  RK_ASSIGN_OR_RETURN(const std::string pointer, JsonPointerOf(meta.schema, field, *path));
  for (const meta::IndexMeta& index : meta.indexes) {
    if (index.field != field.id) continue;
    const Params others = MergeJsonParams(index.params);
    const std::string* other = PathOf(field, others);
    const auto there = JsonPointerOf(meta.schema, field, other == nullptr ? field.name : *other);
    if (there.ok() && *there == pointer) return &index;
  }
  return static_cast<const meta::IndexMeta*>(nullptr);
}

// As a name that index names may have: the path's steps behind the field.
Result<std::string> DefaultName(const CollectionSchema& schema, const FieldSchema& field,
                                const Params& params, const std::string& asked) {
  const Params merged = MergeJsonParams(params);
  const std::string* path = PathOf(field, merged);
  if (path == nullptr) return asked;
  RK_ASSIGN_OR_RETURN(const std::string pointer, JsonPointerOf(schema, field, *path));
  return field.name + pointer;
}

Status IndexNotFound(const std::string& name) {
  return {Code::kIndexNotFound, "index not found[indexName=" + name + "]"};
}

}  // namespace

Status Proxy::CreateIndex(const CreateIndexRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "index"));
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  const CollectionSchema& schema = collection->schema;
  const FieldSchema* field = schema.Find(request.field_name);
  // One of the dynamic field's keys, which no struct array is.
  if (field == nullptr && schema.FindStruct(request.field_name) == nullptr) field = schema.dynamic_field();
  if (field == nullptr) {
    return Status::Invalid("cannot create index on non-exist field: " + request.field_name);
  }
  RK_RETURN_IF_ERROR(CheckIndexName(request.index_name, limits_));
  RK_RETURN_IF_ERROR(CheckIndexParams(*field, request.params, limits_));
  if (IsVector(field->type) && IsKeyIsolated(collection->properties))
    RK_RETURN_IF_ERROR(CheckIsolatedIndex(request.params));
  const Params params = WithDefaults(*field, request.params, request.field_name);
  RK_ASSIGN_OR_RETURN(std::string name, DefaultName(schema, *field, params, request.field_name));
  if (!request.index_name.empty()) name = request.index_name;
  RK_ASSIGN_OR_RETURN(const int64_t id, seams_.catalog->AllocateId());
  RK_ASSIGN_OR_RETURN(const Timestamp created, seams_.oracle->Next());
  bool added = false;
  RK_RETURN_IF_ERROR(
      seams_.catalog
          ->UpdateCollection(
              collection->id,
              [&](meta::CollectionMeta* meta) -> Status {
                added = false;
                RK_ASSIGN_OR_RETURN(const meta::IndexMeta* old, FindInTheWay(*meta, *field, params));
                if (old != nullptr) {
                  if (old->name == name && SameParams(old->params, params)) return Status::Ok();
                  return Status::Invalid("at most one distinct index is allowed per field");
                }
                if (meta->FindIndex(name) != nullptr) {
                  return Status::Invalid("index name " + name + " is used by another index already");
                }
                meta->indexes.push_back({IndexId(id), field->id, name, params, created});
                added = true;
                return Status::Ok();
              })
          .status());
  if (added) seams_.backend->IndexesChanged(collection->id);
  return Status::Ok();
}

Status Proxy::DropIndex(const IndexRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "index"));
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  const FieldSchema* named = collection->schema.Find(request.field_name);
  std::vector<IndexId> dropped;
  for (const meta::IndexMeta& index : collection->indexes) {
    const bool meant = request.index_name.empty() ? named != nullptr && index.field == named->id
                                                  : index.name == request.index_name;
    if (!meant) continue;
    const FieldSchema* field = collection->schema.Find(index.field);
    if (collection->loaded && field != nullptr && IsVector(field->type)) {
      return Status::Invalid("vector index cannot be dropped on loaded collection: " +
                             std::to_string(collection->id.value()));
    }
    dropped.push_back(index.id);
  }
  for (const IndexId id : dropped) {
    RK_RETURN_IF_ERROR(seams_.catalog
                           ->UpdateCollection(collection->id,
                                              [id](meta::CollectionMeta* meta) {
                                                std::erase_if(meta->indexes, [id](const meta::IndexMeta& i) {
                                                  return i.id == id;
                                                });
                                                return Status::Ok();
                                              })
                           .status());
    RK_RETURN_IF_ERROR(seams_.backend->RemoveIndex(collection->id, id));
  }
  return Status::Ok();
}

Result<IndexDescription> Proxy::DescribeOne(const meta::CollectionMeta& collection,
                                            const meta::IndexMeta& index) const {
  const FieldSchema* field = collection.schema.Find(index.field);
  IndexDescription out;
  out.index_name = index.name;
  out.field_name = field == nullptr ? "" : field->name;
  out.id = index.id;
  out.params = index.params;
  const IndexBuildState state = seams_.backend->IndexState(collection.id, index);
  out.total_rows = state.total_rows;
  out.indexed_rows = state.indexed_rows;
  out.fail_reason = state.failure;
  out.state = !state.failure.empty() ? IndexState::kFailed
              : state.building       ? IndexState::kInProgress
                                     : IndexState::kFinished;
  return out;
}

Result<std::vector<IndexDescription>> Proxy::DescribeIndex(const IndexRequest& request) const {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  std::vector<IndexDescription> out;
  for (const meta::IndexMeta& index : collection->indexes) {
    if (!request.index_name.empty() && index.name != request.index_name) continue;
    RK_ASSIGN_OR_RETURN(auto described, DescribeOne(*collection, index));
    if (!request.field_name.empty() && described.field_name != request.field_name) continue;
    out.push_back(std::move(described));
  }
  if (out.empty()) {
    return request.index_name.empty() && request.field_name.empty()
               ? Status(Code::kIndexNotFound, "index not found[collection=" + request.name.collection + "]")
               : IndexNotFound(request.index_name.empty() ? request.field_name : request.index_name);
  }
  return out;
}

}  // namespace redkite::proxy
