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

TEST(ReadParamsTest, ATimestampToTravelTo) {
  EXPECT_EQ(ParseSearchRequestParams({{"topk", "1"}, {"travel_timestamp", "77"}}, Limits())->travel_ts, 77u);
  EXPECT_EQ(ParseSearchRequestParams({{"topk", "1"}, {"params", R"({"travel_timestamp": 78})"}}, Limits())
                ->travel_ts,
            78u);
  EXPECT_EQ(ParseQueryRequestParams({{"travel_timestamp", "79"}}, Limits())->travel_ts, 79u);
  EXPECT_EQ(ParseQueryRequestParams({{"travel_timestamp", "None"}}, Limits())->travel_ts, 0u);
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
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"hints", "magic"}}), "hints [magic] is not supported");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"ignore_growing", "perhaps"}}),
             "parse ignore growing field failed");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"collection_id", "c"}}), "parse collection id failed");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"travel_timestamp", "-1"}}), "travel_timestamp [-1] is invalid");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"params", R"({"travel_timestamp": "x"})"}}),
             "travel_timestamp [x] is invalid");
  EXPECT_HAS(QueryMessage({{"travel_timestamp", "1.5"}}), "travel_timestamp [1.5] is invalid");
}

SearchParams ParsedSearch(Params params) {
  auto parsed = ParseSearchRequestParams(params, Limits());
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  return parsed.ok() ? *parsed : SearchParams();
}

TEST(ReadParamsTest, WhatClientsSendForNothing) {
  const SearchParams params = ParsedSearch({{"topk", "10"},
                                            {"offset", "None"},
                                            {"metric_type", "None"},
                                            {"round_decimal", "None"},
                                            {"hints", ""},
                                            {"unheard_of", "x"},
                                            {"ignore_growing", "False"},
                                            {"params", R"({"range_filter": null, "other": [1]})"}});
  EXPECT_EQ(params.offset, 0);
  EXPECT_EQ(params.metric, "");
  EXPECT_EQ(params.round_decimal, -1);
  EXPECT_FALSE(params.ignore_growing);
  EXPECT_FALSE(params.iterator);
  EXPECT_FALSE(params.page);
  EXPECT_FALSE(params.collection_id);
}

TEST(ReadParamsTest, PagesOfASearch) {
  const Params first = {{"topk", "10"},
                        {"iterator", "True"},
                        {"search_iter_v2", "True"},
                        {"search_iter_batch_size", "7"},
                        {"collection_id", "449"}};
  const SearchParams params = ParsedSearch(first);
  EXPECT_TRUE(params.iterator);
  EXPECT_EQ(params.limit, 7);
  EXPECT_EQ(params.collection_id, 449);
  ASSERT_TRUE(params.page);
  EXPECT_TRUE(params.page->token.empty());
  EXPECT_FALSE(params.page->last_bound);
  Params second = first;
  second.emplace_back("search_iter_id", "0f8fad5b-d9cb-469f-a165-70867728950e");
  second.emplace_back("search_iter_last_bound", "0.30000001192092896");
  const SearchParams next = ParsedSearch(second);
  EXPECT_EQ(next.page->token, "0f8fad5b-d9cb-469f-a165-70867728950e");
  EXPECT_EQ(next.page->last_bound, 0.3f);
  for (const auto& [text, value] :
       {std::pair{"-3.4028234663852886e+38", -3.40282347e38f}, {"1e-05", 1e-5f}, {"0", 0.0f}}) {
    second.back().second = text;
    EXPECT_EQ(ParsedSearch(second).page->last_bound, value) << text;
  }
  EXPECT_EQ(ParsedSearch({{"topk", "100000"}, {"iterator", "True"}}).limit, Limits().topk_max);
}

