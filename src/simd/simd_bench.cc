// Nanoseconds per row of every kernel and instruction set, rows in the first-level cache and rows in memory:
// the figures of docs/design/0003-kernels.md. Usage: simd_bench [dim...]; for bits a dim means bits.
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/half.h"
#include "base/random.h"
#include "simd/distance.h"

namespace redkite::simd {
namespace {

using Steady = std::chrono::steady_clock;

size_t RowBytes(Distance distance, size_t dim) {
  constexpr size_t kElementBits[] = {32, 32, 16, 16, 16, 16, 8, 8, 1, 1, 1, 1};
  return dim * kElementBits[static_cast<size_t>(distance)] / 8;
}

void Fill(Distance distance, std::vector<std::byte>* bytes) {
  Random random(5);
  const size_t fresh = std::min<size_t>(bytes->size(), 1 << 16);
  for (size_t i = 0; i + 4 <= fresh; i += 4) {
    const auto f = static_cast<float>(random.Unit() * 2 - 1);
    const auto g = static_cast<float>(random.Unit() * 2 - 1);
    uint32_t word = static_cast<uint32_t>(random.Next());
    if (distance <= Distance::kFloatL2) word = std::bit_cast<uint32_t>(f);
    if (distance == Distance::kHalfDot || distance == Distance::kHalfL2)
      word = HalfOfFloat(f) | static_cast<uint32_t>(HalfOfFloat(g)) << 16;
    if (distance == Distance::kBFloat16Dot || distance == Distance::kBFloat16L2)
      word = BFloat16OfFloat(f) | static_cast<uint32_t>(BFloat16OfFloat(g)) << 16;
    std::memcpy(bytes->data() + i, &word, 4);
  }
  for (size_t at = fresh; at < bytes->size(); at += fresh)
    std::memcpy(bytes->data() + at, bytes->data(), std::min(fresh, bytes->size() - at));
}

/// The best of several rounds of at least 0.2 ms, in nanoseconds per row.
template <class F>
double NsPerRow(int rounds, size_t rows, F f) {
  double best = 1e30;
  for (int round = 0; round < rounds; ++round) {
    size_t repeats = 0;
    const auto start = Steady::now();
    double ns = 0;
    do {
      f();
      ++repeats;
      ns = std::chrono::duration<double, std::nano>(Steady::now() - start).count();
    } while (ns < 2e5);
    best = std::min(best, ns / static_cast<double>(repeats * rows));
  }
  return best;
}

void Measure(Distance distance, size_t dim) {
  const size_t row_bytes = RowBytes(distance, dim);
  constexpr size_t kNear = 8;
  const size_t far = (size_t{64} << 20) / row_bytes;  // more than the last cache holds
  std::vector<std::byte> query(row_bytes), rows(far * row_bytes);
  Fill(distance, &query);
  Fill(distance, &rows);
  std::vector<float> out(far);
  std::vector<uint32_t> ids(std::min<size_t>(far, 8192));
  Random random(6);
  for (uint32_t& id : ids) id = static_cast<uint32_t>(random.Below(far));
  for (const Isa isa : kAllIsas) {
    const DistanceKernel* kernel = KernelOf(isa, distance);
    if (kernel == nullptr) continue;
    const Rows view{rows.data(), row_bytes};
    const double near = NsPerRow(25, kNear, [&] { kernel->block(query.data(), view, kNear, out.data()); });
    const double scan = NsPerRow(3, far, [&] { kernel->block(query.data(), view, far, out.data()); });
    const double gather = NsPerRow(5, ids.size(), [&] {
      for (size_t i = 0; i + 32 <= ids.size(); i += 32)
        kernel->gather(query.data(), view, ids.data() + i, 32, out.data());
    });
    std::printf("%-16s %6zu %-14s %8.2f %8.2f %8.2f%s\n", std::string(DistanceName(distance)).c_str(), dim,
                std::string(IsaName(isa)).c_str(), near, scan, gather, isa == IsaFor(distance) ? "  *" : "");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace redkite::simd

int main(int argc, char** argv) {
  using namespace redkite::simd;
  std::vector<size_t> dims;
  for (int i = 1; i < argc; ++i) dims.push_back(static_cast<size_t>(std::atoi(argv[i])));
  if (dims.empty()) dims = {128, 768};
  std::printf("%-16s %6s %-14s %8s %8s %8s   ns per row; * = chosen\n", "distance", "dim", "set", "cached",
              "scan", "gather");
  for (const size_t dim : dims) {
    for (size_t d = 0; d < kDistanceCount; ++d) Measure(static_cast<Distance>(d), dim);
  }
  return 0;
}
