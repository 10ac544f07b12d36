// One suite that every ShardClient must pass: the shard in this process, with its rows in memory, in files,
// and replayed from the log, and the twin in memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "shard/mem_shard.h"
#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

enum class Kind { kGrowing, kSealed, kReplayed, kMem };

class ShardClientContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(kit_.Open().ok());
    if (GetParam() == Kind::kMem) mem_ = std::make_unique<MemShard>(TestSchema(), &kit_.oracle);
  }
  /// What answers reads now.
  ShardClient* shard() {
    if (mem_) return mem_.get();
    if (GetParam() == Kind::kSealed) {
      EXPECT_TRUE(kit_.Flush().ok());
    }
    if (GetParam() == Kind::kReplayed && written_) {
      EXPECT_TRUE(kit_.Open().ok());
    }
    written_ = false;
    return kit_.shard.get();
  }
  Timestamp Write(std::shared_ptr<WriteRecord> record) {
    Timestamp written = 0;
    ShardClient* client = mem_ ? static_cast<ShardClient*>(mem_.get()) : kit_.shard.get();
    client->Append(std::move(record), [&written](Status status, Timestamp ts) {
      EXPECT_TRUE(status.ok()) << status.ToString();
      EXPECT_EQ(written, 0u);
      written = ts;
    });
    kit_.executor->RunAll();
    EXPECT_NE(written, 0u);
    written_ = true;
    return written;
  }
  std::vector<TestRow> Rows(const plan::QueryPlan& plan) {
    auto found = shard()->Query(plan, nullptr);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    if (!found.ok()) return {};
    EXPECT_EQ(found->count, static_cast<int64_t>(found->columns[0].row_count()));
    return RowsOf(found->columns);
  }
  std::vector<int64_t> Ids(const plan::QueryPlan& plan) {
    std::vector<int64_t> ids;
    for (const TestRow& row : Rows(plan)) ids.push_back(row.id);
    return ids;
  }
  int64_t Count(const std::string& filter = "") {
    plan::QueryPlan plan = TestQuery(filter);
    plan.count_only = true;
    auto found = shard()->Query(plan, nullptr);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return found.ok() ? found->count : -1;
  }

  ShardKit kit_;
  std::unique_ptr<MemShard> mem_;
  bool written_ = false;
};

TEST_P(ShardClientContract, AnEmptyShard) {
  EXPECT_TRUE(Rows(TestQuery()).empty());
  EXPECT_EQ(Count(), 0);
  const auto found = shard()->Search(TestSearch({1, 2, 3, 4, 5, 6}, 5), nullptr);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->hit_counts, (std::vector<int64_t>{0, 0}));
  EXPECT_TRUE(found->distances.empty());
  EXPECT_EQ(found->columns.size(), 4u);
  EXPECT_EQ(shard()->Stats().row_count, 0);
}

TEST_P(ShardClientContract, WrittenRowsAreReadInTheOrderOfTheirKeys) {
  const TestRow a{3, "a", 7, {1, 2, 3}}, b{1, "", std::nullopt, {0, 0, 0}}, c{2, "c", -1, {-1, 0.5f, 9}};
  const Timestamp first = Write(TestRecord({a, b}));
  const Timestamp second = Write(TestRecord({c}));
  EXPECT_GT(second, first);
  EXPECT_EQ(Rows(TestQuery()), (std::vector<TestRow>{b, c, a}));
  EXPECT_EQ(shard()->Query(TestQuery(), nullptr)->snapshot_ts, second);
  EXPECT_EQ(Count(), 3);
  EXPECT_EQ(shard()->Stats().row_count, 3);
  int64_t in_segments = 0;
  for (const SegmentStats& segment : shard()->Segments()) in_segments += segment.row_count;
  EXPECT_EQ(in_segments, 3);
  plan::QueryPlan some = TestQuery();
  some.rows.output_fields = {kIdField, kTagField};
  const auto found = shard()->Query(some, nullptr);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->columns.size(), 2u);
  EXPECT_EQ(found->columns[1].field(), kTagField);
  EXPECT_EQ(found->columns[1].view().TextAt(2), "a");
}

