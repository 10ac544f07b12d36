#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

struct FirstInterfaceRoutes : testing::Test {
  std::string Post(const std::string& action, const std::string& body, const RestKit::Headers& headers = {}) {
    const Reply reply = kit.Send("POST", "/v1/vector/" + action, body, headers);
    EXPECT_EQ(reply.http_status, 200) << action;
    return reply.message;
  }
  int CodeOf(const std::string& action, const std::string& body) {
    const auto answer = rest::JsonBody::Parse(Post(action, body));
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? static_cast<int>(answer->root().Find("code").integer()) : -1;
  }
  Reply Get(const std::string& path, const std::string& query) {
    auto request = std::make_shared<HttpRequest>();
    request->method = "GET";
    request->path = "/v1/vector/" + path;
    request->query = query;
    request->headers.Add("host", "localhost:19530");
    return kit.Send(std::move(request));
  }
  RestKit kit;
};

constexpr char kCreate[] = R"({"collectionName":"c","dimension":2,"metricType":"L2"})";

TEST_F(FirstInterfaceRoutes, DefinesCollections) {
  EXPECT_EQ(Post("collections/create", kCreate), R"({"code":200,"data":{}})");
  EXPECT_EQ(Get("collections", "").message, R"({"code":200,"data":["c"]})");
  EXPECT_EQ(Get("collections", "x=1&dbName=default").message, R"({"code":200,"data":["c"]})");
  EXPECT_EQ(Get("collections/describe", "collectionName=%63").message,
            R"json({"code":200,"data":{"collectionName":"c","description":"","fields":[)json"
            R"json({"name":"id","type":"Int64","primaryKey":true,"autoId":true,"partitionKey":false,)json"
            R"json("clusteringKey":false,"nullable":false,"description":""},)json"
            R"json({"name":"vector","type":"FloatVector(2)","primaryKey":false,"autoId":false,)json"
            R"json("partitionKey":false,"clusteringKey":false,"nullable":false,"description":""}],)json"
            R"json("indexes":[{"indexName":"vector","fieldName":"vector","metricType":"L2"}],)json"
            R"json("load":"LoadStateLoaded","shardsNum":1,"enableDynamic":true}})json");
  EXPECT_EQ(Post("collections/drop", R"({"collectionName":"c"})"), R"({"code":200,"data":{}})");
  EXPECT_EQ(CodeOf("collections/drop", R"({"collectionName":"c"})"), 100);
  EXPECT_EQ(CodeOf("collections/create", R"({"collectionName":"c"})"), 1802);
  EXPECT_EQ(CodeOf("collections/create", R"({"dimension":2})"), 1802);
  EXPECT_EQ(CodeOf("collections/create", R"({"collectionName":"c","dimension":1})"), 1100);
}

TEST_F(FirstInterfaceRoutes, WritesAndReadsRows) {
  ASSERT_EQ(CodeOf("collections/create", kCreate), 200);
  EXPECT_NE(Post("insert", R"({"collectionName":"c","data":{"vector":[1,2],"n":1}})")
                .find(R"({"code":200,"data":{"insertCount":1,"insertIds":[)"),
            std::string::npos);
  EXPECT_EQ(
      CodeOf("insert", R"({"collectionName":"c","data":[{"vector":[3,4],"n":2},{"vector":[5,6],"n":3}]})"),
      200);
  EXPECT_EQ(
      Post("search", R"({"collectionName":"c","vector":[3,4],"limit":1,"outputFields":["n"]})").substr(0, 28),
      R"({"code":200,"data":[{"n":2,")");
  EXPECT_EQ(Post("query", R"json({"collectionName":"c","filter":"n > 0","outputFields":["count(*)"]})json"),
            R"json({"code":200,"data":[{"count(*)":3}],"cost":0})json");
  const auto rows = rest::JsonBody::Parse(Post("query", R"({"collectionName":"c","filter":"n == 2"})"));
  ASSERT_TRUE(rows.ok());
  int64_t id = 0;
  rows->root().Find("data").EachItem(
      [&](const rest::JsonValue& row) { return id = row.Find("id").integer(), true; });
  ASSERT_NE(id, 0);
  const std::string by_id = R"({"collectionName":"c","outputFields":["n"],"id":)" + std::to_string(id) + "}";
  EXPECT_NE(Post("get", by_id).find("\"n\":2"), std::string::npos);
  EXPECT_EQ(Post("delete", by_id), R"({"code":200,"data":{}})");
  EXPECT_EQ(Post("get", by_id), R"({"code":200,"data":[],"cost":0})");
  EXPECT_EQ(CodeOf("delete", R"({"collectionName":"c","filter":"n == 1"})"), 200);
}

TEST_F(FirstInterfaceRoutes, SaysWhatIsWrong) {
  ASSERT_EQ(CodeOf("collections/create", kCreate), 200);
  for (const auto& [action, members, code] : std::vector<std::tuple<std::string, std::string, int>>{
           {"insert", "", 1802},
           {"insert", R"(,"data":[{"vector":[1]}])", 1804},
           {"upsert", R"(,"data":[{"vector":[1,2]}])", 1100},
           {"query", "", 1802},
           {"get", "", 1802},
           {"delete", "", 1802},
           {"search", "", 1802},
           {"search", R"(,"vector":[1])", 1801}}) {
    EXPECT_EQ(CodeOf(action, R"({"collectionName":"c")" + members + "}"), code) << action << members;
  }
  EXPECT_EQ(Get("collections/describe", "").message.substr(0, 12), R"({"code":1802)");
  EXPECT_EQ(Get("collections/describe", "collectionName=none&&=&%zz").message.substr(0, 11),
            R"({"code":100)");
}

TEST_F(FirstInterfaceRoutes, AnswersOnlyTheMethodsThatItHas) {
  EXPECT_EQ(kit.Send("POST", "/v1/vector/collections", "{}").http_status, 404);
  EXPECT_EQ(Get("insert", "").http_status, 404);
  EXPECT_EQ(kit.Send("POST", "/v2/vectordb//v1/vector/query", "{}").http_status, 404);
  EXPECT_EQ(kit.Send("POST", "v1/vector/query", "{}").http_status, 404);
}

}  // namespace
}  // namespace redkite::server
