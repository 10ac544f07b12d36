#include "rest/schema_reader.h"

#include <charconv>
#include <limits>

#include "rest/consistency_name.h"
#include "types/type_params.h"

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

constexpr int kHighestType = static_cast<int>(DataType::kArrayOfVector);

Status WrongDefault(const FieldSchema& field, const JsonValue& value) {
  return Status::Invalid("convert defaultValue fail, err: cannot use \"" + ValueText(value) + "\"(" +
                         std::string(value.KindName()) + ") as " + std::string(DataTypeName(field.type)) +
                         " default value of field " + field.name);
}

// As the wire has it: by the field's type.
Status ReadDefault(JsonValue value, FieldSchema* field) {
  if (value.empty()) return Status::Ok();
  const bool number = value.is_number();
  const bool integer = value.is(Kind::kInteger);
  switch (field->type) {
    case DataType::kBool:
      if (!value.is(Kind::kBool)) return WrongDefault(*field, value);
      field->default_value = DefaultValue::Bool(value.boolean());
      return Status::Ok();
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32: {
      using Limits = std::numeric_limits<int32_t>;
      if (!integer || value.integer() < Limits::min() || value.integer() > Limits::max())
        return WrongDefault(*field, value);
      field->default_value = DefaultValue::Int(static_cast<int32_t>(value.integer()));
      return Status::Ok();
    }
    case DataType::kInt64:
      if (!integer) return WrongDefault(*field, value);
      field->default_value = DefaultValue::Long(value.integer());
      return Status::Ok();
    case DataType::kFloat:
      if (!number) return WrongDefault(*field, value);
      field->default_value = DefaultValue::Float(static_cast<float>(value.real()));
      return Status::Ok();
    case DataType::kDouble:
      if (!number) return WrongDefault(*field, value);
      field->default_value = DefaultValue::Double(value.real());
      return Status::Ok();
    case DataType::kTimestamptz:
      if (integer) {
        field->default_value = DefaultValue::Long(value.integer());
        return Status::Ok();
      }
      [[fallthrough]];
    case DataType::kVarChar:
    case DataType::kGeometry:
      if (!value.is(Kind::kText)) return WrongDefault(*field, value);
      field->default_value = DefaultValue::Text(std::string(value.text()));
      return Status::Ok();
    default:
      return Status::Invalid("type not support default_value, type:" +
                             std::string(DataTypeName(field->type)) + ", name:" + field->name);
  }
}

Status ReadStruct(JsonValue object, CollectionSchema* schema, std::vector<std::string>* unsupported) {
  BodyReader body(object);
  StructSchema of;
  of.id = FieldId(static_cast<int64_t>(schema->structs.size()) + 1);  // until it gets one
  of.name = body.NeedText("fieldName");
  of.description = body.Text("description");
  of.nullable = body.Bool("nullable", false);
  of.type_params = body.Texts("elementTypeParams", false);
  const JsonValue fields = body.NeedArray("fields");
  RK_RETURN_IF_ERROR(body.status());
  Status status;
  fields.EachItem([&](const JsonValue& item) {
    auto field = ReadField(item, unsupported);
    if (!field.ok()) {
      status = field.status();
      return false;
    }
    field->name = SubFieldName(of.name, field->name);
    field->struct_id = of.id;
    schema->fields.push_back(std::move(field).value());
    return true;
  });
  schema->structs.push_back(std::move(of));
  return status;
}

Status ReadSchema(BodyReader body, CollectionSchema* schema, std::vector<std::string>* unsupported) {
  const bool auto_id = body.Bool("autoID", false);
  schema->auto_id = auto_id;
  schema->enable_dynamic_field = body.Bool("enableDynamicField", false);
  if (const std::string text = body.Text("description"); !text.empty()) schema->description = text;
  const JsonValue fields = body.NeedArray("fields");
  if (!body.Array("functions").empty() && body.Array("functions").size() > 0)
    unsupported->push_back("functions");
  if (!body.Text("externalSource").empty()) unsupported->push_back("external collections");
  const JsonValue structs = body.Array("structFields");
  RK_RETURN_IF_ERROR(body.status());
  Status status;
  fields.EachItem([&](const JsonValue& item) {
    auto field = ReadField(item, unsupported);
    if (!field.ok()) {
      status = field.status();
      return false;
    }
    if (field->is_primary) field->auto_id = auto_id || field->auto_id;
    schema->fields.push_back(std::move(field).value());
    return true;
  });
  RK_RETURN_IF_ERROR(status);
  structs.EachItem([&](const JsonValue& item) {
    status = ReadStruct(item, schema, unsupported);
    return status.ok();
  });
  return status;
}

