#include "jobs/job_scheduler.h"

#include <algorithm>

#include "jobs/flush_job.h"

namespace redkite::jobs {

void JobScheduler::RequestFlush(const std::shared_ptr<shard::Shard>& shard, FlushDone done) {
  {
    MutexLock lock(mutex_);
    if (!stopping_) {
      FlushState& state = flushes_[shard->options().shard];
      state.waiting.push_back(done ? std::move(done) : [](Status) {});
      if (state.running) return;
      state.running = true;
      ++running_;
      done = nullptr;
    }
  }
  if (done) {
    done(Status(Code::kServiceUnavailable, "the server is stopping"));
    return;
  }
  seams_.file_executor->Submit(Priority::kBackground, [this, shard] { RunFlushTask(shard); });
}

void JobScheduler::RunFlushTask(const std::shared_ptr<shard::Shard>& shard) {
  while (true) {
    std::vector<FlushDone> waiting;
    std::vector<std::function<void()>> after;
    bool finished = false;
    {
      MutexLock lock(mutex_);
      FlushState& state = flushes_[shard->options().shard];
      waiting.swap(state.waiting);
      finished = waiting.empty();
      if (finished) {
        after.swap(state.after);
        flushes_.erase(shard->options().shard);
      }
    }
    if (finished) {
      for (auto& task : after) task();
      MutexLock lock(mutex_);
      --running_;
      idle_.NotifyAll();
      return;
    }
    const Status status = RunFlush(shard.get());
    if (!status.ok()) {
      seams_.logger->Error("flush failed; its rows stay in memory and in the log",
                           {{"shard", shard->options().shard}, {"error", status.message()}});
    } else {
      if (seams_.flushed) seams_.flushed();
      RequestIndexes(shard);
    }
    for (FlushDone& done : waiting) done(status);
  }
}

void JobScheduler::RunAfterFlush(const std::shared_ptr<shard::Shard>& shard, std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    FlushState& state = flushes_[shard->options().shard];
    state.after.push_back(std::move(task));
    if (state.running) return;
    state.running = true;
    ++running_;
  }
  seams_.file_executor->Submit(Priority::kBackground, [this, shard] { RunFlushTask(shard); });
}

void JobScheduler::RequestIndexes(const std::shared_ptr<shard::Shard>& shard) {
  auto collection = seams_.catalog->GetCollection(shard->options().collection);
  if (!collection.ok()) return;
  const auto snapshot = shard->snapshot();
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
  StartNextIndex();
}

void JobScheduler::StartNextIndex() {
  IndexTask task;
  {
    MutexLock lock(mutex_);
    if (stopping_ || building_ || queued_.empty()) return;
    building_ = queued_.front();
    queued_.pop_front();
    ++running_;
    task = *building_;
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
    if (!status.ok() && !gone) failures_[task.index.id] = status.message();
    building_.reset();
    --running_;
    idle_.NotifyAll();
  }
  StartNextIndex();
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
  progress.building = missing > 0 && progress.failure.empty();
  // Rows inserted into the graph count as soon as they are, but the last one only when the index is in use.
  if (missing > 0) missing -= std::min(building_rows, missing - 1);
  progress.indexed_rows = progress.total_rows - static_cast<int64_t>(missing);
  return progress;
}

void JobScheduler::CancelIndexes(ShardId shard, IndexId index) {
  MutexLock lock(mutex_);
  const auto matches = [&](const IndexTask& task) {
    return task.shard->options().shard == shard && (index.value() == 0 || task.index.id == index);
  };
  std::erase_if(queued_, matches);
  if (building_ && matches(*building_)) building_->cancel->Cancel();
  failures_.erase(index);
}

void JobScheduler::BeginStop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  queued_.clear();
  if (building_) building_->cancel->Cancel();
}

void JobScheduler::Stop() {
  BeginStop();
  MutexLock lock(mutex_);
  while (running_ > 0) idle_.Wait(mutex_);
}

}  // namespace redkite::jobs
