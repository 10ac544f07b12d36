#include <gtest/gtest.h>

#include <cmath>

#include "plan/filter_templates_fixture.h"
#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

struct Reads : testing::Test {
  Reads() {
    kit.MakeItems();
    MemProxyKit::Expect(
        kit.Insert(MemProxyKit::Rows({{3, "c", 3, 0}, {1, "a", 1, 0}, {2, "b", 2, 0}})).status());
  }
  Result<SearchResult> Search(const SearchRequest& request) { return kit.proxy.Search(request, nullptr); }
  static std::vector<int64_t> IdsOf(const SearchResult& result) {
    const auto ids = result.ids.view().Values<int64_t>();
    return {ids.begin(), ids.end()};
  }
  MemProxyKit kit;
};

TEST_F(Reads, AQueryAnswersItsFields) {
  const auto found = kit.Query("n >= 20", {"tag", "vec"});
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->primary_field_name, "id");
  EXPECT_EQ(found->collection_name, "items");
  EXPECT_GT(found->session_ts, 0u);
  std::map<std::string, ColumnView> columns;
  for (const OutputColumn& c : found->columns) columns[c.name] = c.column.view();
  ASSERT_TRUE(columns.contains("tag") && columns.contains("vec") && columns.contains("id"));
  EXPECT_FALSE(columns.contains("n"));
  ASSERT_EQ(columns["tag"].row_count, 2u);
  EXPECT_EQ(columns["tag"].TextAt(0), "b");
  EXPECT_EQ(columns["vec"].VectorAt(1)[0], 3.0f);
}

TEST_F(Reads, ACountCounts) {
  const auto count = [&](const std::string& filter) {
    const auto found = kit.Query(filter, {"count(*)"});
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return found.ok() ? found->columns[0].column.view().At<int64_t>(0) : -1;
  };
  EXPECT_EQ(count(""), 3);
  EXPECT_EQ(count("n > 10"), 2);
  ExpectRefused(kit.Query("", {"count(*)"}, {{"limit", "3"}}).status(), Code::kParameterInvalid,
                "count entities with pagination is not allowed");
}

TEST(ProxyAutoload, AReadLoadsWhatIsNotLoaded) {
  Limits limits;
  limits.autoload = true;
  MemProxyKit kit(limits);
  kit.MakeItems();
  MemProxyKit::Expect(kit.Insert(MemProxyKit::Rows({{1, "a"}, {2, "b"}})).status());
  const auto is_loaded = [&] {
    return kit.proxy.GetLoadState({{"", "items"}, {}}).value() == LoadState::kLoaded;
  };
  for (int way = 0; way < 3; ++way) {
    ASSERT_TRUE(kit.proxy.ReleaseCollection({"", "items"}).ok());
    EXPECT_FALSE(is_loaded());
    EXPECT_TRUE(kit.Delete("id == 99").ok());
    EXPECT_FALSE(is_loaded());  // by key: nothing is read
    if (way == 0) {
      EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1, 2}));
    }
    if (way == 1) {
      EXPECT_TRUE(kit.proxy.Search(MemProxyKit::SearchFor({1, 0}, 1), nullptr).ok());
    }
    if (way == 2) {
      EXPECT_EQ(kit.Delete("tag == \"b\"")->delete_count, 1);
    }
    EXPECT_TRUE(is_loaded());
  }
}

TEST_F(Reads, RowsThatOutlivedTheirCollectionsTimeToLiveAreGone) {
  kit.clock.AdvanceMs(1000);
  MemProxyKit::Expect(kit.Insert(MemProxyKit::Rows({{4, "d", 4, 0}})).status());
  AlterCollectionRequest alter;
  alter.name = {"", "items"};
  alter.properties.put = {{"collection.ttl.seconds", "2"}};
  ASSERT_TRUE(kit.proxy.AlterCollection(alter).ok());
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1, 2, 3, 4}));
  kit.clock.AdvanceMs(1001);  // the first three are older than two seconds, the fourth is not
  EXPECT_EQ(kit.Ids(), std::vector<int64_t>{4});
  EXPECT_EQ(kit.Query("", {"count(*)"})->columns[0].column.view().At<int64_t>(0), 1);
  EXPECT_EQ(IdsOf(*Search(MemProxyKit::SearchFor({0, 0}, 10))), std::vector<int64_t>{4});
  EXPECT_EQ(kit.Delete("n >= 0")->delete_count, 1);
  alter.properties.put = {{"collection.ttl.seconds", "-1"}};
  ASSERT_TRUE(kit.proxy.AlterCollection(alter).ok());
  EXPECT_EQ(kit.Ids(), (std::vector<int64_t>{1, 2, 3})) << "what expired was hidden, not deleted";
}

