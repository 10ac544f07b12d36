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

TEST(MessageConvert, MessagesOfManyPartsAreRefused) {
  std::string texts, nested = "\x0a\x04";
  for (int i = 0; i < 100; ++i) texts += std::string("\x12\x00", 2);
  EXPECT_TRUE(CheckParts(texts, "M", 100).ok());
  EXPECT_EQ(CheckParts(texts, "M", 99).code(), Code::kParameterTooLarge);
  nested = std::string("\x0a\xc8\x01", 3) + texts;  // the same inside a message
  EXPECT_TRUE(CheckParts(nested, "M", 101).ok());
  EXPECT_EQ(CheckParts(nested, "M", 100).code(), Code::kParameterTooLarge);
  EXPECT_TRUE(CheckParts("\x0a\xc8\x01" + std::string(200, 'x'), "M", 1).ok());  // a text has no parts
}

TEST(MessageConvert, ConsistencyHasFiveLevels) {
  EXPECT_EQ(*ConsistencyOf(4), Consistency::kCustomized);
  EXPECT_FALSE(ConsistencyOf(5).ok());
  EXPECT_FALSE(ConsistencyOf(-1).ok());
}

}  // namespace
}  // namespace redkite::wire
