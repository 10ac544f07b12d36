#include "wire/compaction_codec.h"

#include <gtest/gtest.h>

#include <map>

#include "wire/pb_reader.h"

namespace redkite::wire {
namespace {

struct Fields {
  std::map<uint32_t, int64_t> numbers;
  std::map<uint32_t, std::vector<std::string>> texts;
};

Fields Read(std::string_view bytes) {
  Fields out;
  PbReader r(bytes);
  while (r.Next()) {
    for (uint32_t field = 1; field <= 11; ++field) {
      if (r.tag() == PbVarint(field)) out.numbers[field] = r.int64();
      if (r.tag() == PbLen(field)) out.texts[field].emplace_back(r.bytes());
    }
  }
  EXPECT_TRUE(r.ok());
  return out;
}

TEST(CompactionCodec, Requests) {
  // majorCompaction, name "c", database "d", partition 6, segments 1 and 300, target 7
  const auto start = DecodeManualCompaction(
      std::string("\x18\x01\x22\x01\x63\x2a\x01\x64\x30\x06\x42\x03\x01\xac\x02\x50\x07"));
  ASSERT_TRUE(start.ok());
  EXPECT_TRUE(start->clustering);
  EXPECT_EQ(start->name.collection, "c");
  EXPECT_EQ(start->name.database, "d");
  EXPECT_EQ(start->partition, PartitionId(6));
  EXPECT_EQ(start->segments, (std::vector<SegmentId>{SegmentId(1), SegmentId(300)}));
  EXPECT_EQ(start->target_mib, 7);
  EXPECT_EQ(DecodeManualCompaction(std::string("\x08\x05\x40\x09"))->id, CollectionId(5));
  EXPECT_EQ(DecodeManualCompaction(std::string("\x40\x09"))->segments.at(0), SegmentId(9));
  EXPECT_FALSE(DecodeManualCompaction("\x22\x01\xff").ok());
  EXPECT_FALSE(DecodeManualCompaction("\x42\x01\xac").ok());
  EXPECT_FALSE(DecodeManualCompaction("\x22").ok());

  EXPECT_EQ(DecodeGetCompactionState(std::string("\x08\x2a")).value(), 42);
  EXPECT_FALSE(DecodeGetCompactionState("\x08").ok());
  const auto plans = DecodeGetCompactionPlans(std::string("\x08\x2a\x12\x01\x64\x1a\x01\x63\x20\x05"));
  ASSERT_TRUE(plans.ok());
  EXPECT_EQ(plans->id, 42);
  EXPECT_EQ(plans->name.database, "d");
  EXPECT_EQ(plans->name.collection, "c");
  EXPECT_EQ(plans->collection, CollectionId(5));
  EXPECT_FALSE(DecodeGetCompactionPlans("\x1a\x01\xff").ok());
  EXPECT_FALSE(DecodeGetCompactionPlans("\x08").ok());
}

TEST(CompactionCodec, Replies) {
  EXPECT_EQ(Read(EncodeManualCompaction({300, 2})).numbers, (std::map<uint32_t, int64_t>{{2, 300}, {3, 2}}));
  EXPECT_EQ(Read(EncodeGetCompactionState({})).numbers, (std::map<uint32_t, int64_t>{{2, 2}}));
  CompactionPlan plan{5,  4, CollectionId(6), PartitionId(7), {SegmentId(1), SegmentId(2)}, SegmentId(0),
                      {}, ""};
  std::vector<CompactionPlan> plans(4, plan);
  plans[1].state = CompactionPlanState::kExecuting;
  plans[2].state = CompactionPlanState::kCompleted;
  plans[2].target = SegmentId(9);
  plans[3].state = CompactionPlanState::kFailed;
  plans[3].failure = "why";
  EXPECT_EQ(Read(EncodeGetCompactionState(plans)).numbers,
            (std::map<uint32_t, int64_t>{{2, 1}, {3, 2}, {5, 1}, {6, 1}}));
  const Fields answer = Read(EncodeGetCompactionPlans(plans));
  EXPECT_EQ(answer.numbers.at(2), 1);
  const auto& infos = answer.texts.at(3);
  ASSERT_EQ(infos.size(), 4u);
  EXPECT_EQ(Read(infos[0]).numbers,
            (std::map<uint32_t, int64_t>{{3, 5}, {4, 4}, {5, 6}, {6, 7}, {8, 3}, {9, 2}}));
  EXPECT_EQ(Read(infos[0]).texts.at(1).at(0), "\x01\x02");
  EXPECT_EQ(Read(infos[1]).numbers.at(9), 1);
  EXPECT_EQ(Read(infos[2]).numbers.at(2), 9);
  EXPECT_EQ(Read(infos[2]).numbers.at(9), 3);
  EXPECT_EQ(Read(infos[2]).texts.at(11).at(0), "\x09");
  EXPECT_EQ(Read(infos[3]).texts.at(10).at(0), "why");
}

}  // namespace
}  // namespace redkite::wire
