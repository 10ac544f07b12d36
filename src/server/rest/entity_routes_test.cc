#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

constexpr char kEveryType[] = R"json({"collectionName":"all","schema":{"enableDynamicField":true,"fields":[
  {"fieldName":"id","dataType":"Int64","isPrimary":true},
  {"fieldName":"bool","dataType":"Bool"},{"fieldName":"int8","dataType":"Int8"},
  {"fieldName":"int16","dataType":"Int16"},{"fieldName":"int32","dataType":"Int32","defaultValue":3},
  {"fieldName":"int64","dataType":"Int64","nullable":true},{"fieldName":"float","dataType":"Float"},
  {"fieldName":"double","dataType":"Double"},
  {"fieldName":"text","dataType":"VarChar","elementTypeParams":{"max_length":20}},
  {"fieldName":"json","dataType":"JSON"},{"fieldName":"time","dataType":"Timestamptz"},
  {"fieldName":"shape","dataType":"Geometry"},
  {"fieldName":"longs","dataType":"Array","elementDataType":"Int64","elementTypeParams":{"max_capacity":4}},
  {"fieldName":"bytes","dataType":"Array","elementDataType":"Int8","elementTypeParams":{"max_capacity":4}},
  {"fieldName":"texts","dataType":"Array","elementDataType":"VarChar",
   "elementTypeParams":{"max_capacity":4,"max_length":9}},
  {"fieldName":"vec","dataType":"FloatVector","elementTypeParams":{"dim":2}},
  {"fieldName":"bits","dataType":"BinaryVector","elementTypeParams":{"dim":16}},
  {"fieldName":"half","dataType":"Float16Vector","elementTypeParams":{"dim":2}},
  {"fieldName":"brain","dataType":"BFloat16Vector","elementTypeParams":{"dim":2}},
  {"fieldName":"tiny","dataType":"Int8Vector","elementTypeParams":{"dim":2}},
  {"fieldName":"sparse","dataType":"SparseFloatVector"}],
  "structFields":[{"fieldName":"s","fields":[
    {"fieldName":"n","dataType":"Array","elementDataType":"Int32","elementTypeParams":{"max_capacity":4}},
    {"fieldName":"v","dataType":"ArrayOfVector","elementDataType":"FloatVector",
     "elementTypeParams":{"max_capacity":4,"dim":2}}]}]},
  "indexParams":[{"fieldName":"vec","indexName":"vec","metricType":"L2"},
    {"fieldName":"bits","indexName":"bits","metricType":"HAMMING"},
    {"fieldName":"half","indexName":"half","metricType":"L2"},
    {"fieldName":"brain","indexName":"brain","metricType":"L2"},
    {"fieldName":"tiny","indexName":"tiny","metricType":"L2"},
    {"fieldName":"sparse","indexName":"sparse","metricType":"IP"},
    {"fieldName":"s[v]","indexName":"sv","metricType":"MAX_SIM_L2"}]})json";

constexpr char kRow[] = R"json({"id":1,"bool":true,"int8":-8,"int16":16,"int32":32,"int64":9007199254740993,
  "float":0.5,"double":0.1,"text":"t","json":{"k":[1]},"time":"2025-01-01T00:00:00Z","shape":"POINT (1 2)",
  "longs":[1,-2],"bytes":[7],"texts":["a",""],"vec":[1,0.1],"bits":[102,111],"half":[1,2],"brain":[1,2],
  "tiny":[-1,2],"sparse":{"5":1,"70":0.5},"s":[{"n":1,"v":[1,2]},{"n":2,"v":[3,4]}],"extra":[true]})json";

// As it is read: the bytes of vectors in base64.
constexpr char kRowAnswer[] =
    R"json({"extra":[true],"id":1,"bool":true,"int8":-8,"int16":16,"int32":32,"int64":9007199254740993,)json"
    R"json("float":0.5,"double":0.1,"text":"t","json":{"k":[1]},"time":"2025-01-01T00:00:00Z",)json"
    R"json("shape":"POINT (1 2)","longs":[1,-2],"bytes":[7],"texts":["a",""],"vec":[1,0.1],"bits":"Zm8=",)json"
    R"json("half":"ADwAQA==","brain":"gD8AQA==","tiny":"/wI=","sparse":{"5":1,"70":0.5},)json"
    R"json("s":[{"n":1,"v":[1,2]},{"n":2,"v":[3,4]}]})json";

