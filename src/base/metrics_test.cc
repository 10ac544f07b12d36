#include "base/metrics.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(Metrics, SameNameAndLabelIsTheSameCell) {
  MetricsRegistry registry;
  Counter* a = registry.GetCounter("redkite_rows_total", "Rows.", "op=\"insert\"");
  a->Add(3);
  EXPECT_EQ(registry.GetCounter("redkite_rows_total", "Rows.", "op=\"insert\""), a);
  EXPECT_NE(registry.GetCounter("redkite_rows_total", "Rows.", "op=\"delete\""), a);
  EXPECT_EQ(a->value(), 3);
}

TEST(Metrics, PrometheusText) {
  MetricsRegistry registry;
  registry.GetCounter("redkite_rows_total", "Rows written.", "op=\"insert\"")->Add(2);
  registry.GetCounter("redkite_rows_total", "Rows written.", "op=\"delete\"")->Add();
  int64_t used = 7;
  registry.AddGauge("redkite_memory_bytes", "Accounted memory.", [&used] { return used; });
  used = 9;
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP redkite_memory_bytes Accounted memory.\n"
            "# TYPE redkite_memory_bytes gauge\n"
            "redkite_memory_bytes 9\n"
            "# HELP redkite_rows_total Rows written.\n"
            "# TYPE redkite_rows_total counter\n"
            "redkite_rows_total{op=\"delete\"} 1\n"
            "redkite_rows_total{op=\"insert\"} 2\n");
}

TEST(Metrics, HistogramBucketsAreCumulative) {
  MetricsRegistry registry;
  LatencyHistogram* h = registry.GetLatency("redkite_rpc_seconds", "Time per call.", "rpc=\"Search\"");
  h->ObserveNs(0);
  h->ObserveNs(1'500);                // 1 us, rounded down: at most 2 us
  h->ObserveNs(3'000'000);            // 3 ms: at most 4.096 ms
  h->ObserveNs(int64_t{3600} << 30);  // far beyond the last bound
  const std::string text = registry.PrometheusText();
  const auto has = [&text](std::string_view line) {
    return text.find("redkite_rpc_seconds" + std::string(line) + "\n") != std::string::npos;
  };
  EXPECT_TRUE(has("_bucket{rpc=\"Search\",le=\"1e-06\"} 1")) << text;
  EXPECT_TRUE(has("_bucket{rpc=\"Search\",le=\"2e-06\"} 2")) << text;
  EXPECT_TRUE(has("_bucket{rpc=\"Search\",le=\"0.002048\"} 2")) << text;
  EXPECT_TRUE(has("_bucket{rpc=\"Search\",le=\"0.004096\"} 3")) << text;
  EXPECT_TRUE(has("_bucket{rpc=\"Search\",le=\"+Inf\"} 4")) << text;
  EXPECT_TRUE(has("_count{rpc=\"Search\"} 4")) << text;
}

TEST(Metrics, BucketOfABoundIsNotAboveIt) {
  LatencyHistogram h;
  for (int i = 0; i + 1 < LatencyHistogram::kBucketCount; ++i) {
    h.ObserveNs(((int64_t{1} << i) - 1) * 1000);  // just below 2^i us
    EXPECT_EQ(h.bucket(i), 1) << i;
  }
  EXPECT_EQ(h.bucket(LatencyHistogram::kBucketCount - 1), 0);
}

}  // namespace
}  // namespace redkite
