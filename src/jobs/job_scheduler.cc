#include "jobs/job_scheduler.h"

#include <algorithm>

#include "index/quantized_rows.h"
#include "jobs/flush_job.h"

namespace redkite::jobs {
namespace {

constexpr int64_t kDiskPauseMs = 10'000;
constexpr int64_t kDiskPauseMaxMs = 600'000;

}  // namespace

JobScheduler::JobScheduler(Seams seams)
    : seams_(std::move(seams)), compactions_(CompactionSeams(), seams_.compaction) {
  if (seams_.metrics == nullptr) return;
  flushes_ = seams_.metrics->GetCounter("redkite_flushes_total", "Flushes that succeeded.");
  indexed_rows_ = seams_.metrics->GetCounter("redkite_indexed_rows_total",
                                             "Rows of indexes that were built, each time one of them was.");
}

void JobScheduler::RequestFlush(const std::shared_ptr<shard::Shard>& shard, FlushDone done) {
  {
    MutexLock lock(mutex_);
    if (!stopping_) {
      turns_[shard->options().shard].flushes.push_back(done ? std::move(done) : [](Status) {});
      done = nullptr;
    }
  }
  if (done) return done(Status(Code::kServiceUnavailable, "the server is stopping"));
  TakeTurns(shard);
}

void JobScheduler::RunAlone(const std::shared_ptr<shard::Shard>& shard, std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    turns_[shard->options().shard].alone.push_back(std::move(task));
  }
  TakeTurns(shard);
}

void JobScheduler::RunLast(const std::shared_ptr<shard::Shard>& shard, std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    turns_[shard->options().shard].last.push_back(std::move(task));
  }
  TakeTurns(shard);
}

void JobScheduler::TakeTurns(const std::shared_ptr<shard::Shard>& shard) {
  {
    MutexLock lock(mutex_);
    const auto it = turns_.find(shard->options().shard);
    if (it == turns_.end() || it->second.running) return;
    it->second.running = true;
    ++running_;
  }
  seams_.file_executor->Submit(Priority::kBackground, [this, shard] { RunTurns(shard); });
}

void JobScheduler::RunTurns(const std::shared_ptr<shard::Shard>& shard) {
  const ShardId id = shard->options().shard;
  while (true) {
    std::vector<FlushDone> flushes;
    std::vector<std::function<void()>> alone;
    {
      MutexLock lock(mutex_);
      Turns& turns = turns_[id];
      flushes.swap(turns.flushes);
      alone.swap(turns.alone);
      if (flushes.empty() && alone.empty() && !compactions_.IsRunning(id)) alone.swap(turns.last);
      if (flushes.empty() && alone.empty()) {
        turns.running = false;
        if (turns.last.empty()) turns_.erase(id);
        --running_;
        idle_.NotifyAll();
        return;
      }
    }
    if (!flushes.empty()) Flush(shard, flushes);
    for (auto& task : alone) task();
  }
}

void JobScheduler::Flush(const std::shared_ptr<shard::Shard>& shard, const std::vector<FlushDone>& waiting) {
  const Status status = RunFlush(shard.get());
  if (!status.ok()) {
    seams_.logger->Error("flush failed; its rows stay in memory and in the log",
                         {{"shard", shard->options().shard}, {"error", status.message()}});
  } else {
    if (flushes_ != nullptr) flushes_->Add(1);
    if (seams_.flushed) seams_.flushed();
    compactions_.Request(shard);
    RequestIndexes(shard);
  }
  for (const FlushDone& done : waiting) done(status);
}

void JobScheduler::RequestIndexes(const std::shared_ptr<shard::Shard>& shard) {
  auto collection = seams_.catalog->GetCollection(shard->options().collection);
  if (!collection.ok()) return;
  DropGone(shard);
  const auto snapshot = shard->snapshot();
  std::vector<QuantizeTask> quantize;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    const auto same = [](const IndexTask& a, SegmentId segment, IndexId index) {
      return a.segment->id == segment && a.index.id == index;
    };
    for (const meta::IndexMeta& index : (*collection)->indexes) {
      const FieldSchema* field = (*collection)->schema.Find(index.field);
      if (field == nullptr) continue;
      for (const auto& segment : snapshot->segments) {
        if (!NeedsIndex(*segment, index, *field, seams_.index_rows_min)) continue;
        const Metric metric = MetricOf(index, *field);
        if (EnterQuantizeLocked(*segment, shard->options().shard, *field, metric))
          quantize.push_back({shard, segment, index.id, field->id, metric});
        if (compactions_.IsInput(shard->options().shard, segment->id)) continue;
        const bool known = (building_ && same(*building_, segment->id, index.id)) ||
                           std::any_of(queued_.begin(), queued_.end(),
                                       [&](const IndexTask& t) { return same(t, segment->id, index.id); });
        if (known) continue;
        failures_.erase(index.id);
        IndexTask task;
        task.shard = shard;
        task.segment = segment;
        task.index = index;
        queued_.push_back(std::move(task));
      }
    }
  }
  for (QuantizeTask& task : quantize) StartQuantize(std::move(task));
  StartNextIndex();
}

