#include "proxy/search_by_ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace redkite::proxy {
namespace {

constexpr int kDim = 2;

// Rows in memory that answer a query for keys.
class FakeShard final : public shard::ShardClient {
 public:
  void Append(std::shared_ptr<shard::WriteRecord>, shard::WriteDone done) override {
    done(Status::Internal("not in this test"), 0);
  }
  Result<shard::SearchRows> Search(const plan::SearchPlan&, const CancelToken*) override {
    return Status::Internal("not in this test");
  }
  Result<shard::QueryRows> Query(const plan::QueryPlan& plan, const CancelToken*) override {
    asked_keys = plan.rows.keys;
    asked_partitions = plan.rows.partitions;
    asked_ts = plan.rows.read_ts;
    shard::QueryRows out;
    Column keys(FieldId(100), key_type, 0), vectors(FieldId(101), DataType::kFloatVector, kDim);
    for (const auto& [key, vector] : rows) {
      if (key_type == DataType::kVarChar) {
        if (std::count(plan.rows.keys->texts.begin(), plan.rows.keys->texts.end(), key) == 0) continue;
        keys.AppendText(key);
      } else {
        const int64_t number = std::stoll(key);
        if (std::count(plan.rows.keys->ints.begin(), plan.rows.keys->ints.end(), number) == 0) continue;
        keys.Append<int64_t>(number);
      }
      vectors.AppendVector(vector.data());
    }
    out.columns.push_back(std::move(keys));
    out.columns.push_back(std::move(vectors));
    return out;
  }
  void SetSchema(std::shared_ptr<const CollectionSchema>) override {}
  shard::ShardStats Stats() const override { return {}; }
  std::vector<shard::SegmentStats> Segments() const override { return {}; }

  DataType key_type = DataType::kInt64;
  std::map<std::string, std::vector<float>> rows;
  std::optional<plan::KeyEquality> asked_keys;
  std::vector<PartitionId> asked_partitions;
  Timestamp asked_ts = 0;
};

class SearchByIdsTest : public testing::Test {
 protected:
  SearchByIdsTest() {
    auto schema = std::make_shared<CollectionSchema>();
    FieldSchema key, vector;
    key.id = FieldId(100);
    key.name = "id";
    key.type = DataType::kInt64;
    key.is_primary = true;
    vector.id = FieldId(101);
    vector.name = "vec";
    vector.type = DataType::kFloatVector;
    vector.dim = kDim;
    schema->fields = {key, vector};
    schema_ = schema;
    rows_.schema = schema;
    rows_.partitions = {PartitionId(3)};
    rows_.read_ts = 77;
    shard_.rows = {{"1", {1, 2}}, {"5", {5, 6}}, {"30", {30, 31}}};
  }
  Result<QueryVectors> Fetch(const Column& ids) {
    return FetchVectorsOfIds(ids.view(), schema_->fields[1], rows_, shard_, nullptr);
  }
  static Column Numbers(const std::vector<int64_t>& values) {
    Column column(FieldId(), DataType::kInt64, 0);
    for (int64_t v : values) column.Append<int64_t>(v);
    return column;
  }

  std::shared_ptr<CollectionSchema> schema_;
  plan::RowSelection rows_;
  FakeShard shard_;
};

TEST_F(SearchByIdsTest, VectorsComeInTheOrderOfTheIds) {
  const auto queries = Fetch(Numbers({30, 1, 5}));
  ASSERT_TRUE(queries.ok()) << queries.status().message();
  EXPECT_EQ(queries->count, 3u);
  EXPECT_EQ(queries->value_bytes, 8u);
  EXPECT_EQ(queries->placeholder_type, static_cast<int>(DataType::kFloatVector));
  std::vector<float> values(6);
  std::memcpy(values.data(), queries->bytes.data(), queries->bytes.size());
  EXPECT_EQ(values, (std::vector<float>{30, 31, 1, 2, 5, 6}));
  EXPECT_EQ(shard_.asked_ts, 77u);
  EXPECT_EQ(shard_.asked_partitions, rows_.partitions);
  EXPECT_TRUE(shard_.asked_keys->exact);
}

TEST_F(SearchByIdsTest, Refusals) {
  const auto message = [&](const Column& ids) {
    const auto queries = Fetch(ids);
    EXPECT_EQ(queries.status().code(), Code::kParameterInvalid);
    return queries.status().message();
  };
  EXPECT_TRUE(CheckDistinctIds(Numbers({1, 5, 30}).view()).ok());
  const Status repeated = CheckDistinctIds(Numbers({1, 5, 1}).view());
  EXPECT_EQ(repeated.code(), Code::kParameterInvalid);
  EXPECT_NE(repeated.message().find("duplicate IDs found in search request: 1"), std::string::npos);
  EXPECT_NE(message(Numbers({1, 7, 8})).find("[7, 8]"), std::string::npos);
  EXPECT_NE(message(Numbers({})).find("no IDs"), std::string::npos);
  Column texts(FieldId(), DataType::kVarChar, 0);
  texts.AppendText("1");
  EXPECT_NE(message(texts).find("primary key id is Int64"), std::string::npos);
  std::vector<int64_t> many(100);
  for (int64_t i = 0; i < 100; ++i) many[static_cast<size_t>(i)] = 1000 + i;
  EXPECT_NE(message(Numbers(many)).find("... 100 in all"), std::string::npos);
}

TEST_F(SearchByIdsTest, AKeyMayComeTwiceWithinTheLimit) {
  const auto queries = Fetch(Numbers({5, 1, 5}));
  ASSERT_TRUE(queries.ok());
  std::vector<float> values(6);
  std::memcpy(values.data(), queries->bytes.data(), queries->bytes.size());
  EXPECT_EQ(values, (std::vector<float>{5, 6, 1, 2, 5, 6}));
  rows_.output_bytes_max = 3 * 8;
  EXPECT_TRUE(Fetch(Numbers({5, 5, 5})).ok());
  const Status refused = Fetch(Numbers({5, 5, 5, 5})).status();
  EXPECT_EQ(refused.code(), Code::kParameterTooLarge);
  EXPECT_NE(refused.message().find("limits.output_size"), std::string::npos);
}

TEST_F(SearchByIdsTest, TextKeys) {
  schema_->fields[0].type = shard_.key_type = DataType::kVarChar;
  shard_.rows = {{"a", {1, 2}}, {"b", {3, 4}}};
  Column ids(FieldId(), DataType::kVarChar, 0);
  ids.AppendText("b");
  const auto queries = Fetch(ids);
  ASSERT_TRUE(queries.ok());
  float first = 0;
  std::memcpy(&first, queries->bytes.data(), sizeof first);
  EXPECT_EQ(first, 3.0f);
}

}  // namespace
}  // namespace redkite::proxy
