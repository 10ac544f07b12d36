#include "access/login_backoff.h"

#include <gtest/gtest.h>

namespace redkite::access {
namespace {

class LoginBackoffTest : public testing::Test {
 protected:
  void Fail(std::string_view user, std::string_view address, int times) {
    for (int i = 0; i < times; ++i) backoff_.AddFailure(user, address);
  }
  ManualClock clock_;
  LoginBackoff backoff_{&clock_, DigestKey{1, 2, 3}, LoginBackoff::Options()};
};

TEST_F(LoginBackoffTest, WaitsDoubleAndEnd) {
  Fail("ann", "a", 3);
  EXPECT_FALSE(backoff_.IsRefused("ann", "a"));
  Fail("ann", "a", 1);
  EXPECT_TRUE(backoff_.IsRefused("ann", "a"));
  clock_.AdvanceMs(499);
  EXPECT_TRUE(backoff_.IsRefused("ann", "a"));
  clock_.AdvanceMs(1);
  EXPECT_FALSE(backoff_.IsRefused("ann", "a"));
  Fail("ann", "a", 1);
  clock_.AdvanceMs(999);
  EXPECT_TRUE(backoff_.IsRefused("ann", "a"));
  clock_.AdvanceMs(1);
  EXPECT_FALSE(backoff_.IsRefused("ann", "a"));
  Fail("ann", "a", 14);
  clock_.AdvanceMs(59'999);
  EXPECT_TRUE(backoff_.IsRefused("ann", "a"));
  clock_.AdvanceMs(1);
  EXPECT_FALSE(backoff_.IsRefused("ann", "a")) << "a minute is the most";
}

TEST_F(LoginBackoffTest, OthersAreNotLockedOut) {
  Fail("ann", "a", 10);
  EXPECT_TRUE(backoff_.IsRefused("ann", "a"));
  EXPECT_FALSE(backoff_.IsRefused("ann", "b"));
  EXPECT_FALSE(backoff_.IsRefused("bob", "a"));
}

TEST_F(LoginBackoffTest, AnAddressThatTriesManyUsersWaits) {
  for (int i = 0; i < 20; ++i) Fail("user" + std::to_string(i), "a", 1);
  EXPECT_FALSE(backoff_.IsRefused("ann", "a"));
  Fail("user20", "a", 1);
  EXPECT_TRUE(backoff_.IsRefused("ann", "a"));
  EXPECT_FALSE(backoff_.IsRefused("ann", "b"));
}

TEST_F(LoginBackoffTest, SuccessAndTimeForgive) {
  Fail("ann", "a", 3);
  backoff_.AddSuccess("ann", "a");
  Fail("ann", "a", 3);
  EXPECT_FALSE(backoff_.IsRefused("ann", "a"));
  clock_.AdvanceMs(15 * 60'000 + 1);
  Fail("ann", "a", 3);
  EXPECT_FALSE(backoff_.IsRefused("ann", "a"));
  Fail("ann", "a", 1);
  EXPECT_TRUE(backoff_.IsRefused("ann", "a"));
}

TEST_F(LoginBackoffTest, MemoryIsBounded) {
  LoginBackoff::Options options;
  options.entries = 8;
  LoginBackoff small(&clock_, DigestKey{}, options);
  for (int i = 0; i < 1000; ++i) {
    clock_.AdvanceMs(1);
    small.AddFailure("u" + std::to_string(i), "a" + std::to_string(i));
  }
  for (int i = 0; i < 4; ++i) small.AddFailure("ann", "last");
  EXPECT_TRUE(small.IsRefused("ann", "last"));
}

}  // namespace
}  // namespace redkite::access
