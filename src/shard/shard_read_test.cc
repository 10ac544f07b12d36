// What a read of Shard does beyond the contract of ShardClient (shard_client_contract_test.cc).
#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

TEST(ShardRead, AReaderKeepsItsSnapshot) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}}))->ok());
  const auto before = kit.shard->snapshot();
  ASSERT_TRUE(kit.Write(TestRecord({{2, "b", 2, {}}}, {1}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  ASSERT_EQ(before->segments.size(), 1u);
  EXPECT_EQ(before->segments[0]->row_count, 1u);
  EXPECT_TRUE(before->segments[0]->deletes->empty());
  EXPECT_LT(before->applied_ts, kit.shard->snapshot()->applied_ts);
}

TEST(ShardRead, StatsCountSegmentsOfEachKind) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{1, "a", 1, {}}, {2, "b", 1, {}}}))->ok());
  ASSERT_TRUE(kit.Flush().ok());
  ASSERT_TRUE(kit.Write(TestRecord({{3, "c", 1, {}}}, {1}))->ok());
  const ShardStats stats = kit.shard->Stats();
  EXPECT_EQ(stats.row_count, 3);  // deletes are not looked at
  EXPECT_EQ(stats.sealed_row_count, 2);
  EXPECT_EQ(stats.segment_count, 2);
  EXPECT_GT(stats.growing_bytes, 0);
}

TEST(ShardRead, WorkIsCounted) {
  ShardKit kit;
  ASSERT_TRUE(kit.Open().ok());
  for (int64_t id = 0; id < 10; ++id) {
    ASSERT_TRUE(kit.Write(TestRecord({{id, "a", id, {static_cast<float>(id), 0, 0}}}))->ok());
  }
  const auto found = kit.shard->Search(TestSearch({0, 0, 0}, 3, "n < 4"), nullptr);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->stats.segments, 1);
  EXPECT_EQ(found->stats.rows_filtered, 10);
  EXPECT_EQ(found->stats.rows_excluded, 6);
  EXPECT_GT(found->stats.distances_computed, 0);
}

}  // namespace
}  // namespace redkite::shard
