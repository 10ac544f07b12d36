#include "sim/sim_scheduler.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace redkite::sim {
namespace {

using Outcome = SimScheduler::Outcome;

// Two tasks write into one text, each letter under a lock, so that they may change at each.
std::string Interleave(uint64_t seed) {
  SimScheduler scheduler({PickPolicy::kUniform, 2, 0});
  Random random(seed);
  scheduler.SetRandom(&random);
  SimExecutor executor(&scheduler, 2);
  Mutex mutex;
  std::string text;
  for (const char letter : {'a', 'b'}) {
    executor.Submit(Priority::kSearch, [&, letter] {
      for (int i = 0; i < 8; ++i) {
        MutexLock lock(mutex);
        text.push_back(letter);
      }
    });
  }
  while (scheduler.RunOne() == Outcome::kRan) continue;
  return text;
}

TEST(SimScheduler, TheSeedDecidesTheInterleaving) {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string text = Interleave(seed);
    EXPECT_EQ(text, Interleave(seed));
    EXPECT_EQ(text.size(), 16u);
    seen.insert(text);
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST(SimScheduler, AHeldLockIsWaitedFor) {
  SimScheduler scheduler({PickPolicy::kUniform, 1, 0});
  SimExecutor executor(&scheduler, 4);
  Mutex outer, inner;
  int inside = 0, most = 0;
  for (int i = 0; i < 4; ++i) {
    executor.Submit(Priority::kSearch, [&] {
      MutexLock lock(outer);
      most = std::max(most, ++inside);
      for (int k = 0; k < 5; ++k) MutexLock pass(inner);  // others run here
      --inside;
    });
  }
  while (scheduler.RunOne() == Outcome::kRan) continue;
  EXPECT_EQ(most, 1);
  EXPECT_EQ(scheduler.task_count(), 0u);
}

TEST(SimScheduler, ConditionsAndPinnedTasks) {
  SimScheduler scheduler({PickPolicy::kUniform, 1, 0});
  SimExecutor executor(&scheduler, 2);
  Mutex mutex, other;
  CondVar condition;
  bool ready = false;
  int steps_of_other = 0;
  executor.Submit(Priority::kSearch, [&] {
    MutexLock lock(mutex);
    while (!ready) condition.Wait(mutex);
  });
  executor.Submit(Priority::kSearch, [&] {
    for (int i = 0; i < 3; ++i) {
      MutexLock lock(other);
      ++steps_of_other;
    }
    SimScheduler::Pinned pinned(&scheduler);
    MutexLock lock(mutex);
    ready = true;
    condition.NotifyAll();
  });
  while (scheduler.RunOne() == Outcome::kRan) continue;
  EXPECT_TRUE(ready);
  EXPECT_EQ(scheduler.task_count(), 0u);
}

TEST(SimScheduler, DropDestroysWhatHasNotBegun) {
  SimScheduler scheduler({});
  SimExecutor executor(&scheduler, 1);
  auto token = std::make_shared<int>(1);
  executor.Submit(Priority::kBackground, [token] { ADD_FAILURE() << "dropped"; });
  EXPECT_EQ(token.use_count(), 2);
  scheduler.Drop();
  EXPECT_EQ(token.use_count(), 1);
  executor.Submit(Priority::kBackground, [token] { ADD_FAILURE() << "refused"; });
  EXPECT_EQ(scheduler.RunOne(), Outcome::kNothing);
}

}  // namespace
}  // namespace redkite::sim
