#include "rest/definition_writer.h"
#include "server/rest/rest_macros.h"
#include "server/rest/rest_service.h"

namespace redkite::server {
namespace {

using rest::BodyReader;
using rest::JsonWriter;
using wire::Method;

void List(RestService& rest, const RestCallPtr& call) {
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginArray();
    for (const DatabaseDescription& database : rest.proxy().ListDatabases()) {
      if (rest.gate().SeesDatabase(*call->http, database.name)) w.Text(database.name);
    }
    w.EndArray();
  });
}

void Describe(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("dbName");
  RK_REST_CHECK(body.status());
  RK_REST_ASSIGN(const DatabaseDescription database, rest.proxy().DescribeDatabase(name));
  rest.Reply(call, [&](JsonWriter& w) {
    w.Key("data").BeginObject();
    w.Key("dbName").Text(database.name).Key("dbID").Int64(database.id.value()).Key("properties");
    rest::WriteParams(database.properties, &w);
    w.EndObject();
  });
}

void Create(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const CreateDatabaseRequest request{body.NeedText("dbName"), body.Texts("properties", false)};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.proxy().CreateDatabase(request));
}

void Drop(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const std::string name = body.NeedText("dbName");
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.proxy().DropDatabase(name));
}

void Alter(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const AlterDatabaseRequest request{body.NeedText("dbName"), {body.Texts("properties", false), {}}};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.proxy().AlterDatabase(request));
}

void DropProperties(RestService& rest, const RestCallPtr& call) {
  BodyReader body = call->reader();
  const AlterDatabaseRequest request{body.NeedText("dbName"), {{}, body.Texts("propertyKeys")}};
  RK_REST_CHECK(body.status());
  rest.Finish(call, rest.proxy().AlterDatabase(request));
}

constexpr RestRoute kRoutes[] = {
    {"databases/list", Method::kListDatabases, List},
    {"databases/describe", Method::kDescribeDatabase, Describe},
    {"databases/create", Method::kCreateDatabase, Create},
    {"databases/drop", Method::kDropDatabase, Drop},
    {"databases/alter", Method::kAlterDatabase, Alter},
    {"databases/alter_properties", Method::kAlterDatabase, Alter},
    {"databases/drop_properties", Method::kAlterDatabase, DropProperties},
};

}  // namespace

std::span<const RestRoute> DatabaseRoutes() { return kRoutes; }

}  // namespace redkite::server
