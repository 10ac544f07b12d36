#include "sim/sim_scheduler.h"

#include <algorithm>

#include "base/check.h"

namespace redkite::sim {
namespace {

constexpr int kIdleRunsMax = 100'000;  // of tasks that looked in vain once already

}  // namespace

SimScheduler::SimScheduler(SchedulerOptions options) : options_(options) { ThreadModel::SetCurrent(this); }

SimScheduler::~SimScheduler() {
  Drop();
  ThreadModel::SetCurrent(nullptr);
}

int SimScheduler::AddLane(int width) {
  lanes_.push_back({width, 0});
  return static_cast<int>(lanes_.size()) - 1;
}

void SimScheduler::Spawn(int lane, Priority priority, std::function<void()> body) {
  if (!accepting_) return;
  auto task = std::make_unique<Task>();
  task->lane = lane;
  task->priority = priority;
  task->body = std::move(body);
  tasks_.push_back(std::move(task));
}

bool SimScheduler::IsEligible(const Task& task) const {
  if (task.idle) return false;
  return task.fiber != nullptr ||
         lanes_[static_cast<size_t>(task.lane)].running < lanes_[static_cast<size_t>(task.lane)].width;
}

size_t SimScheduler::Choose(const std::vector<size_t>& eligible) {
  const size_t count = eligible.size();
  // One draw in four is uniform whatever the policy, so that nobody starves.
  const auto policy = random_->Below(4) == 0 ? PickPolicy::kUniform : options_.policy;
  switch (policy) {
    case PickPolicy::kOldest:
      return 0;
    case PickPolicy::kNewest:
      return count - 1;
    case PickPolicy::kPriority: {
      size_t best = 0;
      for (size_t i = 1; i < count; ++i) {
        if (tasks_[eligible[i]]->priority < tasks_[eligible[best]]->priority) best = i;
      }
      return best;
    }
    case PickPolicy::kUniform:
      break;
  }
  return random_->Below(count);
}

SimScheduler::Outcome SimScheduler::RunOne() {
  CHECK(current_ == nullptr);
  if (tasks_.empty()) return Outcome::kNothing;
  eligible_.clear();
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (IsEligible(*tasks_[i])) eligible_.push_back(i);
  }
  while (!eligible_.empty()) {
    const size_t chosen = Choose(eligible_);
    const size_t at = eligible_[chosen];
    Task& task = *tasks_[at];
    if (task.ready == nullptr || task.ready(task.ready_of)) {
      task.ready = nullptr;
      idle_runs_ = task.was_idle ? idle_runs_ + 1 : 0;
      Run(at);
      return Outcome::kRan;
    }
    eligible_.erase(eligible_.begin() + static_cast<ptrdiff_t>(chosen));
  }
  // Nobody can go on but those who wait for some change; that cannot last.
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i]->idle) eligible_.push_back(i);
  }
  if (!eligible_.empty() && idle_runs_ < kIdleRunsMax) {
    const size_t at = eligible_[random_->Below(eligible_.size())];
    tasks_[at]->idle = false;
    tasks_[at]->was_idle = true;
    Run(at);
    return Outcome::kRan;
  }
  return Outcome::kStuck;
}

void SimScheduler::Run(size_t at) {
  Task* task = tasks_[at].get();
  ++picks_;
  hash_ = (hash_ ^ (at + 1 + (tasks_.size() << 20))) * 0x9e3779b97f4a7c15ULL;
  hash_ ^= hash_ >> 29;
  if (task->fiber == nullptr) {
    if (free_fibers_.empty()) free_fibers_.push_back(std::make_unique<Fiber>());
    task->fiber = std::move(free_fibers_.back());
    free_fibers_.pop_back();
    task->fiber->SetBody(std::move(task->body));
    ++lanes_[static_cast<size_t>(task->lane)].running;
  }
  current_ = task;
  const bool ended = task->fiber->Resume();
  current_ = nullptr;
  if (!ended) return;
  --lanes_[static_cast<size_t>(task->lane)].running;
  free_fibers_.push_back(std::move(task->fiber));
  // Others may have been added meanwhile, none removed.
  tasks_.erase(tasks_.begin() + static_cast<ptrdiff_t>(at));
}

void SimScheduler::Drop() {
  accepting_ = false;
  // What a dropped task owns may submit when it goes; it is refused above.
  std::vector<std::unique_ptr<Task>> queued;
  std::erase_if(tasks_, [&queued](std::unique_ptr<Task>& task) {
    if (task->fiber != nullptr) return false;
    queued.push_back(std::move(task));
    return true;
  });
  queued.clear();
  while (!tasks_.empty()) CHECK(RunOne() == Outcome::kRan);
}

bool SimScheduler::ShouldYield() {
  return random_->Below(1000) < static_cast<uint64_t>(options_.yield_permille);
}

void SimScheduler::Leave() { current_->fiber->Suspend(); }

void SimScheduler::Pass() {
  if (current_ == nullptr || current_->pinned > 0 || --locks_to_pass_ > 0) return;
  locks_to_pass_ = 1 + static_cast<int>(random_->Below(static_cast<uint64_t>(2 * options_.pass_mean)));
  Leave();
}

void SimScheduler::WaitUntil(bool (*ready)(void*), void* of) {
  if (current_ == nullptr) {
    while (!ready(of)) CHECK(RunOne() == Outcome::kRan);
    return;
  }
  current_->ready = ready;
  current_->ready_of = of;
  Leave();
}

void SimScheduler::WaitForChange() {
  if (current_ == nullptr) {
    CHECK(RunOne() == Outcome::kRan);
    return;
  }
  current_->idle = true;
  Leave();
}

SimScheduler::Pinned::Pinned(SimScheduler* scheduler) : task_(scheduler->current_) {
  if (task_ != nullptr) ++static_cast<Task*>(task_)->pinned;
}

SimScheduler::Pinned::~Pinned() {
  if (task_ != nullptr) --static_cast<Task*>(task_)->pinned;
}

}  // namespace redkite::sim
