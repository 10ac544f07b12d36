#include "wire/message_convert.h"

#include <gtest/gtest.h>

#include "proto/milvus_database.pb.h"

namespace redkite::wire {
namespace {

TEST(MessageConvert, BrokenTextIsAStatusAndNothingOnStderr) {
  testing::internal::CaptureStderr();
  const auto r = Parse<::milvus::proto::milvus::DropDatabaseRequest>("\x12\x01\xff", "DropDatabaseRequest");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(r.status().message(), "malformed request: DropDatabaseRequest: invalid parameter");
}

TEST(MessageConvert, ConsistencyHasFiveLevels) {
  EXPECT_EQ(*ConsistencyOf(4), Consistency::kCustomized);
  EXPECT_FALSE(ConsistencyOf(5).ok());
  EXPECT_FALSE(ConsistencyOf(-1).ok());
}

}  // namespace
}  // namespace redkite::wire
