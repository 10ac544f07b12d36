#include "jobs/compaction_job.h"

#include "segment/sealed_segment.h"
#include "segment/segment_merge.h"

namespace redkite::jobs {
namespace {

constexpr int64_t kBytesPerRow = 24;  // where each row comes from and its place among the keys; no values

class CompactionJob : public std::enable_shared_from_this<CompactionJob> {
 public:
  CompactionJob(CompactionTask task, CompactionHooks hooks)
      : task_(std::move(task)), hooks_(std::move(hooks)), shard_(*task_.shard) {}

  void Start() {
    Next([](CompactionJob* job) { job->ReadDeferred(); });
  }

 private:
  void Next(void (*step)(CompactionJob*)) {
    hooks_.file_executor->Submit(Priority::kBackground,
                                 [self = shared_from_this(), step] { step(self.get()); });
  }

  // One input at a time.
  void ReadDeferred() {
    while (next_input_ < task_.inputs.size()) {
      const segment::SegmentSnapshot& input = *task_.inputs[next_input_++];
      if (!input.deferred) continue;
      if (Status s = input.deferred->VerifyAll(task_.cancel.get()); !s.ok()) {
        if (shard::IsDamage(s) && !task_.cancel->cancelled()) shard_.SetAside(input.id, s);
        return End(std::move(s));
      }
      return Next([](CompactionJob* job) { job->ReadDeferred(); });
    }
    Choose();
  }

  void Choose() {
    if (Status s = task_.cancel->Check(); !s.ok()) return End(std::move(s));
    for (const auto& input : task_.inputs) outcome_.rows_read += input->row_count;
    if (Status s = ReserveMemory(); !s.ok()) return End(std::move(s));
    rows_ = segment::ChooseRows(task_.inputs, task_.drop);
    result_.rows = &rows_;
    if (rows_.row_count == 0) return InstallAlone();
    const auto generation = shard_.NextGeneration();
    if (!generation.ok()) return End(generation.status());
    outcome_.output = shard_.NewSegmentId();
    schema_ = shard_.schema();  // after the inputs were chosen: it has every field that one of them has
    merge_ = std::make_unique<segment::SegmentMerge>(
        shard_.seams().fs, storage::SegmentFiles{shard_.options().dir, outcome_.output, *generation}, &rows_,
        schema_.get());
    Next([](CompactionJob* job) { job->WriteSome(); });
  }

  // Without room the inputs stay as they are, until a flush asks for a merge again.
  Status ReserveMemory() {
    if (hooks_.memory == nullptr) return Status::Ok();
    RK_ASSIGN_OR_RETURN(memory_, hooks_.memory->Reserve(
                                     static_cast<int64_t>(outcome_.rows_read) * kBytesPerRow, "compaction"));
    return Status::Ok();
  }

  void WriteSome() {
    if (Status s = task_.cancel->Check(); !s.ok()) return End(std::move(s));
    const auto written = merge_->Step(kCompactionStepBytes);
    if (!written.ok()) return End(written.status());
    Next(*written ? [](CompactionJob* job) { job->OpenOutput(); }
                  : [](CompactionJob* job) { job->WriteSome(); });
  }

  // Read back before the inputs may go.
  void OpenOutput() {
    result_.meta = merge_->meta();
    merge_.reset();
    auto opened = segment::OpenSegment(shard_.seams().fs, shard_.options().dir, result_.meta, *schema_,
                                       {.json_paths = shard_.seams().json_paths});
    if (!opened.ok()) return End(opened.status());
    result_.opened = *opened;
    hooks_.build_indexes(task_, *opened, [self = shared_from_this()](auto built) {
      if (!built.ok()) {
        self->failed_ = built.status();
        // Files are removed where they are written.
        return self->Next([](CompactionJob* job) { job->End(job->failed_); });
      }
      auto with_indexes = std::make_shared<segment::SegmentSnapshot>(*self->result_.opened);
      for (BuiltIndex& b : *built) {
        self->result_.meta.indexes.push_back(std::move(b.ref));
        with_indexes->indexes.push_back(std::move(b.index));
      }
      self->result_.opened = std::move(with_indexes);
      self->InstallAlone();
    });
  }

  void InstallAlone() {
    hooks_.run_alone(task_.shard, [self = shared_from_this()] { self->Install(); });
  }

  void Install() {
    if (Status s = task_.cancel->Check(); !s.ok()) return End(std::move(s));
    Status status = shard_.CommitCompaction(result_);
    if (status.ok() && result_.opened) {
      outcome_.rows_written = rows_.row_count;
      for (const storage::ColumnRef& c : result_.meta.columns) outcome_.bytes_written += c.file.length_bytes;
      outcome_.bytes_written +=
          result_.meta.timestamps.length_bytes + result_.meta.primary_key_order.length_bytes;
    }
    End(std::move(status));
  }

  void End(Status status) {
    merge_.reset();
    result_.opened.reset();
    rows_ = {};
    memory_.Release();
    task_.inputs.clear();
    if (!status.ok() && outcome_.output.value() != 0) {
      shard_.RemoveUncommitted({outcome_.output});
      outcome_.output = SegmentId(0);
    }
    outcome_.status = std::move(status);
    hooks_.done(outcome_);
  }

  CompactionTask task_;
  const CompactionHooks hooks_;
  shard::Shard& shard_;
  size_t next_input_ = 0;
  MemoryReservation memory_;
  segment::MergeRows rows_;
  std::shared_ptr<const CollectionSchema> schema_;
  std::unique_ptr<segment::SegmentMerge> merge_;
  shard::CompactionResult result_;
  CompactionOutcome outcome_;
  Status failed_;
};

}  // namespace

void StartCompaction(CompactionTask task, CompactionHooks hooks) {
  std::make_shared<CompactionJob>(std::move(task), std::move(hooks))->Start();
}

}  // namespace redkite::jobs