bool JobScheduler::EnterQuantizeLocked(const segment::SegmentSnapshot& segment, ShardId shard,
                                       const FieldSchema& field, Metric metric) {
  if (seams_.memory == nullptr || !index::QuantizedRows::Supports(field.type)) return false;
  if (segment.FindQuantized(field.id, metric) != nullptr) return false;
  if (!quantizing_.emplace(shard, segment.id, field.id).second) return false;
  ++running_;
  return true;
}

void JobScheduler::StartQuantize(QuantizeTask task) {
  const std::tuple key(task.shard->options().shard, task.segment->id, task.field);
  StartQuantizeJob(std::move(task), seams_.executor, seams_.memory, &quantize_cancel_, [this, key] {
    MutexLock lock(mutex_);
    quantizing_.erase(key);
    --running_;
    idle_.NotifyAll();
  });
}

void JobScheduler::StartNextIndex() {
  IndexTask task;
  {
    MutexLock lock(mutex_);
    // What is on its way into another segment comes back if it does not get there.
    while (!queued_.empty() && !queued_.front().install &&
           compactions_.IsInput(queued_.front().shard->options().shard, queued_.front().segment->id)) {
      queued_.pop_front();
    }
    if (stopping_ || building_ || queued_.empty()) return;
    building_ = queued_.front();
    queued_.pop_front();
    ++running_;
    task = *building_;
    task.memory = seams_.memory;
  }
  StartIndexJob(task, seams_.executor, seams_.file_executor,
                [this, task](Status status) { IndexDone(task, status); });
}

void JobScheduler::IndexDone(const IndexTask& task, Status status) {
  const bool gone = task.cancel->cancelled() || status.code() == Code::kSegmentNotFound ||
                    status.code() == Code::kIndexNotFound;
  if (!status.ok() && !gone) {
    seams_.logger->Error(
        "index build failed; the segment is searched exactly",
        {{"segment", task.segment->id}, {"index", task.index.name}, {"error", status.message()}});
  }
  {
    MutexLock lock(mutex_);
    // A build for a compaction that failed leaves the inputs with theirs.
    if (!status.ok() && !gone && !task.install) failures_[task.index.id] = status.message();
    NoteRefusedLocked(task, status);
    building_.reset();
  }
  if (status.ok() && indexed_rows_ != nullptr) {
    indexed_rows_->Add(static_cast<int64_t>(task.segment->row_count));
  }
  if (task.done) task.done(status);
  StartNextIndex();
  MutexLock lock(mutex_);
  --running_;
  idle_.NotifyAll();
}

void JobScheduler::NoteRefusedLocked(const IndexTask& task, const Status& status) {
  const ShardId shard = task.shard->options().shard;
  const bool no_memory = status.code() == Code::kMemoryLimitExceeded && seams_.memory != nullptr;
  if (!no_memory && status.code() != Code::kDiskLimitExceeded) {
    if (const auto it = refused_.find(shard); it != refused_.end() && !it->second.waits) refused_.erase(it);
    return;
  }
  Refused& refused = refused_[shard];
  const int64_t bytes = no_memory ? BuildBytes(task) : 0;
  refused.bytes = refused.waits ? std::min(refused.bytes, bytes) : bytes;
  if (!no_memory && !refused.waits) ++refused.disk_failures;
  refused.shard = task.shard;
  refused.waits = true;
  refused.not_before_ms = 0;
}

void JobScheduler::RetryRefused(int64_t now_ms) {
  const int64_t free_bytes =
      seams_.memory == nullptr ? 0 : seams_.memory->limit_bytes() - seams_.memory->used_bytes();
  std::vector<std::shared_ptr<shard::Shard>> retried;
  {
    MutexLock lock(mutex_);
    for (auto& [id, refused] : refused_) {
      if (!refused.waits || refused.bytes > free_bytes) continue;
      if (refused.disk_failures > 0 && refused.not_before_ms == 0) {
        refused.not_before_ms =
            now_ms + std::min(kDiskPauseMs << std::min(refused.disk_failures - 1, 10), kDiskPauseMaxMs);
      }
      if (now_ms < refused.not_before_ms) continue;
      refused.waits = false;
      retried.push_back(refused.shard.lock());
    }
    std::erase_if(refused_, [](const auto& entry) { return entry.second.shard.expired(); });
  }
  for (const auto& shard : retried) {
    if (shard) RequestIndexes(shard);
  }
}

