#include "jobs/compaction_scheduler.h"

#include <algorithm>

#include "types/collection_properties.h"

namespace redkite::jobs {
namespace {

constexpr size_t kRunningMax = 2;
constexpr size_t kPlansMax = 2000;
constexpr int kSkippedEventsMax = 64;

bool IsWanted(const std::vector<SegmentId>& ids, SegmentId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

CompactionTask TaskOf(const std::shared_ptr<shard::Shard>& shard, const std::vector<shard::SealedSize>& sizes,
                      const std::vector<SegmentId>& ids, const segment::DropRule& drop) {
  CompactionTask task;
  task.shard = shard;
  task.drop = drop;
  for (const shard::SealedSize& s : sizes) {
    if (IsWanted(ids, s.segment->id)) task.inputs.push_back(s.segment);
  }
  // Rows of one time stay next to each other.
  std::stable_sort(task.inputs.begin(), task.inputs.end(),
                   [](const auto& a, const auto& b) { return a->min_ts < b->min_ts; });
  return task;
}

bool HasEnded(CompactionPlanState state) {
  return state == CompactionPlanState::kCompleted || state == CompactionPlanState::kFailed;
}

}  // namespace

CompactionScheduler::CompactionScheduler(Seams seams, CompactionOptions options)
    : seams_(std::move(seams)), options_(options) {
  if (seams_.metrics == nullptr) return;
  done_count_ = seams_.metrics->GetCounter("redkite_compactions_total", "Compactions that were committed.");
  failed_count_ = seams_.metrics->GetCounter("redkite_compaction_failures_total", "Compactions that failed.");
  rows_read_ = seams_.metrics->GetCounter("redkite_compaction_rows_read_total",
                                          "Rows of segments that compactions replaced.");
  rows_written_ =
      seams_.metrics->GetCounter("redkite_compaction_rows_written_total", "Rows that compactions rewrote.");
  bytes_written_ =
      seams_.metrics->GetCounter("redkite_compaction_bytes_total", "Bytes of rows that compactions rewrote.");
}

bool CompactionScheduler::SkipsLocked(ShardId shard) {
  const auto it = failures_.find(shard);
  if (it == failures_.end()) return false;
  if (++it->second.skipped < std::min(1 << std::min(it->second.count, 10), kSkippedEventsMax)) return true;
  it->second.skipped = 0;
  return false;
}

void CompactionScheduler::WaitLocked(const std::shared_ptr<shard::Shard>& shard) {
  if (stopping_ || std::find(waiting_.begin(), waiting_.end(), shard) != waiting_.end()) return;
  waiting_.push_back(shard);
}

void CompactionScheduler::Request(const std::shared_ptr<shard::Shard>& shard) {
  {
    MutexLock lock(mutex_);
    if (SkipsLocked(shard->options().shard)) return;
    WaitLocked(shard);
  }
  StartSome();
}

void CompactionScheduler::StartSome() {
  while (true) {
    std::shared_ptr<shard::Shard> shard;
    {
      MutexLock lock(mutex_);
      if (stopping_ || running_.size() + starting_.size() >= kRunningMax) return;
      const auto next =
          std::find_if(waiting_.begin(), waiting_.end(), [this](const auto& s) REQUIRES(mutex_) {
            return !running_.contains(s->options().shard) && !starting_.contains(s->options().shard);
          });
      if (next == waiting_.end()) return;
      shard = *next;
      waiting_.erase(next);
      starting_[shard->options().shard] = false;
      ++active_;
    }
    StartOne(shard);
  }
}

void CompactionScheduler::StartOne(const std::shared_ptr<shard::Shard>& shard) {
  const ShardId id = shard->options().shard;
  std::optional<Running> next = TakePending(shard);
  if (!next) {
    if (auto task = Due(shard)) next = Running{std::move(*task), 0};
  }
  bool started = false;
  {
    MutexLock lock(mutex_);
    const bool cancelled = stopping_ || starting_[id];
    starting_.erase(id);
    if (next && cancelled) {
      if (next->plan != 0)
        EndPlanLocked(next->plan, CompactionPlanState::kFailed, SegmentId(0), "it was cancelled");
      WaitLocked(shard);
    } else if (next) {
      if (next->plan == 0) {
        CompactionPlan& plan = AddPlanLocked(*shard, next->task.inputs[0]->partition);
        for (const auto& input : next->task.inputs) plan.sources.push_back(input->id);
        plan.state = CompactionPlanState::kExecuting;
        next->plan = plan.id;
      }
      running_[id] = *next;
      started = true;
    }
  }
  if (started) return StartCompaction(std::move(next->task), HooksFor(shard));
  seams_.ended(shard);
  MutexLock lock(mutex_);
  --active_;
  idle_.NotifyAll();
}

CompactionHooks CompactionScheduler::HooksFor(const std::shared_ptr<shard::Shard>& shard) {
  CompactionHooks hooks = seams_.hooks;
  hooks.done = [this, shard](const CompactionOutcome& outcome) { Done(shard, outcome); };
  return hooks;
}

// Timestamps may be ahead of the clock after a crash, for seconds. Times to live count by the clock: no row
// expires before its time by that.
segment::DropRule CompactionScheduler::RuleAt(Timestamp now, TimestampOracle* oracle,
                                              const std::vector<shard::SealedSize>& sizes,
                                              const Params& properties) const {
  segment::DropRule rule = ChooseDropRule(now, sizes, properties, options_);
  rule.expired_before = std::min(rule.expired_before, ExpiredBefore(properties, oracle->Now()));
  return rule;
}

std::optional<CompactionTask> CompactionScheduler::Due(const std::shared_ptr<shard::Shard>& shard) const {
  if (!options_.enabled) return std::nullopt;
  const auto collection = seams_.catalog->GetCollection(shard->options().collection);
  if (!collection.ok() || !IsAutoCompacted((*collection)->properties)) return std::nullopt;
  const Params& properties = (*collection)->properties;
  const auto sizes = shard->SealedSizes();
  const bool deletes =
      std::any_of(sizes.begin(), sizes.end(), [](const auto& s) { return !s.segment->deletes->empty(); });
  const bool expires = !sizes.empty() && ExpiredBefore(properties, kMaxTimestamp) != 0;
  // Not the clock's time: that may go back, and what is a window old would not be any more. Where rows expire
  // by themselves it has to go on without writes.
  TimestampOracle& oracle = *shard->seams().oracle;
  if (expires && !oracle.Next().ok()) return std::nullopt;
  segment::DropRule drop;
  if (deletes || expires) drop = RuleAt(oracle.last(), &oracle, sizes, properties);
  const CompactionGroup group = PickCompaction(MeasureSegments(sizes, drop), options_);
  if (group.empty()) return std::nullopt;
  return TaskOf(shard, sizes, group, drop);
}

// Segments of a plan may have gone into another one since it was made.
std::optional<CompactionScheduler::Running> CompactionScheduler::TakePending(
    const std::shared_ptr<shard::Shard>& shard) {
  const auto sizes = shard->SealedSizes();
  MutexLock lock(mutex_);
  while (true) {
    const auto next = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) {
      return p.shard->options().shard == shard->options().shard;
    });
    if (next == pending_.end()) return std::nullopt;
    const Pending pending = *next;
    pending_.erase(next);
    const auto plan = std::find_if(plans_.begin(), plans_.end(),
                                   [&](const CompactionPlan& p) { return p.id == pending.plan; });
    if (plan == plans_.end()) continue;
    CompactionTask task = TaskOf(shard, sizes, plan->sources, pending.drop);
    const bool is_due = task.inputs.size() > 1 ||
                        (task.inputs.size() == 1 && segment::CountDropped(*task.inputs[0], pending.drop) > 0);
    plan->state = is_due ? CompactionPlanState::kExecuting : CompactionPlanState::kCompleted;
    if (is_due) return Running{std::move(task), pending.plan};
  }
}

