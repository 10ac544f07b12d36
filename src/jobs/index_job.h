// IndexJob: builds one vector index of one sealed segment in the background: build (giving way to requests) →
// file → open and verify → one manifest edit. Restartable: an unfinished build leaves garbage that the next
// start removes. Thread safety: Start from any thread; `done` is called once, from a task of the executor.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "meta/catalog.h"
#include "shard/shard.h"

namespace redkite::jobs {

/// A segment with fewer rows is searched exactly and counts as indexed, unless a simulation says otherwise.
inline constexpr size_t kMinIndexedRows = 1024;

struct IndexTask {
  std::shared_ptr<shard::Shard> shard;
  std::shared_ptr<const segment::SegmentSnapshot> segment;
  meta::IndexMeta index;
  std::shared_ptr<CancelToken> cancel = std::make_shared<CancelToken>();
  std::shared_ptr<std::atomic<size_t>> rows_done = std::make_shared<std::atomic<size_t>>(0);
  MemoryLedger* memory = nullptr;  // may be nullptr: what the build holds is not accounted then
  /// Takes the index when it is written and open; empty: it becomes part of the shard's segment.
  std::function<Status(storage::IndexRef, segment::FieldIndex)> install;
  /// Told how it ended, when the scheduler queued the task; may be empty.
  std::function<void(Status)> done;
};

/// Whether `segment` still lacks `index`: false where the type has no structure (FLAT), for fewer than
/// `rows_min` rows and growing segments.
bool NeedsIndex(const segment::SegmentSnapshot& segment, const meta::IndexMeta& index,
                const FieldSchema& field, size_t rows_min);

/// Of an index that NeedsIndex said is needed.
Metric MetricOf(const meta::IndexMeta& index, const FieldSchema& field);

/// Whether searches of the collection are meant to go through an index that is built, as FLAT is not.
bool HasBuiltIndex(const meta::CollectionMeta& collection);

/// What its build reserves in the ledger.
int64_t BuildBytes(const IndexTask& task);

/// `executor` runs the build as background tasks; files are written by a task of `file_executor`, which may
/// block.
void StartIndexJob(IndexTask task, Executor* executor, Executor* file_executor,
                   std::function<void(Status)> done);

}  // namespace redkite::jobs