// Clients write these as numbers or as texts.
Result<int> ReadCount(std::string_view key, const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end == text.data() + text.size() && error == std::errc()) return value;
  return Status::Invalid("invalid " + std::string(key) + ", an integer is expected: " + text);
}

Status ReadCreateParam(std::string_view key, const std::string& text, CreateCollectionRequest* request) {
  if (key == "shardsNum") {
    RK_ASSIGN_OR_RETURN(request->shards_num, ReadCount(key, text));
  } else if (key == "partitionsNum") {
    RK_ASSIGN_OR_RETURN(request->num_partitions, ReadCount(key, text));
  } else if (key == "consistencyLevel") {
    RK_ASSIGN_OR_RETURN(request->consistency, ParseConsistency(text));
  } else if (key == "partitionKeyIsolation") {
    request->properties.emplace_back("partitionkey.isolation", text);
  } else if (key == "ttlSeconds") {
    request->properties.emplace_back("collection.ttl.seconds", text);
  } else if (key == "ttlField") {
    request->properties.emplace_back("ttl_field", text);
  } else if (key == "mmap.enabled" || key.starts_with("warmup")) {
    request->properties.emplace_back(key, text);
  }
  return Status::Ok();
}

// `params` of a create: what the collection shall be, beside its schema.
Status ReadCreateParams(JsonValue object, CreateCollectionRequest* request) {
  Status status;
  object.EachMember([&](std::string_view key, const JsonValue& value) {
    status = ReadCreateParam(key, ValueText(value), request);
    return status.ok();
  });
  return status;
}

// A key and a vector, an index on it, loaded.
Status ReadQuick(BodyReader* body, CreateBody* out) {
  CollectionSchema& schema = out->request.schema;
  const std::string key_name = body->Text("primaryFieldName");
  const std::string vector_name = body->Text("vectorFieldName");
  const std::string id_type = body->Text("idType");
  const std::string vector_type = body->Text("vectorFieldType");
  const JsonValue params = body->Object("params");
  FieldSchema key;
  key.name = key_name.empty() ? "id" : key_name;
  key.is_primary = true;
  key.auto_id = body->Bool("autoID", false);
  FieldSchema vector;
  vector.name = vector_name.empty() ? "vector" : vector_name;
  RK_ASSIGN_OR_RETURN(vector.type, ParseDataType(vector_type.empty() ? "FloatVector" : vector_type));
  const bool sparse = vector.type == DataType::kSparseFloatVector;
  if (!sparse) vector.type_params = {{"dim", std::to_string(body->NeedInteger("dimension"))}};
  RK_RETURN_IF_ERROR(body->status());
  if (id_type == "VarChar" || id_type == "Varchar") {
    key.type = DataType::kVarChar;
    if (const JsonValue length = params.Find("max_length"); !length.empty())
      key.type_params = {{"max_length", ValueText(length)}};
  } else if (id_type.empty() || id_type == "Int64") {
    key.type = DataType::kInt64;
  } else {
    return Status::Invalid("idType can only be [Int64, VarChar], got " + id_type);
  }
  RK_RETURN_IF_ERROR(ReadTypeParams(&key));
  RK_RETURN_IF_ERROR(ReadTypeParams(&vector));
  const JsonValue dynamic = params.Find("enableDynamicField");
  schema.enable_dynamic_field = dynamic.empty() || ValueText(dynamic) == "true";
  schema.auto_id = key.auto_id;
  std::string metric = body->Text("metricType");
  if (metric.empty()) metric = sparse ? "IP" : vector.type == DataType::kBinaryVector ? "HAMMING" : "COSINE";
  out->indexes.push_back(
      {out->request.name, vector.name, vector.name, {{"index_type", "AUTOINDEX"}, {"metric_type", metric}}});
  schema.fields = {std::move(key), std::move(vector)};
  out->loads = true;
  return Status::Ok();
}

}  // namespace

