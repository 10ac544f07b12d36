// Metrics: counters, gauges and histograms in a registry that is passed in; /metrics prints them in the
// Prometheus text format. Cells are plain atomics: register once, keep the pointer, add on the hot path.
// Thread safety: thread-safe. Cells live as long as their registry.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace redkite {

class Counter {
 public:
  void Add(int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// Buckets are powers of two of microseconds: 1 us up to about 67 s.
class LatencyHistogram {
 public:
  static constexpr int kBucketCount = 27;
  void ObserveNs(int64_t ns);
  int64_t bucket(int i) const { return buckets_[i].load(std::memory_order_relaxed); }
  int64_t sum_ns() const { return sum_ns_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<int64_t>, kBucketCount> buckets_{};
  std::atomic<int64_t> sum_ns_{0};
};

class MetricsRegistry {
 public:
  /// The same name and label give the same cell. `label` is empty or `key="value"`.
  Counter* GetCounter(std::string_view name, std::string_view help, std::string_view label = "");
  LatencyHistogram* GetLatency(std::string_view name, std::string_view help, std::string_view label = "");
  /// `read` is called when the metrics are printed, in any thread.
  void AddGauge(std::string_view name, std::string_view help, std::function<int64_t()> read,
                std::string_view label = "");
  std::string PrometheusText() const;

 private:
  struct Family {
    std::string help;
    std::map<std::string, std::unique_ptr<Counter>> counters;
    std::map<std::string, std::unique_ptr<LatencyHistogram>> latencies;
    std::map<std::string, std::function<int64_t()>> gauges;
  };
  Family& FamilyLocked(std::string_view name, std::string_view help) REQUIRES(mutex_);
  mutable Mutex mutex_;
  std::map<std::string, Family, std::less<>> families_ GUARDED_BY(mutex_);
};

}  // namespace redkite
