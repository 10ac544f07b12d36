// Scorer: distances of one metric between a query and rows of one VectorView, in batches. The kernel for
// element type and metric is chosen when the scorer is made; what is done per distance has no branch on
// either.
//
// COSINE is computed from inner products and inverse norms, so that the rows stay as they were inserted. Rows
// whose squares leave the middle of float's range have no inverse norm; their distances are computed in
// double precision. A query like that is scaled by a power of two first.
// Thread safety: immutable; borrows vectors and inverse norms.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>

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
    std::unique_ptr<std::byte[]> scaled = nullptr;  // what `vector` points to, where it is not the caller's
  };

  /// `inverse_norms`: of each row, by InverseNormOf; COSINE cannot compute a distance without them.
  Scorer(const VectorView& vectors, Metric metric, const float* inverse_norms)
      : kernel_(&simd::KernelFor(DistanceOf(vectors.type, metric))),
        vectors_(vectors),
        metric_(metric),
        inverse_norms_(inverse_norms) {}

  const VectorView& vectors() const { return vectors_; }
  Metric metric() const { return metric_; }
  const float* inverse_norms() const { return inverse_norms_; }
  Query Prepare(const std::byte* vector) const {
    return metric_ == Metric::kCosine ? WithNorm(vector, InverseNormOf(vector)) : Query{vector, 1.0f};
  }
  /// Row `row` as the query.
  Query PrepareRow(RowOffset row) const {
    const std::byte* const vector = vectors_.Row(row);
    return metric_ == Metric::kCosine ? WithNorm(vector, inverse_norms_[row]) : Query{vector, 1.0f};
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
      GatheredToCosine(query, ids, count, out);
    }
  }
  /// Distances to the rows first .. first + count - 1.
  void Block(const Query& query, size_t first, size_t count, float* out) const {
    kernel_->block(query.vector, rows(first), count, out);
    if (metric_ == Metric::kIp) {
      for (size_t i = 0; i < count; ++i) out[i] = -out[i];
    } else if (metric_ == Metric::kCosine) {
      BlockToCosine(query, first, count, out);
    }
  }
  void PrefetchRow(RowOffset row) const {
    simd::Prefetch(vectors_.Row(row), vectors_.row_bytes);
    if (metric_ == Metric::kCosine) __builtin_prefetch(inverse_norms_ + row, 0, 3);
  }

  /// COSINE only: 1/|vector|; 0 for a zero vector and for one whose norm is outside 2^-50 … 2^50. Between
  /// these no product of two elements, norms or inverse norms overflows or loses digits that matter.
  float InverseNormOf(const std::byte* vector) const {
    const float square = kernel_->one(vector, vector, vectors_.row_bytes);
    return square >= 0x1p-100f && square <= 0x1p100f ? 1.0f / std::sqrt(square) : 0.0f;
  }

 private:
  Query WithNorm(const std::byte* vector, float inverse_norm) const {
    if (inverse_norm == 0) [[unlikely]]
      return ScaledQuery(vector);
    return {vector, inverse_norm};
  }
  /// Has its highest bit set for 0, and not for norms that are there: cheaper to collect than comparisons.
  static uint32_t Borrow(float inverse_norm) { return std::bit_cast<uint32_t>(inverse_norm) - 1; }
  /// Inner products become distances.
  void GatheredToCosine(const Query& query, const RowOffset* ids, size_t count, float* out) const {
    uint32_t borrows = 0;
    for (size_t i = 0; i < count; ++i) {
      const float inverse_norm = inverse_norms_[ids[i]];
      out[i] *= -query.scale * inverse_norm;
      borrows |= Borrow(inverse_norm);
    }
    if (borrows >> 31 == 0) [[likely]]
      return;
    for (size_t i = 0; i < count; ++i) {
      if (inverse_norms_[ids[i]] == 0) out[i] = PreciseCosineDistance(query, vectors_.Row(ids[i]));
    }
  }
  void BlockToCosine(const Query& query, size_t first, size_t count, float* out) const {
    const float* const norms = inverse_norms_ + first;
    for (size_t i = 0; i < count; ++i) out[i] *= -query.scale * norms[i];
    constexpr size_t kLanes = 8;  // a loop of known length becomes vector instructions
    uint32_t lanes[kLanes] = {}, borrows = 0;
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] |= Borrow(norms[i + lane]);
    }
    for (; i < count; ++i) borrows |= Borrow(norms[i]);
    for (const uint32_t lane : lanes) borrows |= lane;
    if (borrows >> 31 == 0) [[likely]]
      return;
    for (i = 0; i < count; ++i) {
      if (norms[i] == 0) out[i] = PreciseCosineDistance(query, vectors_.Row(first + i));
    }
  }
  Query ScaledQuery(const std::byte* vector) const;
  float PreciseCosineDistance(const Query& query, const std::byte* row) const;
  simd::Rows rows(size_t first) const { return {vectors_.Row(first), vectors_.row_bytes}; }

  const simd::DistanceKernel* kernel_;
  VectorView vectors_;
  Metric metric_;
  const float* inverse_norms_;
};

}  // namespace redkite::index
