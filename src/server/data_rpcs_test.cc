#include <gtest/gtest.h>

#include "server/mem_service_test_kit.h"

namespace redkite::server {
namespace {

struct DataRpcs : testing::Test {
  DataRpcs() { kit.MakeWords(); }
  MemServiceKit kit;
};

TEST_F(DataRpcs, InsertQueryUpsertAndDelete) {
  const auto inserted = kit.Call("Insert", MemServiceKit::RecordedRows("insert"));
  ASSERT_EQ(MemServiceKit::CodeOf(inserted), 0) << MemServiceKit::ReasonOf(inserted);
  EXPECT_EQ(inserted.fields().Number(6), 3);
  auto found = kit.Call("Query", MemServiceKit::Recorded("query"));  // id in [1, 2]
  ASSERT_EQ(MemServiceKit::CodeOf(found), 0) << MemServiceKit::ReasonOf(found);
  EXPECT_EQ(found.fields().Text(3), "words");
  EXPECT_EQ(found.fields().Text(6), "id");
  EXPECT_GT(found.fields().Texts(2).size(), 5u);
  EXPECT_GT(found.fields().Number(5), 0);
  const auto upserted = kit.Call("Upsert", MemServiceKit::RecordedRows("upsert"));
  ASSERT_EQ(MemServiceKit::CodeOf(upserted), 0) << MemServiceKit::ReasonOf(upserted);
  EXPECT_EQ(upserted.fields().Number(8), 3);
  const auto deleted = kit.Call("Delete", MemServiceKit::Recorded("delete"));  // id in [1]
  ASSERT_EQ(MemServiceKit::CodeOf(deleted), 0);
  EXPECT_EQ(deleted.fields().Number(7), 1);
  found = kit.Call("Query", MemServiceKit::Recorded("query"));
  EXPECT_EQ(MemServiceKit::CodeOf(found), 0);
}

TEST_F(DataRpcs, Search) {
  ASSERT_EQ(MemServiceKit::CodeOf(kit.Call("Insert", MemServiceKit::RecordedRows("insert"))), 0);
  const auto found = kit.Call("Search", MemServiceKit::Recorded("search"));
  ASSERT_EQ(MemServiceKit::CodeOf(found), 0) << MemServiceKit::ReasonOf(found);
  const Message results = found.inside(2);
  EXPECT_EQ(results.Number(1), 2);  // queries
  EXPECT_EQ(found.fields().Text(3), "words");
}

TEST_F(DataRpcs, CalcDistance) {
  const std::string floats("\0\0\x80\x3f\0\0\0\x40", 8);  // 1, 2
  const auto side = [&](uint64_t dim) {
    const std::string array = Message().Text(1, floats).bytes();
    return Message().Text(2, Message().Number(1, dim).Text(2, array).bytes()).bytes();  // data_array
  };
  const auto same =
      kit.Call("CalcDistance", Message().Text(2, side(1)).Text(3, side(1)).Pair(4, "metric", "L2").bytes());
  ASSERT_EQ(MemServiceKit::CodeOf(same), 0) << MemServiceKit::ReasonOf(same);
  EXPECT_EQ(same.inside(3).Text(1), std::string("\0\0\0\0\0\0\x80\x3f\0\0\x80\x3f\0\0\0\0", 16));
  const auto refused = kit.Call("CalcDistance", Message().Text(2, side(1)).Text(3, side(2)).bytes());
  EXPECT_EQ(MemServiceKit::CodeOf(refused), static_cast<int>(Code::kParameterInvalid));
  EXPECT_NE(MemServiceKit::ReasonOf(refused).find("vectors dimension is not equal"), std::string::npos);
}

TEST_F(DataRpcs, AFailedWriteAnswersItsCode) {
  const auto id = kit.proxy.proxy.DescribeCollection({{"", "words"}, {}})->id;
  kit.proxy.backend.shards.at(id)->FailNextAppend(Status(Code::kDiskLimitExceeded, "disk is full"));
  const auto refused = kit.Call("Insert", MemServiceKit::RecordedRows("insert"));
  EXPECT_EQ(MemServiceKit::CodeOf(refused), static_cast<int>(Code::kDiskLimitExceeded));
  EXPECT_NE(MemServiceKit::ReasonOf(refused).find("disk is full"), std::string::npos);
}

TEST_F(DataRpcs, ASlowWriteIsAnsweredLater) {
  const auto id = kit.proxy.proxy.DescribeCollection({{"", "words"}, {}})->id;
  auto shard = kit.proxy.backend.shards.at(id);
  shard->SetManual(true);
  EXPECT_FALSE(kit.Call("Insert", MemServiceKit::RecordedRows("insert")).answered);
  EXPECT_EQ(shard->Apply(), 1u);
}

TEST_F(DataRpcs, FlushAndItsState) {
  kit.proxy.backend.unflushed = {SegmentId(9)};
  const auto flushed = kit.Call("Flush", Message().Text(3, "words").bytes());
  ASSERT_EQ(MemServiceKit::CodeOf(flushed), 0) << MemServiceKit::ReasonOf(flushed);
  ASSERT_EQ(flushed.fields().Texts(3).size(), 1u);
  EXPECT_EQ(flushed.inside(3).Text(1), "words");
  const std::string state = Message().Number(1, 9).Text(4, "words").bytes();
  EXPECT_EQ(kit.Call("GetFlushState", state).fields().Number(2), 0);
  kit.proxy.backend.unflushed.clear();
  EXPECT_EQ(kit.Call("GetFlushState", state).fields().Number(2), 1);
  EXPECT_EQ(MemServiceKit::CodeOf(kit.Call("Flush", MemServiceKit::Recorded("flush"))),  // names "other", too
            static_cast<int>(Code::kCollectionNotFound));
}

}  // namespace
}  // namespace redkite::server