void CompactionScheduler::Done(const std::shared_ptr<shard::Shard>& shard, const CompactionOutcome& outcome) {
  const ShardId id = shard->options().shard;
  const Status& status = outcome.status;
  // A partition or collection that was dropped meanwhile is nobody's fault.
  const bool gone = status.code() == Code::kCanceled || status.code() == Code::kSegmentNotFound;
  if (!status.ok() && !gone) {
    seams_.logger->Error("compaction failed; its segments stay as they are",
                         {{"shard", id}, {"error", status.message()}});
  }
  if (done_count_ != nullptr && (status.ok() || !gone)) {
    (status.ok() ? done_count_ : failed_count_)->Add();
    if (status.ok()) {
      rows_read_->Add(static_cast<int64_t>(outcome.rows_read));
      rows_written_->Add(static_cast<int64_t>(outcome.rows_written));
      bytes_written_->Add(static_cast<int64_t>(outcome.bytes_written));
    }
  }
  {
    MutexLock lock(mutex_);
    EndPlanLocked(running_[id].plan,
                  status.ok() ? CompactionPlanState::kCompleted : CompactionPlanState::kFailed,
                  outcome.output, status.message());
    running_.erase(id);
    if (status.ok()) failures_.erase(id);
    if (!status.ok() && !gone) ++failures_[id].count;
    const bool asked = std::any_of(pending_.begin(), pending_.end(),
                                   [&](const Pending& p) { return p.shard->options().shard == id; });
    if (status.ok() || gone || asked) WaitLocked(shard);
  }
  seams_.ended(shard);
  StartSome();
  MutexLock lock(mutex_);
  --active_;
  idle_.NotifyAll();
}

