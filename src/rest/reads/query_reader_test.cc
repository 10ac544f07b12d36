#include "rest/reads/query_reader.h"

#include <gtest/gtest.h>

#include "rest/rows/all_types_fixture.h"

namespace redkite::rest {
namespace {

template <class T>
T Taken(Result<T> request) {
  EXPECT_TRUE(request.ok()) << request.status().ToString();
  return request.ok() ? std::move(*request) : T();
}

QueryRequest Query(const std::string& members) {
  const JsonBody body = ParseBody(R"({"collectionName":"c")" + members + "}");
  return Taken(ReadQuery(body.root()));
}

template <class T>
void ExpectRefused(const Result<T>& request, Code code, std::string_view phrase) {
  ASSERT_FALSE(request.ok()) << phrase;
  EXPECT_EQ(request.status().code(), code) << request.status().ToString();
  EXPECT_NE(request.status().message().find(phrase), std::string::npos) << request.status().message();
}

TEST(QueryReader, HasDefaults) {
  const QueryRequest r = Query("");
  EXPECT_EQ(r.name.collection, "c");
  EXPECT_EQ(r.filter, "");
  EXPECT_EQ(r.output_fields, std::vector<std::string>{"*"});
  EXPECT_EQ(r.params, (Params{{"limit", "100"}}));
  EXPECT_TRUE(r.read_point.use_default);
}

TEST(QueryReader, ReadsAllMembers) {
  const QueryRequest r =
      Query(R"(,"dbName":"d","filter":"id > {x}","exprParams":{"x":1},"outputFields":["a","b"],
      "limit":5,"offset":2,"partitionNames":["p"],"consistencyLevel":"Strong",
      "orderByFields":["a:desc",{"field":"b","order":"asc"},{"fieldName":"c"}])");
  EXPECT_EQ(r.name.database, "d");
  EXPECT_EQ(r.filter, "id > {x}");
  EXPECT_EQ(r.templates.size(), 1u);
  EXPECT_EQ(r.output_fields, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(r.partitions, std::vector<std::string>{"p"});
  EXPECT_EQ(r.params, (Params{{"order_by_fields", "a:desc,b:asc,c"}, {"limit", "5"}, {"offset", "2"}}));
  EXPECT_EQ(r.read_point.consistency, Consistency::kStrong);
}

TEST(QueryReader, ACountHasNoLimit) {
  EXPECT_TRUE(Query(R"x(,"outputFields":["count(*)"],"limit":10,"offset":3)x").params.empty());
  EXPECT_TRUE(Query(R"(,"limit":0,"offset":3)").params.empty());
}

TEST(QueryReader, SelectsRowsByTheirKeys) {
  CollectionSchema schema = AllTypes();
  JsonBody body = ParseBody(R"({"collectionName":"c","id":[1,"9007199254740993"],"outputFields":["text"]})");
  QueryRequest r = Taken(ReadGet(body.root(), schema));
  EXPECT_EQ(r.filter, "id in {ids}");
  EXPECT_TRUE(r.params.empty());
  const auto ids = std::get<std::shared_ptr<const TemplateArray>>(r.templates["ids"].value);
  EXPECT_EQ(ids->values.view().At<int64_t>(1), 9007199254740993);
  body = ParseBody(R"({"collectionName":"c","id":7})");
  r = Taken(ReadGet(body.root(), schema));
  EXPECT_EQ(std::get<std::shared_ptr<const TemplateArray>>(r.templates["ids"].value)->values.row_count(), 1u);
  schema.fields[0].type = DataType::kVarChar;
  body = ParseBody(R"({"collectionName":"c","id":["a\"] or id != [\"","b"]})");
  r = Taken(ReadGet(body.root(), schema));
  EXPECT_EQ(r.filter, "id in {ids}");
  EXPECT_EQ(std::get<std::shared_ptr<const TemplateArray>>(r.templates["ids"].value)->values.view().TextAt(0),
            "a\"] or id != [\"");
}

TEST(QueryReader, RefusesOtherKeys) {
  const CollectionSchema schema = AllTypes();
  for (const char* id : {"\"x\"", "[1,\"x\"]", "1.5", "{}", "[[1]]", "true"}) {
    const JsonBody body = ParseBody(std::string(R"({"collectionName":"c","id":)") + id + "}");
    const auto request = ReadGet(body.root(), schema);
    ASSERT_FALSE(request.ok()) << id;
    EXPECT_EQ(request.status().code(), Code::kRestBadKey) << id;
  }
  ExpectRefused(ReadGet(ParseBody(R"({"collectionName":"c"})").root(), schema), Code::kRestMissingParameter,
                "Id");
  ExpectRefused(ReadGet(ParseBody(R"({"id":1})").root(), schema), Code::kRestMissingParameter,
                "CollectionName");
}

TEST(QueryReader, ReadsDeletes) {
  JsonBody body =
      ParseBody(R"({"collectionName":"c","partitionName":"p","filter":"id in {x}","exprParams":{"x":[1]}})");
  DeleteRequest r = Taken(ReadDelete(body.root()));
  EXPECT_EQ(r.partition, "p");
  EXPECT_EQ(r.filter, "id in {x}");
  EXPECT_EQ(r.templates.size(), 1u);
  ExpectRefused(ReadDelete(ParseBody(R"({"collectionName":"c"})").root()), Code::kRestMissingParameter,
                "Filter");
  body = ParseBody(R"({"collectionName":"c","id":[1,2]})");
  r = Taken(ReadFirstDelete(body.root(), AllTypes()));
  EXPECT_EQ(r.filter, "id in {ids}");
  body = ParseBody(R"({"collectionName":"c","filter":"id > 1"})");
  EXPECT_EQ(Taken(ReadFirstDelete(body.root(), AllTypes())).filter, "id > 1");
}

TEST(QueryReader, NamesWhatIsOfTheWrongForm) {
  for (const char* members : {R"("filter":1)", R"("limit":"5")", R"("outputFields":"a")",
                              R"("orderByFields":[1])", R"("partitionNames":[1])", R"("exprParams":1)"}) {
    const JsonBody body = ParseBody(std::string(R"({"collectionName":"c",)") + members + "}");
    const auto request = ReadQuery(body.root());
    ASSERT_FALSE(request.ok()) << members;
    EXPECT_EQ(request.status().code(), Code::kRestBadFormat) << members;
  }
}

}  // namespace
}  // namespace redkite::rest
