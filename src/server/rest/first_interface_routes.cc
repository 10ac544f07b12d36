// The legacy interface, /v1: fewer calls with other members; success is code 200.
#include <algorithm>

#include "rest/definition_writer.h"
#include "rest/reads/query_reader.h"
#include "rest/reads/search_reader.h"
#include "server/rest/entity_calls.h"
#include "server/rest/query_parameter.h"
#include "server/rest/rest_macros.h"

namespace redkite::server {
namespace {

using rest::BodyReader;
using rest::JsonWriter;
using wire::Method;

void List(RestService& rest, const RestCallPtr& call) {
  ShowCollectionsRequest request;
  request.database = QueryParameter(call->http->query, "dbName");
  call->FillDatabase(&request.database);
  std::vector<CollectionDescription> collections;
  if (rest.gate().SeesDatabase(*call->http, request.database)) {
    RK_REST_ASSIGN(collections, rest.proxy().ShowCollections(request));
  }
  std::erase_if(collections, [&](const CollectionDescription& c) {
    return !rest.gate().SeesCollection(*call->http, c.database, c.schema.name);
  });
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const CollectionDescription& collection : collections) w.Text(collection.schema.name);
    w.EndArray();
  });
}

// "FloatVector(128)", "VarChar(32)", "Int64".
std::string TypeText(const FieldSchema& field) {
  std::string text(DataTypeName(field.type));
  if (IsVector(field.type)) text += "(" + std::to_string(field.dim) + ")";
  if (field.type == DataType::kVarChar) text += "(" + std::to_string(field.max_length) + ")";
  return text;
}

void WriteField(const FieldSchema& field, JsonWriter* w) {
  w->BeginObject().Key("name").Text(field.name).Key("type").Text(TypeText(field));
  w->Key("primaryKey").Bool(field.is_primary).Key("autoId").Bool(field.auto_id);
  w->Key("partitionKey").Bool(field.is_partition_key).Key("clusteringKey").Bool(field.is_clustering_key);
  w->Key("nullable").Bool(field.nullable).Key("description").Text(field.description).EndObject();
}

void WriteMetric(const IndexDescription& index, JsonWriter* w) {
  const std::string* metric = FindParam(index.params, "metric_type");
  w->BeginObject().Key("indexName").Text(index.index_name).Key("fieldName").Text(index.field_name);
  w->Key("metricType").Text(metric == nullptr ? std::string_view() : *metric).EndObject();
}

void Describe(RestService& rest, const RestCallPtr& call) {
  CollectionName name{QueryParameter(call->http->query, "dbName"),
                      QueryParameter(call->http->query, "collectionName")};
  if (name.collection.empty()) return rest.Fail(call, rest::MissingParameter("collectionName"));
  call->FillDatabase(&name.database);
  RK_REST_ASSIGN(const CollectionDescription collection, rest.proxy().DescribeCollection({name, {}}));
  RK_REST_ASSIGN(const LoadState state, rest.proxy().GetLoadState({name, {}}));
  const auto indexes = rest.proxy().DescribeIndex({name, "", ""});
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject().Key("collectionName").Text(collection.schema.name);
    w.Key("description").Text(collection.schema.description).Key("fields").BeginArray();
    for (const FieldSchema& field : collection.schema.fields) WriteField(field, &w);
    w.EndArray().Key("indexes").BeginArray();
    if (indexes.ok()) {
      for (const IndexDescription& index : *indexes) WriteMetric(index, &w);
    }
    w.EndArray().Key("load").Text(rest::LoadStateName(state)).Key("shardsNum").Integer(collection.shards_num);
    w.Key("enableDynamic").Bool(collection.schema.enable_dynamic_field).EndObject();
  });
}

std::string TextOr(BodyReader* body, std::string_view key, std::string_view absent) {
  std::string text = body->Text(key);
  return text.empty() ? std::string(absent) : text;
}

struct CreateBody {
  CreateCollectionRequest collection;
  CreateIndexRequest index;
};

