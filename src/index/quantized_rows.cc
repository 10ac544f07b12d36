#include "index/quantized_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/half.h"
#include "index/best_k.h"
#include "index/exact_search.h"

namespace redkite::index {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kCodeMax = 127;
constexpr float kSmallestScaled = 1e-30f;  // below, a scale would leave float's range
constexpr size_t kBlockRows = 128;
constexpr size_t kQueriesPerPass = 64;
constexpr size_t kBlocksPerCheck = 64;

void ToFloats(const std::byte* vector, DataType type, int dim, float* out) {
  if (type == DataType::kFloatVector) {
    std::memcpy(out, vector, static_cast<size_t>(dim) * sizeof(float));
    return;
  }
  for (int i = 0; i < dim; ++i) {
    uint16_t bits;
    std::memcpy(&bits, vector + 2 * i, sizeof bits);
    out[i] = type == DataType::kFloat16Vector ? FloatOfHalf(bits) : FloatOfBFloat16(bits);
  }
}

struct Quantized {
  float scale = 0, length = 0, error = kInfinity, square = 0;
};

// The bytes of one vector. What cannot be told of it has an infinite error.
Quantized Quantize(const float* values, size_t dim, int8_t* codes) {
  float largest = 0;
  bool finite = true;
  for (size_t i = 0; i < dim; ++i) {
    largest = std::max(largest, std::fabs(values[i]));
    finite = finite && std::isfinite(values[i]);
  }
  Quantized out;
  std::fill_n(codes, dim, int8_t{0});
  if (!finite) return out;
  out.scale = largest < kSmallestScaled ? 0 : largest / kCodeMax;
  const float inverse = out.scale == 0 ? 0 : 1 / out.scale;
  double square = 0, error = 0, length = 0;
  for (size_t i = 0; i < dim; ++i) {
    const float code = std::nearbyint(values[i] * inverse);
    codes[i] = static_cast<int8_t>(code);
    const double lost = double{values[i]} - double{code} * double{out.scale};
    square += double{values[i]} * double{values[i]};
    error += lost * lost;
    length += double{code} * double{code};
  }
  constexpr double kUp = 1 + 1e-6;  // to float, not less
  out.square = static_cast<float>(square);
  out.error = static_cast<float>(std::sqrt(error) * kUp);
  out.length = static_cast<float>(std::sqrt(length) * double{out.scale} * kUp);
  return out;
}

}  // namespace

struct QuantizedRows::Query {
  std::vector<int8_t> codes;
  Quantized quantized;
  float length = 0;
  float inverse_norm = 1;
};

bool QuantizedRows::Supports(DataType type) {
  return type == DataType::kFloatVector || type == DataType::kFloat16Vector ||
         type == DataType::kBFloat16Vector;
}

int64_t QuantizedRows::EstimateBytes(size_t rows, int dim) {
  return static_cast<int64_t>(rows) * (dim + 4 * static_cast<int64_t>(sizeof(float)));
}

QuantizedRows::QuantizedRows(const VectorView& vectors, Metric metric) : vectors_(vectors), metric_(metric) {
  // Sums of `dim` products, each rounded; and a few roundings more.
  slack_ = 4e-6f + static_cast<float>(vectors.dim) * 0x1p-23f;
  codes_.resize(vectors.rows * static_cast<size_t>(vectors.dim));
  for (auto* list : {&scales_, &lengths_, &errors_}) list->resize(vectors.rows);
  if (metric == Metric::kL2) squares_.resize(vectors.rows);
  if (metric == Metric::kCosine) inverse_norms_.resize(vectors.rows);
}

bool QuantizedRows::AddRows(size_t count) {
  std::vector<float> values(static_cast<size_t>(vectors_.dim));
  const Scorer scorer(vectors_, metric_, nullptr);
  for (const size_t end = std::min(vectors_.rows, filled_ + count); filled_ < end; ++filled_) {
    ToFloats(vectors_.Row(filled_), vectors_.type, vectors_.dim, values.data());
    AddRow(filled_, values.data());
    if (metric_ == Metric::kCosine) inverse_norms_[filled_] = scorer.InverseNormOf(vectors_.Row(filled_));
  }
  return filled_ < vectors_.rows;
}

void QuantizedRows::AddRow(size_t row, const float* values) {
  const auto dim = static_cast<size_t>(vectors_.dim);
  const Quantized q = Quantize(values, dim, codes_.data() + row * dim);
  scales_[row] = q.scale;
  lengths_[row] = q.length;
  errors_[row] = q.error;
  if (metric_ == Metric::kL2) squares_[row] = q.square;
}

// False where the bounds would say nothing.
bool QuantizedRows::Prepare(const std::byte* vector, Query* query) const {
  std::vector<float> values(static_cast<size_t>(vectors_.dim));
  ToFloats(vector, vectors_.type, vectors_.dim, values.data());
  query->codes.resize(values.size());
  query->quantized = Quantize(values.data(), values.size(), query->codes.data());
  query->length = std::sqrt(query->quantized.square);
  if (metric_ == Metric::kCosine) {
    query->inverse_norm = Scorer(vectors_, metric_, nullptr).InverseNormOf(vector);
    if (query->inverse_norm == 0) return false;
  }
  return std::isfinite(query->quantized.error) && std::isfinite(query->quantized.square);
}

