// Indexes of a compaction's output, built before it takes the place of its inputs: searches do not lose
// theirs.
#include <algorithm>

#include "jobs/job_scheduler.h"

namespace redkite::jobs {
namespace {

/// Builds under way for one output.
struct Batch {
  Mutex mutex;
  size_t left GUARDED_BY(mutex) = 0;
  std::vector<BuiltIndex> indexes GUARDED_BY(mutex);
  Status failed GUARDED_BY(mutex);
  std::function<void(Result<std::vector<BuiltIndex>>)> built;

  void EndOne(Status status) {
    Result<std::vector<BuiltIndex>> all = std::vector<BuiltIndex>();
    {
      MutexLock lock(mutex);
      if (failed.ok()) failed = std::move(status);
      if (--left > 0) return;
      all = std::move(indexes);
      if (!failed.ok()) all = failed;
    }
    built(std::move(all));
  }
};

bool AnyInputHas(const CompactionTask& task, IndexId index) {
  return std::any_of(task.inputs.begin(), task.inputs.end(),
                     [&](const auto& input) { return input->HasIndex(index); });
}

// Without an index that was dropped, or that the inputs lacked too, the output is as good as they are.
Status FailureOf(const Status& status, bool is_needed) {
  const bool dropped = status.code() == Code::kCanceled || status.code() == Code::kIndexNotFound;
  return is_needed && !dropped ? status : Status::Ok();
}

}  // namespace

void JobScheduler::BuildForCompaction(const CompactionTask& compaction,
                                      const std::shared_ptr<const segment::SegmentSnapshot>& output,
                                      std::function<void(Result<std::vector<BuiltIndex>>)> built) {
  const auto collection = seams_.catalog->GetCollection(compaction.shard->options().collection);
  if (!collection.ok()) return built(Status(Code::kCanceled, "the collection was dropped"));
  auto batch = std::make_shared<Batch>();
  batch->built = std::move(built);
  std::vector<IndexTask> tasks;
  for (const meta::IndexMeta& index : (*collection)->indexes) {
    const FieldSchema* field = (*collection)->schema.Find(index.field);
    if (field == nullptr || !NeedsIndex(*output, index, *field, seams_.index_rows_min)) continue;
    IndexTask task;
    task.shard = compaction.shard;
    task.segment = output;
    task.index = index;
    task.install = [batch](storage::IndexRef ref, segment::FieldIndex opened) {
      MutexLock lock(batch->mutex);
      batch->indexes.push_back({std::move(ref), std::move(opened)});
      return Status::Ok();
    };
    task.done = [batch, is_needed = AnyInputHas(compaction, index.id)](const Status& status) {
      batch->EndOne(FailureOf(status, is_needed));
    };
    tasks.push_back(std::move(task));
  }
  bool stopping = false;
  {
    MutexLock lock(batch->mutex);
    batch->left = tasks.size() + 1;
  }
  {
    MutexLock lock(mutex_);
    stopping = stopping_;
    if (!stopping) queued_.insert(queued_.end(), tasks.begin(), tasks.end());
  }
  for (const IndexTask& task : tasks) {
    if (stopping) task.done(Status(Code::kCanceled, "the server is stopping"));
  }
  StartNextIndex();
  batch->EndOne(Status::Ok());
}

}  // namespace redkite::jobs