TEST_P(ShardClientContract, FiltersLimitsAndOffsets) {
  for (int64_t id = 0; id < 20; ++id) {
    Write(TestRecord({{id, id % 2 == 0 ? "even" : "odd", id * 10, {}}}));
  }
  EXPECT_EQ(Ids(TestQuery("tag == \"odd\" and n < 60")), (std::vector<int64_t>{1, 3, 5}));
  EXPECT_EQ(Ids(TestQuery("id in [4, 2, 99]")), (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(Ids(TestQuery("id in [4, 2, 3] and tag == \"even\"")), (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(Ids(TestQuery("", 3)), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(Ids(TestQuery("tag == \"even\"", 2, 3)), (std::vector<int64_t>{6, 8}));
  EXPECT_TRUE(Ids(TestQuery("", 3, 20)).empty());
  EXPECT_TRUE(Ids(TestQuery("", 0)).empty());
  EXPECT_EQ(Count("n >= 100"), 10);
  EXPECT_EQ(Count("id == 3"), 1);
}

TEST_P(ShardClientContract, RowsInAnOrder) {
  for (int64_t id = 0; id < 12; ++id) {
    const auto n = id % 5 == 0 ? std::nullopt : std::optional(id % 4);
    Write(TestRecord({{id, id % 3 == 0 ? "b" : "a", n, {}}}));
  }
  Write(TestRecord({{7, "b", 9, {}}}, {7}));
  plan::QueryPlan plan = TestQuery("id != 4");
  plan.rows.also_read = {kNumberField, kTagField};
  plan.order = {{kNumberField, {}}};
  EXPECT_EQ(Ids(plan), (std::vector<int64_t>{8, 1, 9, 2, 6, 3, 11, 7, 0, 5, 10}));
  plan.order = {{kTagField, {true, false}}, {kNumberField, {true, true}}};
  EXPECT_EQ(Ids(plan), (std::vector<int64_t>{0, 7, 3, 6, 9, 5, 10, 11, 2, 1, 8}));
  plan.limit = 3;
  plan.offset = 4;
  EXPECT_EQ(Ids(plan), (std::vector<int64_t>{9, 5, 10}));
  plan.offset = 20;
  EXPECT_TRUE(Ids(plan).empty());
}

TEST_P(ShardClientContract, GroupsAndTheirAggregates) {
  using plan::AggregateOp;
  plan::QueryPlan plan = TestQuery();
  plan.rows.output_fields.clear();
  plan.rows.also_read = {kTagField, kNumberField, kIdField};
  plan.groups.emplace();
  plan.groups->aggregates = {{AggregateOp::kCount, FieldId(0)}, {AggregateOp::kMax, kTagField}};
  auto found = shard()->Query(plan, nullptr);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->count, 1);
  EXPECT_EQ(found->columns.at(0).view().At<int64_t>(0), 0);
  EXPECT_FALSE(found->columns.at(1).view().IsValid(0));
  for (int64_t id = 0; id < 9; ++id) {
    const auto n = id < 3 ? std::nullopt : std::optional(id);
    Write(TestRecord({{id, std::string(1, static_cast<char>('a' + id % 3)), n, {}}}));
  }
  Write(TestRecord({}, {4}));
  plan.groups->keys = {kTagField};
  plan.groups->aggregates = {{AggregateOp::kCount, FieldId(0)},
                             {AggregateOp::kCount, kNumberField},
                             {AggregateOp::kSum, kNumberField},
                             {AggregateOp::kAvg, kNumberField},
                             {AggregateOp::kMin, kIdField}};
  const auto texts = [&] {
    std::vector<std::string> rows;
    found = shard()->Query(plan, nullptr);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    if (!found.ok()) return rows;
    for (size_t r = 0; r < static_cast<size_t>(found->count); ++r) {
      std::string row(found->columns[0].view().TextAt(r));
      for (const size_t c : {1, 2, 3, 5}) {
        row += " " + std::to_string(found->columns[c].view().At<int64_t>(r));
      }
      rows.push_back(row + " " + std::to_string(found->columns[4].view().At<double>(r)).substr(0, 3));
    }
    return rows;
  };
  const std::string a = "a 3 2 9 0 4.5", b = "b 2 1 7 1 7.0", c = "c 3 2 13 2 6.5";
  EXPECT_EQ(texts(), (std::vector<std::string>{a, b, c}));
  plan.groups->order = {{1, {true, true}}};
  EXPECT_EQ(texts(), (std::vector<std::string>{a, c, b}));
  plan.limit = plan.offset = 1;
  EXPECT_EQ(texts(), (std::vector<std::string>{c}));
  plan.groups->count_max = 2;
  EXPECT_EQ(shard()->Query(plan, nullptr).status().code(), Code::kParameterTooLarge);
}

TEST_P(ShardClientContract, ATruncationTakesWhatCameBefore) {
  Write(TestRecord({{1, "one", 1, {}}, {2, "two", 2, {}}}));
  EXPECT_EQ(Count(), 2);
  Write(TestRecord({{3, "three", 3, {}}}, {1}));
  auto truncation = std::make_shared<WriteRecord>();
  truncation->truncates = true;
  const Timestamp truncated = Write(truncation);
  EXPECT_EQ(Count(), 0);
  EXPECT_EQ(shard()->Stats().row_count, 0);
  plan::QueryPlan old = TestQuery();
  old.rows.read_ts = truncated - 1;
  EXPECT_EQ(shard()->Query(old, nullptr).status().code(), Code::kParameterInvalid);
  Write(TestRecord({{2, "again", 2, {}}}));
  EXPECT_EQ(Ids(TestQuery()), (std::vector<int64_t>{2}));
  const auto found = shard()->Search(TestSearch({1, 2, 3}, 5), nullptr);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->hit_counts, (std::vector<int64_t>{1}));
}

TEST_P(ShardClientContract, AWriteMadeFromAReadIsRefusedWhenItsKeysWereWrittenSince) {
  Write(TestRecord({{1, "one", 1, {}}, {2, "two", 2, {}}}));
  const auto attempt = [this](int64_t key, Timestamp made_at) {
    auto record = TestRecord({{key, "made", 9, {}}}, {key});
    record->made_at = made_at;
    auto outcome = std::make_shared<std::pair<Status, Timestamp>>(Status(Code::kServiceNotReady, ""), 0);
    ShardClient* client = mem_ ? static_cast<ShardClient*>(mem_.get()) : kit_.shard.get();
    client->Append(record, [outcome](Status status, Timestamp ts) { *outcome = {std::move(status), ts}; });
    kit_.executor->RunAll();
    written_ = true;
    return *outcome;
  };
  const auto read_ts = [this] { return shard()->Query(TestQuery(), nullptr).value().snapshot_ts; };
  Timestamp seen = read_ts();
  EXPECT_TRUE(attempt(1, seen).first.ok());
  seen = read_ts();
  EXPECT_TRUE(attempt(9, seen).first.ok());  // what a shard knows of keys begins with the first question
  const Timestamp other = Write(TestRecord({}, {2}));
  EXPECT_TRUE(attempt(1, seen).first.ok());
  const auto [status, ts] = attempt(2, seen);
  EXPECT_TRUE(IsOutdated(status, ts));
  EXPECT_EQ(status.code(), Code::kServiceUnavailable);
  EXPECT_EQ(ts, other);
  EXPECT_EQ(Ids(TestQuery()), (std::vector<int64_t>{1, 9}));
  plan::QueryPlan later = TestQuery();
  later.rows.not_before = ts;
  EXPECT_TRUE(attempt(2, shard()->Query(later, nullptr).value().snapshot_ts).first.ok());
  EXPECT_EQ(Ids(TestQuery()), (std::vector<int64_t>{1, 2, 9}));
}

TEST_P(ShardClientContract, RowsOlderThanAFieldHoldItsDefault) {
  Write(TestRecord({{1, "one", 1, {}}, {2, "two", 2, {}}}));
  (void)shard();
  auto schema = std::make_shared<CollectionSchema>(*TestSchema());
  FieldSchema added;
  added.id = FieldId(104);
  added.name = "later";
  added.type = DataType::kInt64;
  added.default_value = DefaultValue::Long(5);
  schema->fields.push_back(added);
  added.id = FieldId(105);
  added.name = "empty";
  added.nullable = true;
  added.default_value = {};
  schema->fields.push_back(added);
  schema->version = 2;
  kit_.options.schema = schema;
  (mem_ ? static_cast<ShardClient*>(mem_.get()) : kit_.shard.get())->SetSchema(schema);
  auto record = TestRecord({{3, "three", 3, {}}});
  Column later(FieldId(104), DataType::kInt64, 0), empty(FieldId(105), DataType::kInt64, 0);
  later.Append<int64_t>(6);
  empty.Append<int64_t>(7);
  record->rows->rows.columns.push_back(std::move(later));
  record->rows->rows.columns.push_back(std::move(empty));
  record->schema = schema;
  Write(record);
  const auto plan = [&](const std::string& filter) {
    plan::QueryPlan plan;
    plan.rows.schema = schema;
    plan.rows.filter = plan::ParseFilter(filter, *schema).value();
    plan.rows.output_fields = {kIdField, FieldId(104), FieldId(105)};
    return plan;
  };
  const auto found = shard()->Query(plan("id >= 0"), nullptr);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  const ColumnView values = found->columns[1].view(), nulls = found->columns[2].view();
  ASSERT_EQ(values.row_count, 3u);
  for (size_t row = 0; row < 3; ++row) {
    EXPECT_TRUE(values.IsValid(row));
    EXPECT_EQ(values.At<int64_t>(row), row < 2 ? 5 : 6);
    EXPECT_EQ(nulls.IsValid(row), row == 2);
  }
  EXPECT_EQ(Ids(plan("later == 5")), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(Ids(plan("not (later in [5, 9])")), (std::vector<int64_t>{3}));
  EXPECT_EQ(Ids(plan("later > n")), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(Ids(plan("empty is null")), (std::vector<int64_t>{1, 2}));
  plan::QueryPlan groups = plan("id >= 0");
  groups.rows.output_fields.clear();
  groups.rows.also_read = {FieldId(104)};
  groups.groups.emplace();
  groups.groups->keys = {FieldId(104)};
  groups.groups->aggregates = {{plan::AggregateOp::kCount, FieldId(0)},
                               {plan::AggregateOp::kSum, FieldId(104)}};
  const auto grouped = shard()->Query(groups, nullptr);
  ASSERT_TRUE(grouped.ok()) << grouped.status().ToString();
  ASSERT_EQ(grouped->count, 2);
  EXPECT_EQ(grouped->columns[0].view().At<int64_t>(0), 5);
  EXPECT_EQ(grouped->columns[1].view().At<int64_t>(0), 2);
  EXPECT_EQ(grouped->columns[2].view().At<int64_t>(0), 10);
  plan::QueryPlan ordered = plan("id >= 0");
  ordered.rows.also_read = {FieldId(104)};
  ordered.order = {{FieldId(104), {true, false}}};
  EXPECT_EQ(Ids(ordered), (std::vector<int64_t>{3, 1, 2}));
}

TEST_P(ShardClientContract, DeletesAndOverwrites) {
  Write(TestRecord({{1, "one", 1, {}}, {2, "two", 2, {}}, {3, "three", 3, {}}}));
  Write(TestRecord({}, {2, 99}));
  EXPECT_EQ(Ids(TestQuery()), (std::vector<int64_t>{1, 3}));
  Write(TestRecord({{3, "new", 4, {}}, {4, "four", 4, {}}}, {3, 4}));  // an upsert
  const auto rows = Rows(TestQuery());
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].tag, "new");
  EXPECT_EQ(Count(), 3);
  Write(TestRecord({{2, "back", 5, {}}}));
  EXPECT_EQ(Ids(TestQuery()), (std::vector<int64_t>{1, 2, 3, 4}));
  Write(TestRecord({}, {1, 2, 3, 4}));
  EXPECT_EQ(Count(), 0);
}

TEST_P(ShardClientContract, ADeleteByFilterSparesRowsThatCameLater) {
  const Timestamp looked_up = Write(TestRecord({{1, "before", 1, {}}}));
  Write(TestRecord({{1, "after", 2, {}}, {2, "after", 2, {}}}));
  auto gone = TestRecord({}, {1, 2});
  gone->delete_up_to = looked_up;
  Write(gone);
  const auto rows = Rows(TestQuery());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].tag, "after");
}

TEST_P(ShardClientContract, PartitionsAreReadAndDeletedApart) {
  Write(TestRecord({{1, "p1", 1, {}}}, {}, PartitionId(1)));
  Write(TestRecord({{2, "p2", 2, {}}, {3, "p2", 3, {}}}, {}, PartitionId(2)));
  plan::QueryPlan only = TestQuery();
  only.rows.partitions = {PartitionId(2)};
  EXPECT_EQ(Ids(only), (std::vector<int64_t>{2, 3}));
  only.rows.partitions = {PartitionId(1), PartitionId(2)};
  EXPECT_EQ(Ids(only), (std::vector<int64_t>{1, 2, 3}));
  only.rows.partitions = {PartitionId(7)};
  EXPECT_TRUE(Ids(only).empty());
  Write(TestRecord({}, {1, 2}, PartitionId(1)));  // there is no 2 in partition 1
  EXPECT_EQ(Ids(TestQuery()), (std::vector<int64_t>{2, 3}));
  Write(TestRecord({}, {2, 3}, PartitionId(0)));
  EXPECT_TRUE(Ids(TestQuery()).empty());
}

TEST_P(ShardClientContract, AReadAtATimestampSeesWhatWasThereThen) {
  const Timestamp first = Write(TestRecord({{1, "one", 1, {}}}));
  const Timestamp second = Write(TestRecord({{2, "two", 2, {}}}, {1}));
  const Timestamp third = Write(TestRecord({}, {2}));
  const auto at = [&](Timestamp ts) {
    plan::QueryPlan plan = TestQuery();
    plan.rows.read_ts = ts;
    return Ids(plan);
  };
  EXPECT_TRUE(at(first - 1).empty());
  EXPECT_EQ(at(first), (std::vector<int64_t>{1}));
  EXPECT_EQ(at(second - 1), (std::vector<int64_t>{1}));
  EXPECT_EQ(at(second), (std::vector<int64_t>{2}));
  EXPECT_TRUE(at(third).empty());
}

TEST_P(ShardClientContract, AKeyIsAnsweredOnce) {
  Write(TestRecord({{1, "first", 1, {1, 0, 0}}}));
  Write(TestRecord({{1, "second", 2, {5, 0, 0}}, {2, "other", 3, {3, 0, 0}}}));
  const auto rows = Rows(TestQuery());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].tag, "second");  // a query answers the newest
  const auto found = shard()->Search(TestSearch({0, 0, 0}, 2), nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->hit_counts, (std::vector<int64_t>{2}));
  EXPECT_EQ(RowsOf(found->columns)[0].tag, "first");  // a search the nearest
  EXPECT_EQ(RowsOf(found->columns)[1].tag, "other");
  EXPECT_EQ(Count(), 3);  // a count counts rows
}

