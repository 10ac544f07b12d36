#include "index/flat_index.h"

namespace redkite::index {

FlatIndex::FlatIndex(const IndexSpec& spec, const VectorView& vectors, AlignedBuffer inverse_norms)
    : spec_(spec),
      owned_(std::move(inverse_norms)),
      scorer_(vectors, spec.metric, reinterpret_cast<const float*>(owned_.data())) {}

FlatIndex::FlatIndex(const IndexSpec& spec, const VectorView& vectors, const float* inverse_norms)
    : spec_(spec), scorer_(vectors, spec.metric, inverse_norms) {}

std::unique_ptr<AnyIndex> FlatIndex::Open(const IndexSpec& spec, const IndexFile& file,
                                          const VectorView& vectors) {
  const float* norms =
      file.inverse_norms.empty() ? nullptr : reinterpret_cast<const float*>(file.inverse_norms.data());
  return std::unique_ptr<AnyIndex>(new FlatIndex(spec, vectors, norms));
}

Status FlatIndex::Search(const QueryBatch& queries, const SearchArgs& args, ExcludeView exclude,
                         const CancelToken* cancel, SearchStats* stats, TopK* out) const {
  RK_RETURN_IF_ERROR(CheckSearch(scorer_.vectors(), queries, exclude));
  out->Reset(queries.count, args.k);
  return ExactSearchInto(scorer_, {queries, 0, queries.count}, args, {exclude, cancel, stats}, out);
}

Status FlatIndex::Save(io::WritableFile* file) const {
  IndexFile content;
  content.structure = Structure::kFlat;
  content.metric = spec_.metric;
  content.row_count = scorer_.vectors().rows;
  content.dim = static_cast<uint32_t>(scorer_.vectors().dim);
  content.type = scorer_.vectors().type;
  content.parameters = spec_.parameters;
  if (scorer_.inverse_norms() != nullptr) {
    content.inverse_norms = std::as_bytes(std::span(scorer_.inverse_norms(), scorer_.vectors().rows));
  }
  return WriteIndexFile(content, file);
}

IndexInfo FlatIndex::info() const {
  IndexInfo info;
  info.type = spec_.type;
  info.served_as = "FLAT";
  info.metric = spec_.metric;
  info.row_count = scorer_.vectors().rows;
  info.memory_bytes = owned_.size();
  if (owned_.size() == 0 && scorer_.inverse_norms() != nullptr)
    info.mapped_bytes = info.row_count * sizeof(float);
  info.parameters = spec_.parameters;
  return info;
}

FlatBuilder::FlatBuilder(const IndexSpec& spec, const VectorView& vectors)
    : spec_(spec),
      vectors_(vectors),
      inverse_norms_(spec.metric == Metric::kCosine ? vectors.rows * sizeof(float) : 0) {}

bool FlatBuilder::Step(size_t row_count) {
  const size_t first = next_row_.fetch_add(row_count, std::memory_order_relaxed);
  if (first >= vectors_.rows) return false;
  const size_t end = std::min(vectors_.rows, first + row_count);
  if (spec_.metric == Metric::kCosine) {
    auto* norms = reinterpret_cast<float*>(inverse_norms_.data());
    const Scorer scorer(vectors_, spec_.metric, nullptr);
    for (size_t row = first; row < end; ++row) norms[row] = scorer.InverseNormOf(vectors_.Row(row));
  }
  rows_done_.fetch_add(end - first, std::memory_order_release);
  return true;
}

Result<std::unique_ptr<AnyIndex>> FlatBuilder::Finish() {
  if (rows_done() != vectors_.rows) {
    return Status::Internal("index build finished before all rows were read: " + std::to_string(rows_done()));
  }
  return std::unique_ptr<AnyIndex>(std::make_unique<FlatIndex>(spec_, vectors_, std::move(inverse_norms_)));
}

}  // namespace redkite::index
