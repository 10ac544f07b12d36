#include <algorithm>
#include <array>

#include "index/index_spec.h"
#include "proxy/name_rules.h"
#include "proxy/properties.h"
#include "proxy/proxy.h"
#include "types/json_text.h"

namespace redkite::proxy {
namespace {

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

Status BadScalarIndex(const std::string& message) { return Status::Invalid(message); }

// Scalar indexes are checked and kept; filters are evaluated by scanning columns until the index types exist.
Status CheckScalarIndex(const FieldSchema& field, const Params& params) {
  const std::string* given = FindParam(params, "index_type");
  const std::string type = given == nullptr ? "" : Upper(*given);
  const std::string type_name(DataTypeName(field.type));
  if (type.empty() || type == "AUTOINDEX") return Status::Ok();
  if (type == "INVERTED") {
    return field.type == DataType::kJson && FindParam(params, "json_cast_type") == nullptr
               ? Status::Missing("json index must specify cast type")
               : Status::Ok();
  }
  if (type == "BITMAP") {
    if (field.is_primary) return BadScalarIndex("create bitmap index on primary key not supported");
    const DataType value = field.type == DataType::kArray ? field.element_type : field.type;
    const bool fits = value == DataType::kBool || IsInteger(value) || value == DataType::kVarChar;
    return fits ? Status::Ok()
                : BadScalarIndex("bitmap index are only supported on bool, int, string and array field");
  }
  if (type == "STL_SORT") {
    const bool fits = IsNumeric(field.type) || field.type == DataType::kVarChar;
    return fits ? Status::Ok()
                : BadScalarIndex("STL_SORT are only supported on numeric, varchar or timestamptz field");
  }
  if (type == "TRIE" || type == "MARISA-TRIE") {
    return field.type == DataType::kVarChar ? Status::Ok()
                                            : BadScalarIndex("TRIE are only supported on varchar field");
  }
  if (type == "NGRAM") {
    if (field.type != DataType::kVarChar && field.type != DataType::kJson) {
      return BadScalarIndex("Ngram index can only be created on VARCHAR or JSON field");
    }
    return FindParam(params, "min_gram") != nullptr && FindParam(params, "max_gram") != nullptr
               ? Status::Ok()
               : BadScalarIndex("Ngram index must specify both min_gram and max_gram");
  }
  if (type == "RTREE") return BadScalarIndex("RTREE index can only be built on geometry field");
  return {Code::kParameterInvalid,
          "invalid parameter[expected=valid index][actual=invalid index type: " + *given + "]"};
}

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
  return index::ParseIndexSpec(merged, field.type, field.dim).status();
}

// What DescribeIndex must always be able to tell.
Params WithDefaults(const FieldSchema& field, Params params) {
  const Params merged = MergeJsonParams(params);
  const std::string* type = FindParam(merged, "index_type");
  if (type == nullptr || type->empty()) {
    std::erase_if(params, [](const auto& p) { return p.first == "index_type"; });
    params.emplace_back("index_type", "AUTOINDEX");
  }
  if (IsVector(field.type) && FindParam(merged, "metric_type") == nullptr)
    params.emplace_back("metric_type", std::string(MetricName(index::DefaultMetric(field.type))));
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

Status IndexNotFound(const std::string& name) {
  return {Code::kIndexNotFound, "index not found[indexName=" + name + "]"};
}

}  // namespace

Status Proxy::CreateIndex(const CreateIndexRequest& request) {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  const FieldSchema* field = collection->schema.Find(request.field_name);
  if (field == nullptr) {
    return Status::Invalid("cannot create index on non-exist field: " + request.field_name);
  }
  RK_RETURN_IF_ERROR(CheckIndexName(request.index_name, limits_));
  RK_RETURN_IF_ERROR(CheckIndexParams(*field, request.params, limits_));
  const std::string name = request.index_name.empty() ? request.field_name : request.index_name;
  const Params params = WithDefaults(*field, request.params);
  RK_ASSIGN_OR_RETURN(const int64_t id, seams_.catalog->AllocateId());
  RK_ASSIGN_OR_RETURN(const Timestamp created, seams_.oracle->Next());
  const FieldId field_id = field->id;
  bool added = false;
  RK_RETURN_IF_ERROR(
      seams_.catalog
          ->UpdateCollection(collection->id,
                             [&](meta::CollectionMeta* meta) -> Status {
                               added = false;
                               if (const meta::IndexMeta* old = meta->FindIndexOfField(field_id)) {
                                 if (old->name == name && SameParams(old->params, params))
                                   return Status::Ok();
                                 return Status::Invalid("at most one distinct index is allowed per field");
                               }
                               if (meta->FindIndex(name) != nullptr) {
                                 return Status::Invalid("index name " + name +
                                                        " is used by another field already");
                               }
                               meta->indexes.push_back({IndexId(id), field_id, name, params, created});
                               added = true;
                               return Status::Ok();
                             })
          .status());
  if (added) seams_.backend->IndexesChanged(collection->id);
  return Status::Ok();
}

Status Proxy::DropIndex(const IndexRequest& request) {
  RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
  const meta::IndexMeta* index = nullptr;
  if (!request.index_name.empty()) {
    index = collection->FindIndex(request.index_name);
  } else if (const FieldSchema* field = collection->schema.Find(request.field_name)) {
    index = collection->FindIndexOfField(field->id);
  }
  if (index == nullptr) return Status::Ok();
  const FieldSchema* field = collection->schema.Find(index->field);
  if (collection->loaded && field != nullptr && IsVector(field->type)) {
    return Status::Invalid("vector index cannot be dropped on loaded collection: " +
                           std::to_string(collection->id.value()));
  }
  const IndexId id = index->id;
  RK_RETURN_IF_ERROR(seams_.catalog
                         ->UpdateCollection(collection->id,
                                            [id](meta::CollectionMeta* meta) {
                                              std::erase_if(meta->indexes, [id](const meta::IndexMeta& i) {
                                                return i.id == id;
                                              });
                                              return Status::Ok();
                                            })
                         .status());
  return seams_.backend->RemoveIndex(collection->id, id);
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