TEST_P(ShardClientContract, SearchesInEachMetric) {
  Write(TestRecord({{1, "a", 1, {1, 0, 0}}, {2, "b", 2, {0, 2, 0}}, {3, "c", 3, {2, 2, 0}}}));
  Write(TestRecord({{4, "d", 4, {-1, -1, 0}}, {5, "e", 5, {0, 0, 0}}}));
  const auto search = [&](Metric metric, std::vector<float> vectors, uint32_t k, uint32_t offset = 0) {
    plan::SearchPlan plan = TestSearch(std::move(vectors), k + offset);
    plan.query.metric = metric;
    plan.offset = offset;
    auto found = shard()->Search(plan, nullptr);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    std::vector<std::pair<int64_t, float>> hits;
    const auto rows = RowsOf(found->columns);
    EXPECT_EQ(rows.size(), found->distances.size());
    for (size_t i = 0; i < rows.size(); ++i) hits.emplace_back(rows[i].id, found->distances[i]);
    return hits;
  };
  using Hits = std::vector<std::pair<int64_t, float>>;
  EXPECT_EQ(search(Metric::kL2, {1, 0, 0}, 4), (Hits{{1, 0}, {5, 1}, {2, 5}, {3, 5}}));  // 3 is as far as 2
  EXPECT_EQ(search(Metric::kL2, {1, 0, 0}, 2, 2), (Hits{{2, 5}, {3, 5}}));
  EXPECT_EQ(search(Metric::kIp, {1, 1, 0}, 2), (Hits{{3, -4}, {2, -2}}));
  const Hits cosine = search(Metric::kCosine, {1, 1, 0}, 5);
  ASSERT_EQ(cosine.size(), 5u);
  EXPECT_EQ(cosine[0].first, 3);
  EXPECT_NEAR(cosine[0].second, -1, 1e-6);
  EXPECT_EQ(cosine[3], (std::pair<int64_t, float>{5, 0.0f}));
  EXPECT_EQ(cosine[4].first, 4);
  EXPECT_NEAR(cosine[4].second, 1, 1e-6);
}

