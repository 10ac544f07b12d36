// QuantizeJob: makes the scans of a sealed segment cheap while it waits for its index: hours' worth of graph
// building may be queued after a bulk load, and quantizing takes a hundredth of a build's time. In memory
// only, accounted; without room there is none. Thread safety: Start from any thread; `done` is called once,
// from a task.
#pragma once

#include <functional>
#include <memory>

#include "base/executor.h"
#include "base/memory_ledger.h"
#include "shard/shard.h"

namespace redkite::jobs {

struct QuantizeTask {
  std::shared_ptr<shard::Shard> shard;
  std::shared_ptr<const segment::SegmentSnapshot> segment;  // of one block
  IndexId index;                                            // that it waits for
  FieldId field;
  Metric metric = Metric::kL2;
};

/// `cancel` and `memory` outlive the job.
void StartQuantizeJob(QuantizeTask task, Executor* executor, MemoryLedger* memory, const CancelToken* cancel,
                      std::function<void()> done);

}  // namespace redkite::jobs