CompactionPlan& CompactionScheduler::AddPlanLocked(const shard::Shard& shard, PartitionId partition) {
  while (plans_.size() >= kPlansMax && HasEnded(plans_.front().state)) plans_.pop_front();
  CompactionPlan plan;
  // Also above those of the process before.
  last_plan_ = std::max(last_plan_ + 1, static_cast<int64_t>(shard.seams().oracle->last()));
  plan.id = plan.trigger = last_plan_;
  plan.collection = shard.options().collection;
  plan.partition = partition;
  plans_.push_back(std::move(plan));
  return plans_.back();
}

void CompactionScheduler::EndPlanLocked(int64_t id, CompactionPlanState state, SegmentId target,
                                        std::string failure) {
  const auto plan =
      std::find_if(plans_.begin(), plans_.end(), [&](const CompactionPlan& p) { return p.id == id; });
  if (plan == plans_.end()) return;
  plan->state = state;
  plan->target = target;
  plan->failure = std::move(failure);
}

Result<CompactionStart> CompactionScheduler::RequestFull(const std::shared_ptr<shard::Shard>& shard,
                                                         const CompactionScope& scope) {
  auto sizes = shard->SealedSizes();
  RK_ASSIGN_OR_RETURN(const Timestamp now, shard->seams().oracle->Next());
  RK_ASSIGN_OR_RETURN(const auto collection, seams_.catalog->GetCollection(shard->options().collection));
  // One rule for all plans: with a moving one there might always be more to do.
  const segment::DropRule drop = RuleAt(now, shard->seams().oracle, sizes, collection->properties);
  std::erase_if(sizes, [&](const shard::SealedSize& s) {
    return (scope.partition.value() != 0 && s.segment->partition != scope.partition) ||
           (!scope.segments.empty() && !IsWanted(scope.segments, s.segment->id));
  });
  const uint64_t target_bytes = scope.target_bytes != 0 ? scope.target_bytes : options_.target_bytes;
  const auto groups = PlanFullCompaction(MeasureSegments(sizes, drop), target_bytes);
  int64_t trigger = 0;
  {
    MutexLock lock(mutex_);
    if (stopping_) return Status(Code::kServiceUnavailable, "the server is stopping");
    last_plan_ = std::max(last_plan_ + 1, static_cast<int64_t>(shard->seams().oracle->last()));
    trigger = last_plan_;
    for (const CompactionGroup& group : groups) {
      const auto first =
          std::find_if(sizes.begin(), sizes.end(), [&](const auto& s) { return s.segment->id == group[0]; });
      CompactionPlan& plan = AddPlanLocked(*shard, first->segment->partition);
      plan.trigger = trigger;
      plan.sources = group;
      pending_.push_back({shard, drop, plan.id});
    }
    if (!groups.empty()) WaitLocked(shard);
  }
  StartSome();
  return CompactionStart{trigger, static_cast<int64_t>(groups.size())};
}

std::vector<CompactionPlan> CompactionScheduler::Plans(int64_t trigger, CollectionId collection) const {
  std::vector<CompactionPlan> out;
  MutexLock lock(mutex_);
  for (const CompactionPlan& plan : plans_) {
    if (trigger != 0 ? plan.trigger == trigger : plan.collection == collection) out.push_back(plan);
  }
  return out;
}

void CompactionScheduler::Cancel(ShardId shard, std::optional<PartitionId> partition) {
  MutexLock lock(mutex_);
  if (const auto it = running_.find(shard); it != running_.end()) {
    const bool meant = !partition || it->second.task.inputs[0]->partition == *partition;
    if (meant) it->second.task.cancel->Cancel();
  }
  if (const auto it = starting_.find(shard); it != starting_.end()) it->second = true;
  if (partition) return;
  std::erase_if(waiting_, [&](const auto& s) { return s->options().shard == shard; });
  failures_.erase(shard);
  std::erase_if(pending_, [&](const Pending& p) REQUIRES(mutex_) {
    if (p.shard->options().shard != shard) return false;
    EndPlanLocked(p.plan, CompactionPlanState::kFailed, SegmentId(0), "the collection was dropped");
    return true;
  });
}

bool CompactionScheduler::IsRunning(ShardId shard) const {
  MutexLock lock(mutex_);
  return running_.contains(shard) || starting_.contains(shard);
}

bool CompactionScheduler::IsInput(ShardId shard, SegmentId segment) const {
  MutexLock lock(mutex_);
  const auto it = running_.find(shard);
  return it != running_.end() && std::any_of(it->second.task.inputs.begin(), it->second.task.inputs.end(),
                                             [&](const auto& input) { return input->id == segment; });
}

void CompactionScheduler::BeginStop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  waiting_.clear();
  pending_.clear();
  for (auto& [id, running] : running_) running.task.cancel->Cancel();
}

void CompactionScheduler::Stop() {
  BeginStop();
  MutexLock lock(mutex_);
  while (active_ > 0) idle_.Wait(mutex_);
}

}  // namespace redkite::jobs