TEST_P(ShardClientContract, ASearchPageEndsBetweenTwoDistances) {
  // Two rows at distance 0, three at 1, one at 4.
  Write(TestRecord({{5, "", 0, {0, 0, 0}}, {1, "", 0, {1, 0, 0}}, {4, "", 0, {0, 1, 0}}}));
  Write(TestRecord({{2, "", 0, {0, 0, 0}}, {6, "", 0, {0, 0, 1}}, {3, "", 0, {2, 0, 0}}}));
  const auto page = [&](uint32_t k, float from) {
    plan::SearchPlan plan = TestSearch({0, 0, 0}, k);
    plan.whole_ties = plan.query.exact = true;
    plan.query.from_distance = from;
    auto found = shard()->Search(plan, nullptr);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    std::vector<int64_t> ids;
    for (const TestRow& row : RowsOf(found->columns)) ids.push_back(row.id);
    return ids;
  };
  using Ids = std::vector<int64_t>;
  EXPECT_EQ(page(1, -1), (Ids{2, 5}));
  EXPECT_EQ(page(2, -1), (Ids{2, 5}));
  EXPECT_EQ(page(4, -1), (Ids{2, 5}));
  EXPECT_EQ(page(5, -1), (Ids{2, 5, 1, 4, 6}));
  EXPECT_EQ(page(2, 0.5f), (Ids{1, 4, 6}));
  EXPECT_EQ(page(9, 0.5f), (Ids{1, 4, 6, 3}));
  EXPECT_EQ(page(1, 1.5f), (Ids{3}));
  EXPECT_TRUE(page(1, 4.5f).empty());
  // A page by offset goes by key among equally far rows.
  for (uint32_t offset = 0; offset < 6; ++offset) {
    plan::SearchPlan plan = TestSearch({0, 0, 0}, offset + 1);
    plan.offset = offset;
    const auto found = shard()->Search(plan, nullptr);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(RowsOf(found->columns)[0].id, (Ids{2, 5, 1, 4, 6, 3})[offset]);
  }
}

