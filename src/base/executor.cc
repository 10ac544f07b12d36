#include "base/executor.h"

#include <string>
#include <utility>

namespace redkite {

ThreadPool::ThreadPool(int thread_count, int background_max, const std::string& name)
    : background_max_(background_max) {
  threads_.reserve(thread_count);
  for (int i = 0; i < thread_count; ++i) {
    threads_.emplace_back(name + std::to_string(i), [this] { Run(); });
  }
}

ThreadPool::~ThreadPool() { Stop(); }

void ThreadPool::Stop() {
  std::array<std::deque<std::function<void()>>, 4> dropped;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    dropped.swap(queues_);
  }
  wake_.NotifyAll();
  threads_.clear();
}

void ThreadPool::Submit(Priority priority, std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    queues_[static_cast<int>(priority)].push_back(std::move(task));
    if (priority != Priority::kBackground) foreground_waiting_.fetch_add(1, std::memory_order_relaxed);
  }
  wake_.NotifyOne();
}

bool ThreadPool::PopLocked(std::function<void()>* task, bool* background) {
  for (int p = 0; p < 4; ++p) {
    auto& queue = queues_[p];
    *background = p == static_cast<int>(Priority::kBackground);
    if (queue.empty() || (*background && background_running_ >= background_max_)) continue;
    *task = std::move(queue.front());
    queue.pop_front();
    if (!*background) foreground_waiting_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void ThreadPool::Run() {
  while (true) {
    std::function<void()> task;
    bool background = false;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && !PopLocked(&task, &background)) wake_.Wait(mutex_);
      if (!task) return;
      if (background) ++background_running_;
    }
    task();
    task = nullptr;
    if (background) {
      MutexLock lock(mutex_);
      --background_running_;
      wake_.NotifyOne();
    }
  }
}

}  // namespace redkite
