// SimScheduler: many threads in one, chosen by seed. Every task of its executors and every request of a
// client is a fiber; it may be left wherever it takes a lock (so also at each call of the file system) and
// wherever it waits for one. Who goes on is drawn from a Random, so that the same seed gives the same run.
// SimExecutor: the executors that an engine is given.
//
// Thread safety: one real thread. The scheduler is the ThreadModel of its process while it lives. Ownership:
// it owns tasks until they have ended; the Random is the caller's and may be changed between two runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/executor.h"
#include "base/mutex.h"
#include "base/random.h"
#include "sim/fiber.h"

namespace redkite::sim {

/// Whom a draw prefers.
enum class PickPolicy : int { kUniform, kPriority, kOldest, kNewest };
inline constexpr int kPickPolicyCount = 4;

struct SchedulerOptions {
  PickPolicy policy = PickPolicy::kUniform;
  int pass_mean = 8;         // one of about so many locks is a change of fibers
  int yield_permille = 100;  // how often ShouldYield says yes
};

class SimScheduler final : public ThreadModel {
 public:
  enum class Outcome { kRan, kNothing, kStuck };

  explicit SimScheduler(SchedulerOptions options);
  ~SimScheduler() override;
  void SetRandom(Random* random) { random_ = random; }
  /// Tasks of one lane run at most `width` at a time.
  int AddLane(int width);
  void Spawn(int lane, Priority priority, std::function<void()> body);
  /// Lets one task go on until it is left or ends. kStuck: there are tasks, all wait for each other.
  Outcome RunOne();
  /// What has begun is awaited; queued tasks are destroyed and no further one is taken until Accept.
  void Drop();
  void Accept() { accepting_ = true; }
  bool ShouldYield();
  size_t task_count() const { return tasks_.size(); }
  uint64_t pick_count() const { return picks_; }
  /// Of all choices so far.
  uint64_t trace_hash() const { return hash_; }

  /// While one lives in a task, that task is left only where it must wait.
  class Pinned {
   public:
    explicit Pinned(SimScheduler* scheduler);
    ~Pinned();

   private:
    void* const task_;
  };

  void Pass() override;
  void WaitUntil(bool (*ready)(void*), void* of) override;
  void WaitForChange() override;

 private:
  struct Task {
    int lane = 0;
    Priority priority = Priority::kControl;
    std::function<void()> body;  // before it begins
    std::unique_ptr<Fiber> fiber;
    bool (*ready)(void*) = nullptr;  // it waits for this
    void* ready_of = nullptr;
    bool idle = false;  // it waits for some change
    bool was_idle = false;
    int pinned = 0;
  };
  struct Lane {
    int width = 1;
    int running = 0;
  };
  bool IsEligible(const Task& task) const;
  size_t Choose(const std::vector<size_t>& eligible);
  void Run(size_t at);
  void Leave();

  const SchedulerOptions options_;
  Random own_random_{1};
  Random* random_ = &own_random_;
  std::vector<Lane> lanes_;
  std::vector<std::unique_ptr<Task>> tasks_;  // oldest first
  std::vector<std::unique_ptr<Fiber>> free_fibers_;
  std::vector<size_t> eligible_;
  Task* current_ = nullptr;
  bool accepting_ = true;
  int locks_to_pass_ = 1;
  int idle_runs_ = 0;
  uint64_t picks_ = 0;
  uint64_t hash_ = 0;
};

class SimExecutor final : public Executor {
 public:
  SimExecutor(SimScheduler* scheduler, int width)
      : scheduler_(scheduler), lane_(scheduler->AddLane(width)), width_(width) {}
  void Submit(Priority priority, std::function<void()> task) override {
    scheduler_->Spawn(lane_, priority, std::move(task));
  }
  int concurrency() const override { return width_; }
  bool ShouldYield() const override { return scheduler_->ShouldYield(); }

 private:
  SimScheduler* const scheduler_;
  const int lane_;
  const int width_;
};

}  // namespace redkite::sim