TEST_P(ShardClientContract, SearchesManyQueriesWithFilterAndRange) {
  for (int64_t id = 0; id < 30; ++id) {
    Write(TestRecord({{id, id % 3 == 0 ? "third" : "", id, {static_cast<float>(id), 0, 0}}}));
  }
  plan::SearchPlan plan = TestSearch({0.25f, 0, 0, 20.25f, 0, 0, 500, 0, 0}, 4, "tag == \"third\"");
  plan.query.below_distance = 100;
  auto found = shard()->Search(plan, nullptr);
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->hit_counts, (std::vector<int64_t>{4, 4, 0}));
  std::vector<int64_t> ids;
  for (const TestRow& row : RowsOf(found->columns)) ids.push_back(row.id);
  EXPECT_EQ(ids, (std::vector<int64_t>{0, 3, 6, 9, 21, 18, 24, 15}));
  EXPECT_FLOAT_EQ(found->distances[1], 2.75f * 2.75f);
  plan.query.from_distance = 2;
  found = shard()->Search(plan, nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(RowsOf(found->columns)[0].id, 3);
}

TEST_P(ShardClientContract, AnAnswerThatIsTooLargeIsRefused) {
  for (int64_t id = 0; id < 10; ++id) Write(TestRecord({{id, std::string(60, 't'), id, {}}}));
  plan::QueryPlan plan = TestQuery();
  plan.rows.output_bytes_max = 200;
  EXPECT_EQ(shard()->Query(plan, nullptr).status().code(), Code::kParameterTooLarge);
  plan.limit = 2;
  EXPECT_TRUE(shard()->Query(plan, nullptr).ok());
}

