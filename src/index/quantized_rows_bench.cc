// Nanoseconds per row of a search for ten rows: the exact scan and the one through bytes, over clustered rows
// that lie in the third-level cache; and what quantizing a row takes. Usage: quantized_rows_bench [dim...].
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/random.h"
#include "index/exact_search.h"
#include "index/quantized_rows.h"

namespace redkite::index {
namespace {

using Steady = std::chrono::steady_clock;
constexpr size_t kRows = 20'000;
constexpr size_t kQueries = 200;

template <class F>
double NsPer(size_t count, F f) {
  const auto start = Steady::now();
  f();
  const std::chrono::duration<double, std::nano> took = Steady::now() - start;
  return took.count() / static_cast<double>(count);
}

std::vector<float> Draw(size_t count, int dim, uint64_t seed) {
  Random centres(3), random(seed);
  std::vector<float> centre(64 * static_cast<size_t>(dim)), out;
  for (float& c : centre) c = static_cast<float>(centres.Unit() * 2 - 1);
  for (size_t i = 0; i < count; ++i) {
    const size_t from = random.Below(64) * static_cast<size_t>(dim);
    for (size_t d = 0; d < static_cast<size_t>(dim); ++d)
      out.push_back(centre[from + d] + static_cast<float>(random.Unit() - 0.5));
  }
  return out;
}

void Run(Metric metric, int dim) {
  const auto rows = Draw(kRows, dim, 1), queries = Draw(kQueries, dim, 2);
  const VectorView view = VectorView::OfFloats(rows.data(), kRows, dim);
  QuantizedRows quantized(view, metric);
  const double build = NsPer(kRows, [&] {
    while (quantized.AddRows(1000)) continue;
  });
  TopK found;
  SearchStats stats;
  double best_exact = 1e30, best_quantized = 1e30;
  for (int round = 0; round < 5; ++round) {
    const auto each = [&](auto search) {
      return NsPer(kRows * kQueries, [&] {
        for (size_t q = 0; q < kQueries; ++q)
          search(QueryBatch::OfFloats(queries.data() + q * static_cast<size_t>(dim), 1, dim));
      });
    };
    best_exact = std::min(best_exact, each([&](const QueryBatch& query) {
                            (void)ExactSearch(view, metric, nullptr, query, {}, {}, nullptr, nullptr, &found);
                          }));
    stats = {};
    best_quantized = std::min(best_quantized, each([&](const QueryBatch& query) {
                                (void)quantized.Search(query, {}, {{}, nullptr, &stats}, &found);
                              }));
  }
  std::printf(
      "%-8s dim %4d  exact %7.2f  quantized %7.2f ns, %6.0f true distances of %zu, quantizing a row %7.0f "
      "ns\n",
      MetricName(metric).data(), dim, best_exact, best_quantized,
      static_cast<double>(stats.distances_computed) / kQueries, kRows, build);
}

}  // namespace
}  // namespace redkite::index

int main(int argc, char** argv) {
  std::vector<int> dims = {32, 128, 768};
  if (argc > 1) dims.clear();
  for (int i = 1; i < argc; ++i) dims.push_back(std::atoi(argv[i]));
  for (const int dim : dims) {
    for (const redkite::Metric metric :
         {redkite::Metric::kL2, redkite::Metric::kIp, redkite::Metric::kCosine})
      redkite::index::Run(metric, dim);
  }
  return 0;
}