IndexProgress JobScheduler::Progress(const shard::Shard& shard, const meta::IndexMeta& index,
                                     const FieldSchema& field) const {
  IndexProgress progress;
  size_t building_rows = 0;
  {
    MutexLock lock(mutex_);
    if (auto it = failures_.find(index.id); it != failures_.end()) progress.failure = it->second;
    if (building_ && building_->index.id == index.id) building_rows = building_->rows_done->load();
  }
  size_t missing = 0;
  const auto snapshot = shard.snapshot();
  for (const auto& segment : snapshot->segments) {
    if (segment->growing) continue;
    progress.total_rows += static_cast<int64_t>(segment->row_count);
    if (NeedsIndex(*segment, index, field, seams_.index_rows_min)) missing += segment->row_count;
  }
  if (missing == 0) progress.failure.clear();  // of a segment that has gone into another one
  progress.building = missing > 0 && progress.failure.empty();
  // Rows inserted into the graph count as soon as they are, but the last one only when the index is in use.
  if (missing > 0) missing -= std::min(building_rows, missing - 1);
  progress.indexed_rows = progress.total_rows - static_cast<int64_t>(missing);
  return progress;
}

void JobScheduler::DropQueued(const std::function<bool(const IndexTask&)>& is_dropped) {
  std::vector<IndexTask> dropped;
  {
    MutexLock lock(mutex_);
    for (const IndexTask& task : queued_) {
      if (is_dropped(task)) dropped.push_back(task);
    }
    std::erase_if(queued_, is_dropped);
    if (building_ && is_dropped(*building_)) building_->cancel->Cancel();
  }
  for (const IndexTask& task : dropped) {
    if (task.done) task.done(Status(Code::kCanceled, "the build was cancelled"));
  }
}

// Else what comes after a truncation would wait for builds of what is gone. The output of a merge, which has
// an `install`, is not in the snapshot yet.
void JobScheduler::DropGone(const std::shared_ptr<shard::Shard>& shard) {
  std::shared_ptr<const shard::ShardSnapshot> now;
  DropQueued([&](const IndexTask& task) {
    if (task.shard != shard || task.install) return false;
    if (!now) now = shard->snapshot();  // under the lock: not older than any that a task was made from
    return std::none_of(now->segments.begin(), now->segments.end(),
                        [&](const auto& segment) { return segment->id == task.segment->id; });
  });
}

void JobScheduler::CancelIndexes(ShardId shard, IndexId index) {
  DropQueued([=](const IndexTask& task) {
    return task.shard->options().shard == shard && (index.value() == 0 || task.index.id == index);
  });
  MutexLock lock(mutex_);
  failures_.erase(index);
}

void JobScheduler::CancelPartition(ShardId shard, PartitionId partition) {
  compactions_.Cancel(shard, partition);
  DropQueued([=](const IndexTask& task) {
    return task.shard->options().shard == shard && task.segment->partition == partition;
  });
}

void JobScheduler::CancelShard(ShardId shard) {
  compactions_.Cancel(shard, std::nullopt);
  CancelIndexes(shard, IndexId(0));
}

void JobScheduler::BeginStop() {
  compactions_.BeginStop();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  quantize_cancel_.Cancel();
  DropQueued([](const IndexTask&) { return true; });
}

void JobScheduler::Stop() {
  BeginStop();
  compactions_.Stop();
  MutexLock lock(mutex_);
  while (running_ > 0) idle_.Wait(mutex_);
}

CompactionScheduler::Seams JobScheduler::CompactionSeams() {
  CompactionScheduler::Seams seams;
  seams.catalog = seams_.catalog;
  seams.logger = seams_.logger;
  seams.metrics = seams_.metrics;
  seams.ended = [this](const auto& shard) { CompactionEnded(shard); };
  seams.hooks.file_executor = seams_.file_executor;
  seams.hooks.memory = seams_.memory;
  seams.hooks.run_alone = [this](const auto& shard, auto task) { RunAlone(shard, std::move(task)); };
  seams.hooks.build_indexes = [this](const CompactionTask& task, const auto& output, auto built) {
    BuildForCompaction(task, output, std::move(built));
  };
  return seams;
}

void JobScheduler::CompactionEnded(const std::shared_ptr<shard::Shard>& shard) {
  RequestIndexes(shard);
  TakeTurns(shard);  // what had to be last
}

}  // namespace redkite::jobs