TEST_F(Reads, LimitAndOffset) {
  const auto found = kit.Query("", {"id"}, {{"limit", "1"}, {"offset", "1"}});
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->columns[0].column.view().At<int64_t>(0), 2);
  ExpectRefused(kit.Query("").status(), Code::kParameterInvalid,
                "empty expression should be used with limit");
}

TEST_F(Reads, AnOrderAndItsPages) {
  MemProxyKit::Expect(kit.Insert(MemProxyKit::Rows({{5, "b", 5, 0}, {4, "b", 4, 0}})).status());
  const auto ids = [&](const std::string& order, const std::string& limit, const std::string& offset) {
    const auto found =
        kit.Query("", {"tag"}, {{"limit", limit}, {"offset", offset}, {"order_by_fields", order}});
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    std::vector<int64_t> out;
    if (!found.ok()) return out;
    EXPECT_EQ(found->output_fields, (std::vector<std::string>{"tag", "id"}));
    EXPECT_EQ(found->columns.size(), 2u) << "what it is ordered by is not answered";
    const auto keys = found->columns[0].column.view().Values<int64_t>();
    out.assign(keys.begin(), keys.end());
    return out;
  };
  EXPECT_EQ(ids("n:desc", "10", "0"), (std::vector<int64_t>{5, 4, 3, 2, 1}));
  EXPECT_EQ(ids("tag:desc,n:asc", "10", "0"), (std::vector<int64_t>{3, 2, 4, 5, 1}));
  EXPECT_EQ(ids("tag:desc", "2", "1"), (std::vector<int64_t>{2, 4}));
  ExpectRefused(kit.Query("id > 0", {"id"}, {{"order_by_fields", "n"}}).status(), Code::kParameterInvalid,
                "ORDER BY requires explicit limit");
}

TEST_F(Reads, GroupsOfRows) {
  MemProxyKit::Expect(kit.Insert(MemProxyKit::Rows({{5, "b", 5, 0}, {4, "b", 4, 0}})).status());
  const auto found =
      kit.Query("", {"count(*)", "tag", "sum(n)"},
                {{"group_by_fields", "tag"}, {"order_by_fields", "sum(n):desc"}, {"limit", "2"}});
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->output_fields, (std::vector<std::string>{"count(*)", "tag", "sum(n)"}));
  ASSERT_EQ(found->columns.size(), 3u);
  EXPECT_EQ(found->columns[0].name, "count(*)");
  EXPECT_EQ(found->columns[1].column.view().TextAt(0), "b");
  EXPECT_EQ(found->columns[0].column.view().At<int64_t>(0), 3);
  EXPECT_EQ(found->columns[2].column.view().At<int64_t>(0), 110);
  EXPECT_EQ(found->columns[1].column.view().TextAt(1), "c");
  EXPECT_EQ(found->primary_field_name, "id");
  EXPECT_EQ(found->collection_name, "items");
  const auto none = kit.Query("id > 99", {"max(n)", "avg(n)"});
  ASSERT_TRUE(none.ok()) << none.status().ToString();
  ASSERT_EQ(none->columns[0].column.row_count(), 1u);
  EXPECT_FALSE(none->columns[0].column.view().IsValid(0));
  EXPECT_EQ(none->columns[1].column.type(), DataType::kDouble);
}

TEST(ProxyGroups, TheLimitOfGroupsIsThatOfTheSettings) {
  Limits limits;
  limits.group_count_max = 2;
  MemProxyKit kit(limits);
  kit.MakeItems();
  MemProxyKit::Expect(kit.Insert(MemProxyKit::Rows({{1, "a"}, {2, "b"}, {3, "b"}})).status());
  EXPECT_TRUE(kit.Query("", {"count(*)"}, {{"group_by_fields", "tag"}}).ok());
  ExpectRefused(kit.Query("", {"count(*)"}, {{"group_by_fields", "id"}}).status(), Code::kParameterTooLarge,
                "limits.groups");
}

