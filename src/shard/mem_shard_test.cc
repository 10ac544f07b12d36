#include "shard/mem_shard.h"

#include <gtest/gtest.h>

#include "shard/shard_test_kit.h"

namespace redkite::shard {
namespace {

struct MemShardTest : testing::Test {
  Status Write(std::shared_ptr<WriteRecord> record) {
    Status outcome = Status::Internal("not answered");
    shard.Append(std::move(record), [&outcome](Status status, Timestamp ts) {
      EXPECT_EQ(status.ok(), ts != 0);
      outcome = status;
    });
    return outcome;
  }
  size_t RowCount() { return RowsOf(shard.Query(TestQuery(), nullptr)->columns).size(); }

  ManualClock clock;
  TimestampOracle oracle{&clock, 0, [](Timestamp) { return Status::Ok(); }};
  MemShard shard{TestSchema(), &oracle};
};

TEST_F(MemShardTest, AFailedWriteHappensOrNot) {
  shard.FailNextAppend(Status::Io("injected"));
  EXPECT_EQ(Write(TestRecord({{1, "a", 1, {}}})).code(), Code::kIoFailed);
  EXPECT_EQ(RowCount(), 0u);
  shard.FailNextAppend(Status::Io("injected"), true);
  EXPECT_EQ(Write(TestRecord({{1, "a", 1, {}}})).code(), Code::kIoFailed);
  EXPECT_EQ(RowCount(), 1u);
  EXPECT_TRUE(Write(TestRecord({{2, "b", 1, {}}})).ok());
  EXPECT_EQ(RowCount(), 2u);
  EXPECT_EQ(shard.append_count(), 3u);
}

TEST_F(MemShardTest, SlowWritesWaitInTheirOrder) {
  shard.SetManual(true);
  std::string answered;
  for (const char* name : {"a", "b"}) {
    shard.Append(TestRecord({{name[0], name, 1, {}}}),
                 [&answered, name](Status, Timestamp) { answered += name; });
  }
  EXPECT_EQ(RowCount(), 0u);
  EXPECT_EQ(shard.Apply(1), 1u);
  EXPECT_EQ(answered, "a");
  EXPECT_EQ(RowCount(), 1u);
  EXPECT_EQ(shard.Apply(), 1u);
  EXPECT_EQ(answered, "ab");
}

TEST_F(MemShardTest, AFailedReadFailsOnce) {
  shard.FailNextRead(Status(Code::kTimeout, "injected"));
  EXPECT_EQ(shard.Query(TestQuery(), nullptr).status().code(), Code::kTimeout);
  EXPECT_TRUE(shard.Query(TestQuery("n > 1"), nullptr).ok());
  EXPECT_NE(shard.last_read().filter.find('1'), std::string::npos) << shard.last_read().filter;
}

TEST_F(MemShardTest, AClosedShardIsReadAndNotWritten) {
  EXPECT_TRUE(Write(TestRecord({{1, "a", 1, {}}})).ok());
  shard.Close();
  EXPECT_EQ(Write(TestRecord({{2, "a", 1, {}}})).code(), Code::kCollectionNotFound);
  EXPECT_EQ(RowCount(), 1u);
}

TEST_F(MemShardTest, RowsFromBeforeAFieldHaveNull) {
  auto before = TestRecord({{1, "a", 1, {}}});
  std::erase_if(before->rows->rows.columns, [](const Column& c) { return c.field() == kNumberField; });
  EXPECT_TRUE(Write(before).ok());
  EXPECT_TRUE(Write(TestRecord({{2, "b", 2, {}}})).ok());
  const auto rows = RowsOf(shard.Query(TestQuery(), nullptr)->columns);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_FALSE(rows[0].n.has_value());
  EXPECT_EQ(rows[1].n, 2);
}

}  // namespace
}  // namespace redkite::shard
