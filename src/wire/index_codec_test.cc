#include "wire/index_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_index.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;

TEST(IndexCodec, Requests) {
  pb::CreateIndexRequest create;
  create.set_collection_name("c");
  create.set_field_name("v");
  create.set_index_name("i");
  auto* pair = create.add_extra_params();
  pair->set_key("params");
  pair->set_value("{\"M\":16}");
  const auto decoded = DecodeCreateIndex(create.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->field_name, "v");
  EXPECT_EQ(decoded->index_name, "i");
  EXPECT_EQ(decoded->params, (Params{{"params", "{\"M\":16}"}}));

  pb::DescribeIndexRequest describe;
  describe.set_collection_name("c");
  describe.set_field_name("v");
  describe.set_index_name("i");
  const std::string bytes = describe.SerializeAsString();
  for (const auto& r : {DecodeDescribeIndex(bytes), DecodeDropIndex(bytes), DecodeGetIndexState(bytes),
                        DecodeGetIndexBuildProgress(bytes)}) {
    ASSERT_TRUE(r.ok());
    EXPECT_EQ(r->name.collection, "c");
    EXPECT_EQ(r->field_name, "v");
    EXPECT_EQ(r->index_name, "i");
  }
  pb::GetIndexStatisticsRequest statistics;  // here the index is field 4, where others have the field's name
  statistics.set_index_name("i");
  EXPECT_EQ(DecodeGetIndexStatistics(statistics.SerializeAsString())->index_name, "i");
  EXPECT_FALSE(DecodeDropIndex("\x1a").ok());
}

TEST(IndexCodec, AlterRequest) {
  pb::AlterIndexRequest alter;
  alter.set_collection_name("c");
  alter.set_index_name("i");
  auto* pair = alter.add_extra_params();
  pair->set_key("mmap.enabled");
  pair->set_value("true");
  alter.add_delete_keys("warmup");
  const auto decoded = DecodeAlterIndex(alter.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->index_name, "i");
  EXPECT_EQ(decoded->properties.put, (Params{{"mmap.enabled", "true"}}));
  EXPECT_EQ(decoded->properties.remove, (std::vector<std::string>{"warmup"}));
  EXPECT_FALSE(DecodeAlterIndex("\x12").ok());
}

TEST(IndexCodec, Replies) {
  IndexDescription d;
  d.index_name = "i";
  d.field_name = "v";
  d.id = IndexId(6);
  d.params = {{"index_type", "HNSW"}};
  d.state = IndexState::kInProgress;
  d.indexed_rows = 30;
  d.total_rows = 100;
  pb::DescribeIndexResponse m;
  ASSERT_TRUE(m.ParseFromString(EncodeDescribeIndex({d})));
  EXPECT_TRUE(m.has_status());
  ASSERT_EQ(m.index_descriptions_size(), 1);
  EXPECT_EQ(m.index_descriptions(0).pending_index_rows(), 70);
  EXPECT_EQ(m.index_descriptions(0).state(), ::milvus::proto::common::InProgress);
  EXPECT_EQ(m.index_descriptions(0).indexid(), 6);
  EXPECT_EQ(m.index_descriptions(0).params(0).value(), "HNSW");
  pb::GetIndexStatisticsResponse statistics;
  ASSERT_TRUE(statistics.ParseFromString(EncodeGetIndexStatistics({d, d})));
  EXPECT_EQ(statistics.index_descriptions_size(), 2);
  pb::GetIndexStateResponse state;
  ASSERT_TRUE(state.ParseFromString(EncodeGetIndexState(IndexState::kFailed, "disk")));
  EXPECT_EQ(state.fail_reason(), "disk");
  pb::GetIndexBuildProgressResponse progress;
  ASSERT_TRUE(progress.ParseFromString(EncodeGetIndexBuildProgress(1, 2)));
  EXPECT_EQ(progress.indexed_rows(), 1);
  EXPECT_EQ(progress.total_rows(), 2);
}

}  // namespace
}  // namespace redkite::wire
