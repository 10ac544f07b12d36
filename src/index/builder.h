// IndexBuilder: builds an index in small steps, so that background work can give way between any two of them.
// BuildIndexAsync drives one on an Executor; BuildIndex runs one in the calling thread.
//
// Thread safety: Step may run in several threads at once; Finish once, after the last Step has returned.
// Ownership: the vectors must outlive builder and index.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/cancel.h"
#include "base/executor.h"
#include "base/status.h"
#include "index/any_index.h"
#include "index/index_spec.h"

namespace redkite::index {

class IndexBuilder {
 public:
  virtual ~IndexBuilder() = default;
  /// Takes up to `row_count` rows that no other Step has taken and inserts them. False when none was left to
  /// take. One row is the unit of work: tens of microseconds to a few milliseconds, by dimension and
  /// efConstruction.
  virtual bool Step(size_t row_count) = 0;
  /// Rows inserted so far.
  virtual size_t rows_done() const = 0;
  /// All rows must have been inserted. The builder is empty afterwards.
  virtual Result<std::unique_ptr<AnyIndex>> Finish() = 0;
  /// Bytes that the builder and the index will hold at most; for the memory ledger.
  virtual size_t memory_bytes() const = 0;
};

/// kParameterInvalid when there are more rows than an index can number (2^31 - 1).
Result<std::unique_ptr<IndexBuilder>> NewBuilder(const IndexSpec& spec, const VectorView& vectors);
/// Bytes that NewBuilder will allocate for this many rows.
size_t EstimateBuildBytes(const IndexSpec& spec, size_t rows, int dim);

struct BuildOptions {
  int concurrency = 1;                             // tasks at once; more than the executor runs is no use
  const CancelToken* cancel = nullptr;             // must live until `done` has been called
  std::function<void(size_t rows_done)> progress;  // from any thread, about every 1024 rows; may be empty
};

using BuildDone = std::function<void(Result<std::unique_ptr<AnyIndex>>)>;

/// Builds as background tasks that give way (resubmit themselves) whenever executor->ShouldYield(). Calls
/// `done` exactly once, from a task, unless the executor is destroyed before.
void BuildIndexAsync(const IndexSpec& spec, const VectorView& vectors, const BuildOptions& options,
                     Executor* executor, BuildDone done);

/// The same in the calling thread alone; deterministic for a seed and an instruction set.
Result<std::unique_ptr<AnyIndex>> BuildIndex(const IndexSpec& spec, const VectorView& vectors,
                                             const CancelToken* cancel = nullptr);

}  // namespace redkite::index