TEST_P(ShardClientContract, ACancelledReadSaysSo) {
  Write(TestRecord({{1, "a", 1, {}}}));
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(shard()->Query(TestQuery("n > 0"), &cancel).status().code(), Code::kCanceled);
  EXPECT_EQ(shard()->Search(TestSearch({0, 0, 0}, 1), &cancel).status().code(), Code::kCanceled);
}

TEST_P(ShardClientContract, RandomHistoriesEqualAModel) {
  constexpr uint64_t kSeed = 20260611;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  std::map<int64_t, TestRow> model;
  for (int step = 0; step < 120; ++step) {
    std::vector<TestRow> rows;
    std::vector<int64_t> gone;
    const bool upsert = random.Below(3) > 0;
    for (uint64_t i = 0, n = random.Below(6); i < n; ++i) {
      TestRow row{
          static_cast<int64_t>(random.Below(60)), "t" + std::to_string(random.Below(4)), std::nullopt, {}};
      if (random.Below(4) > 0) row.n = static_cast<int64_t>(random.Below(50));
      row.vec = {static_cast<float>(random.Below(9)), static_cast<float>(random.Below(9)), 1};
      if (std::any_of(rows.begin(), rows.end(), [&](const TestRow& r) { return r.id == row.id; })) continue;
      gone.push_back(row.id);
      if (upsert) rows.push_back(row);
    }
    if (gone.empty()) continue;
    Write(TestRecord(rows, gone, upsert ? PartitionId(1) : PartitionId(0)));
    for (const int64_t id : gone) model.erase(id);
    for (const TestRow& row : rows) model[row.id] = row;
    if (step % 10 != 9) continue;
    std::vector<TestRow> all, few;
    for (const auto& [id, row] : model) {
      all.push_back(row);
      if (row.n && *row.n < 20 && row.tag != "t1") few.push_back(row);
    }
    ASSERT_EQ(Rows(TestQuery()), all) << step;
    ASSERT_EQ(Rows(TestQuery("n < 20 and tag != \"t1\"")), few) << step;
    ASSERT_EQ(Count("n < 20 and tag != \"t1\""), static_cast<int64_t>(few.size()));
    std::vector<std::pair<float, int64_t>> expected;
    for (const TestRow& row : few) {
      expected.emplace_back((row.vec[0] - 4) * (row.vec[0] - 4) + (row.vec[1] - 4) * (row.vec[1] - 4),
                            row.id);
    }
    std::sort(expected.begin(), expected.end());
    // Of rows that are equally far at the last place any may be answered: those are left out.
    const size_t k = std::min<size_t>(expected.size(), 5);
    if (expected.size() > k && expected[k].first == expected[k - 1].first) {
      const float last = expected[k].first;
      std::erase_if(expected, [last](const auto& hit) { return hit.first >= last; });
    } else {
      expected.resize(k);
    }
    const auto found = shard()->Search(TestSearch({4, 4, 1}, 5, "n < 20 and tag != \"t1\""), nullptr);
    ASSERT_TRUE(found.ok());
    std::vector<std::pair<float, int64_t>> hits;
    const auto rows_found = RowsOf(found->columns);
    ASSERT_EQ(rows_found.size(), k);
    for (size_t i = 0; i < expected.size(); ++i) hits.emplace_back(found->distances[i], rows_found[i].id);
    ASSERT_EQ(hits, expected) << step;
  }
}

