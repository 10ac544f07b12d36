// HnswIndex: a finished HnswGraph that answers searches. See any_index.h for the contract.
// Ownership: owns its links when it was built, borrows them from a mapped file when it was opened.
#pragma once

#include "base/aligned_buffer.h"
#include "index/hnsw_graph.h"
#include "index/index_file.h"
#include "index/index_spec.h"

namespace redkite::index {

class HnswIndex final : public AnyIndex {
 public:
  /// What a builder hands over. The graph's pointers lead into the buffers.
  struct Parts {
    HnswGraph graph;
    AlignedBuffer base_links;
    AlignedBuffer upper_slot;
    AlignedBuffer upper_links;
    AlignedBuffer inverse_norms;
  };
  HnswIndex(const IndexSpec& spec, const VectorView& vectors, Parts parts);
  /// In place over a parsed file.
  static Result<std::unique_ptr<AnyIndex>> Open(const IndexSpec& spec, const IndexFile& file,
                                                const VectorView& vectors);

  Status Search(const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                const CancelToken* cancel, SearchStats* stats, TopK* out) const override;
  Status Save(io::WritableFile* file) const override;
  IndexInfo info() const override;

 private:
  struct Request;
  HnswIndex(const IndexSpec& spec, const VectorView& vectors, const HnswGraph& graph,
            const float* inverse_norms);
  bool PrefersScan(const SearchArgs& args, size_t ef, size_t kept) const;
  Status SearchOne(const Request& request, size_t query, SearchScratch* scratch, SearchStats* stats,
                   TopK* out) const;
  bool FindCandidates(const Request& request, const std::byte* query, SearchScratch* scratch,
                      SearchStats* stats) const;

  const IndexSpec spec_;
  const VectorView vectors_;
  const Parts parts_;
  const HnswGraph graph_;
  const float* const inverse_norms_;
  const Scorer scorer_;
  const size_t mapped_bytes_;
  const size_t present_;  // rows in the graph: all that are not null
  mutable ScratchPool scratch_pool_;
};

}  // namespace redkite::index