// Rows of the block that may be nearer than `bound` or as near. A bound that is no number keeps its row.
size_t QuantizedRows::FindCandidates(const Query& query, size_t first, size_t count, float bound,
                                     RowOffset* ids) const {
  static const simd::DistanceKernel& kDot = simd::KernelFor(simd::Distance::kInt8Dot);
  float dots[kBlockRows];
  const auto dim = static_cast<size_t>(vectors_.dim);
  kDot.block(query.codes.data(), {reinterpret_cast<const std::byte*>(codes_.data()) + first * dim, dim},
             count, dots);
  const float scale = query.quantized.scale, lost = query.quantized.error, length = query.length;
  const float* const scales = scales_.data() + first;
  const float* const lengths = lengths_.data() + first;
  const float* const errors = errors_.data() + first;
  for (size_t j = 0; j < count; ++j) {
    const float most = dots[j] * scales[j] * scale + errors[j] * length + lengths[j] * lost;
    dots[j] = -(most + slack_ * (lengths[j] + errors[j]) * length);  // of the inner product, negative
  }
  if (metric_ == Metric::kL2) {
    const float square = query.quantized.square;
    const float* const squares = squares_.data() + first;
    for (size_t j = 0; j < count; ++j) dots[j] = 2 * dots[j] + (squares[j] + square) * (1 - slack_);
  } else if (metric_ == Metric::kCosine) {
    const float* const norms = inverse_norms_.data() + first;
    // Without a norm nothing is known.
    for (size_t j = 0; j < count; ++j)
      dots[j] = norms[j] == 0 ? -kInfinity : dots[j] * norms[j] * query.inverse_norm - slack_;
  }
  int kept = 0;  // mostly none is
  for (size_t j = 0; j < count; ++j) kept |= !(dots[j] > bound);
  size_t found = 0;
  for (size_t j = 0; j < count && kept != 0; ++j) {
    ids[found] = static_cast<RowOffset>(first + j);
    found += !(dots[j] > bound);
  }
  return found;
}

class QuantizedRows::Pass {
 public:
  Pass(const QuantizedRows& rows, const SearchArgs& args, ExcludeView exclude)
      : rows_(rows),
        args_(args),
        exclude_(exclude),
        scorer_(rows.vectors_, rows.metric_,
                rows.inverse_norms_.empty() ? nullptr : rows.inverse_norms_.data()),
        k_(std::min(args.k, rows.vectors_.rows)),
        keys_(kQueriesPerPass * BestK::RoomFor(k_)) {}

  bool Start(const QueryBatch& queries, size_t first, size_t count) {
    queries_.assign(count, {});
    exact_.clear();
    best_.clear();
    for (size_t i = 0; i < count; ++i) {
      if (!rows_.Prepare(queries.Query(first + i), &queries_[i])) return false;
      exact_.push_back(scorer_.Prepare(queries.Query(first + i)));
      best_.emplace_back(keys_.data() + i * BestK::RoomFor(k_), k_);
    }
    return true;
  }
  Status Run(const CancelToken* cancel, SearchStats* stats) {
    const size_t rows = rows_.vectors_.rows;
    size_t block = 0;
    for (size_t first = 0; first < rows && k_ > 0; first += kBlockRows) {
      if (cancel != nullptr && block++ % kBlocksPerCheck == 0) RK_RETURN_IF_ERROR(cancel->Check());
      const size_t count = std::min(kBlockRows, rows - first);
      for (size_t i = 0; i < queries_.size(); ++i) {
        const size_t computed = Offer(i, first, count);
        if (stats != nullptr) stats->distances_computed += computed;
      }
    }
    return Status::Ok();
  }
  void Write(size_t first, TopK* out) {
    for (size_t i = 0; i < best_.size(); ++i)
      out->SetCount(first + i, best_[i].Write(out->Entries(first + i)));
  }

 private:
  size_t Offer(size_t query, size_t first, size_t count) {
    RowOffset ids[kBlockRows];
    float distances[kBlockRows];
    BestK& best = best_[query];
    const float bound = std::min(best.worst(), args_.range.below);
    size_t found = rows_.FindCandidates(queries_[query], first, count, bound, ids);
    if (!exclude_.empty()) {
      found = static_cast<size_t>(
          std::remove_if(ids, ids + found, [&](RowOffset row) { return exclude_.Test(row); }) - ids);
    }
    if (found == 0) return 0;
    scorer_.Gather(exact_[query], ids, found, distances);
    for (size_t j = 0; j < found; ++j) {
      if (best.Wants(distances[j]) && args_.range.Contains(distances[j])) best.Offer(distances[j], ids[j]);
    }
    return found;
  }

  const QuantizedRows& rows_;
  const SearchArgs& args_;
  const ExcludeView exclude_;
  const Scorer scorer_;
  const size_t k_;
  std::vector<Ranked> keys_;
  std::vector<Query> queries_;
  std::vector<Scorer::Query> exact_;
  std::vector<BestK> best_;
};

Status QuantizedRows::Search(const QueryBatch& queries, const SearchArgs& args, const SearchContext& context,
                             TopK* out) const {
  RK_RETURN_IF_ERROR(CheckSearch(vectors_, queries, context.exclude));
  out->Reset(queries.count, args.k);
  Pass pass(*this, args, context.exclude);
  for (size_t first = 0; first < queries.count; first += kQueriesPerPass) {
    const size_t count = std::min(kQueriesPerPass, queries.count - first);
    if (!pass.Start(queries, first, count)) {
      const Scorer scorer(vectors_, metric_, inverse_norms_.empty() ? nullptr : inverse_norms_.data());
      RK_RETURN_IF_ERROR(ExactSearchInto(scorer, {queries, first, count}, args, context, out));
      continue;
    }
    RK_RETURN_IF_ERROR(pass.Run(context.cancel, context.stats));
    pass.Write(first, out);
  }
  return Status::Ok();
}

}  // namespace redkite::index
