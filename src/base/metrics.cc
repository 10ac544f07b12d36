#include "base/metrics.h"

#include <bit>
#include <cstdio>

namespace redkite {

void LatencyHistogram::ObserveNs(int64_t ns) {
  const uint64_t us = ns <= 0 ? 0 : static_cast<uint64_t>(ns) / 1000;
  const int i = std::min<int>(kBucketCount - 1, std::bit_width(us));
  buckets_[i].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(ns, std::memory_order_relaxed);
}

MetricsRegistry::Family& MetricsRegistry::FamilyLocked(std::string_view name, std::string_view help) {
  auto it = families_.find(name);
  if (it == families_.end())
    it = families_.emplace(std::string(name), Family{std::string(help), {}, {}, {}}).first;
  return it->second;
}

Counter* MetricsRegistry::GetCounter(std::string_view name, std::string_view help, std::string_view label) {
  MutexLock lock(mutex_);
  auto& cell = FamilyLocked(name, help).counters[std::string(label)];
  if (!cell) cell = std::make_unique<Counter>();
  return cell.get();
}

LatencyHistogram* MetricsRegistry::GetLatency(std::string_view name, std::string_view help,
                                              std::string_view label) {
  MutexLock lock(mutex_);
  auto& cell = FamilyLocked(name, help).latencies[std::string(label)];
  if (!cell) cell = std::make_unique<LatencyHistogram>();
  return cell.get();
}

void MetricsRegistry::AddGauge(std::string_view name, std::string_view help, std::function<int64_t()> read,
                               std::string_view label) {
  MutexLock lock(mutex_);
  FamilyLocked(name, help).gauges[std::string(label)] = std::move(read);
}

std::string MetricsRegistry::PrometheusText() const {
  MutexLock lock(mutex_);
  std::string out;
  const auto line = [&out](std::string_view name, std::string_view label, auto value) {
    out.append(name);
    if (!label.empty()) out.append("{").append(label).append("}");
    out.append(" ").append(std::to_string(value)).append("\n");
  };
  for (const auto& [name, family] : families_) {
    const char* type = !family.counters.empty() ? "counter" : !family.gauges.empty() ? "gauge" : "histogram";
    out.append("# HELP ").append(name).append(" ").append(family.help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    for (const auto& [label, cell] : family.counters) line(name, label, cell->value());
    for (const auto& [label, read] : family.gauges) line(name, label, read());
    for (const auto& [label, cell] : family.latencies) {
      const std::string prefix = label.empty() ? "" : label + ",";
      int64_t count = 0;
      for (int i = 0; i < LatencyHistogram::kBucketCount; ++i) {
        count += cell->bucket(i);
        char le[48];
        if (i + 1 == LatencyHistogram::kBucketCount) {
          std::snprintf(le, sizeof le, "le=\"+Inf\"");
        } else {
          std::snprintf(le, sizeof le, "le=\"%g\"", static_cast<double>(1ull << i) * 1e-6);
        }
        line(name + "_bucket", prefix + le, count);
      }
      line(name + "_sum", label, static_cast<double>(cell->sum_ns()) * 1e-9);
      line(name + "_count", label, count);
    }
  }
  return out;
}

}  // namespace redkite
