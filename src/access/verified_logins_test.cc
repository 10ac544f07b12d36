#include "access/verified_logins.h"

#include <gtest/gtest.h>

#include <string>

namespace redkite::access {
namespace {

Digest LoginOf(int n) { return PlainDigest("login" + std::to_string(n)); }

TEST(VerifiedLogins, CountForTheirGenerationOnly) {
  VerifiedLogins logins(4096);
  EXPECT_FALSE(logins.Contains(LoginOf(1), 7));
  logins.Add(LoginOf(1), 7);
  EXPECT_TRUE(logins.Contains(LoginOf(1), 7));
  EXPECT_FALSE(logins.Contains(LoginOf(1), 8));
  EXPECT_FALSE(logins.Contains(LoginOf(2), 7));
  EXPECT_FALSE(logins.Contains(Digest{}, 0));
  logins.Add(LoginOf(1), 8);
  EXPECT_TRUE(logins.Contains(LoginOf(1), 8));
  EXPECT_FALSE(logins.Contains(LoginOf(1), 7));
}

TEST(VerifiedLogins, AreBoundedAndKeepWhatIsUsed) {
  VerifiedLogins logins(64);  // one set in each of the shards
  logins.Add(LoginOf(0), 1);
  for (int n = 1; n <= 1000; ++n) {
    logins.Add(LoginOf(n), 1);
    EXPECT_TRUE(logins.Contains(LoginOf(0), 1)) << n;
  }
  int left = 0;
  for (int n = 0; n <= 1000; ++n) left += logins.Contains(LoginOf(n), 1) ? 1 : 0;
  EXPECT_LE(left, 64);
  EXPECT_GE(left, 32);
}

}  // namespace
}  // namespace redkite::access
