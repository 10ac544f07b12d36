#include <gtest/gtest.h>

#include "proxy/proxy_test_kit.h"

namespace redkite::proxy {
namespace {

TEST(ProxySegmentsTest, StoredAndLoaded) {
  ProxyKit kit;
  ASSERT_TRUE(kit.Create("c").ok());
  ASSERT_TRUE(kit->CreatePartition({{"", "c"}, "p"}).ok());
  ASSERT_TRUE(kit.CreateIndex("c").ok());
  const auto meta = kit.Meta("c");
  const PartitionId first = meta->partitions[0].id, second = meta->partitions[1].id;
  const IndexId index = meta->indexes[0].id;
  kit.backend().shard->segments = {{SegmentId(1), first, false, 5, 50, {index}},
                                   {SegmentId(2), second, false, 7, 70, {}},
                                   {SegmentId(3), first, true, 1, 10, {}}};

  const auto stored = kit->PersistentSegments({{"", "c"}, {}});
  ASSERT_TRUE(stored.ok());
  ASSERT_EQ(stored->size(), 2u);
  EXPECT_EQ((*stored)[0].state, SegmentState::kFlushed);
  EXPECT_EQ((*stored)[0].index_name, "vec");
  EXPECT_EQ((*stored)[1].row_count, 7);
  const auto growing = kit->PersistentSegments({{"", "c"}, {SegmentState::kGrowing}});
  ASSERT_EQ(growing->size(), 1u);
  EXPECT_EQ((*growing)[0].id, SegmentId(3));

  EXPECT_EQ(kit->LoadedSegments({"", "c"}).status().code(), Code::kCollectionNotLoaded);
  EXPECT_TRUE(kit->Replicas({{"", "c"}, {}})->empty());
  ASSERT_TRUE(kit.LoadPartitions("c", {"_default"}).ok());
  const auto loaded = kit->LoadedSegments({"", "c"});
  ASSERT_EQ(loaded->size(), 2u);
  EXPECT_EQ((*loaded)[0].state, SegmentState::kSealed);
  EXPECT_EQ((*loaded)[0].index, index);
  EXPECT_EQ((*loaded)[1].state, SegmentState::kGrowing);
  const auto replicas = kit->Replicas({{}, meta->id});
  ASSERT_EQ(replicas->size(), 1u);
  EXPECT_EQ((*replicas)[0].partitions, (std::vector<PartitionId>{first}));

  EXPECT_EQ(*kit->IndexedSegments({{"", "c"}, "", "vec"}), (std::vector<SegmentId>{SegmentId(1)}));
  EXPECT_EQ(kit->IndexedSegments({{"", "c"}, "", "none"}).status().code(), Code::kIndexNotFound);
}

}  // namespace
}  // namespace redkite::proxy