TEST_P(ShardClientContract, WhereKeysAreUniqueAnInsertOfAnOldOneIsRefused) {
  const auto append = [&](const std::vector<int64_t>& ids, PartitionId partition = PartitionId(1),
                          Timestamp expired_before = 0) {
    std::vector<TestRow> rows;
    for (const int64_t id : ids) rows.push_back({id, "a", id, {}});
    auto record = TestRecord(rows, {}, partition);
    record->unique = {true, expired_before};
    std::optional<Status> answer;
    (void)shard();  // sealed, or replayed, first
    (mem_ ? static_cast<ShardClient*>(mem_.get()) : kit_.shard.get())
        ->Append(std::move(record), [&answer](Status status, Timestamp) { answer = status; });
    kit_.executor->RunAll();
    written_ = true;
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(Status::Internal("no answer")).code();
  };
  EXPECT_EQ(append({1, 2}), Code::kOk);
  EXPECT_EQ(append({3, 2}), Code::kParameterInvalid);
  EXPECT_EQ(append({4, 5, 4}), Code::kParameterInvalid);
  EXPECT_EQ(append({1}, PartitionId(2)), Code::kParameterInvalid);
  EXPECT_EQ(Ids(TestQuery()), (std::vector<int64_t>{1, 2}));
  Write(TestRecord({}, {2}, PartitionId(0)));
  EXPECT_EQ(append({2}), Code::kOk);  // it had gone
  auto upsert = TestRecord({{1, "b", 9, {}}}, {1});
  upsert->unique = {true, 0};
  const Timestamp written = Write(upsert);
  EXPECT_EQ(append({1}), Code::kParameterInvalid);
  EXPECT_EQ(append({1}, PartitionId(1), written), Code::kParameterInvalid);
  EXPECT_EQ(append({1}, PartitionId(1), written + 1), Code::kOk);  // has outlived its time to live
}

