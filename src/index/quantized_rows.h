// QuantizedRows: the rows of a segment once more with one byte per element, so that a scan reads a quarter of
// the bytes and multiplies whole numbers; for segments that have no graph yet. The answers are those of
// ExactSearch, row by row and bit by bit: from the bytes follows a lower bound of each distance (by the
// inequality of Cauchy and Schwarz on what rounding took away), and a row whose bound is not beyond the k
// best has its true distance computed.
//
// Filled by AddRows, by one thread; immutable afterwards and shared. Borrows the vectors. Memory:
// EstimateBytes.
#pragma once

#include <memory>
#include <vector>

#include "index/any_index.h"
#include "index/scorer.h"

namespace redkite::index {

class QuantizedRows {
 public:
  /// Vectors of Float, Float16 and BFloat16, whose metrics are L2, IP and COSINE.
  static bool Supports(DataType type);
  static int64_t EstimateBytes(size_t rows, int dim);
  QuantizedRows(const VectorView& vectors, Metric metric);
  /// The next rows, up to `count`; false when none is left.
  bool AddRows(size_t count);

  /// Semantics and answers of ExactSearch over these vectors. After all rows were added.
  Status Search(const QueryBatch& queries, const SearchArgs& args, const SearchContext& context,
                TopK* out) const;

 private:
  struct Query;
  class Pass;
  void AddRow(size_t row, const float* values);
  bool Prepare(const std::byte* vector, Query* query) const;
  size_t FindCandidates(const Query& query, size_t first, size_t count, float bound, RowOffset* ids) const;

  const VectorView vectors_;
  const Metric metric_;
  size_t filled_ = 0;
  float slack_ = 0;  // of what float arithmetic rounds, relative to the lengths of row and query
  std::vector<int8_t> codes_;
  // Of each row, so that row = scale * code + something of length `error`.
  std::vector<float> scales_;
  std::vector<float> lengths_;        // of scale * code
  std::vector<float> errors_;         // infinite where nothing is known of the row
  std::vector<float> squares_;        // L2: the row's squared length
  std::vector<float> inverse_norms_;  // COSINE: see Scorer
};

}  // namespace redkite::index
