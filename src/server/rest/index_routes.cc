#include "rest/definition_writer.h"
#include "rest/schema_reader.h"
#include "server/rest/rest_macros.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::BodyReader;
using rest::JsonWriter;
using wire::Method;

Result<IndexRequest> ReadName(const RestCallPtr& call, bool needs_index) {
  BodyReader body = call->reader();
  IndexRequest request;
  request.name = body.NeedCollection();
  if (needs_index) request.index_name = body.NeedText("indexName");
  RK_RETURN_IF_ERROR(body.status());
  call->FillDatabase(&request.name.database);
  return request;
}

void List(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const IndexRequest request, ReadName(call, false));
  const auto indexes = rest.proxy().DescribeIndex(request);
  const bool none = indexes.status().code() == Code::kIndexNotFound;
  if (!indexes.ok() && !none) return rest.Fail(call, indexes.status());
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    if (indexes.ok()) {
      for (const IndexDescription& index : *indexes) w.Text(index.index_name);
    }
    w.EndArray();
  });
}

void Describe(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const IndexRequest request, ReadName(call, true));
  RK_REST_ASSIGN(const auto indexes, rest.proxy().DescribeIndex(request));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const IndexDescription& index : indexes) rest::WriteIndex(index, &w);
    w.EndArray();
  });
}

void Create(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  CollectionName name = body.NeedCollection();
  const rest::JsonValue items = body.NeedArray("indexParams");
  RK_REST_CHECK(body.status());
  call->FillDatabase(&name.database);
  std::vector<CreateIndexRequest> requests;  // all are read before the first is made
  Status status;
  items.EachItem([&](const rest::JsonValue& item) {
    auto request = rest::ReadIndex(name, item);
    status = request.status();
    if (request.ok()) requests.push_back(std::move(request).value());
    return status.ok();
  });
  RK_REST_CHECK(status);
  for (const CreateIndexRequest& request : requests) RK_REST_CHECK(rest.proxy().CreateIndex(request));
  rest.Succeed(call);
}

void Drop(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const IndexRequest request, ReadName(call, true));
  rest.Finish(call, rest.proxy().DropIndex(request));
}

void AlterProperties(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  AlterIndexRequest request{
      body.NeedCollection(), body.NeedText("indexName"), {body.Texts("properties", false), {}}};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().AlterIndex(request));
}

void DropProperties(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  AlterIndexRequest request{
      body.NeedCollection(), body.NeedText("indexName"), {{}, body.Texts("propertyKeys")}};
  RK_REST_CHECK(body.status());
  call->FillDatabase(&request.name.database);
  rest.Finish(call, rest.proxy().AlterIndex(request));
}

constexpr RestRoute kRoutes[] = {
    {"indexes/list", Method::kDescribeIndex, List},
    {"indexes/describe", Method::kDescribeIndex, Describe},
    {"indexes/create", Method::kCreateIndex, Create},
    {"indexes/drop", Method::kDropIndex, Drop},
    {"indexes/alter_properties", Method::kAlterIndex, AlterProperties},
    {"indexes/drop_properties", Method::kAlterIndex, DropProperties},
};

}  // namespace

std::span<const RestRoute> IndexRoutes() { return kRoutes; }

}  // namespace redkite::server
