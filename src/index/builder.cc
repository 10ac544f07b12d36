#include "index/builder.h"

#include <atomic>
#include <string>

#include "index/flat_index.h"
#include "index/hnsw_builder.h"
#include "index/hnsw_index.h"
#include "index/ranked.h"

namespace redkite::index {
namespace {

constexpr size_t kRowsPerProgress = 1024;
constexpr size_t kFlatRowsPerStep = 256;

size_t RowsPerStep(const IndexSpec& spec) {
  return spec.structure == Structure::kHnsw ? 1 : kFlatRowsPerStep;
}

/// One asynchronous build, shared by its tasks. The task that ends last reports.
class AsyncBuild : public std::enable_shared_from_this<AsyncBuild> {
 public:
  AsyncBuild(std::unique_ptr<IndexBuilder> builder, size_t rows_per_step, const BuildOptions& options,
             Executor* executor, BuildDone done)
      : builder_(std::move(builder)),
        rows_per_step_(rows_per_step),
        options_(options),
        executor_(executor),
        done_(std::move(done)),
        tasks_left_(std::max(1, options.concurrency)) {}

  void Start() {
    for (int i = 0, n = tasks_left_.load(); i < n; ++i) Resume();
  }

 private:
  void Resume() {
    executor_->Submit(Priority::kBackground, [self = shared_from_this()] { self->Run(); });
  }
  void Run() {
    while (true) {
      if (stopped_.load(std::memory_order_relaxed)) break;
      if (options_.cancel != nullptr) {
        if (Status status = options_.cancel->Check(); !status.ok()) {
          Fail(std::move(status));
          break;
        }
      }
      if (!builder_->Step(rows_per_step_)) break;
      ReportProgress();
      if (executor_->ShouldYield()) return Resume();
    }
    if (tasks_left_.fetch_sub(1, std::memory_order_acq_rel) == 1) Report();
  }
  void Fail(Status status) {
    MutexLock lock(mutex_);
    if (failure_.ok()) failure_ = std::move(status);
    stopped_.store(true, std::memory_order_relaxed);
  }
  void ReportProgress() {
    if (!options_.progress) return;
    const size_t done = builder_->rows_done();
    size_t reported = reported_.load(std::memory_order_relaxed);
    if (done - std::min(done, reported) < kRowsPerProgress) return;
    if (reported_.compare_exchange_strong(reported, done, std::memory_order_relaxed)) options_.progress(done);
  }
  void Report() {
    Status failure;
    {
      MutexLock lock(mutex_);
      failure = failure_;
    }
    if (!failure.ok()) return done_(failure);
    if (options_.progress) options_.progress(builder_->rows_done());
    done_(builder_->Finish());
  }

  const std::unique_ptr<IndexBuilder> builder_;
  const size_t rows_per_step_;
  const BuildOptions options_;
  Executor* const executor_;
  const BuildDone done_;
  std::atomic<int> tasks_left_;
  std::atomic<bool> stopped_{false};
  std::atomic<size_t> reported_{0};
  Mutex mutex_;
  Status failure_ GUARDED_BY(mutex_);
};

Status CheckFile(const IndexSpec& spec, const IndexFile& file, const VectorView& vectors) {
  if (file.structure != spec.structure || file.metric != spec.metric) {
    return Status::Corrupt("index file of another index type or metric, expected: " + spec.type + " " +
                           std::string(MetricName(spec.metric)));
  }
  if (file.row_count != vectors.rows || file.dim != static_cast<uint32_t>(vectors.dim) ||
      file.type != vectors.type) {
    return Status::Corrupt("index file for other vectors, rows: " + std::to_string(file.row_count) +
                           ", expected " + std::to_string(vectors.rows) +
                           ", dim: " + std::to_string(file.dim) + ", expected " +
                           std::to_string(vectors.dim) + ", type: " + std::string(DataTypeName(file.type)) +
                           ", expected " + std::string(DataTypeName(vectors.type)));
  }
  const size_t norm_bytes = spec.metric == Metric::kCosine ? vectors.rows * sizeof(float) : 0;
  if (file.inverse_norms.size() != norm_bytes) {
    return Status::Corrupt("index file with norms of wrong size: " +
                           std::to_string(file.inverse_norms.size()));
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<IndexBuilder>> NewBuilder(const IndexSpec& spec, const VectorView& vectors) {
  if (vectors.rows > kMaxRows) {
    return Status::Invalid("too many rows for one index: " + std::to_string(vectors.rows));
  }
  if (spec.structure == Structure::kHnsw) {
    return std::unique_ptr<IndexBuilder>(std::make_unique<HnswBuilder>(spec, vectors));
  }
  return std::unique_ptr<IndexBuilder>(std::make_unique<FlatBuilder>(spec, vectors));
}

size_t EstimateBuildBytes(const IndexSpec& spec, size_t rows, int /*dim*/) {
  const size_t norms = spec.metric == Metric::kCosine ? sizeof(float) : 0;
  if (spec.structure != Structure::kHnsw) return rows * norms;
  const size_t base = LinkStride(MaxLinks(static_cast<uint32_t>(spec.m), 0, rows)) * sizeof(uint32_t);
  const size_t upper = LinkStride(MaxLinks(static_cast<uint32_t>(spec.m), 1, rows)) * sizeof(uint32_t);
  // A row has 1/(M - 1) upper levels on average, and one byte and one word for its level.
  return rows * (base + norms + 5) + rows / static_cast<size_t>(std::max(1, spec.m - 1)) * upper;
}

void BuildIndexAsync(const IndexSpec& spec, const VectorView& vectors, const BuildOptions& options,
                     Executor* executor, BuildDone done) {
  Result<std::unique_ptr<IndexBuilder>> builder = NewBuilder(spec, vectors);
  if (!builder.ok()) {
    executor->Submit(Priority::kBackground,
                     [done = std::move(done), status = builder.status()] { done(status); });
    return;
  }
  std::make_shared<AsyncBuild>(std::move(*builder), RowsPerStep(spec), options, executor, std::move(done))
      ->Start();
}

Result<std::unique_ptr<AnyIndex>> BuildIndex(const IndexSpec& spec, const VectorView& vectors,
                                             const CancelToken* cancel) {
  RK_ASSIGN_OR_RETURN(std::unique_ptr<IndexBuilder> builder, NewBuilder(spec, vectors));
  while (builder->Step(RowsPerStep(spec))) {
    if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
  }
  return builder->Finish();
}

Result<std::unique_ptr<AnyIndex>> OpenIndex(const IndexSpec& spec, std::span<const std::byte> bytes,
                                            const VectorView& vectors) {
  RK_ASSIGN_OR_RETURN(const IndexFile file, ParseIndexFile(bytes));
  RK_RETURN_IF_ERROR(CheckFile(spec, file, vectors));
  if (file.structure == Structure::kHnsw) return HnswIndex::Open(spec, file, vectors);
  return FlatIndex::Open(spec, file, vectors);
}

}  // namespace redkite::index
