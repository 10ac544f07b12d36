#include "server/rest/rest_macros.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::JsonWriter;
using wire::Method;

Result<AliasRequest> ReadAlias(const RestCallPtr& call, bool needs_alias, bool needs_collection) {
  rest::BodyReader body = call->reader();
  AliasRequest request;
  request.name.database = body.Text("dbName");
  request.alias = needs_alias ? body.NeedText("aliasName") : body.Text("aliasName");
  request.name.collection = needs_collection ? body.NeedText("collectionName") : body.Text("collectionName");
  RK_RETURN_IF_ERROR(body.status());
  call->FillDatabase(&request.name.database);
  return request;
}

void List(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const AliasRequest request, ReadAlias(call, false, false));
  RK_REST_ASSIGN(const auto aliases, rest.proxy().ListAliases(request.name));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const std::string& alias : aliases) w.Text(alias);
    w.EndArray();
  });
}

void Describe(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const AliasRequest request, ReadAlias(call, true, false));
  RK_REST_ASSIGN(const AliasRequest alias, rest.proxy().DescribeAlias(request));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject();
    w.Key("dbName").Text(alias.name.database);
    w.Key("aliasName").Text(alias.alias);
    w.Key("collectionName").Text(alias.name.collection).EndObject();
  });
}

void Create(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const AliasRequest request, ReadAlias(call, true, true));
  rest.Finish(call, rest.proxy().CreateAlias(request));
}

void Alter(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const AliasRequest request, ReadAlias(call, true, true));
  rest.Finish(call, rest.proxy().AlterAlias(request));
}

void Drop(RestService& rest, const RestCallPtr& call) {
  RK_REST_ASSIGN(const AliasRequest request, ReadAlias(call, true, false));
  rest.Finish(call, rest.proxy().DropAlias(request));
}

constexpr RestRoute kRoutes[] = {
    {"aliases/list", Method::kListAliases, List},     {"aliases/describe", Method::kDescribeAlias, Describe},
    {"aliases/create", Method::kCreateAlias, Create}, {"aliases/alter", Method::kAlterAlias, Alter},
    {"aliases/drop", Method::kDropAlias, Drop},
};

}  // namespace

std::span<const RestRoute> AliasRoutes() { return kRoutes; }

}  // namespace redkite::server