TEST(ReadParamsTest, BadPagesOfASearch) {
  const auto message = [](const std::string& key, const std::string& value) {
    Params params = {
        {"topk", "10"}, {"iterator", "True"}, {"search_iter_v2", "True"}, {"search_iter_batch_size", "7"}};
    for (auto& [k, v] : params) {
      if (k == key) v = value;
    }
    if (FindParam(params, key) == nullptr) params.emplace_back(key, value);
    return SearchMessage(params);
  };
  EXPECT_HAS(message("iterator", "False"), "both iterator and search_iter_v2 must be set in the SDK");
  EXPECT_HAS(message("search_iter_batch_size", "0"), "batch size is invalid");
  EXPECT_HAS(message("search_iter_batch_size", "16385"), "batch size is invalid");
  EXPECT_HAS(message("search_iter_id", "0f8fad5bxd9cb-469f-a165-70867728950e"), "invalid token format");
  EXPECT_HAS(message("search_iter_last_bound", "nan"), "last bound");
  EXPECT_HAS(message("search_iter_last_bound", "1.0 "), "last bound");
  EXPECT_HAS(message("offset", "1"), "offset is not supported");
  EXPECT_HAS(SearchMessage({{"topk", "10"}, {"iterator", "True"}, {"search_iter_v2", "True"}}),
             "batch size is required");
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

TEST(ReadParamsTest, GroupsAndOrdersOfAQuery) {
  const auto parsed =
      ParseQueryRequestParams({{"limit", "5"},
                               {"group_by_fields", "a, b"},
                               {"order_by_fields", "a, count(*):DESC ,b:asc:nulls_first,c:desc:nulls_last"}},
                              Limits());
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  EXPECT_EQ(parsed->group_by, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(parsed->order_by.size(), 4u);
  const auto is = [&](size_t i, const std::string& name, bool descending, bool nulls_first) {
    const OrderByParam& order = parsed->order_by[i];
    return order.name == name && order.direction.descending == descending &&
           order.direction.nulls_first == nulls_first;
  };
  EXPECT_TRUE(is(0, "a", false, false));
  EXPECT_TRUE(is(1, "count(*)", true, true));
  EXPECT_TRUE(is(2, "b", false, true));
  EXPECT_TRUE(is(3, "c", true, false));
  const auto none = ParseQueryRequestParams({{"group_by_fields", ""}, {"order_by_fields", "None"}}, Limits());
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->group_by.empty() && none->order_by.empty());
}

TEST(ReadParamsTest, BadGroupsAndOrdersOfAQuery) {
  const auto order = [](const std::string& text) {
    return QueryMessage({{"limit", "5"}, {"order_by_fields", text}});
  };
  EXPECT_HAS(order("a:up"), "invalid order direction");
  EXPECT_HAS(order("a:"), "invalid order direction");
  EXPECT_HAS(order("a:asc:first"), "invalid order of nulls");
  EXPECT_HAS(order("a:asc:nulls_last:x"), "invalid order of nulls");
  EXPECT_HAS(order("a,,b"), "order_by_fields has an empty name");
  EXPECT_HAS(order(":desc"), "order_by_fields has an empty name");
  EXPECT_HAS(order(std::string(5000, ',')), "order_by_fields has an empty name");
  std::string many = "a";
  for (int i = 0; i < 2000; ++i) many += ",a";
  EXPECT_HAS(order(many), "order_by_fields has more than 1024 names");
  EXPECT_HAS(QueryMessage({{"order_by_fields", "a"}}), "ORDER BY requires explicit limit");
  EXPECT_HAS(QueryMessage({{"limit", "5"}, {"iterator", "True"}, {"order_by_fields", "a"}}),
             "order_by_fields is not allowed with an iterator");
  EXPECT_HAS(QueryMessage({{"iterator", "True"}, {"group_by_fields", "a"}}),
             "group_by_fields is not allowed with an iterator");
  EXPECT_HAS(QueryMessage({{"group_by_fields", "a,"}}), "group_by_fields has an empty name");
}

}  // namespace
}  // namespace redkite::proxy
