#include "server/rest/rest_target.h"

#include "server/rest/query_parameter.h"

namespace redkite::server {

using rest::BodyReader;
using wire::Method;

namespace {

void AddText(const RestCall& call, std::string_view key, AccessTarget* target) {
  BodyReader body = call.reader();
  const std::string text = body.Text(key);
  if (!text.empty()) target->names.push_back(text);
}

}  // namespace

AccessTarget RestTarget(const RestCall& call, const AccessRule& rule) {
  AccessTarget target;
  if (call.route != nullptr && call.route->is_get) {
    target.database = QueryParameter(call.http->query, "dbName");
    call.FillDatabase(&target.database);
    target.names.push_back(QueryParameter(call.http->query, "collectionName"));
    return target;
  }
  BodyReader body = call.reader();
  target.database = body.Text("dbName");
  call.FillDatabase(&target.database);
  switch (rule.named) {
    case Named::kNothing:
    case Named::kDatabase:
      break;
    case Named::kUser:
      AddText(call, "userName", &target);
      break;
    case Named::kRole:
      AddText(call, "roleName", &target);
      break;
    case Named::kCompaction: {
      BodyReader reader = call.reader();
      const int64_t id =
          reader.Value("jobID").empty() ? 0 : reader.NeedInt64("jobID");  // as its route reads it
      if (id != 0) target.compactions.push_back(id);
      break;
    }
    case Named::kRename:
      target.second_database = call.reader().Text("newDbName");
      [[fallthrough]];
    case Named::kCollection:
    case Named::kDistance:
      AddText(call, "collectionName", &target);
      if (rule.method == Method::kDropAlias || rule.method == Method::kDescribeAlias ||
          rule.method == Method::kAlterAlias)
        AddText(call, "aliasName", &target);
      break;
  }
  return target;
}

}  // namespace redkite::server
