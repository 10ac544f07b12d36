// Executor: where work runs. Engine code never makes threads; it submits tasks to the Executor it was given,
// so that a simulation can run all of them in one thread.
//
// Priorities: control > search > ingest > background. A pool starts a task of a lower priority only when none
// of a higher one waits, and runs at most `background_max` background tasks at once. Long background tasks
// call ShouldYield() at least every millisecond and give way by submitting their continuation. Thread safety:
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
  /// True when a task of a higher priority than background waits for a thread.
  virtual bool ShouldYield() const = 0;
};

/// A fixed set of threads. The destructor runs no further task: queued ones are destroyed, running ones are
/// awaited.
class ThreadPool final : public Executor {
 public:
  ThreadPool(int thread_count, int background_max, const std::string& name);
  ~ThreadPool() override;
  void Submit(Priority priority, std::function<void()> task) override;
  /// Destroys queued tasks and waits for running ones; a task submitted from now on is dropped. Idempotent.
  void Stop();
  int concurrency() const override { return static_cast<int>(threads_.size()); }
  bool ShouldYield() const override { return foreground_waiting_.load(std::memory_order_relaxed) > 0; }

 private:
  void Run();
  bool PopLocked(std::function<void()>* task, bool* background) REQUIRES(mutex_);

  const int background_max_;
  Mutex mutex_;
  CondVar wake_;
  std::array<std::deque<std::function<void()>>, 4> queues_ GUARDED_BY(mutex_);
  int background_running_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::atomic<int> foreground_waiting_{0};
  std::vector<Thread> threads_;
};

/// Runs every task at once in the calling thread; for tests.
class InlineExecutor final : public Executor {
 public:
  void Submit(Priority, std::function<void()> task) override { task(); }
  int concurrency() const override { return 1; }
  bool ShouldYield() const override { return false; }
};

}  // namespace redkite
