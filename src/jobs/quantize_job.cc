#include "jobs/quantize_job.h"

#include "index/quantized_rows.h"

namespace redkite::jobs {
namespace {

constexpr size_t kRowsPerStep = 1024;

class QuantizeJob : public std::enable_shared_from_this<QuantizeJob> {
 public:
  QuantizeJob(QuantizeTask task, Executor* executor, const CancelToken* cancel, MemoryReservation memory,
              std::function<void()> done)
      : task_(std::move(task)),
        executor_(executor),
        cancel_(cancel),
        memory_(std::make_shared<const MemoryReservation>(std::move(memory))),
        done_(std::move(done)) {}

  void Resume() {
    executor_->Submit(Priority::kBackground, [self = shared_from_this()] { self->Run(); });
  }

 private:
  void Run() {
    const auto& block = task_.segment->blocks[0];
    if (!quantized_) {
      const auto& deferred = task_.segment->deferred;
      // What is damaged the index build finds, and says.
      if (deferred && !deferred->Verify(std::span(&task_.field, 1), cancel_).ok()) return done_();
      quantized_ =
          std::make_shared<index::QuantizedRows>(index::VectorView(*block->Find(task_.field)), task_.metric);
    }
    while (!cancel_->cancelled()) {
      if (!quantized_->AddRows(kRowsPerStep)) {
        task_.shard->SetQuantized(task_.segment->id,
                                  {task_.index, task_.field, task_.metric, quantized_, block, memory_});
        break;
      }
      if (executor_->ShouldYield()) return Resume();
    }
    done_();
  }

  const QuantizeTask task_;
  Executor* const executor_;
  const CancelToken* const cancel_;
  const std::shared_ptr<const MemoryReservation> memory_;
  const std::function<void()> done_;
  std::shared_ptr<index::QuantizedRows> quantized_;
};

}  // namespace

void StartQuantizeJob(QuantizeTask task, Executor* executor, MemoryLedger* memory, const CancelToken* cancel,
                      std::function<void()> done) {
  const ColumnView* column = task.segment->blocks[0]->Find(task.field);
  // What is left then is for rows: without these bytes a scan is slower, without room a write is refused.
  if (memory->is_short()) return executor->Submit(Priority::kBackground, std::move(done));
  auto room = memory->Reserve(index::QuantizedRows::EstimateBytes(column->row_count, column->dim),
                              "scans of a segment without index");
  if (!room.ok()) {
    executor->Submit(Priority::kBackground, std::move(done));
    return;
  }
  std::make_shared<QuantizeJob>(std::move(task), executor, cancel, std::move(*room), std::move(done))
      ->Resume();
}

}  // namespace redkite::jobs