TEST_F(Reads, ASearchAnswersScoresBestFirst) {
  auto request = MemProxyKit::SearchFor({0, 0, 10, 0}, 2);
  request.output_fields = {"tag"};
  const auto found = Search(request);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->nq, 2);
  EXPECT_EQ(found->topk, 2);
  EXPECT_EQ(found->hit_counts, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(IdsOf(*found), (std::vector<int64_t>{1, 2, 3, 2}));
  EXPECT_EQ(found->scores, (std::vector<float>{1, 4, 49, 64}));
  ASSERT_EQ(found->columns.size(), 1u);
  EXPECT_EQ(found->columns[0].column.view().TextAt(2), "c");
}

TEST_F(Reads, ScoresOfTheOtherMetricsAreLargerWhenBetter) {
  kit.MakeItems("products", "IP");
  ASSERT_TRUE(kit.Insert(MemProxyKit::Rows({{1, "a", 1, 1}, {2, "b", 5, 0}}, "products")).ok());
  auto request = MemProxyKit::SearchFor({2, 0}, 5);
  request.name.collection = "products";
  request.params.emplace_back("round_decimal", "1");
  const auto found = Search(request);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(IdsOf(*found), (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(found->scores, (std::vector<float>{10, 2}));
}

TEST_F(Reads, FilterOffsetAndPartitionsReachTheShard) {
  auto request = MemProxyKit::SearchFor({0, 0}, 2, "id > 1");
  request.params.emplace_back("offset", "1");
  auto found = Search(request);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(IdsOf(*found), (std::vector<int64_t>{3}));
  request.partitions = {"_default"};
  ASSERT_TRUE(Search(request).ok());
  EXPECT_EQ(kit.shard().last_read().partitions.size(), 1u);
  request.partitions = {"nowhere"};
  ExpectRefused(Search(request).status(), Code::kParameterInvalid, "partition name nowhere not found");
  EXPECT_EQ(kit.Ids("id in [1, 3]"), (std::vector<int64_t>{1, 3}));
  EXPECT_TRUE(kit.shard().last_read().by_key);
}

TEST_F(Reads, BadRequestsNeverReachTheShard) {
  kit.shard().FailNextRead(Status::Internal("a read came through"));
  auto request = MemProxyKit::SearchFor({0, 0}, 1, "nothing > 1");
  ExpectRefused(Search(request).status(), Code::kParameterInvalid, "nothing");
  request = MemProxyKit::SearchFor({0, 0}, 0);
  EXPECT_EQ(Search(request).status().code(), Code::kParameterInvalid);
  request = MemProxyKit::SearchFor({0, 0}, 1);
  request.params.emplace_back("metric_type", "IP");
  ExpectRefused(Search(request).status(), Code::kParameterInvalid, "metric type not match");
  request = MemProxyKit::SearchFor({0, 0}, 1);
  request.params.emplace_back("anns_field", "tag");
  ExpectRefused(Search(request).status(), Code::kParameterInvalid, "is not of vector data type");
  request = MemProxyKit::SearchFor({0, 0}, 1);
  request.nq = 2;
  EXPECT_EQ(Search(request).status().code(), Code::kParameterInvalid);
  request = MemProxyKit::SearchFor({0, 0}, 1);
  request.queries.value_bytes = 12;
  ExpectRefused(Search(request).status(), Code::kUnexpected, "vector dimension mismatch");
  request = MemProxyKit::SearchFor({NAN, 0}, 1);
  ExpectRefused(Search(request).status(), Code::kParameterInvalid, "NaN");
  request = MemProxyKit::SearchFor({0, 0}, 1);
  request.unsupported = {"something"};
  ExpectRefused(Search(request).status(), Code::kUnimplemented, "something");
  ExpectRefused(kit.Query("id > 0", {"nothing"}).status(), Code::kParameterInvalid, "nothing");
  EXPECT_EQ(kit.Query("id > 0").status().code(), Code::kInternal);  // the first that reached it
}

TEST_F(Reads, TemplatesStandForConstants) {
  const TemplateValues values = {{"keys", plan::Given(plan::ArrayOf({int64_t{1}, int64_t{3}, int64_t{9}}))},
                                 {"low", {std::string("a")}}};
  const auto found = kit.Query("id in {keys} and tag > {low}", {"id"}, {}, values);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  ASSERT_EQ(found->columns[0].column.row_count(), 1u);
  EXPECT_EQ(found->columns[0].column.view().At<int64_t>(0), 3);
  SearchRequest request = MemProxyKit::SearchFor({0, 0}, 5, "id in {keys}");
  ExpectRefused(Search(request).status(), Code::kParameterInvalid,
                "failed to create query plan: cannot parse expression: id in {keys}, error: the value of "
                "expression template variable name {keys} is not found");
  request.templates = values;
  const auto hits = Search(request);
  ASSERT_TRUE(hits.ok()) << hits.status().ToString();
  EXPECT_EQ(IdsOf(*hits), (std::vector<int64_t>{1, 3}));
}

TEST_F(Reads, ASampleNeedsNoLimit) {
  EXPECT_TRUE(kit.Query("random_sample(0.5)").ok());
  ExpectRefused(kit.Query("random_sample(0.5) or id > 1").status(), Code::kParameterInvalid,
                "failed to create query plan: cannot parse expression: random_sample(0.5) or id > 1, error: "
                "random_sample can only stand alone");
}

TEST_F(Reads, AnUnloadedCollectionIsNotRead) {
  ASSERT_TRUE(kit.proxy.ReleaseCollection({"", "items"}).ok());
  ExpectRefused(kit.Query("id > 0").status(), Code::kCollectionNotLoaded,
                "collection not loaded[collection=items]");
  ExpectRefused(Search(MemProxyKit::SearchFor({0, 0}, 1)).status(), Code::kCollectionNotLoaded,
                "failed to search");
}

TEST_F(Reads, WhatTheShardAnswersIsPassedOn) {
  for (const Status& error : {Status(Code::kTimeout, "too slow"), Status::Corrupt("damaged")}) {
    kit.shard().FailNextRead(error);
    EXPECT_EQ(kit.Query("id > 0").status().code(), error.code());
    kit.shard().FailNextRead(error);
    EXPECT_EQ(Search(MemProxyKit::SearchFor({0, 0}, 1)).status().code(), error.code());
  }
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(kit.proxy.Search(MemProxyKit::SearchFor({0, 0}, 1), &cancel).status().code(), Code::kCanceled);
}

// A row has as many hits as elements, and a query of a list as many vectors as its client likes.
TEST(ReadsOfStructs, MemoryIsReservedForElementsAndForLists) {
  for (const bool lists : {false, true}) {
    MemProxyKit kit;
    CreateCollectionRequest request = MemProxyKit::Items();
    StructSchema of;
    of.id = FieldId(1);
    of.name = "s";
    request.schema.structs = {of};
    request.schema.fields = {
        MemProxyKit::Field("id", DataType::kInt64),
        MemProxyKit::Field("s[v]", DataType::kArrayOfVector, {{"max_capacity", "4096"}, {"dim", "2"}})};
    request.schema.fields[0].is_primary = true;
    request.schema.fields[1].element_type = DataType::kFloatVector;
    request.schema.fields[1].struct_id = of.id;
    kit.Expect(kit.proxy.CreateCollection(request));
    CreateIndexRequest index = MemProxyKit::VectorIndex("items", lists ? "MAX_SIM_L2" : "L2");
    index.field_name = "s[v]";
    index.params[0].second = "AUTOINDEX";
    kit.Expect(kit.proxy.CreateIndex(index));
    LoadRequest load;
    load.name.collection = "items";
    kit.Expect(kit.proxy.LoadCollection(load));
    InsertRequest row;
    row.name.collection = "items";
    row.row_count = 1;
    row.columns.push_back({"id", false, Column(FieldId(), DataType::kInt64, 0)});
    row.columns[0].column.Append<int64_t>(1);
    row.columns.push_back({"s[v]", false, Column(FieldId(), DataType::kArrayOfVector, 2)});
    row.columns[1].column.AppendText(std::string(8, '\0'));
    row.columns[1].element_type = DataType::kFloatVector;
    row.columns[1].of_struct = true;
    const auto inserted = kit.Insert(std::move(row));
    ASSERT_TRUE(inserted.ok()) << inserted.status().ToString();
    SearchRequest search = MemProxyKit::SearchFor(std::vector<float>(lists ? 40'000 : 200), 1000);
    if (lists) {
      search.queries.placeholder_type += kListPlaceholder;
      search.queries.count = 1;
      search.queries.value_bytes = search.queries.bytes.size();
      search.queries.offsets = {0, search.queries.bytes.size()};
    }
    EXPECT_EQ(kit.proxy.Search(search, nullptr).status().code(), Code::kMemoryLimitExceeded) << lists;
  }
}

}  // namespace
}  // namespace redkite::proxy
