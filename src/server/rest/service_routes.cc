#include "rest/definition_writer.h"
#include "server/node_metrics.h"
#include "server/rest/rest_macros.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::BodyReader;
using rest::JsonValue;
using rest::JsonWriter;
using wire::Method;

constexpr size_t kTextsMax = 16384;  // of one run of an analyzer

// A member that is a list of objects with one name each: transfer_from, transfer_to.
std::vector<std::string> ReadGroupNames(BodyReader* body, std::string_view key) {
  std::vector<std::string> names;
  body->Array(key).EachItem([&](const JsonValue& item) {
    names.push_back(BodyReader(item).Text("resource_group"));
    return true;
  });
  return names;
}

int32_t ReadNodeCount(BodyReader* body, std::string_view key) {
  const JsonValue object = body->Object(key);
  if (object.empty()) return 0;
  BodyReader inner(object);
  const int64_t count = inner.Integer("node_num", 0);
  if (!inner.status().ok()) body->Fail(inner.status());
  if (count < INT32_MIN || count > INT32_MAX)
    body->Fail(rest::BadFormat(std::string(key) + ".node_num is out of range: " + std::to_string(count)));
  return static_cast<int32_t>(count);
}

Result<ResourceGroupConfig> ReadConfig(JsonValue value) {
  ResourceGroupConfig config;
  if (value.empty()) return config;
  BodyReader body(value);
  config.requests = ReadNodeCount(&body, "requests");
  config.limits = ReadNodeCount(&body, "limits");
  config.transfer_from = ReadGroupNames(&body, "transfer_from");
  config.transfer_to = ReadGroupNames(&body, "transfer_to");
  const JsonValue filter = body.Object("node_filter");
  if (!filter.empty()) config.node_labels = BodyReader(filter).Texts("node_labels", false);
  RK_RETURN_IF_ERROR(body.status());
  return config;
}

void CreateGroup(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  CreateResourceGroupRequest request;
  request.name = body.NeedText("name");
  const JsonValue config = body.Object("config");
  RK_REST_CHECK(body.status());
  RK_REST_ASSIGN(request.config, ReadConfig(config));
  rest.Finish(call, rest.proxy().CreateResourceGroup(request));
}

void AlterGroups(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const JsonValue groups = body.Object("resource_groups");
  if (groups.empty()) body.MissingMember("resource_groups");
  RK_REST_CHECK(body.status());
  UpdateResourceGroupsRequest request;
  Status status;
  groups.EachMember([&](std::string_view name, const JsonValue& value) {
    auto config = ReadConfig(value);
    status = config.status();
    if (config.ok()) request.groups.emplace_back(name, std::move(config).value());
    return status.ok();
  });
  RK_REST_CHECK(status);
  rest.Finish(call, rest.proxy().UpdateResourceGroups(request));
}

void DropGroup(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("name");
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.proxy().DropResourceGroup(name));
}

void ListGroups(RestService& rest, const RestCallPtr& call) {
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data");
    rest::WriteTexts(rest.proxy().ListResourceGroups(), &w);
  });
}

void WriteCounts(const ResourceGroupDescription::Counts& counts, JsonWriter* w) {
  w->BeginObject();
  for (const auto& [name, count] : counts) w->Key(name).Integer(count);
  w->EndObject();
}

void WriteGroupConfig(const ResourceGroupConfig& config, JsonWriter* w) {
  const auto names = [&](const char* key, const std::vector<std::string>& groups) {
    w->Key(key).BeginArray();
    for (const std::string& group : groups) w->BeginObject().Key("resource_group").Text(group).EndObject();
    w->EndArray();
  };
  w->BeginObject();
  w->Key("requests").BeginObject().Key("node_num").Integer(config.requests).EndObject();
  w->Key("limits").BeginObject().Key("node_num").Integer(config.limits).EndObject();
  names("transfer_from", config.transfer_from);
  names("transfer_to", config.transfer_to);
  w->Key("node_filter").BeginObject().Key("node_labels").BeginObject();
  for (const auto& [key, value] : config.node_labels) w->Key(key).Text(value);
  w->EndObject().EndObject().EndObject();
}

void DescribeGroup(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("name");
  RK_REST_CHECK(body.status());
  RK_REST_ASSIGN(const ResourceGroupDescription group, rest.proxy().DescribeResourceGroup(name));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject();
    w.Key("name").Text(group.name);
    w.Key("capacity").Integer(group.capacity);
    w.Key("num_available_node").Integer(group.has_node ? 1 : 0);
    w.Key("num_loaded_replica");
    WriteCounts(group.loaded_replicas, &w);
    w.Key("num_outgoing_node");
    WriteCounts(group.outgoing_nodes, &w);
    w.Key("num_incoming_node");
    WriteCounts(group.incoming_nodes, &w);
    w.Key("config");
    WriteGroupConfig(group.config, &w);
    w.Key("nodes").BeginArray();
    if (group.has_node) w.BeginObject().Key("node_id").Int64(kNodeId).EndObject();
    w.EndArray().EndObject();
  });
}