TEST_P(ShardClientContract, WhereKeysAreUniqueThoseOnTheirWayCountToo) {
  ShardClient* const client = mem_ ? static_cast<ShardClient*>(mem_.get()) : kit_.shard.get();
  if (mem_) mem_->SetManual(true);
  std::vector<Code> answers;
  const auto append = [&](bool upsert) {
    auto record = TestRecord({{7, "a", 1, {}}}, upsert ? std::vector<int64_t>{7} : std::vector<int64_t>{});
    record->unique = {true, 0};
    client->Append(std::move(record),
                   [&answers](Status status, Timestamp) { answers.push_back(status.code()); });
  };
  for (const bool upsert : {false, false, true, false}) append(upsert);
  if (mem_) mem_->Apply();
  kit_.executor->RunAll();
  written_ = true;
  std::sort(answers.begin(), answers.end());
  EXPECT_EQ(answers,
            (std::vector<Code>{Code::kOk, Code::kOk, Code::kParameterInvalid, Code::kParameterInvalid}));
  EXPECT_EQ(Ids(TestQuery()), std::vector<int64_t>{7});
  EXPECT_EQ(Count(), 1);
}

std::string NameOf(const testing::TestParamInfo<Kind>& info) {
  const char* names[] = {"growing", "sealed", "replayed", "mem"};
  return names[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(All, ShardClientContract,
                         testing::Values(Kind::kGrowing, Kind::kSealed, Kind::kReplayed, Kind::kMem), NameOf);

}  // namespace
}  // namespace redkite::shard
