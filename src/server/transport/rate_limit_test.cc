#include "server/transport/rate_limit.h"

#include <gtest/gtest.h>

namespace redkite::server {
namespace {
constexpr int64_t kSecond = 1'000'000'000;

TEST(RateLimit, BurstThenRate) {
  RateLimit limit(10, 30);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(limit.Take(kSecond)) << i;
  EXPECT_FALSE(limit.Take(kSecond));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limit.Take(2 * kSecond)) << i;
  EXPECT_FALSE(limit.Take(2 * kSecond));
}

TEST(RateLimit, SlowTakersNeverFail) {
  RateLimit limit(10, 30);
  for (int64_t i = 1; i < 1000; ++i) EXPECT_TRUE(limit.Take(i * kSecond)) << i;
}

TEST(RateLimit, NeverMoreThanTheBurst) {
  RateLimit limit(10, 30);
  for (int i = 0; i < 30; ++i) limit.Take(kSecond);
  int taken = 0;
  while (limit.Take(5000 * kSecond)) ++taken;
  EXPECT_EQ(taken, 30);
}

}  // namespace
}  // namespace redkite::server
