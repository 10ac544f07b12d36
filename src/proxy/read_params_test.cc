#include "proxy/read_params.h"

#include <gtest/gtest.h>

namespace redkite::proxy {
namespace {

std::string SearchMessage(Params params) {
  auto parsed = ParseSearchRequestParams(params, Limits());
  return parsed.ok() ? "" : parsed.status().message();
}
std::string QueryMessage(Params params) {
  auto parsed = ParseQueryRequestParams(params, Limits());
  return parsed.ok() ? "" : parsed.status().message();
}

#define EXPECT_HAS(text, phrase) EXPECT_NE((text).find(phrase), std::string::npos) << (text)

TEST(ReadParamsTest, SearchParamsAsClientsSendThem) {
  auto parsed = ParseSearchRequestParams({{"topk", "10"},
                                          {"offset", "5"},
                                          {"anns_field", "vec"},
                                          {"metric_type", "L2"},
                                          {"round_decimal", "-1"},
                                          {"iterator", "False"},
                                          {"group_by_field", "None"},
                                          {"params", R"({"ef": 64, "metric_type": "IP"})"}},
                                         Limits());
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  EXPECT_EQ(parsed->limit, 10);
  EXPECT_EQ(parsed->offset, 5);
  EXPECT_EQ(parsed->anns_field, "vec");
  EXPECT_EQ(parsed->metric, "L2");
  EXPECT_EQ(*FindParam(parsed->index_params, "ef"), "64");
}

TEST(ReadParamsTest, BadSearchParams) {
  EXPECT_HAS(SearchMessage({}), "topk not found");
  EXPECT_HAS(SearchMessage({{"topk", "0"}}),
             "topk [0] is invalid, it should be in range [1, 16384], but got 0");
  EXPECT_HAS(SearchMessage({{"topk", "16385"}}), "topk [16385] is invalid");
  EXPECT_HAS(SearchMessage({{"topk", "9e9"}}), "topk [9e9] is invalid");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"offset", "-1"}}), "offset [-1] is invalid");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"offset", "16380"}}),
             "offset+topk [16390] is invalid, it should be in range [1, 16384], but got 16390");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"round_decimal", "7"}}),
             "round_decimal [7] is invalid, should be -1 or an integer in range [0, 6]");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"params", "{\"range_filter\": 0.5}"}}),
             "range_filter requires radius to be set");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"params", "["}}), "search params");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"group_by_field", "n"}}), "group_by_field is not implemented");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"iterator", "True"}}), "iterator is not implemented");
}

TEST(ReadParamsTest, QueryParams) {
  auto none = ParseQueryRequestParams({}, Limits());
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->limit, -1);
  EXPECT_HAS(QueryMessage({{"limit", "0"}}), "limit [0] is invalid, should be greater than 0");
  EXPECT_HAS(QueryMessage({{"limit", "16000"}, {"offset", "1000"}}),
             "invalid max query result window, (offset+limit) should be in range [1, 16384], but got 17000");
  EXPECT_HAS(QueryMessage({{"limit", "5"}, {"offset", "-2"}}), "offset [-2] is invalid");
}

}  // namespace
}  // namespace redkite::proxy
