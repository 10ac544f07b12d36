#include "server/transport/http_deadline.h"

#include <gtest/gtest.h>

#include "base/cancel.h"

namespace redkite::server {
namespace {

int64_t DeadlineMs(const char* header, int64_t default_ms = 30'000) {
  HeaderBlock headers;
  if (header != nullptr) headers.Add("request-timeout", header);
  return HttpDeadlineNs(headers, default_ms, 5'000'000) / 1'000'000;
}

TEST(HttpDeadline, HeaderElseDefault) {
  EXPECT_EQ(DeadlineMs(nullptr), 30'005);
  EXPECT_EQ(DeadlineMs("2"), 2'005);
  EXPECT_EQ(DeadlineMs("900"), 900'005);
  for (const char* ignored : {"", "0", "-1", "1.5", "2s", " 2", "x", "99999999999999999999"})
    EXPECT_EQ(DeadlineMs(ignored), 30'005) << ignored;
}

TEST(HttpDeadline, HugeOnesDoNotOverflow) { EXPECT_EQ(DeadlineMs("9223372036854775807"), 1'000'000'000'005); }

TEST(HttpDeadline, APortWithoutDeadlinesKeepsNone) {
  HeaderBlock headers;
  headers.Add("request-timeout", "2");
  EXPECT_EQ(HttpDeadlineNs(headers, 0, 5), CancelToken::kNoDeadline);
}

}  // namespace
}  // namespace redkite::server
