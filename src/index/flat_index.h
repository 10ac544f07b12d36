// FlatIndex: exact search over all rows; holds only inverse norms (COSINE). Also serves the index types that
// have no structure of their own yet.
#pragma once

#include <atomic>

#include "base/aligned_buffer.h"
#include "index/builder.h"
#include "index/exact_search.h"
#include "index/index_file.h"

namespace redkite::index {

class FlatIndex final : public AnyIndex {
 public:
  /// Takes `inverse_norms` of all rows (COSINE) or an empty buffer.
  FlatIndex(const IndexSpec& spec, const VectorView& vectors, AlignedBuffer inverse_norms);
  static std::unique_ptr<AnyIndex> Open(const IndexSpec& spec, const IndexFile& file,
                                        const VectorView& vectors);

  Status Search(const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                const CancelToken* cancel, SearchStats* stats, TopK* out) const override;
  Status Save(io::WritableFile* file) const override;
  IndexInfo info() const override;

 private:
  FlatIndex(const IndexSpec& spec, const VectorView& vectors, const float* inverse_norms);
  const IndexSpec spec_;
  const AlignedBuffer owned_;
  const Scorer scorer_;
};

class FlatBuilder final : public IndexBuilder {
 public:
  FlatBuilder(const IndexSpec& spec, const VectorView& vectors);
  bool Step(size_t row_count) override;
  size_t rows_done() const override { return rows_done_.load(std::memory_order_acquire); }
  Result<std::unique_ptr<AnyIndex>> Finish() override;
  size_t memory_bytes() const override { return inverse_norms_.size(); }

 private:
  const IndexSpec spec_;
  const VectorView vectors_;
  AlignedBuffer inverse_norms_;
  std::atomic<size_t> next_row_{0};
  std::atomic<size_t> rows_done_{0};
};

}  // namespace redkite::index
