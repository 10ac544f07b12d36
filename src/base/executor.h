// Executor: where work runs. Engine code never makes threads; it submits tasks to the Executor it was given,
// so that a simulation can run all of them in one thread.
//
// Priorities: control > search > ingest > background. Of the first three a pool starts a task of a lower one
// only when none of a higher one waits. Background tasks have threads of their own, which the operating
// system gives what others leave: they never make a search wait for a thread. Long background tasks call
// ShouldYield() at least every millisecond and give way by submitting their continuation. Thread safety:
// Submit may be called from any thread, also from a task.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"

namespace redkite {

enum class Priority : int { kControl = 0, kSearch = 1, kIngest = 2, kBackground = 3 };

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void Submit(Priority priority, std::function<void()> task) = 0;
  /// Tasks that may run at the same time.
  virtual int concurrency() const = 0;
  /// Asked by a background task: whether it is to give way.
  virtual bool ShouldYield() const = 0;
};

/// A fixed set of threads, and others for background tasks; while other tasks wait for a thread, one of those
/// goes on. The destructor runs no further task: queued ones are destroyed, running ones are awaited.
class ThreadPool final : public Executor {
 public:
  struct Background {
    int count = 0;
    int niceness = 5;
    /// One thread more: when a load leaves the others less than a quarter of a core for long, it works for a
    /// millisecond in four, so that background tasks still proceed (what they do makes searches cheaper).
    bool steady = false;
    /// One thread more for control and ingest tasks: it takes one when one waits and none of them began for
    /// 20 ms, since all others are in long searches, wait for a disk, or go from search to search.
    bool spare = false;
  };
  ThreadPool(int thread_count, const Background& background, const std::string& name);
  ThreadPool(int thread_count, int background_count, const std::string& name)
      : ThreadPool(thread_count, Background{.count = background_count}, name) {}
  ~ThreadPool() override;
  void Submit(Priority priority, std::function<void()> task) override;
  /// Destroys queued tasks and waits for running ones; a task submitted from now on is dropped. Idempotent.
  void Stop();
  int concurrency() const override { return thread_count_; }
  bool ShouldYield() const override;

 private:
  using Queue = std::deque<std::function<void()>>;
  void RunForeground();
  void RunBackground();
  void RunSteady();
  void RunSpare();
  int64_t BackgroundCpuNsLocked() const REQUIRES(mutex_);
  bool PopForegroundLocked(std::function<void()>* task) REQUIRES(mutex_);
  bool PopLocked(Priority priority, std::function<void()>* task) REQUIRES(mutex_);
  bool MayStartBackgroundLocked() const REQUIRES(mutex_);
  /// Whether a control or ingest task waits while more tasks wait than threads are free.
  bool MayBeStuckLocked() const REQUIRES(mutex_);

  Mutex mutex_;
  CondVar wake_foreground_;
  CondVar wake_background_;
  CondVar wake_steady_;
  CondVar wake_spare_;
  CondVar rest_;  // of the steady and the spare thread
  std::array<Queue, 3> foreground_ GUARDED_BY(mutex_);
  Queue background_ GUARDED_BY(mutex_);
  int idle_ GUARDED_BY(mutex_) = 0;        // foreground threads without a task
  uint64_t taken_ GUARDED_BY(mutex_) = 0;  // control and ingest tasks, by any thread
  int background_running_ GUARDED_BY(mutex_) = 0;
  std::vector<ThreadCpuClock> background_clocks_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::atomic<int> foreground_waiting_{0};  // changed under the mutex
  int thread_count_ = 0;
  std::vector<Thread> threads_;  // of all kinds
};

/// Runs every task at once in the calling thread; for tests.
class InlineExecutor final : public Executor {
 public:
  void Submit(Priority, std::function<void()> task) override { task(); }
  int concurrency() const override { return 1; }
  bool ShouldYield() const override { return false; }
};

}  // namespace redkite
