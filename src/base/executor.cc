#include "base/executor.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.h"

namespace redkite {
namespace {

constexpr int64_t kSliceNs = 1'000'000;
constexpr int64_t kRestSlices = 3;
constexpr int64_t kRestMaxMs = 100;
// Searches that come in a row are not a load that starves others: a share is missing only beyond this.
constexpr int64_t kOwedMinNs = 20'000'000;
constexpr int64_t kStuckMs = 20;

// When the task of a steady thread has to give way; 0 in all other threads.
thread_local int64_t slice_end_ns = 0;

}  // namespace

ThreadPool::ThreadPool(int thread_count, const Background& background, const std::string& name)
    : thread_count_(thread_count) {
  for (int i = 0; i < thread_count; ++i) {
    threads_.emplace_back(name + std::to_string(i), [this] { RunForeground(); });
  }
  for (int i = 0; i < background.count; ++i) {
    threads_.emplace_back(name + "-b" + std::to_string(i), [this, niceness = background.niceness] {
      LowerThreadPriority(niceness);
      RunBackground();
    });
  }
  if (background.steady) threads_.emplace_back(name + "-steady", [this] { RunSteady(); });
  if (background.spare) threads_.emplace_back(name + "-spare", [this] { RunSpare(); });
}

ThreadPool::~ThreadPool() { Stop(); }

void ThreadPool::Stop() {
  std::array<Queue, 3> foreground;
  Queue background;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    foreground.swap(foreground_);
    background.swap(background_);
  }
  wake_foreground_.NotifyAll();
  wake_background_.NotifyAll();
  wake_steady_.NotifyAll();
  wake_spare_.NotifyAll();
  rest_.NotifyAll();
  threads_.clear();
}

void ThreadPool::Submit(Priority priority, std::function<void()> task) {
  const bool is_background = priority == Priority::kBackground;
  bool may_be_stuck = false;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (is_background) {
      background_.push_back(std::move(task));
    } else {
      foreground_[static_cast<size_t>(priority)].push_back(std::move(task));
      foreground_waiting_.fetch_add(1, std::memory_order_relaxed);
      may_be_stuck = MayBeStuckLocked();
    }
  }
  (is_background ? wake_background_ : wake_foreground_).NotifyOne();
  if (is_background) wake_steady_.NotifyOne();
  if (may_be_stuck) wake_spare_.NotifyOne();
}

bool ThreadPool::PopLocked(Priority priority, std::function<void()>* task) {
  Queue& queue = foreground_[static_cast<size_t>(priority)];
  if (queue.empty()) return false;
  *task = std::move(queue.front());
  queue.pop_front();
  if (priority != Priority::kSearch) ++taken_;
  const bool was_last = foreground_waiting_.fetch_sub(1, std::memory_order_relaxed) == 1;
  if (was_last && !background_.empty()) wake_background_.NotifyAll();
  return true;
}

bool ThreadPool::PopForegroundLocked(std::function<void()>* task) {
  return PopLocked(Priority::kControl, task) || PopLocked(Priority::kSearch, task) ||
         PopLocked(Priority::kIngest, task);
}

bool ThreadPool::MayStartBackgroundLocked() const {
  if (background_.empty()) return false;
  return background_running_ == 0 || foreground_waiting_.load(std::memory_order_relaxed) == 0;
}

void ThreadPool::RunForeground() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      ++idle_;
      while (!stopping_ && !PopForegroundLocked(&task)) wake_foreground_.Wait(mutex_);
      --idle_;
      if (!task) return;
    }
    task();
  }
}

bool ThreadPool::MayBeStuckLocked() const {
  return foreground_waiting_.load(std::memory_order_relaxed) > idle_ &&
         !(foreground_[static_cast<size_t>(Priority::kControl)].empty() &&
           foreground_[static_cast<size_t>(Priority::kIngest)].empty());
}

void ThreadPool::RunSpare() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && !MayBeStuckLocked()) wake_spare_.Wait(mutex_);
      if (stopping_) return;
      const uint64_t taken = taken_;
      rest_.WaitFor(mutex_, kStuckMs);
      if (stopping_) return;
      if (taken_ != taken) continue;
      if (!PopLocked(Priority::kControl, &task)) PopLocked(Priority::kIngest, &task);
    }
    if (task) task();
  }
}

void ThreadPool::RunBackground() {
  {
    MutexLock lock(mutex_);
    background_clocks_.push_back(ThreadCpuClock::OfThisThread());
  }
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && !MayStartBackgroundLocked()) wake_background_.Wait(mutex_);
      if (stopping_) return;
      task = std::move(background_.front());
      background_.pop_front();
      ++background_running_;
    }
    task();
    task = nullptr;
    MutexLock lock(mutex_);
    --background_running_;
  }
}

int64_t ThreadPool::BackgroundCpuNsLocked() const {
  int64_t sum_ns = 0;
  for (const ThreadCpuClock& clock : background_clocks_) sum_ns += clock.Ns();
  return sum_ns;
}

// Takes what there is whether others wait or not, for a slice, while the background threads are owed more
// than kOwedMinNs of their share; then rests.
void ThreadPool::RunSteady() {
  const SystemClock clock;
  int64_t looked_ns = 0, had_ns = 0, owed_ns = 0;
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && background_.empty()) wake_steady_.Wait(mutex_);
      if (stopping_) return;
      const int64_t passed_ns = clock.MonotonicNs() - looked_ns;
      const int64_t got_ns = BackgroundCpuNsLocked() - had_ns;
      looked_ns += passed_ns;
      had_ns += got_ns;
      // After a long time without tasks a look tells nothing.
      owed_ns += passed_ns > 2 * kRestMaxMs * 1'000'000 ? 0 : passed_ns / (kRestSlices + 1) - got_ns;
      owed_ns = std::clamp(owed_ns, -kOwedMinNs, 2 * kOwedMinNs);
      if (owed_ns < kOwedMinNs) {
        const int64_t missing_ms = (kOwedMinNs - owed_ns) * (kRestSlices + 1) / 1'000'000;
        rest_.WaitFor(mutex_,
                      std::clamp<int64_t>(missing_ms, kRestSlices * kSliceNs / 1'000'000, kRestMaxMs));
        continue;
      }
      task = std::move(background_.front());
      background_.pop_front();
    }
    const int64_t begin_ns = clock.MonotonicNs();
    slice_end_ns = begin_ns + kSliceNs;
    task();
    task = nullptr;
    const int64_t took_ns = clock.MonotonicNs() - begin_ns;
    owed_ns -= took_ns;
    MutexLock lock(mutex_);
    if (!stopping_) {
      rest_.WaitFor(mutex_, std::clamp<int64_t>(took_ns * kRestSlices / 1'000'000, 1, kRestMaxMs));
    }
  }
}

bool ThreadPool::ShouldYield() const {
  if (slice_end_ns != 0) return SystemClock().MonotonicNs() >= slice_end_ns;
  return foreground_waiting_.load(std::memory_order_relaxed) > 0;
}

}  // namespace redkite
