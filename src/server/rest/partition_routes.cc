#include "rest/definition_writer.h"
#include "server/rest/rest_macros.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::BodyReader;
using rest::JsonWriter;
using wire::Method;

Result<PartitionName> ReadName(const RestCallPtr& call) {
  BodyReader body = call->reader();
  PartitionName name{body.NeedCollection(), body.NeedText("partitionName")};
  RK_RETURN_IF_ERROR(body.status());
  call->FillDatabase(&name.collection.database);
  return name;
}

void List(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  ShowPartitionsRequest request;
  request.name = body.NeedCollection();
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  RK_REST_ASSIGN(const auto partitions, rest.proxy().ShowPartitions(request));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const PartitionDescription& partition : partitions) w.Text(partition.name);
    w.EndArray();
  });
}

void Has(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const PartitionName name, ReadName(call));
  RK_REST_ASSIGN(const bool exists, rest.proxy().HasPartition(name));
  rest.Reply(call, [&](JsonWriter& w) { w.Key("data").BeginObject().Key("has").Bool(exists).EndObject(); });
}

void GetStats(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const PartitionName name, ReadName(call));
  RK_REST_ASSIGN(const int64_t rows, rest.proxy().PartitionRowCount(name));
  rest.Reply(call,
             [&](JsonWriter& w) { w.Key("data").BeginObject().Key("rowCount").Integer(rows).EndObject(); });
}

void Create(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const PartitionName name, ReadName(call));
  rest.Finish(call, rest.proxy().CreatePartition(name));
}

void Drop(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const PartitionName name, ReadName(call));
  rest.Finish(call, rest.proxy().DropPartition(name));
}

void Load(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  LoadRequest request;
  request.name = body.NeedCollection();
  request.partitions = body.NeedTexts("partitionNames");
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().LoadPartitions(request));
}

void Release(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  PartitionsRequest request{body.NeedCollection(), body.NeedTexts("partitionNames")};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().ReleasePartitions(request));
}

constexpr RestRoute kRoutes[] = {
    {"partitions/list", Method::kShowPartitions, List},
    {"partitions/has", Method::kHasPartition, Has},
    {"partitions/get_stats", Method::kGetPartitionStatistics, GetStats},
    {"partitions/create", Method::kCreatePartition, Create},
    {"partitions/drop", Method::kDropPartition, Drop},
    {"partitions/load", Method::kLoadPartitions, Load},
    {"partitions/release", Method::kReleasePartitions, Release},
};

}  // namespace

std::span<const RestRoute> PartitionRoutes() { return kRoutes; }

}  // namespace redkite::server