void TransferReplica(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  TransferReplicaRequest request;
  request.source = body.NeedText("sourceRgName");
  request.target = body.NeedText("targetRgName");
  request.name = body.NeedCollection();
  request.count = body.NeedInteger("replicaNum");
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().TransferReplica(request));
}

Result<RunAnalyzerRequest> ReadAnalyzer(const RestCallPtr& call) {
  BodyReader body = call->reader();
  RunAnalyzerRequest request;
  request.texts = body.NeedTexts("text");
  const JsonValue params = body.Value("analyzerParams");
  request.params = params.empty() ? std::string() : rest::ValueText(params);
  request.with_detail = body.Bool("withDetail", false);
  request.with_hash = body.Bool("withHash", false);
  request.name.database = body.Text("dbName");
  request.name.collection = body.Text("collectionName");
  request.field = body.Text("fieldName");
  request.analyzer_names = body.Texts("analyzerNames");
  RK_RETURN_IF_ERROR(body.status());
  if (request.texts.size() + request.analyzer_names.size() > kTextsMax) {
    return Status(Code::kParameterTooLarge,
                  "more than " + std::to_string(kTextsMax) + " texts: parameter too large");
  }
  call->FillDatabase(&request.name.database);
  return request;
}

void RunAnalyzer(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const RunAnalyzerRequest request, ReadAnalyzer(call));
  RK_REST_ASSIGN(const RunAnalyzerResult result, rest.proxy().RunAnalyzer(request, call->cancel()));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject().Key("results").BeginArray();
    for (const auto& tokens : result.tokens) {
      w.BeginObject().Key("tokens").BeginArray();
      for (const AnalyzerToken& token : tokens) {
        w.BeginObject().Key("token").Text(token.word);
        if (result.with_detail) {
          w.Key("start_offset").Integer(token.begin).Key("end_offset").Integer(token.end);
          w.Key("position").Integer(token.position).Key("position_length").Integer(1);
        }
        if (result.with_hash) w.Key("hash").Integer(token.hash);
        w.EndObject();
      }
      w.EndArray().EndObject();
    }
    w.EndArray().EndObject();
  });
}

void Unbuilt(RestService& rest, const RestCallPtr& call) {
  rest.Fail(call, Status::Unimplemented(std::string(call->route->path) + " is not implemented"));
}

constexpr RestRoute kRoutes[] = {
    {"resource_groups/create", Method::kCreateResourceGroup, CreateGroup},
    {"resource_groups/drop", Method::kDropResourceGroup, DropGroup},
    {"resource_groups/alter", Method::kUpdateResourceGroups, AlterGroups},
    {"resource_groups/describe", Method::kDescribeResourceGroup, DescribeGroup},
    {"resource_groups/list", Method::kListResourceGroups, ListGroups},
    {"resource_groups/transfer_replica", Method::kTransferReplica, TransferReplica},
    {"common/run_analyzer", Method::kRunAnalyzer, RunAnalyzer, Priority::kSearch},
    {"segments/describe", Method::kGetPersistentSegmentInfo, Unbuilt},
    {"quotacenter/describe", Method::kGetMetrics, Unbuilt},
    {"jobs/import/create", Method::kImport, Unbuilt},
    {"jobs/import/list", Method::kListImportTasks, Unbuilt},
    {"jobs/import/describe", Method::kGetImportState, Unbuilt},
    {"jobs/import/get_progress", Method::kGetImportState, Unbuilt},
    {"jobs/import/commit", Method::kImport, Unbuilt},
    {"jobs/import/abort", Method::kImport, Unbuilt},
    {"jobs/snapshot/restore_external", Method::kRestoreExternalSnapshot, Unbuilt},
    {"jobs/snapshot/export", Method::kExportSnapshot, Unbuilt},
    {"jobs/snapshot/describe", Method::kGetExportSnapshotState, Unbuilt},
    {"jobs/snapshot/list", Method::kListRestoreSnapshotJobs, Unbuilt},
    {"jobs/external_collection/refresh", Method::kRefreshExternalCollection, Unbuilt},
    {"jobs/external_collection/describe", Method::kGetRefreshExternalCollectionProgress, Unbuilt},
    {"jobs/external_collection/list", Method::kListRefreshExternalCollectionJobs, Unbuilt},
};

}  // namespace

std::span<const RestRoute> ServiceRoutes() { return kRoutes; }

}  // namespace redkite::server
