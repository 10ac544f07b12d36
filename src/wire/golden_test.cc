// Requests exactly as stock pymilvus 2.6 and 3.0 send them: tests/golden/wire/write_golden.py wrote them.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "types/array_value.h"
#include "types/sparse_vector.h"
#include "wire/collection_codec.h"
#include "wire/flush_codec.h"
#include "wire/index_codec.h"
#include "wire/insert_codec.h"
#include "wire/search_codec.h"

namespace redkite::wire {
namespace {

std::string ReadFrom(const std::string& client, const std::string& name) {
  const std::string path = std::string(REDKITE_GOLDEN_DIR "/wire/") + client + "_" + name + ".bin";
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

class Golden : public testing::TestWithParam<const char*> {
 protected:
  std::string Read(const std::string& name) { return ReadFrom(GetParam(), name); }
};

TEST_P(Golden, CreateCollection) {
  const auto r = DecodeCreateCollection(Read("create_collection"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->name.collection, "words");
  EXPECT_EQ(r->schema.description, "words");
  EXPECT_EQ(r->consistency, Consistency::kStrong);
  EXPECT_EQ(r->shards_num, 1);
  EXPECT_EQ(r->properties, (Params{{"collection.ttl.seconds", "60"}}));
  EXPECT_TRUE(r->schema.enable_dynamic_field);
  ASSERT_EQ(r->schema.fields.size(), 9U);
  EXPECT_EQ(r->schema.primary().name, "id");
  EXPECT_EQ(r->schema.Find("word")->max_length, 64);
  EXPECT_TRUE(r->schema.Find("number")->nullable);
  EXPECT_EQ(r->schema.Find("vector")->dim, 4);
  EXPECT_TRUE(r->unsupported.empty());
}

void ExpectRows(const InsertRequest& r) {
  EXPECT_EQ(r.name.collection, "words");
  EXPECT_EQ(r.row_count, 3U);
  EXPECT_EQ(r.schema_timestamp, 42U);
  ASSERT_EQ(r.columns.size(), 10U);
  for (const InputColumn& c : r.columns) {
    const ColumnView view = c.column.view();
    ASSERT_EQ(view.row_count, 3U) << c.name;
    if (c.name == "id") {
      EXPECT_EQ(view.At<int64_t>(2), 2);
    } else if (c.name == "word") {
      EXPECT_EQ(view.TextAt(1),
                "w\xc3\xa9"
                "1");
    } else if (c.name == "flag") {
      EXPECT_EQ(view.At<uint8_t>(1), 0);
    } else if (c.name == "small") {
      EXPECT_EQ(view.At<int8_t>(2), -2);
    } else if (c.name == "number") {
      EXPECT_FALSE(view.IsValid(1));
      EXPECT_EQ(view.At<int32_t>(2), 2000);
    } else if (c.name == "score") {
      EXPECT_EQ(view.At<float>(1), 0.5f);
    } else if (c.name == "exact") {
      EXPECT_EQ(view.At<double>(1), 0.25);
    } else if (c.name == "doc") {
      EXPECT_EQ(view.TextAt(2), "{\"k\":2}");
    } else if (c.name == "vector") {
      EXPECT_EQ(view.VectorAt(2)[0], 2.0f);
    } else {
      EXPECT_TRUE(c.is_dynamic) << c.name;
      EXPECT_EQ(view.TextAt(0), "{\"extra\":\"x0\"}");
    }
  }
  EXPECT_TRUE(r.columns.back().is_dynamic);
}

TEST_P(Golden, InsertAndUpsert) {
  const auto insert = DecodeInsert(Read("insert"));
  ASSERT_TRUE(insert.ok()) << insert.status().message();
  ExpectRows(*insert);
  const auto upsert = DecodeUpsert(Read("upsert"));
  ASSERT_TRUE(upsert.ok()) << upsert.status().message();
  ExpectRows(*upsert);
  EXPECT_TRUE(upsert->upsert);
  EXPECT_FALSE(upsert->partial_update);
  EXPECT_TRUE(upsert->unsupported.empty());
}

// The client names no element type, and sends a member for an empty array but none of its values.
TEST(GoldenArrays, Insert) {
  const auto r = DecodeInsert(ReadFrom("pymilvus30", "insert_arrays"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  ASSERT_EQ(r->columns.size(), 6U);
  const std::pair<const char*, DataType> expected[] = {{"bits", DataType::kBool},
                                                       {"small", DataType::kInt32},
                                                       {"long", DataType::kInt64},
                                                       {"exact", DataType::kDouble},
                                                       {"words", DataType::kVarChar}};
  for (size_t i = 0; i < std::size(expected); ++i) {
    const InputColumn& c = r->columns[i + 1];
    EXPECT_EQ(c.name, expected[i].first);
    EXPECT_EQ(c.column.type(), DataType::kArray) << c.name;
    EXPECT_EQ(c.element_type, expected[i].second) << c.name;
    EXPECT_EQ(c.has_valid_data, c.name == "long");
    ASSERT_EQ(c.column.row_count(), 2U) << c.name;
    if (c.name != "long") {
      EXPECT_EQ(c.column.view().TextAt(1), "") << c.name;
    }
  }
  const ColumnView longs = r->columns[3].column.view();
  EXPECT_FALSE(longs.IsValid(0));
  EXPECT_EQ(ArrayValue::Parse(DataType::kInt64, longs.TextAt(1))->At<int64_t>(0), int64_t{1} << 40);
  const auto small = ArrayValue::Parse(DataType::kInt32, r->columns[2].column.view().TextAt(0));
  EXPECT_EQ(small->At<int32_t>(0), -8);
  const auto words = ArrayValue::Parse(DataType::kVarChar, r->columns[5].column.view().TextAt(0));
  ASSERT_EQ(words->size(), 3U);
  EXPECT_EQ(words->TextAt(2), "w\xc3\xa9");
}

TEST(GoldenSparse, Insert) {
  const auto r = DecodeInsert(ReadFrom("pymilvus30", "insert_sparse"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  ASSERT_EQ(r->columns.size(), 2U);
  EXPECT_EQ(r->columns[1].column.type(), DataType::kSparseFloatVector);
  const ColumnView rows = r->columns[1].column.view();
  ASSERT_EQ(rows.row_count, 3U);
  const SparseRow first(rows.TextAt(0));
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first.Index(0), 2U);
  EXPECT_EQ(first.Value(0), 1.5f);
  EXPECT_EQ(first.Index(1), 7U);
  EXPECT_EQ(rows.TextAt(1), "");
  EXPECT_EQ(SparseRow(rows.TextAt(2)).Index(0), kSparseIndexMax);
}

TEST(GoldenSparse, Search) {
  const auto r = DecodeSearch(ReadFrom("pymilvus30", "search_sparse"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->queries.placeholder_type, 104);
  EXPECT_EQ(r->queries.offsets, (std::vector<uint64_t>{0, 16, 16}));
  EXPECT_EQ(SparseRow(r->queries.bytes).Value(0), 0.25f);
}

TEST_P(Golden, Search) {
  const auto r = DecodeSearch(Read("search"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->nq, 2);
  EXPECT_EQ(r->queries.placeholder_type, 101);
  EXPECT_EQ(r->queries.value_bytes, 16U);
  ASSERT_EQ(r->queries.bytes.size(), 32U);
  float second = 0;
  std::memcpy(&second, r->queries.bytes.data() + 16, sizeof second);
  EXPECT_EQ(second, 5.0f);
  EXPECT_EQ(r->filter, "number > 3");
  EXPECT_EQ(*FindParam(r->params, "topk"), "10");
  EXPECT_EQ(*FindParam(r->params, "metric_type"), "COSINE");
  EXPECT_EQ(r->output_fields, (std::vector<std::string>{"word", "number"}));
  EXPECT_EQ(r->read_point.consistency, Consistency::kBounded);
  EXPECT_EQ(r->read_point.guarantee_ts, 2U);
  EXPECT_TRUE(r->unsupported.empty());
}

TEST_P(Golden, QueryAndDelete) {
  const auto query = DecodeQuery(Read("query"));
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->filter, "id in [1, 2]");
  EXPECT_EQ(*FindParam(query->params, "limit"), "5");
  EXPECT_EQ(query->output_fields, std::vector<std::string>{"*"});
  EXPECT_EQ(query->partitions, std::vector<std::string>{"_default"});
  EXPECT_TRUE(query->read_point.use_default);
  const auto erase = DecodeDelete(Read("delete"));
  ASSERT_TRUE(erase.ok());
  EXPECT_EQ(erase->filter, "id in [1]");
  EXPECT_EQ(erase->partition, "_default");
}

TEST_P(Golden, CreateIndexAndFlush) {
  const auto index = DecodeCreateIndex(Read("create_index"));
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->field_name, "vector");
  EXPECT_EQ(index->index_name, "vector_index");
  EXPECT_EQ(*FindParam(index->params, "index_type"), "HNSW");
  const auto flush = DecodeFlush(Read("flush"));
  ASSERT_TRUE(flush.ok());
  EXPECT_EQ(flush->collections, (std::vector<std::string>{"words", "other"}));
}

INSTANTIATE_TEST_SUITE_P(Pymilvus, Golden, testing::Values("pymilvus26", "pymilvus30"));

TEST(GoldenStructs, Insert) {
  const auto r = DecodeInsert(ReadFrom("pymilvus30", "insert_structs"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  ASSERT_EQ(r->columns.size(), 4U);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_TRUE(r->columns[i].of_struct && r->columns[i].has_valid_data);
    ASSERT_EQ(r->columns[i].column.row_count(), 3U);
    EXPECT_FALSE(r->columns[i].column.view().IsValid(2));
    EXPECT_EQ(r->columns[i].column.view().TextAt(1), "");
  }
  EXPECT_EQ(r->columns[1].name, "chunks[text]");
  EXPECT_EQ(r->columns[2].element_type, DataType::kInt64);
  EXPECT_EQ(r->columns[3].name, "chunks[vector]");
  EXPECT_EQ(r->columns[3].element_type, DataType::kFloatVector);
  EXPECT_EQ(r->columns[3].column.dim(), 2);
  EXPECT_EQ(r->columns[3].column.view().TextAt(0).size(), 16U);
}

TEST(GoldenStructs, Search) {
  const auto r = DecodeSearch(ReadFrom("pymilvus30", "search_lists"));
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->queries.placeholder_type, 301);
  EXPECT_TRUE(r->queries.is_lists());
  EXPECT_EQ(r->queries.offsets, (std::vector<uint64_t>{0, 8, 24}));
}

}  // namespace
}  // namespace redkite::wire
