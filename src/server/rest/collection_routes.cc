#include <algorithm>

#include "rest/definition_writer.h"
#include "rest/schema_reader.h"
#include "server/rest/rest_macros.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::BodyReader;
using rest::JsonWriter;
using wire::Method;

Result<CollectionName> ReadName(const RestCallPtr& call) {
  BodyReader body = call->reader();
  CollectionName name = body.NeedCollection();
  RK_RETURN_IF_ERROR(body.status());
  call->FillDatabase(&name.database);
  return name;
}

void List(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  ShowCollectionsRequest request;
  request.database = body.Text("dbName");
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.database);
  std::vector<CollectionDescription> collections;
  // Of a database that the caller has nothing to do with not even whether it is there.
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

void Has(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionName name, ReadName(call));
  bool exists = false;
  if (rest.gate().SeesDatabase(*call->http, name.database)) {
    RK_REST_ASSIGN(exists, rest.proxy().HasCollection(name));
  }
  if (exists) {
    RK_REST_ASSIGN(const CollectionName real, rest.proxy().RealName(name, {}));
    exists = rest.gate().SeesCollection(*call->http, real.database, real.collection);
  }
  rest.Reply(call, [&](JsonWriter& w) { w.Key("data").BeginObject().Key("has").Bool(exists).EndObject(); });
}

void Describe(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionName name, ReadName(call));
  RK_REST_ASSIGN(const CollectionDescription collection, rest.proxy().DescribeCollection({name, {}}));
  RK_REST_ASSIGN(const LoadState state, rest.proxy().GetLoadState({name, {}}));
  auto indexes = rest.proxy().DescribeIndex({name, "", ""});
  if (!indexes.ok() && indexes.status().code() != Code::kIndexNotFound)
    return rest.Fail(call, indexes.status());
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data");
    rest::WriteCollection(collection, indexes.ok() ? *indexes : std::vector<IndexDescription>(),
                          rest::LoadStateName(state), &w);
    w.Key("message").Text("");
  });
}

void GetStats(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionName name, ReadName(call));
  RK_REST_ASSIGN(const int64_t rows, rest.proxy().RowCount(name));
  rest.Reply(call,
             [&](JsonWriter& w) { w.Key("data").BeginObject().Key("rowCount").Integer(rows).EndObject(); });
}

void GetLoadState(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  PartitionsRequest request{body.NeedCollection(), body.Texts("partitionNames")};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  // Of a collection that is not there: its error, where the RPC answers a state.
  RK_REST_CHECK(rest.proxy().DescribeCollection({request.name, {}}).status());
  RK_REST_ASSIGN(const LoadState state, rest.proxy().GetLoadState(request));
  int64_t progress = 0;
  if (state != LoadState::kNotLoad && state != LoadState::kNotExist) {
    RK_REST_ASSIGN(progress, rest.proxy().LoadingProgress(request));
  }
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject().Key("loadState").Text(rest::LoadStateName(state));
    if (state == LoadState::kLoading || state == LoadState::kLoaded) w.Key("loadProgress").Integer(progress);
    w.Key("message").Text("").EndObject();
  });
}

void Create(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(rest::CreateBody body, rest::ReadCreate(call->root()));
  call->FillDatabase(&body.request.name.database);
  if (!body.indexes.empty() &&
      (!rest.MayAlso(call, Method::kCreateIndex) || !rest.MayAlso(call, Method::kLoadCollection))) {
    return;
  }
  RK_REST_CHECK(rest.proxy().CreateCollection(body.request));
  for (CreateIndexRequest& index : body.indexes) {
    index.name = body.request.name;
    RK_REST_CHECK(rest.proxy().CreateIndex(index));
  }
  if (body.loads) {
    LoadRequest load;
    load.name = body.request.name;
    RK_REST_CHECK(rest.proxy().LoadCollection(load));
  }
  rest.Succeed(call);
}

void Drop(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionName name, ReadName(call));
  rest.Finish(call, rest.proxy().DropCollection(name));
}

void Truncate(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionName name, ReadName(call));
  rest.proxy().TruncateCollection(
      name, [&rest, call](const Result<MutationResult>& done) { rest.Finish(call, done.status()); });
}

void Rename(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  RenameCollectionRequest request{body.NeedCollection(),
                                  {body.Text("newDbName"), body.NeedText("newCollectionName")}};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.from.database);
  rest.Finish(call, rest.proxy().RenameCollection(request));
}

