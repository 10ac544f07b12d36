// Test data for the tests of this room: clustered random rows, exact answers, an in-memory file.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/random.h"
#include "index/any_index.h"
#include "index/builder.h"
#include "index/ranked.h"
#include "index/scorer.h"
#include "io/file_system.h"

namespace redkite::index {

/// Rows and queries drawn around the same centres.
struct TestVectors {
  TestVectors(size_t rows, int dim, uint64_t seed, size_t query_count = 50)
      : dim(dim), row_values(rows * dim), query_values(query_count * dim) {
    Random random(seed);
    const auto unit = [&] { return static_cast<float>(random.Unit() * 2 - 1); };
    std::vector<float> centres(20 * static_cast<size_t>(dim));
    for (float& c : centres) c = unit() * 2;
    const auto fill = [&](std::vector<float>& values) {
      for (size_t i = 0; i < values.size(); i += static_cast<size_t>(dim)) {
        const size_t centre = random.Below(20) * static_cast<size_t>(dim);
        for (int d = 0; d < dim; ++d) values[i + d] = centres[centre + d] + unit();
      }
    };
    fill(row_values);
    fill(query_values);
  }
  VectorView view() const {
    return VectorView::OfFloats(row_values.data(), row_values.size() / static_cast<size_t>(dim), dim);
  }
  QueryBatch queries() const {
    return QueryBatch::OfFloats(query_values.data(), query_values.size() / static_cast<size_t>(dim), dim);
  }

  int dim;
  std::vector<float> row_values;
  std::vector<float> query_values;
};

inline const float* AsFloats(const std::byte* vector) { return reinterpret_cast<const float*>(vector); }

inline double OracleDistance(Metric metric, const float* a, const float* b, int dim) {
  double dot = 0, l2 = 0, aa = 0, bb = 0;
  for (int i = 0; i < dim; ++i) {
    dot += double{a[i]} * b[i];
    l2 += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  if (metric == Metric::kL2) return l2;
  if (metric == Metric::kIp) return -dot;
  return aa == 0 || bb == 0 ? 0 : -dot / std::sqrt(aa * bb);
}

/// The k nearest rows that are kept, by double precision: (distance, row), best first.
inline std::vector<std::pair<double, RowOffset>> OracleTopK(const VectorView& vectors, Metric metric,
                                                            const std::byte* query, size_t k,
                                                            ExcludeView exclude = {}) {
  std::vector<std::pair<double, RowOffset>> all;
  for (size_t row = 0; row < vectors.rows; ++row) {
    if (exclude.Test(row)) continue;
    all.emplace_back(OracleDistance(metric, AsFloats(vectors.Row(row)), AsFloats(query), vectors.dim),
                     static_cast<RowOffset>(row));
  }
  std::sort(all.begin(), all.end());
  all.resize(std::min(k, all.size()));
  return all;
}

/// Share of the exact k nearest that `found` holds, counted by distance so that ties are no error.
inline double RecallOf(std::span<const Neighbour> found,
                       const std::vector<std::pair<double, RowOffset>>& exact) {
  if (exact.empty()) return found.empty() ? 1 : 0;
  const double bound = exact.back().first + 1e-4 * (1 + std::fabs(exact.back().first));
  size_t hits = 0;
  for (const Neighbour& n : found) hits += n.distance <= bound ? 1 : 0;
  return static_cast<double>(hits) / static_cast<double>(exact.size());
}

class MemoryFile final : public io::WritableFile {
 public:
  Status Append(std::string_view bytes) override {
    if (bytes_.size() + bytes.size() > limit_bytes)
      return {Code::kDiskLimitExceeded, "no space: memory file"};
    bytes_.append(bytes);
    return Status::Ok();
  }
  Status WriteAt(uint64_t, std::string_view) override { return Status::Internal("not for indexes"); }
  Status Sync() override { return Status::Ok(); }
  Status Allocate(uint64_t) override { return Status::Ok(); }
  Status Close() override { return Status::Ok(); }
  const std::string& bytes() const { return bytes_; }
  size_t limit_bytes = ~size_t{0};

 private:
  std::string bytes_;
};

/// An exact-size aligned copy, so that the address sanitizer sees a read beyond the end.
class AlignedCopy {
 public:
  explicit AlignedCopy(std::string_view bytes) : buffer_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(buffer_.data(), bytes.data(), bytes.size());
  }
  std::span<const std::byte> bytes() const { return {buffer_.data(), buffer_.size()}; }
  std::byte* data() { return buffer_.data(); }

 private:
  AlignedBuffer buffer_;
};

inline IndexSpec SpecOf(Structure structure, Metric metric, int m = 16, int ef_construction = 100) {
  IndexSpec spec;
  spec.type = structure == Structure::kHnsw ? "HNSW" : "FLAT";
  spec.structure = structure;
  spec.metric = metric;
  spec.m = m;
  spec.ef_construction = ef_construction;
  return spec;
}

}  // namespace redkite::index