Result<DataType> ParseDataType(std::string_view name) {
  for (int number = 1; number <= kHighestType; ++number) {
    const auto type = static_cast<DataType>(number);
    if (DataTypeName(type) == name && name != "None") return type;
  }
  return Status::Invalid("data type " + std::string(name) + " is invalid(case sensitive).");
}

Result<FieldSchema> ReadField(JsonValue object, std::vector<std::string>* unsupported) {
  BodyReader body(object);
  FieldSchema field;
  field.name = body.NeedText("fieldName");
  const std::string type = body.NeedText("dataType");
  const std::string element = body.Text("elementDataType");
  field.description = body.Text("description");
  field.is_primary = body.Bool("isPrimary", false);
  field.is_partition_key = body.Bool("isPartitionKey", false);
  field.is_clustering_key = body.Bool("isClusteringKey", false);
  field.nullable = body.Bool("nullable", false);
  field.auto_id = body.Bool("autoID", false);
  field.type_params = body.Texts("elementTypeParams", false);
  if (!body.Text("externalField").empty()) unsupported->push_back("external field " + field.name);
  const JsonValue value = body.Value("defaultValue");
  RK_RETURN_IF_ERROR(body.status());
  RK_ASSIGN_OR_RETURN(field.type, ParseDataType(type));
  if (!element.empty()) {
    RK_ASSIGN_OR_RETURN(field.element_type, ParseDataType(element));
  }
  RK_RETURN_IF_ERROR(ReadTypeParams(&field));
  RK_RETURN_IF_ERROR(ReadDefault(value, &field));
  return field;
}

Result<CreateIndexRequest> ReadIndex(const CollectionName& name, JsonValue object) {
  BodyReader body(object);
  CreateIndexRequest request;
  request.name = name;
  request.field_name = body.NeedText("fieldName");
  request.index_name = body.Text("indexName");
  std::string type = body.Text("indexType");
  std::string metric = body.Text("metricType");
  const JsonValue params = body.Object("params");
  RK_RETURN_IF_ERROR(body.status());
  params.EachMember([&](std::string_view key, const JsonValue& value) {
    if (key == "index_type") {
      if (type.empty()) type = ValueText(value);
    } else if (key == "metric_type") {
      if (metric.empty()) metric = ValueText(value);
    } else {
      request.params.emplace_back(key, ValueText(value));
    }
    return true;
  });
  if (!type.empty()) request.params.emplace_back("index_type", type);
  if (!metric.empty()) request.params.emplace_back("metric_type", metric);
  return request;
}

Result<CreateBody> ReadCreate(JsonValue root) {
  BodyReader body(root);
  CreateBody out;
  out.request.name = body.NeedCollection();
  CollectionSchema& schema = out.request.schema;
  schema.name = out.request.name.collection;
  schema.description = body.Text("description");
  const std::string consistency = body.Text("consistencyLevel");
  const JsonValue whole = body.Object("schema");
  const JsonValue indexes = body.Array("indexParams");
  const JsonValue params = body.Object("params");
  out.request.properties = body.Texts("properties", false);
  RK_RETURN_IF_ERROR(body.status());
  RK_RETURN_IF_ERROR(ReadCreateParams(params, &out.request));
  if (!consistency.empty()) {
    RK_ASSIGN_OR_RETURN(out.request.consistency, ParseConsistency(consistency));
  }
  if (whole.empty()) {
    RK_RETURN_IF_ERROR(ReadQuick(&body, &out));
    return out;
  }
  RK_RETURN_IF_ERROR(ReadSchema(BodyReader(whole), &schema, &out.request.unsupported));
  Status status;
  indexes.EachItem([&](const JsonValue& item) {
    auto index = ReadIndex(out.request.name, item);
    status = index.status();
    if (index.ok()) out.indexes.push_back(std::move(index).value());
    return status.ok();
  });
  RK_RETURN_IF_ERROR(status);
  out.loads = !out.indexes.empty();
  return out;
}

Result<AlterSchemaRequest> ReadAddField(JsonValue root) {
  BodyReader body(root);
  AlterSchemaRequest request;
  request.name = body.NeedCollection();
  const JsonValue schema = body.Object("schema");
  if (schema.empty()) body.MissingMember("schema");
  RK_RETURN_IF_ERROR(body.status());
  RK_ASSIGN_OR_RETURN(FieldSchema field, ReadField(schema, &request.unsupported));
  request.add.push_back(std::move(field));
  return request;
}

}  // namespace redkite::rest
