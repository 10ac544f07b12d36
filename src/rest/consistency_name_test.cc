#include "rest/consistency_name.h"

#include <gtest/gtest.h>

namespace redkite::rest {
namespace {

TEST(ConsistencyName, ReadsBackWhatItWrites) {
  for (int i = 0; i <= 4; ++i) {
    const auto level = static_cast<Consistency>(i);
    const auto read = ParseConsistency(ConsistencyName(level));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, level);
  }
  EXPECT_EQ(ConsistencyName(Consistency::kStrong), "Strong");
}

TEST(ConsistencyName, RefusesOtherNames) {
  for (const char* name : {"", "strong", "Weak"}) {
    const auto level = ParseConsistency(name);
    ASSERT_FALSE(level.ok());
    EXPECT_EQ(level.status().code(), Code::kParameterInvalid);
    EXPECT_NE(level.status().message().find("consistencyLevel can only be ["), std::string::npos);
  }
}

}  // namespace
}  // namespace redkite::rest