// A key that the server gives, one vector, any other members.
Result<CreateBody> ReadCreate(const RestCallPtr& call) {
  BodyReader body = call->reader();
  CreateBody out;
  CreateCollectionRequest& request = out.collection;
  request.name = body.NeedCollection();
  call->FillDatabase(&request.name.database);
  const int64_t dim = body.NeedInteger("dimension");
  request.schema.description = body.Text("description");
  request.schema.auto_id = request.schema.enable_dynamic_field = true;
  FieldSchema& key = request.schema.fields.emplace_back();
  key.name = TextOr(&body, "primaryField", "id");
  key.type = DataType::kInt64;
  key.is_primary = key.auto_id = true;
  FieldSchema& vector = request.schema.fields.emplace_back();
  vector.name = TextOr(&body, "vectorField", "vector");
  vector.type = DataType::kFloatVector;
  vector.type_params = {{"dim", std::to_string(dim)}};
  out.index = {request.name,
               vector.name,
               vector.name,
               {{"index_type", "AUTOINDEX"}, {"metric_type", TextOr(&body, "metricType", "COSINE")}}};
  RK_RETURN_IF_ERROR(body.status());
  return out;
}

void Create(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CreateBody body, ReadCreate(call));
  if (!rest.MayAlso(call, Method::kCreateIndex) || !rest.MayAlso(call, Method::kLoadCollection)) return;
  RK_REST_CHECK(rest.proxy().CreateCollection(body.collection));
  RK_REST_CHECK(rest.proxy().CreateIndex(body.index));
  LoadRequest load;
  load.name = body.collection.name;
  rest.Finish(call, rest.proxy().LoadCollection(load));
}

void Drop(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  CollectionName name = body.NeedCollection();
  RK_REST_CHECK(body.status());
  call->FillDatabase(&name.database);
  RK_REST_CHECK(rest.proxy().DescribeCollection({name, {}}).status());
  rest.Finish(call, rest.proxy().DropCollection(name));
}

void Delete(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionDescription target, DescribeTarget(rest, call));
  RK_REST_ASSIGN(DeleteRequest request, rest::ReadFirstDelete(call->root(), target.schema));
  call->FillDatabase(&request.name.database);
  rest.proxy().Delete(request, call->cancel(), [&rest, call](const Result<MutationResult>& done) {
    rest.Finish(call, done.status());
  });
}

// A filter is required here.
void Query(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  body.NeedText("collectionName");
  body.NeedText("filter");
  RK_REST_CHECK(body.status());
  QueryRows(rest, call);
}

void Search(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionDescription target, DescribeTarget(rest, call));
  RK_REST_ASSIGN(SearchRequest request, rest::ReadFirstSearch(call->root(), target.schema));
  AnswerSearch(rest, call, std::move(request));
}

constexpr RestRoute kRoutes[] = {
    {"v1/vector/collections", Method::kShowCollections, List, Priority::kControl, true, true},
    {"v1/vector/collections/describe", Method::kDescribeCollection, Describe, Priority::kControl, true, true},
    {"v1/vector/collections/create", Method::kCreateCollection, Create, Priority::kControl, true},
    {"v1/vector/collections/drop", Method::kDropCollection, Drop, Priority::kControl, true},
    {"v1/vector/insert", Method::kInsert, InsertRows, Priority::kIngest, true},
    {"v1/vector/upsert", Method::kUpsert, UpsertRows, Priority::kIngest, true},
    {"v1/vector/delete", Method::kDelete, Delete, Priority::kIngest, true},
    {"v1/vector/query", Method::kQuery, Query, Priority::kSearch, true},
    {"v1/vector/get", Method::kQuery, GetRows, Priority::kSearch, true},
    {"v1/vector/search", Method::kSearch, Search, Priority::kSearch, true},
};

}  // namespace

std::span<const RestRoute> FirstInterfaceRoutes() { return kRoutes; }

}  // namespace redkite::server
