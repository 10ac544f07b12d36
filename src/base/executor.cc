#include "base/executor.h"

#include <string>
#include <utility>

namespace redkite {
namespace {

// A third of the weight of other threads: about a quarter of a core that searches keep busy.
constexpr int kBackgroundNiceness = 5;

}  // namespace

ThreadPool::ThreadPool(int thread_count, int background_count, const std::string& name)
    : thread_count_(thread_count) {
  threads_.reserve(static_cast<size_t>(thread_count) + static_cast<size_t>(background_count));
  for (int i = 0; i < thread_count; ++i) {
    threads_.emplace_back(name + std::to_string(i), [this] { RunForeground(); });
  }
  for (int i = 0; i < background_count; ++i) {
    threads_.emplace_back(name + "-b" + std::to_string(i), [this] {
      LowerThreadPriority(kBackgroundNiceness);
      RunBackground();
    });
  }
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
  threads_.clear();
}

void ThreadPool::Submit(Priority priority, std::function<void()> task) {
  const bool is_background = priority == Priority::kBackground;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (is_background) {
      background_.push_back(std::move(task));
    } else {
      foreground_[static_cast<size_t>(priority)].push_back(std::move(task));
      foreground_waiting_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  (is_background ? wake_background_ : wake_foreground_).NotifyOne();
}

bool ThreadPool::PopForegroundLocked(std::function<void()>* task) {
  for (Queue& queue : foreground_) {
    if (queue.empty()) continue;
    *task = std::move(queue.front());
    queue.pop_front();
    const bool was_last = foreground_waiting_.fetch_sub(1, std::memory_order_relaxed) == 1;
    if (was_last && !background_.empty()) wake_background_.NotifyAll();
    return true;
  }
  return false;
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
      while (!stopping_ && !PopForegroundLocked(&task)) wake_foreground_.Wait(mutex_);
      if (!task) return;
    }
    task();
  }
}

void ThreadPool::RunBackground() {
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

}  // namespace redkite
