// AnyIndex: the one interface of a vector index. One virtual call per batch of queries, none inside.
//
// Distances are smaller-is-better for every metric: L2 = squared Euclidean, IP = -inner product, COSINE =
// -cosine (the cosine with a zero vector is 0); see types/metric.h for those of bits. Search parameters
// travel in the call, never in the index. Ownership: an index does not own the raw vectors. The memory behind
// its VectorView (and, for an opened index, behind the mapped file) must outlive it. Thread safety: immutable
// once built or opened; every const method may run in any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/status.h"
#include "types/bitset.h"
#include "types/column.h"
#include "types/ids.h"
#include "types/metric.h"

namespace redkite::io {
class WritableFile;
}

namespace redkite::index {

struct IndexSpec;

/// Borrowed dense vectors of one type, one after another without gaps. Rows that are null have a zero vector
/// there; who searches excludes them.
struct VectorView {
  VectorView() = default;
  VectorView(DataType type, int dim, const std::byte* data, size_t rows)
      : data(data), rows(rows), row_bytes(ValueBytes(type, dim)), dim(dim), type(type) {}
  explicit VectorView(const ColumnView& column)
      : VectorView(column.type, column.dim, column.data, column.row_count) {
    validity = column.validity;
  }
  static VectorView OfFloats(const float* data, size_t rows, int dim) {
    return {DataType::kFloatVector, dim, reinterpret_cast<const std::byte*>(data), rows};
  }
  const std::byte* Row(size_t row) const { return data + row * row_bytes; }
  bool IsNull(size_t row) const {
    return validity != nullptr && ((validity[row >> 6] >> (row & 63)) & 1) == 0;
  }
  /// Rows that are not null.
  size_t CountPresent() const;
  /// Rows first .. first + count - 1, without what is known of nulls.
  VectorView Part(size_t first, size_t count) const {
    VectorView part = *this;
    part.data = Row(first);
    part.rows = count;
    part.validity = nullptr;
    return part;
  }

  const std::byte* data = nullptr;
  size_t rows = 0;
  size_t row_bytes = 0;
  int dim = 0;
  DataType type = DataType::kFloatVector;
  const uint64_t* validity = nullptr;  // a bit per row, 1 = present; none: every row is
};

/// Borrowed query vectors, of the type of the rows and laid out like them.
struct QueryBatch {
  QueryBatch() = default;
  QueryBatch(DataType type, int dim, const std::byte* data, size_t count)
      : data(data), count(count), vector_bytes(ValueBytes(type, dim)), dim(dim), type(type) {}
  static QueryBatch OfFloats(const float* data, size_t count, int dim) {
    return {DataType::kFloatVector, dim, reinterpret_cast<const std::byte*>(data), count};
  }
  const std::byte* Query(size_t i) const { return data + i * vector_bytes; }

  const std::byte* data = nullptr;
  size_t count = 0;
  size_t vector_bytes = 0;
  int dim = 0;
  DataType type = DataType::kFloatVector;
};

struct Neighbour {
  RowOffset row;
  float distance;
  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

/// Which distances count: from <= distance < below. Milvus's radius and range_filter, which are scores,
/// become below = -radius, from = -range_filter for IP and COSINE and below = radius, from = range_filter for
/// the others.
struct DistanceRange {
  float from = -kAny;
  float below = kAny;
  static constexpr float kAny = std::numeric_limits<float>::infinity();
  /// A distance that is no number counts as infinite.
  bool Contains(float distance) const { return !(distance < from) && (distance < below || below == kAny); }
  bool any() const { return from == -kAny && below == kAny; }
};

struct SearchArgs {
  size_t k = 10;
  /// HNSW: candidates kept during the walk; at least k is used. 0 = the index's default for k.
  size_t ef = 0;
  DistanceRange range;
  /// Computes every distance, whatever the index.
  bool exact = false;
};

/// Work done by one Search call, summed over its queries.
struct SearchStats {
  uint64_t distances_computed = 0;
  uint64_t nodes_visited = 0;  // graph nodes whose links were followed
};

/// What else a search is told: rows that are excluded, who may cancel it, where it counts its work. All may
/// be empty.
struct SearchContext {
  ExcludeView exclude;
  const CancelToken* cancel = nullptr;
  SearchStats* stats = nullptr;
};

/// Up to k neighbours per query: best first, ties by smaller row. Reusable: Reset keeps the memory.
class TopK {
 public:
  void Reset(size_t query_count, size_t k) {
    k_ = k;
    counts_.assign(query_count, 0);
    entries_.resize(query_count * k);
  }
  size_t query_count() const { return counts_.size(); }
  size_t k() const { return k_; }
  std::span<const Neighbour> Of(size_t query) const { return {entries_.data() + query * k_, counts_[query]}; }
  /// Where an index writes the k entries of one query, followed by SetCount.
  Neighbour* Entries(size_t query) { return entries_.data() + query * k_; }
  void SetCount(size_t query, size_t count) { counts_[query] = static_cast<uint32_t>(count); }

 private:
  size_t k_ = 0;
  std::vector<Neighbour> entries_;
  std::vector<uint32_t> counts_;
};

struct IndexInfo {
  std::string type;       // as the user named it: "IVF_FLAT"
  std::string served_as;  // what runs: "HNSW" or "FLAT"
  Metric metric = Metric::kL2;
  size_t row_count = 0;
  size_t memory_bytes = 0;  // held by the index itself, without raw vectors and mapped bytes
  size_t mapped_bytes = 0;
  std::vector<std::pair<std::string, std::string>> parameters;
};

class AnyIndex {
 public:
  virtual ~AnyIndex() = default;
  /// The k nearest rows of each query among those not excluded and inside args.range; fewer only where fewer
  /// exist. `exclude` is empty or has row_count bits. `cancel` and `stats` may be null. Resets `out`.
  /// kParameterInvalid for a wrong dimension or type, kCanceled or kTimeout from `cancel`.
  /// Runs in the calling thread; to use more threads split the batch.
  virtual Status Search(const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                        const CancelToken* cancel, SearchStats* stats, TopK* out) const = 0;
  /// Appends the index (docs/formats/index_hnsw.md) at the current end of `file`. Does not Sync or Close.
  virtual Status Save(io::WritableFile* file) const = 0;
  virtual IndexInfo info() const = 0;
};

/// Opens what Save wrote, in place. `bytes` start at the first byte that Save wrote and are aligned to 64;
/// they and the vectors' memory must outlive the index. Content is not trusted: damage gives kDataIntegrity
/// here or poor results later, never a wrong access. kDataIntegrity too when spec, row count or dimension
/// differ from what was saved.
Result<std::unique_ptr<AnyIndex>> OpenIndex(const IndexSpec& spec, std::span<const std::byte> bytes,
                                            const VectorView& vectors);

}  // namespace redkite::index