struct EntityRoutes : testing::Test {
  /// A collection `c` with an Int64 `id`, a `vector` of 2 and dynamic keys, and `rows` rows in it.
  void MakeQuick(int rows) {
    ASSERT_EQ(kit.CodeOf("collections/create", R"({"collectionName":"c","dimension":2,"metricType":"L2"})"),
              0);
    if (rows == 0) return;
    std::string data;
    for (int i = 0; i < rows; ++i) {
      data += (i > 0 ? "," : "") + std::string(R"({"id":)") + std::to_string(i) + R"(,"vector":[)" +
              std::to_string(i) + R"(,0],"n":)" + std::to_string(i * 10) + "}";
    }
    ASSERT_EQ(kit.CodeOf("entities/insert", R"({"collectionName":"c","data":[)" + data + "]}"), 0);
  }
  std::string Of(const std::string& route, const std::string& members, const RestKit::Headers& headers = {}) {
    return kit.Call("entities/" + route, R"({"collectionName":"c",)" + members + "}", headers);
  }
  int CodeOf(const std::string& route, const std::string& members) {
    return kit.CodeOf("entities/" + route, R"({"collectionName":"c",)" + members + "}");
  }
  RestKit kit;
};

TEST_F(EntityRoutes, ValuesOfEveryTypeComeBack) {
  ASSERT_EQ(kit.Call("collections/create", kEveryType), R"({"code":0,"data":{}})");
  const std::string row(kRow);
  EXPECT_EQ(kit.Call("entities/insert", R"({"collectionName":"all","data":)" + row + "}"),
            R"({"code":0,"data":{"insertCount":1,"insertIds":[1]},"cost":0})");
  const std::string answer = std::string(R"({"code":0,"data":[)") + kRowAnswer + R"(],"cost":0})";
  EXPECT_EQ(kit.Call("entities/query", R"({"collectionName":"all","filter":"id == 1"})"), answer);
  EXPECT_EQ(kit.Call("entities/get", R"({"collectionName":"all","id":1})"), answer);
  // What was answered is a row again.
  EXPECT_EQ(
      kit.Call("entities/upsert", R"({"collectionName":"all","data":[)" + std::string(kRowAnswer) + "]}"),
      R"({"code":0,"data":{"upsertCount":1,"upsertIds":[1]},"cost":0})");
  EXPECT_EQ(kit.Call("entities/get", R"({"collectionName":"all","id":["1"]})"), answer);
}

TEST_F(EntityRoutes, SearchesEveryKindOfVector) {
  ASSERT_EQ(kit.CodeOf("collections/create", kEveryType), 0);
  ASSERT_EQ(kit.CodeOf("entities/insert", R"({"collectionName":"all","data":)" + std::string(kRow) + "}"), 0);
  const auto search = [&](const std::string& field, const std::string& query) {
    return kit.Call("entities/search",
                    R"({"collectionName":"all","annsField":")" + field + R"(","data":[)" + query + "]}");
  };
  EXPECT_EQ(search("vec", "[2,0.1]"), R"({"code":0,"data":[{"id":1,"distance":1}],"topks":[1],"cost":0})");
  // The others are fine for the proxy; the shard of this test has no distances for them.
  for (const auto& [field, query] :
       std::vector<std::pair<std::string, std::string>>{{"bits", "[102,110]"},
                                                        {"bits", R"("Zm8=")"},
                                                        {"half", "[1,3]"},
                                                        {"brain", R"("gD8AQA==")"},
                                                        {"tiny", "[0,2]"},
                                                        {"sparse", R"({"70":2})"},
                                                        {"sparse", R"({"indices":[5],"values":[3]})"},
                                                        {"s[v]", "[[1,2],[3,4]]"}}) {
    EXPECT_NE(search(field, query).find("a search in memory of other than float vectors"), std::string::npos)
        << field << query << search(field, query);
  }
  EXPECT_EQ(kit.CodeOf("entities/search", R"({"collectionName":"all","data":[[1,2]]})"), 1100);
}

