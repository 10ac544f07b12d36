// Scorer: distances of one metric between a query and rows of one VectorView, in batches.
//
// COSINE is computed from inner products and inverse norms, so that the rows stay as they were inserted.
// Thread safety: immutable; borrows vectors and inverse norms.
#pragma once

#include <cmath>

#include "index/any_index.h"
#include "simd/distance.h"

namespace redkite::index {

class Scorer {
 public:
  /// A query with the factor that its distances take: 1, or for COSINE 1/|query| (0 for a zero query).
  struct Query {
    const float* vector;
    float scale;
  };

  /// `inverse_norms`: 1/|row|, 0 for a zero row; COSINE cannot compute a distance without them.
  Scorer(const VectorView& vectors, Metric metric, const float* inverse_norms)
      : kernels_(&simd::Kernels()), vectors_(vectors), metric_(metric), inverse_norms_(inverse_norms) {}

  const VectorView& vectors() const { return vectors_; }
  Metric metric() const { return metric_; }
  const float* inverse_norms() const { return inverse_norms_; }
  Query Prepare(const float* vector) const {
    return {vector, metric_ == Metric::kCosine ? InverseNorm(*kernels_, vector, vectors_.dim) : 1.0f};
  }
  /// Row `row` as the query.
  Query PrepareRow(RowOffset row) const {
    return {vectors_.Row(row), metric_ == Metric::kCosine ? inverse_norms_[row] : 1.0f};
  }

  /// Distances to the rows ids[0..count).
  void Gather(const Query& query, const RowOffset* ids, size_t count, float* out) const {
    if (metric_ == Metric::kL2) return kernels_->l2_gather(query.vector, rows(0), ids, count, out);
    kernels_->dot_gather(query.vector, rows(0), ids, count, out);
    if (metric_ == Metric::kIp) {
      for (size_t i = 0; i < count; ++i) out[i] = -out[i];
    } else {
      for (size_t i = 0; i < count; ++i) out[i] *= -query.scale * inverse_norms_[ids[i]];
    }
  }
  /// Distances to the rows first .. first + count - 1.
  void Block(const Query& query, size_t first, size_t count, float* out) const {
    if (metric_ == Metric::kL2) return kernels_->l2_block(query.vector, rows(first), count, out);
    kernels_->dot_block(query.vector, rows(first), count, out);
    if (metric_ == Metric::kIp) {
      for (size_t i = 0; i < count; ++i) out[i] = -out[i];
    } else {
      for (size_t i = 0; i < count; ++i) out[i] *= -query.scale * inverse_norms_[first + i];
    }
  }
  void PrefetchRow(RowOffset row) const {
    simd::Prefetch(vectors_.Row(row), static_cast<size_t>(vectors_.dim) * sizeof(float));
    if (metric_ == Metric::kCosine) __builtin_prefetch(inverse_norms_ + row, 0, 3);
  }

  /// 1/|vector|; 0 for a zero vector and where the norm leaves the range of float.
  static float InverseNorm(const simd::DistanceKernels& kernels, const float* vector, int dim) {
    const float square = kernels.dot(vector, vector, static_cast<size_t>(dim));
    return square > 0 && std::isfinite(square) ? 1.0f / std::sqrt(square) : 0.0f;
  }

 private:
  simd::Rows rows(size_t first) const { return {vectors_.Row(first), static_cast<size_t>(vectors_.dim)}; }

  const simd::DistanceKernels* kernels_;
  VectorView vectors_;
  Metric metric_;
  const float* inverse_norms_;
};

}  // namespace redkite::index
