// Scorer: distances of one metric between a query and rows of one VectorView, in batches. The kernel for
// element type and metric is chosen when the scorer is made; what is done per distance has no branch on
// either.
//
// COSINE is computed from inner products and inverse norms, so that the rows stay as they were inserted.
// Thread safety: immutable; borrows vectors and inverse norms.
#pragma once

#include <cmath>

#include "index/any_index.h"
#include "simd/distance.h"

namespace redkite::index {

/// The kernel's distance for a metric on vectors of a type. The metric must fit the type (ParseIndexSpec).
simd::Distance DistanceOf(DataType type, Metric metric);

class Scorer {
 public:
  /// A query with the factor that its distances take: 1, or for COSINE 1/|query| (0 for a zero query).
  struct Query {
    const std::byte* vector;
    float scale;
  };

  /// `inverse_norms`: 1/|row|, 0 for a zero row; COSINE cannot compute a distance without them.
  Scorer(const VectorView& vectors, Metric metric, const float* inverse_norms)
      : kernel_(&simd::KernelFor(DistanceOf(vectors.type, metric))),
        vectors_(vectors),
        metric_(metric),
        inverse_norms_(inverse_norms) {}

  const VectorView& vectors() const { return vectors_; }
  Metric metric() const { return metric_; }
  const float* inverse_norms() const { return inverse_norms_; }
  Query Prepare(const std::byte* vector) const {
    return {vector, metric_ == Metric::kCosine ? InverseNormOf(vector) : 1.0f};
  }
  /// Row `row` as the query.
  Query PrepareRow(RowOffset row) const {
    return {vectors_.Row(row), metric_ == Metric::kCosine ? inverse_norms_[row] : 1.0f};
  }
  /// A scorer of the rows first .. first + count - 1, with their inverse norms.
  Scorer Part(size_t first, size_t count, const float* inverse_norms) const {
    Scorer part = *this;
    part.vectors_ = vectors_.Part(first, count);
    part.inverse_norms_ = inverse_norms;
    return part;
  }

  /// Distances to the rows ids[0..count).
  void Gather(const Query& query, const RowOffset* ids, size_t count, float* out) const {
    kernel_->gather(query.vector, rows(0), ids, count, out);
    if (metric_ == Metric::kIp) {
      for (size_t i = 0; i < count; ++i) out[i] = -out[i];
    } else if (metric_ == Metric::kCosine) {
      for (size_t i = 0; i < count; ++i) out[i] *= -query.scale * inverse_norms_[ids[i]];
    }
  }
  /// Distances to the rows first .. first + count - 1.
  void Block(const Query& query, size_t first, size_t count, float* out) const {
    kernel_->block(query.vector, rows(first), count, out);
    if (metric_ == Metric::kIp) {
      for (size_t i = 0; i < count; ++i) out[i] = -out[i];
    } else if (metric_ == Metric::kCosine) {
      for (size_t i = 0; i < count; ++i) out[i] *= -query.scale * inverse_norms_[first + i];
    }
  }
  void PrefetchRow(RowOffset row) const {
    simd::Prefetch(vectors_.Row(row), vectors_.row_bytes);
    if (metric_ == Metric::kCosine) __builtin_prefetch(inverse_norms_ + row, 0, 3);
  }

  /// COSINE only: 1/|vector|; 0 for a zero vector and where the norm leaves the range of float.
  float InverseNormOf(const std::byte* vector) const {
    const float square = kernel_->one(vector, vector, vectors_.row_bytes);
    return square > 0 && std::isfinite(square) ? 1.0f / std::sqrt(square) : 0.0f;
  }

 private:
  simd::Rows rows(size_t first) const { return {vectors_.Row(first), vectors_.row_bytes}; }

  const simd::DistanceKernel* kernel_;
  VectorView vectors_;
  Metric metric_;
  const float* inverse_norms_;
};

}  // namespace redkite::index