TEST_F(EntityRoutes, SearchesWithParameters) {
  MakeQuick(6);
  EXPECT_EQ(Of("search", R"("data":[[0,0],[5,0]],"limit":2,"outputFields":["n"])"),
            R"({"code":0,"data":[{"n":0,"id":0,"distance":0},{"n":10,"id":1,"distance":1},)"
            R"({"n":50,"id":5,"distance":0},{"n":40,"id":4,"distance":1}],"topks":[2,2],"cost":0})");
  EXPECT_EQ(Of("search", R"("data":[[0,0]],"limit":1,"offset":1,"filter":"id > {x}","exprParams":{"x":1})"),
            R"({"code":0,"data":[{"id":3,"distance":9}],"topks":[1],"cost":0})");
  EXPECT_EQ(Of("search", R"("data":[[0,0]],"searchParams":{"params":{"radius":5,"range_filter":1}})"),
            R"({"code":0,"data":[{"id":1,"distance":1},{"id":2,"distance":4}],"topks":[2],"cost":0})");
  EXPECT_EQ(Of("search", R"("ids":[4],"limit":1,"consistencyLevel":"Strong")"),
            R"({"code":0,"data":[{"id":4,"distance":0}],"topks":[1],"cost":0})");
  EXPECT_EQ(Of("search", R"("data":[[0,0]],"filter":"id > 100")"),
            R"({"code":0,"data":[],"topks":[0],"cost":0})");
  EXPECT_EQ(CodeOf("search", R"("data":[[0,0]],"searchParams":{"metricType":"IP"})"), 1100);
  EXPECT_EQ(CodeOf("search", R"("data":[[0,0]],"functionScore":{"functions":[{}]})"), 10);
}

TEST_F(EntityRoutes, QueriesWithParameters) {
  MakeQuick(120);
  EXPECT_EQ(Of("query", R"("filter":"id in {x}","exprParams":{"x":[3,1]},"outputFields":["n"])"),
            R"({"code":0,"data":[{"n":10,"id":1},{"n":30,"id":3}],"cost":0})");
  EXPECT_EQ(Of("query", R"("limit":1,"offset":2,"outputFields":["id"])"),
            R"({"code":0,"data":[{"id":2}],"cost":0})");
  EXPECT_EQ(Of("query", R"("filter":"id < 2")"),
            R"({"code":0,"data":[{"n":0,"id":0,"vector":[0,0]},{"n":10,"id":1,"vector":[1,0]}],"cost":0})");
  EXPECT_EQ(Of("query", R"json("outputFields":["count(*)"],"limit":7)json"),
            R"json({"code":0,"data":[{"count(*)":120}],"cost":0})json");
  const auto all = rest::JsonBody::Parse(Of("query", R"("outputFields":["id"])"));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->root().Find("data").size(), 100u);  // the default limit
  EXPECT_EQ(Of("query", R"("filter":"id < 0")"), R"({"code":0,"data":[],"cost":0})");
}

TEST_F(EntityRoutes, DeletesRows) {
  MakeQuick(6);
  EXPECT_EQ(Of("delete", R"("filter":"id in [1,2]")"), R"({"code":0,"data":{"deleteCount":2}})");
  EXPECT_EQ(Of("delete", R"("filter":"id >= {x}","exprParams":{"x":4})"),
            R"({"code":0,"data":{"deleteCount":2}})");
  EXPECT_EQ(Of("query", R"("filter":"","outputFields":["id"])"),
            R"({"code":0,"data":[{"id":0},{"id":3}],"cost":0})");
}

TEST_F(EntityRoutes, KeysBeyondDoublesAreTextsOnDemand) {
  MakeQuick(0);
  const RestKit::Headers as_text = {{"accept-type-allow-int64", "false"}};
  EXPECT_EQ(Of("insert", R"("data":[{"id":"9007199254740993","vector":[1,2]}])", as_text),
            R"({"code":0,"data":{"insertCount":1,"insertIds":["9007199254740993"]},"cost":0})");
  EXPECT_EQ(Of("get", R"("id":9007199254740993,"outputFields":["id"])"),
            R"({"code":0,"data":[{"id":9007199254740993}],"cost":0})");
  EXPECT_EQ(Of("search", R"("data":[[1,2]])", as_text),
            R"({"code":0,"data":[{"id":"9007199254740993","distance":0}],"topks":[1],"cost":0})");
}

TEST_F(EntityRoutes, KeysThatAreTextsBreakOutOfNothing) {
  ASSERT_EQ(
      kit.CodeOf("collections/create",
                 R"({"collectionName":"c","dimension":2,"idType":"VarChar","params":{"max_length":40}})"),
      0);
  const std::string key = R"("a\\\" ] or id != [ \"")";
  EXPECT_EQ(Of("insert", R"("data":[{"id":)" + key + R"(,"vector":[1,2]},{"id":"b","vector":[1,2]}])"),
            R"({"code":0,"data":{"insertCount":2,"insertIds":[)" + key + R"(,"b"]},"cost":0})");
  EXPECT_EQ(Of("get", R"("id":[)" + key + R"(],"outputFields":["id"])"),
            R"({"code":0,"data":[{"id":)" + key + R"(}],"cost":0})");
  EXPECT_EQ(Of("get", R"("id":[],"outputFields":["id"])"), R"({"code":0,"data":[],"cost":0})");
}

