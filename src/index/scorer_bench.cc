// Nanoseconds per distance of a scorer, rows of which stay in the second-level cache: what the metric costs
// on top of the kernel. Usage: scorer_bench [dim...].
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/random.h"
#include "index/scorer.h"

namespace redkite::index {
namespace {

using Steady = std::chrono::steady_clock;
constexpr size_t kRowBytesAll = 256 << 10;
constexpr size_t kIds = 32;  // of one gather, as a graph's node has

/// The best of many rounds.
template <class F>
double NsPerDistance(size_t distances, F f) {
  double best = 1e30;
  for (int round = 0; round < 400; ++round) {
    const auto start = Steady::now();
    f();
    const std::chrono::duration<double, std::nano> took = Steady::now() - start;
    best = std::min(best, took.count() / static_cast<double>(distances));
  }
  return best;
}

void Run(Metric metric, int dim) {
  Random random(5);
  const size_t rows = kRowBytesAll / (static_cast<size_t>(dim) * sizeof(float));
  std::vector<float> values(rows * static_cast<size_t>(dim)), norms(rows), out(rows);
  for (float& value : values) value = static_cast<float>(random.Unit() * 2 - 1);
  const VectorView view = VectorView::OfFloats(values.data(), rows, dim);
  const Scorer bare(view, metric, nullptr);
  for (size_t i = 0; metric == Metric::kCosine && i < rows; ++i) norms[i] = bare.InverseNormOf(view.Row(i));
  const Scorer scorer(view, metric, norms.data());
  std::vector<RowOffset> ids(rows);
  for (RowOffset& id : ids) id = static_cast<RowOffset>(random.Below(rows));
  const Scorer::Query query = scorer.PrepareRow(0);
  const double block = NsPerDistance(rows, [&] { scorer.Block(query, 0, rows, out.data()); });
  const double gather = NsPerDistance(rows, [&] {
    for (size_t i = 0; i < rows; i += kIds)
      scorer.Gather(query, ids.data() + i, std::min(kIds, rows - i), out.data() + i);
  });
  const double prepare = NsPerDistance(rows, [&] {
    for (size_t i = 0; i < rows; ++i) out[i] = scorer.PrepareRow(ids[i]).scale;
  });
  std::printf("%-8s dim %4d  block %7.2f  gather %7.2f  row as query %7.2f ns\n", MetricName(metric).data(),
              dim, block, gather, prepare);
}

}  // namespace
}  // namespace redkite::index

int main(int argc, char** argv) {
  std::vector<int> dims = {8, 32, 128, 768};
  if (argc > 1) dims.clear();
  for (int i = 1; i < argc; ++i) dims.push_back(std::atoi(argv[i]));
  for (const int dim : dims) {
    for (const auto metric : {redkite::Metric::kIp, redkite::Metric::kCosine})
      redkite::index::Run(metric, dim);
  }
}