void LoadOrRefresh(RestService& rest, const RestCallPtr& call, bool refresh) {
  BodyReader body = call->reader();
  LoadRequest request;
  request.name = body.NeedCollection();
  request.refresh = refresh;
  request.replica_number = static_cast<int>(std::min<int64_t>(body.Integer("replicaNumber", 0), 1 << 20));
  request.resource_groups = body.Texts("resourceGroups");
  request.load_fields = body.Texts("loadFields");
  request.skip_dynamic_field = body.Bool("skipLoadDynamicField", false);
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().LoadCollection(request));
}

void Load(RestService& rest, const RestCallPtr& call) { LoadOrRefresh(rest, call, false); }
void RefreshLoad(RestService& rest, const RestCallPtr& call) { LoadOrRefresh(rest, call, true); }

void Release(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionName name, ReadName(call));
  rest.Finish(call, rest.proxy().ReleaseCollection(name));
}

void AlterProperties(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  AlterCollectionRequest request{body.NeedCollection(), {}, {body.Texts("properties", false), {}}};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().AlterCollection(request));
}

void DropProperties(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  AlterCollectionRequest request{body.NeedCollection(), {}, {{}, body.Texts("propertyKeys")}};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().AlterCollection(request));
}

void AlterField(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  AlterFieldRequest request{
      body.NeedCollection(), body.NeedText("fieldName"), {body.Texts("fieldParams", false), {}}};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().AlterCollectionField(request));
}

void AddField(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(AlterSchemaRequest request, rest::ReadAddField(call->root()));
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().AlterCollectionSchema(request));
}

void Unbuilt(RestService& rest, const RestCallPtr& call) {
  rest.Fail(call, Status::Unimplemented(std::string(call->route->path) + " is not implemented"));
}

void Compact(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  CompactionRequest request;
  request.name = body.NeedCollection();
  request.clustering = body.Bool("isClustering", false);
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  RK_REST_ASSIGN(const CompactionStart start, rest.proxy().StartCompaction(request));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject().Key("compactionID").Int64(start.id).EndObject();
  });
}

void GetCompactionState(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const int64_t id = body.NeedInt64("jobID");
  RK_REST_CHECK(body.status());
  int64_t executing = 0, completed = 0;
  for (const CompactionPlan& plan : rest.proxy().CompactionPlans(id)) {
    const bool done =
        plan.state == CompactionPlanState::kCompleted || plan.state == CompactionPlanState::kFailed;
    ++(done ? completed : executing);
  }
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject().Key("compactionID").Int64(id);
    w.Key("state").Text(executing > 0 ? "Executing" : "Completed");
    w.Key("executingPlanNumber").Integer(executing);
    w.Key("timeoutPlanNumber").Integer(0);
    w.Key("completedPlanNumber").Integer(completed).EndObject();
  });
}

void Flush(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const CollectionName name, ReadName(call));
  rest.Finish(call, rest.proxy().Flush({name.database, {name.collection}}).status());
}

constexpr RestRoute kRoutes[] = {
    {"collections/list", Method::kShowCollections, List},
    {"collections/has", Method::kHasCollection, Has},
    {"collections/describe", Method::kDescribeCollection, Describe},
    {"collections/get_stats", Method::kGetCollectionStatistics, GetStats},
    {"collections/get_load_state", Method::kGetLoadState, GetLoadState},
    {"collections/create", Method::kCreateCollection, Create},
    {"collections/drop", Method::kDropCollection, Drop},
    {"collections/truncate", Method::kTruncateCollection, Truncate},
    {"collections/rename", Method::kRenameCollection, Rename},
    {"collections/load", Method::kLoadCollection, Load},
    {"collections/refresh_load", Method::kLoadCollection, RefreshLoad},
    {"collections/release", Method::kReleaseCollection, Release},
    {"collections/alter_properties", Method::kAlterCollection, AlterProperties},
    {"collections/drop_properties", Method::kAlterCollection, DropProperties},
    {"collections/add_function", Method::kAddCollectionFunction, Unbuilt},
    {"collections/alter_function", Method::kAlterCollectionFunction, Unbuilt},
    {"collections/drop_function", Method::kDropCollectionFunction, Unbuilt},
    {"collections/compact", Method::kManualCompaction, Compact},
    {"collections/get_compaction_state", Method::kGetCompactionState, GetCompactionState},
    {"collections/flush", Method::kFlush, Flush},
    {"collections/fields/alter_properties", Method::kAlterCollectionField, AlterField},
    {"collections/fields/add", Method::kAddCollectionField, AddField},
    {"collections/struct_fields/add", Method::kAddCollectionStructField, Unbuilt},
};

}  // namespace

std::span<const RestRoute> CollectionRoutes() { return kRoutes; }

}  // namespace redkite::server
