#include "wire/segment_codec.h"

#include <gtest/gtest.h>

#include <map>

#include "wire/pb_reader.h"
#include "wire/pb_writer.h"

namespace redkite::wire {
namespace {

// Field number → the last number, or the bytes.
struct Fields {
  std::map<uint32_t, int64_t> numbers;
  std::map<uint32_t, std::vector<std::string>> texts;
};
Fields Read(std::string_view bytes) {
  Fields out;
  PbReader r(bytes);
  while (r.Next()) {
    if ((r.tag() & 7) == 0) out.numbers[r.tag() >> 3] = r.int64();
    if ((r.tag() & 7) == 2) out.texts[r.tag() >> 3].emplace_back(r.bytes());
  }
  EXPECT_TRUE(r.ok());
  return out;
}

TEST(SegmentCodec, Requests) {
  const std::string names("\x12\x01\x64\x1a\x01\x63");  // 2: "d", 3: "c"
  const auto stored = DecodeGetPersistentSegmentInfo(names + "\x20\x02\x22\x02\x03\x04");
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->name.database, "d");
  EXPECT_EQ(stored->name.collection, "c");
  EXPECT_EQ(stored->states, (std::vector<SegmentState>{SegmentState::kGrowing, SegmentState::kSealed,
                                                       SegmentState::kFlushed}));
  EXPECT_EQ(DecodeGetQuerySegmentInfo(names)->collection, "c");
  const auto replicas = DecodeGetReplicas("\x10\x05\x22\x01\x63\x2a\x01\x64");
  ASSERT_TRUE(replicas.ok());
  EXPECT_EQ(replicas->id, CollectionId(5));
  EXPECT_EQ(replicas->name.collection, "c");
  EXPECT_EQ(replicas->name.database, "d");
  const auto indexed = DecodeListIndexedSegment(names);
  EXPECT_EQ(indexed->name.collection, "d");
  EXPECT_EQ(indexed->index_name, "c");
  for (const std::string bad : {"\x12", "\x1a\x01\xff"}) {
    EXPECT_FALSE(DecodeGetPersistentSegmentInfo(bad).ok());
    EXPECT_FALSE(DecodeGetQuerySegmentInfo(bad).ok());
    EXPECT_FALSE(DecodeListIndexedSegment(bad).ok());
  }
  EXPECT_FALSE(DecodeGetReplicas("\x22\x01\xff").ok());
  EXPECT_FALSE(DecodeGetPersistentSegmentInfo("\x22\x01\x80").ok());
}

TEST(SegmentCodec, Replies) {
  SegmentDescription s;
  s.id = SegmentId(300);
  s.collection = CollectionId(5);
  s.partition = PartitionId(6);
  s.state = SegmentState::kFlushed;
  s.row_count = 70;
  s.memory_bytes = 80;
  s.index_name = "vec";
  s.index = IndexId(9);
  const Fields stored = Read(Read(EncodeGetPersistentSegmentInfo({s})).texts.at(2).at(0));
  EXPECT_EQ(stored.numbers, (std::map<uint32_t, int64_t>{{1, 300}, {2, 5}, {3, 6}, {4, 70}, {5, 4}, {6, 2}}));
  s.state = SegmentState::kSealed;
  const Fields loaded = Read(Read(EncodeGetQuerySegmentInfo({s}, 1)).texts.at(2).at(0));
  EXPECT_EQ(loaded.numbers,
            (std::map<uint32_t, int64_t>{
                {1, 300}, {2, 5}, {3, 6}, {4, 80}, {5, 70}, {7, 9}, {8, 1}, {9, 3}, {11, 2}}));
  EXPECT_EQ(loaded.texts.at(6).at(0), "vec");
  EXPECT_EQ(loaded.texts.at(10).at(0), "\x01");

  ReplicaDescription described{CollectionId(5), {PartitionId(6), PartitionId(300)}, 2, "a", "a"};
  const auto encoded = [&] { return Read(Read(EncodeGetReplicas({described}, 1, "h:1")).texts.at(2).at(0)); };
  const Fields replica = encoded();
  EXPECT_EQ(replica.numbers.at(2), 5);
  EXPECT_EQ(replica.texts.at(3).at(0), "\x06\xac\x02");
  EXPECT_EQ(replica.texts.at(4).size(), 2u);
  EXPECT_EQ(replica.texts.at(6).at(0), "a");
  EXPECT_FALSE(replica.texts.contains(7));
  described.node_group = "b";
  EXPECT_EQ(encoded().texts.at(7).at(0),
            "\x0a\x01"
            "b\x10\x01");
  const Fields shard = Read(replica.texts.at(4).at(1));
  EXPECT_EQ(shard.numbers.at(1), 1);
  EXPECT_EQ(shard.texts.at(2).at(0), "h:1");
  EXPECT_EQ(shard.texts.at(3).at(0), "redkite-dml_1_5v1");

  EXPECT_EQ(Read(EncodeListIndexedSegment({SegmentId(1), SegmentId(300)})).texts.at(2).at(0), "\x01\xac\x02");
  EXPECT_EQ(Read(EncodeListIndexedSegment({})).texts.size(), 1u);  // the status
}

}  // namespace
}  // namespace redkite::wire
