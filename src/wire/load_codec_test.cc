#include "wire/load_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_load.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;

TEST(LoadCodec, Requests) {
  pb::LoadCollectionRequest load;
  load.set_collection_name("c");
  load.set_replica_number(2);
  load.add_load_fields("v");
  const auto decoded = DecodeLoadCollection(load.SerializeAsString());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->name.collection, "c");
  EXPECT_EQ(decoded->replica_number, 2);
  EXPECT_EQ(decoded->load_fields, std::vector<std::string>{"v"});
  pb::LoadPartitionsRequest partitions;
  partitions.add_partition_names("p");
  EXPECT_EQ(DecodeLoadPartitions(partitions.SerializeAsString())->partitions, std::vector<std::string>{"p"});
  // In these two the collection is field 2 and the database field 4.
  pb::GetLoadStateRequest state;
  state.set_db_name("d");
  state.set_collection_name("c");
  state.add_partition_names("p");
  for (const auto& r :
       {DecodeGetLoadState(state.SerializeAsString()), DecodeGetLoadingProgress(state.SerializeAsString())}) {
    ASSERT_TRUE(r.ok());
    EXPECT_EQ(r->name.database, "d");
    EXPECT_EQ(r->name.collection, "c");
    EXPECT_EQ(r->partitions, std::vector<std::string>{"p"});
  }
  pb::ReleasePartitionsRequest release;
  release.set_db_name("d");
  release.add_partition_names("p");
  EXPECT_EQ(DecodeReleasePartitions(release.SerializeAsString())->partitions.size(), 1U);
  EXPECT_EQ(DecodeReleaseCollection(release.SerializeAsString())->database, "d");
  EXPECT_FALSE(DecodeReleaseCollection("\x12").ok());
}

TEST(LoadCodec, Replies) {
  pb::GetLoadStateResponse state;
  ASSERT_TRUE(state.ParseFromString(EncodeGetLoadState(LoadState::kLoaded)));
  EXPECT_EQ(state.state(), ::milvus::proto::common::LoadStateLoaded);
  pb::GetLoadingProgressResponse progress;
  ASSERT_TRUE(progress.ParseFromString(EncodeGetLoadingProgress(30, 100)));
  EXPECT_TRUE(progress.has_status());
  EXPECT_EQ(progress.progress(), 30);
  EXPECT_EQ(progress.refresh_progress(), 100);
}

}  // namespace
}  // namespace redkite::wire
