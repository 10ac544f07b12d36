#include "rest/reads/search_reader.h"

#include <gtest/gtest.h>

#include "rest/rows/all_types_fixture.h"

namespace redkite::rest {
namespace {

Result<SearchRequest> Read(const std::string& members, const CollectionSchema& schema = AllTypes()) {
  const JsonBody body = ParseBody(R"({"collectionName":"c",)" + members + "}");
  return ReadSearch(body.root(), schema);
}

SearchRequest Taken(const std::string& members) {
  auto request = Read(members);
  EXPECT_TRUE(request.ok()) << members << request.status().ToString();
  return request.ok() ? std::move(*request) : SearchRequest();
}

void ExpectRefused(const std::string& members, Code code, std::string_view phrase) {
  const auto request = Read(members);
  ASSERT_FALSE(request.ok()) << members;
  EXPECT_EQ(request.status().code(), code) << request.status().ToString();
  EXPECT_NE(request.status().message().find(phrase), std::string::npos) << request.status().message();
}

const std::string* Param(const SearchRequest& request, std::string_view key) {
  return FindParam(request.params, key);
}

TEST(SearchReader, ReadsVectorsOfTheFieldsType) {
  const auto queries = [](const char* field, const std::string& data) {
    return Taken(R"("annsField":")" + std::string(field) + R"(","data":)" + data).queries;
  };
  QueryVectors q = queries("vec", "[[1,2],[3,4]]");
  EXPECT_EQ(q.placeholder_type, 101);
  EXPECT_EQ(q.count, 2u);
  EXPECT_EQ(q.value_bytes, 8u);
  EXPECT_TRUE(q.uniform && q.offsets.empty());
  EXPECT_EQ(q.bytes, BytesOf<float>({1, 2, 3, 4}));
  q = queries("bits", R"(["Zm8=",[1,2]])");
  EXPECT_EQ(q.placeholder_type, 100);
  EXPECT_EQ(q.bytes, std::string("fo\x01\x02"));
  EXPECT_EQ(queries("half", "[[1,2]]").placeholder_type, 102);
  EXPECT_EQ(queries("brain", R"(["AAAAAA=="])").placeholder_type, 103);
  EXPECT_EQ(queries("tiny", "[[-1,2]]").bytes, BytesOf<int8_t>({-1, 2}));
  q = queries("sparse", R"([{"5":1},{},{"1":1,"2":2}])");
  EXPECT_EQ(q.placeholder_type, 104);
  EXPECT_FALSE(q.uniform);
  EXPECT_EQ(q.offsets, (std::vector<uint64_t>{0, 8, 8, 24}));
}

TEST(SearchReader, ReadsListsAndElementsOfStructArrays) {
  SearchRequest r = Taken(R"("annsField":"s[v]","data":[[[1,2],[3,4]],[[5,6]]])");
  EXPECT_EQ(r.queries.placeholder_type, 301);
  EXPECT_EQ(r.queries.offsets, (std::vector<uint64_t>{0, 16, 24}));
  EXPECT_EQ(r.nq, 2);
  r = Taken(R"("annsField":"s[v]","data":[[1,2]])");
  EXPECT_EQ(r.queries.placeholder_type, 101);
  EXPECT_TRUE(r.queries.offsets.empty());
  ExpectRefused(R"("annsField":"s[v]","data":[[[1,2]],[1,2]])", Code::kRestBadFormat, "query vector 1");
}

TEST(SearchReader, LeavesTextsToFunctions) {
  SearchRequest r = Taken(R"("annsField":"sparse","data":["one","two"])");
  EXPECT_EQ(r.queries.placeholder_type, 21);
  EXPECT_EQ(r.queries.bytes, "onetwo");
  EXPECT_EQ(r.queries.value_bytes, 3u);
  r = Taken(R"("annsField":"vec","data":["one","three"])");
  EXPECT_EQ(r.queries.placeholder_type, 21);
  EXPECT_EQ(r.queries.count, 2u);
  EXPECT_FALSE(r.queries.uniform);
  EXPECT_TRUE(r.queries.bytes.empty());
}

TEST(SearchReader, CountsQueriesOfNoField) {
  for (const char* field : {"", R"("annsField":"none",)", R"("annsField":"id",)"}) {
    const SearchRequest r = Taken(std::string(field) + R"("data":[[1],"x"])");
    EXPECT_EQ(r.queries.count, 2u);
    EXPECT_EQ(r.nq, 2);
    EXPECT_TRUE(r.queries.bytes.empty());
  }
  CollectionSchema one = AllTypes();
  std::erase_if(one.fields, [](const FieldSchema& f) { return IsVector(f.type) && f.name != "vec"; });
  const auto r = Read(R"("data":[[1,2]])", one);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->queries.placeholder_type, 101);
}

TEST(SearchReader, ReadsIds) {
  const SearchRequest r = Taken(R"("annsField":"vec","ids":[1,"9007199254740993"])");
  EXPECT_TRUE(r.by_ids);
  EXPECT_EQ(r.nq, 2);
  EXPECT_EQ(r.ids.view().At<int64_t>(1), 9007199254740993);
  ExpectRefused(R"("ids":["x"])", Code::kRestBadFormat, "error:");
  ExpectRefused(R"("ids":[1],"data":[[1,2]])", Code::kParameterInvalid, "mutually exclusive");
  ExpectRefused(R"("limit":1)", Code::kRestMissingParameter, "Data");
  ExpectRefused(R"("data":[],"ids":[])", Code::kRestMissingParameter, "Data");
}

TEST(SearchReader, ReadsParameters) {
  SearchRequest r = Taken(R"("annsField":"vec","data":[[1,2]],"limit":7,"offset":3,"filter":"id > 1",
      "outputFields":["a"],"partitionNames":["p"],"groupingField":"int8","groupSize":2,"strictGroupSize":true,
      "consistencyLevel":"Bounded","exprParams":{"x":1},
      "searchParams":{"metricType":"L2","ignoreGrowing":true,"radius":1.5,"params":{"nprobe":10,"range_filter":1}})");
  for (const auto& [key, value] : Params{{"anns_field", "vec"},
                                         {"topk", "7"},
                                         {"offset", "3"},
                                         {"group_by_field", "int8"},
                                         {"group_size", "2"},
                                         {"strict_group_size", "true"},
                                         {"metric_type", "L2"},
                                         {"ignore_growing", "true"},
                                         {"radius", "1.5"},
                                         {"nprobe", "10"},
                                         {"range_filter", "1"},
                                         {"params", R"({"nprobe":10,"range_filter":1,"metric_type":"L2",)"
                                                    R"("ignore_growing":true,"radius":1.5})"}}) {
    ASSERT_NE(Param(r, key), nullptr) << key;
    EXPECT_EQ(*Param(r, key), value) << key;
  }
  EXPECT_EQ(r.filter, "id > 1");
  EXPECT_EQ(r.output_fields, std::vector<std::string>{"a"});
  EXPECT_EQ(r.partitions, std::vector<std::string>{"p"});
  EXPECT_EQ(r.templates.size(), 1u);
  EXPECT_FALSE(r.read_point.use_default);
  r = Taken(R"("annsField":"vec","data":[[1,2]])");
  EXPECT_EQ(*Param(r, "topk"), "100");
  EXPECT_EQ(Param(r, "offset"), nullptr);
  EXPECT_EQ(*Param(r, "params"), "{}");
  EXPECT_TRUE(r.read_point.use_default);
}

TEST(SearchReader, ParametersMustNotContradictEachOther) {
  const std::string data = R"("annsField":"vec","data":[[1,2]],"searchParams":)";
  EXPECT_EQ(*Param(Taken(data + R"({"nprobe":10,"params":{"nprobe":10.0}})"), "nprobe"), "10.0");
  ExpectRefused(data + R"({"nprobe":10,"params":{"nprobe":11}})", Code::kParameterInvalid,
                "ambiguous parameter: nprobe");
  ExpectRefused(data + R"({"metricType":"L2","metric_type":"IP"})", Code::kParameterInvalid,
                "ambiguous parameter: metric_type");
  ExpectRefused(data + R"({"params":5})", Code::kParameterInvalid, "searchParams.params must be an object");
  ExpectRefused(data + "[]", Code::kRestBadFormat, "searchParams must be an object");
}

TEST(SearchReader, NamesTheVectorThatIsWrong) {
  const std::string vec = R"("annsField":"vec","data":)";
  ExpectRefused(vec + "[[1,2],[1]]", Code::kRestBadFormat,
                "can only accept json format request, error: query vector 1: the dim (1)");
  ExpectRefused(vec + "[1,2]", Code::kRestBadFormat, "query vector 0");
  ExpectRefused(vec + "[[1,2],\"x\"]", Code::kRestBadFormat, "query vector 1");
  ExpectRefused(vec + "5", Code::kRestBadFormat, "data must be an array");
  ExpectRefused(R"("annsField":"sparse","data":[{"a":1}])", Code::kRestBadFormat, "error: query vector 0");
}

TEST(SearchReader, ReadsTheLegacyForm) {
  const auto read = [](const std::string& members) {
    const JsonBody body = ParseBody(R"({"collectionName":"c","annsField":"vec",)" + members + "}");
    return ReadFirstSearch(body.root(), AllTypes());
  };
  const auto s = read(R"("vector":[1,2],"limit":3,"params":{"radius":1})");
  ASSERT_TRUE(s.ok()) << s.status().ToString();
  EXPECT_EQ(s->nq, 1);
  EXPECT_EQ(s->queries.bytes, BytesOf<float>({1, 2}));
  EXPECT_EQ(*Param(*s, "radius"), "1");
  EXPECT_EQ(read(R"("limit":1)").status().code(), Code::kRestMissingParameter);
}

TEST(SearchReader, ChecksTheFormOfHybridSearches) {
  const auto check = [](const char* text) { return CheckHybridSearch(ParseBody(text).root()).code(); };
  EXPECT_EQ(
      check(
          R"({"collectionName":"c","search":[{"data":[[1]],"annsField":"a"}],"rerank":{"strategy":"rrf"}})"),
      Code::kOk);
  EXPECT_EQ(check(R"({"collectionName":"c"})"), Code::kRestMissingParameter);
  EXPECT_EQ(check(R"({"collectionName":"c","search":[{}]})"), Code::kRestMissingParameter);
  EXPECT_EQ(check(R"({"search":[{"data":[[1]]}]})"), Code::kRestMissingParameter);
  EXPECT_EQ(check(R"({"collectionName":"c","search":[5]})"), Code::kRestBadFormat);
}

}  // namespace
}  // namespace redkite::rest
