// RateLimit: a token bucket. Thread safety: none.
#pragma once

#include <algorithm>
#include <cstdint>

namespace redkite::server {

class RateLimit {
 public:
  RateLimit(int64_t per_second, int64_t burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}
  /// False when more than the burst and the rate since then were taken.
  bool Take(int64_t now_ns) {
    if (filled_ns_ == 0) filled_ns_ = now_ns;
    if (tokens_ == 0) Refill(now_ns);
    if (tokens_ == 0) return false;
    --tokens_;
    return true;
  }

 private:
  void Refill(int64_t now_ns) {
    constexpr int64_t kNsPerSecond = 1'000'000'000;
    int64_t elapsed_ns = std::min(now_ns - filled_ns_, 3600 * kNsPerSecond);
    int64_t gained = elapsed_ns / 1'000'000 * per_second_ / 1000;
    if (gained == 0) return;
    tokens_ = std::min(burst_, gained);
    filled_ns_ = now_ns;
  }

  int64_t per_second_;
  int64_t burst_;
  int64_t tokens_;
  int64_t filled_ns_ = 0;  // 0: never used
};

}  // namespace redkite::server
