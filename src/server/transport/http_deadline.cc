#include "server/transport/http_deadline.h"

#include <algorithm>
#include <charconv>

#include "base/cancel.h"

namespace redkite::server {
namespace {

constexpr int64_t kSecondsMax = 1'000'000'000;  // some thirty years: longer is the same to everybody

int64_t SecondsOf(std::string_view text) {
  int64_t seconds = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, seconds);
  return parsed == end && error == std::errc() ? std::clamp<int64_t>(seconds, 0, kSecondsMax) : 0;
}

}  // namespace

int64_t HttpDeadlineNs(const HeaderBlock& headers, int64_t default_ms, int64_t now_ns) {
  if (default_ms <= 0) return CancelToken::kNoDeadline;
  const int64_t asked_ms = SecondsOf(headers.Find("request-timeout").value_or("")) * 1000;
  return now_ns + (asked_ms > 0 ? asked_ms : default_ms) * 1'000'000;
}

}  // namespace redkite::server