TEST_F(EntityRoutes, PartialUpdatesKeepTheRest) {
  MakeQuick(2);
  EXPECT_EQ(Of("upsert", R"("partialUpdate":true,"data":[{"id":1,"n":7}])"),
            R"({"code":0,"data":{"upsertCount":1,"upsertIds":[1]},"cost":0})");
  EXPECT_EQ(Of("get", R"("id":1)"), R"({"code":0,"data":[{"n":7,"id":1,"vector":[1,0]}],"cost":0})");
}

TEST_F(EntityRoutes, SaysWhatIsWrong) {
  MakeQuick(1);
  for (const auto& [route, members, code] : std::vector<std::tuple<std::string, std::string, int>>{
           {"insert", R"("data":[])", 1802},
           {"insert", R"("x":1)", 1802},
           {"insert", R"("data":"x")", 1801},
           {"insert", R"("data":[{"id":1}])", 1804},
           {"insert", R"("data":[{"id":1,"vector":[1]}])", 1804},
           {"insert", R"("data":[{"id":"x","vector":[1,2]}])", 1804},
           {"insert", R"("data":[{"id":1,"vector":[1,2],"$meta":1}])", 1804},
           {"insert", R"("data":[{"id":1,"vector":[1,2]}],"partitionName":"none")", 200},
           {"upsert", R"("data":[])", 1802},
           {"delete", R"("x":1)", 1802},
           {"delete", R"("filter":"id >")", 1100},
           {"query", R"("filter":"id >")", 1100},
           {"query", R"("limit":20000)", 1100},
           {"query", R"("outputFields":["id"],"consistencyLevel":"no")", 1100},
           {"get", R"("x":1)", 1802},
           {"get", R"("id":"x")", 1806},
           {"search", R"("limit":1)", 1802},
           {"search", R"("data":[[1]])", 1801},
           {"search", R"("data":[[1,2]],"ids":[1])", 1100},
           {"search", R"("data":[[1,2]],"limit":20000)", 1100},
           {"search", R"("ids":[77])", 1100},
           {"hybrid_search", R"("search":[])", 1802},
           {"hybrid_search", R"("search":[{"data":[[1,2]]}])", 10},
           {"advanced_search", R"("search":[{"data":[[1,2]]}])", 10}}) {
    EXPECT_EQ(CodeOf(route, members), code) << route << members << Of(route, members);
  }
  for (const char* route : {"insert", "upsert", "get", "search", "query", "delete"}) {
    const std::string members = R"("data":[{"id":1}],"filter":"id > 1","id":1)";
    EXPECT_EQ(kit.CodeOf(std::string("entities/") + route, R"({"collectionName":"none",)" + members + "}"),
              100)
        << route;
    EXPECT_EQ(kit.CodeOf(std::string("entities/") + route, "{" + members + "}"), 1802) << route;
  }
}

TEST_F(EntityRoutes, AFailedWriteAnswersItsCode) {
  MakeQuick(0);
  kit.proxy.shard("c").FailNextAppend(Status(Code::kDiskLimitExceeded, "disk is full"));
  EXPECT_EQ(CodeOf("insert", R"("data":[{"id":1,"vector":[1,2]}])"),
            static_cast<int>(Code::kDiskLimitExceeded));
}

TEST_F(EntityRoutes, TheHeaderNamesTheDatabase) {
  ASSERT_EQ(kit.CodeOf("databases/create", R"({"dbName":"d"})"), 0);
  const RestKit::Headers d = {{"db-name", "d"}};
  ASSERT_EQ(kit.CodeOf("collections/create", R"({"collectionName":"c","dimension":2})", d), 0);
  EXPECT_EQ(kit.CodeOf("entities/insert", R"({"collectionName":"c","data":{"id":1,"vector":[1,2]}})", d), 0);
  EXPECT_EQ(kit.CodeOf("entities/get", R"({"collectionName":"c","id":1})", d), 0);
  EXPECT_EQ(kit.CodeOf("entities/get", R"({"collectionName":"c","id":1})"), 100);
}

}  // namespace
}  // namespace redkite::server
