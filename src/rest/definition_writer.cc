#include "rest/definition_writer.h"

#include "rest/consistency_name.h"
#include "types/json_text.h"

namespace redkite::rest {
namespace {

std::string_view IndexStateName(IndexState state) {
  switch (state) {
    case IndexState::kUnissued:
      return "Unissued";
    case IndexState::kInProgress:
      return "InProgress";
    case IndexState::kFinished:
      return "Finished";
    case IndexState::kFailed:
      return "Failed";
    case IndexState::kNone:
      break;
  }
  return "IndexStateNone";
}

void WriteDefault(const DefaultValue& value, JsonWriter* w) {
  using Kind = DefaultValue::Kind;
  switch (value.kind) {
    case Kind::kBool:
      w->Bool(value.integer != 0);
      return;
    case Kind::kInt:
      w->Integer(value.integer);
      return;
    case Kind::kLong:
      w->Int64(value.integer);
      return;
    case Kind::kFloat:
      w->Real(static_cast<float>(value.real));
      return;
    case Kind::kDouble:
      w->Real(value.real);
      return;
    case Kind::kText:
      w->Text(value.text);
      return;
    case Kind::kNone:
      w->Null();
  }
}

// With what the schema knows beyond the parameters as they were sent.
Params TypeParamsOf(const FieldSchema& field) {
  Params params = field.type_params;
  const auto add_missing = [&](const char* key, int value) {
    if (value != 0 && FindParam(params, key) == nullptr) params.emplace_back(key, std::to_string(value));
  };
  add_missing("dim", field.dim);
  if (field.type != DataType::kText) add_missing("max_length", field.max_length);
  add_missing("max_capacity", field.max_capacity);
  return params;
}

void WriteField(const FieldSchema& field, std::string_view name, JsonWriter* w) {
  w->BeginObject();
  w->Key("name").Text(name);
  w->Key("id").Int64(field.id.value());
  w->Key("type").Text(DataTypeName(field.type));
  w->Key("description").Text(field.description);
  w->Key("primaryKey").Bool(field.is_primary);
  w->Key("autoId").Bool(field.auto_id);
  w->Key("partitionKey").Bool(field.is_partition_key);
  w->Key("clusteringKey").Bool(field.is_clustering_key);
  w->Key("nullable").Bool(field.nullable);
  w->Key("isFunctionOutput").Bool(false);
  if (field.element_type != DataType::kNone) w->Key("elementType").Text(DataTypeName(field.element_type));
  if (field.default_value.given()) {
    w->Key("defaultValue");
    WriteDefault(field.default_value, w);
  }
  w->Key("params");
  WriteParams(TypeParamsOf(field), w);
  w->EndObject();
}

void WriteFields(const CollectionSchema& schema, JsonWriter* w) {
  w->Key("fields").BeginArray();
  for (const FieldSchema& field : schema.fields) {
    if (!field.is_dynamic && field.struct_id.value() == 0) WriteField(field, field.name, w);
  }
  w->EndArray();
  w->Key("structFields").BeginArray();
  for (const StructSchema& of : schema.structs) {
    w->BeginObject();
    w->Key("name").Text(of.name).Key("id").Int64(of.id.value()).Key("description").Text(of.description);
    w->Key("fields").BeginArray();
    for (const FieldSchema* field : schema.SubFields(of.id)) WriteField(*field, field->sub_name(), w);
    w->EndArray().EndObject();
  }
  w->EndArray();
}

std::string ParamOf(const Params& params, std::string_view key) {
  const std::string* value = FindParam(params, key);
  return value == nullptr ? std::string() : *value;
}

}  // namespace

void WriteParams(const Params& params, JsonWriter* w) {
  w->BeginArray();
  for (const auto& [key, value] : params)
    w->BeginObject().Key("key").Text(key).Key("value").Text(value).EndObject();
  w->EndArray();
}

void WriteTexts(const std::vector<std::string>& texts, JsonWriter* w) {
  w->BeginArray();
  for (const std::string& text : texts) w->Text(text);
  w->EndArray();
}

std::string_view LoadStateName(LoadState state) {
  switch (state) {
    case LoadState::kNotExist:
      return "LoadStateNotExist";
    case LoadState::kNotLoad:
      return "LoadStateNotLoad";
    case LoadState::kLoading:
      return "LoadStateLoading";
    case LoadState::kLoaded:
      return "LoadStateLoaded";
  }
  return "LoadStateNotExist";
}

void WriteCollection(const CollectionDescription& collection, const std::vector<IndexDescription>& indexes,
                     std::string_view load_state, JsonWriter* w) {
  const CollectionSchema& schema = collection.schema;
  bool auto_id = schema.auto_id;
  for (const FieldSchema& field : schema.fields) auto_id = auto_id || (field.is_primary && field.auto_id);
  w->BeginObject();
  w->Key("collectionName").Text(schema.name);
  w->Key("collectionID").Int64(collection.id.value());
  w->Key("description").Text(schema.description);
  w->Key("autoId").Bool(auto_id);
  w->Key("enableDynamicField").Bool(schema.enable_dynamic_field);
  WriteFields(schema, w);
  w->Key("functions").BeginArray().EndArray();
  w->Key("aliases");
  WriteTexts(collection.aliases, w);
  w->Key("indexes").BeginArray();
  for (const IndexDescription& index : indexes) {
    w->BeginObject().Key("indexName").Text(index.index_name).Key("fieldName").Text(index.field_name);
    w->Key("metricType").Text(ParamOf(MergeJsonParams(index.params), "metric_type")).EndObject();
  }
  w->EndArray();
  w->Key("load").Text(load_state);
  w->Key("shardsNum").Integer(collection.shards_num);
  w->Key("partitionsNum").Integer(collection.num_partitions);
  w->Key("consistencyLevel").Text(ConsistencyName(collection.consistency));
  w->Key("externalSource").Text("").Key("externalSpec").Text("");
  w->Key("properties");
  WriteParams(collection.properties, w);
  w->EndObject();
}

void WriteIndex(const IndexDescription& index, JsonWriter* w) {
  const Params params = MergeJsonParams(index.params);
  w->BeginObject();
  w->Key("indexName").Text(index.index_name);
  w->Key("fieldName").Text(index.field_name);
  w->Key("indexType").Text(ParamOf(params, "index_type"));
  w->Key("metricType").Text(ParamOf(params, "metric_type"));
  w->Key("totalRows").Integer(index.total_rows);
  w->Key("indexedRows").Integer(index.indexed_rows);
  w->Key("pendingRows").Integer(index.total_rows - index.indexed_rows);
  w->Key("indexState").Text(IndexStateName(index.state));
  w->Key("failReason").Text(index.fail_reason);
  w->Key("minIndexVersion").Integer(0);
  w->Key("maxIndexVersion").Integer(0);
  for (const char* key : {"mmap.enabled", "indexoffsetcache.enabled", "warmup"}) {
    if (const std::string* value = FindParam(params, key)) w->Key(key).Text(*value);
  }
  w->Key("indexParams");
  WriteParams(params, w);
  w->EndObject();
}

}  // namespace redkite::rest
