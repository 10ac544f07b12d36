#include "base/executor.h"

#include <gtest/gtest.h>

#include <string>

namespace redkite {
namespace {

// Counts down; Wait returns when the count is used up.
class Latch {
 public:
  explicit Latch(int count) : count_(count) {}
  void Down() {
    MutexLock lock(mutex_);
    --count_;
    changed_.NotifyAll();
  }
  void Wait() {
    MutexLock lock(mutex_);
    while (count_ > 0) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ GUARDED_BY(mutex_);
};

TEST(ThreadPool, RunsEveryTask) {
  constexpr int kTasks = 1000;
  std::atomic<int> ran{0};
  Latch done(kTasks);
  ThreadPool pool(3, 1, "t");
  EXPECT_EQ(pool.concurrency(), 3);
  for (int i = 0; i < kTasks; ++i) {
    pool.Submit(static_cast<Priority>(i % 4), [&] {
      ran.fetch_add(1);
      done.Down();
    });
  }
  done.Wait();
  EXPECT_EQ(ran.load(), kTasks);
}

TEST(ThreadPool, HigherPriorityFirst) {
  ThreadPool pool(1, 1, "t");
  Latch started(1);
  Latch gate(1);
  Latch done(3);
  pool.Submit(Priority::kControl, [&] {
    started.Down();
    gate.Wait();
  });
  started.Wait();
  Mutex mutex;
  std::string order;
  const auto note = [&](char c) {
    return [&, c] {
      {
        MutexLock lock(mutex);
        order.push_back(c);
      }
      done.Down();
    };
  };
  EXPECT_FALSE(pool.ShouldYield());
  pool.Submit(Priority::kIngest, note('i'));
  pool.Submit(Priority::kSearch, note('s'));
  pool.Submit(Priority::kControl, note('c'));
  EXPECT_TRUE(pool.ShouldYield());
  gate.Down();
  done.Wait();
  MutexLock lock(mutex);
  EXPECT_EQ(order, "csi");
  EXPECT_FALSE(pool.ShouldYield());
}

TEST(ThreadPool, SamePriorityKeepsTheOrderOfSubmission) {
  ThreadPool pool(1, 1, "t");
  constexpr int kTasks = 100;
  Latch done(kTasks);
  std::vector<int> order;  // one thread writes it, read after the last one
  for (int i = 0; i < kTasks; ++i) {
    pool.Submit(Priority::kSearch, [&, i] {
      order.push_back(i);
      done.Down();
    });
  }
  done.Wait();
  for (int i = 0; i < kTasks; ++i) ASSERT_EQ(order[i], i);
}

TEST(ThreadPool, BackgroundTasksLeaveThreadsFree) {
  constexpr int kBackgroundMax = 2;
  constexpr int kTasks = 40;
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  Latch done(kTasks);
  Latch held(kBackgroundMax);
  Latch gate(1);
  ThreadPool pool(4, kBackgroundMax, "t");
  for (int i = 0; i < kTasks; ++i) {
    pool.Submit(Priority::kBackground, [&, i] {
      const int now = running.fetch_add(1) + 1;
      int seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      if (i < kBackgroundMax) {
        held.Down();
        gate.Wait();
      }
      running.fetch_sub(1);
      done.Down();
    });
  }
  held.Wait();  // all background slots are taken, and stay so
  Latch search(1);
  pool.Submit(Priority::kSearch, [&] { search.Down(); });
  search.Wait();  // a search still finds a thread
  EXPECT_EQ(running.load(), kBackgroundMax);
  gate.Down();
  done.Wait();
  EXPECT_EQ(most.load(), kBackgroundMax);
}

TEST(ThreadPool, OneBackgroundTaskGoesOnWhileOthersWait) {
  ThreadPool pool(1, 2, "t");
  Latch held(1), gate(1), first_gate(1), first_started(1), second_started(1), searched(1);
  pool.Submit(Priority::kSearch, [&] {
    held.Down();
    gate.Wait();
  });
  held.Wait();
  pool.Submit(Priority::kSearch, [&] { searched.Down(); });  // no thread is left for it
  EXPECT_TRUE(pool.ShouldYield());
  std::atomic<bool> second{false};
  pool.Submit(Priority::kBackground, [&] {
    first_started.Down();
    first_gate.Wait();
  });
  pool.Submit(Priority::kBackground, [&] {
    second = true;
    second_started.Down();
  });
  first_started.Wait();
  EXPECT_FALSE(second.load());
  gate.Down();
  searched.Wait();
  second_started.Wait();  // the other thread, now that nobody waits
  first_gate.Down();
}

TEST(ThreadPool, ASteadyThreadProceedsWhileOthersWaitAndYieldsAfterItsSlice) {
  ThreadPool pool(1, ThreadPool::Background{.steady = true}, "t");
  Latch held(1), gate(1), yielded(3);
  pool.Submit(Priority::kSearch, [&] {
    held.Down();
    gate.Wait();
  });
  held.Wait();
  pool.Submit(Priority::kSearch, [] {});  // no thread is left for it
  std::function<void()> work = [&] {
    EXPECT_FALSE(pool.ShouldYield());
    while (!pool.ShouldYield()) std::this_thread::yield();
    yielded.Down();
    pool.Submit(Priority::kBackground, work);
  };
  pool.Submit(Priority::kBackground, work);
  yielded.Wait();
  gate.Down();
  pool.Stop();
}

TEST(ThreadPool, ASpareThreadTakesIngestWhileAllOthersAreStuck) {
  ThreadPool pool(2, ThreadPool::Background{.spare = true}, "t");
  Latch held(2), gate(1), written(2);
  std::atomic<bool> searched{false};
  for (int i = 0; i < 2; ++i) {
    pool.Submit(Priority::kSearch, [&] {
      held.Down();
      gate.Wait();
    });
  }
  held.Wait();
  pool.Submit(Priority::kIngest, [&] { written.Down(); });
  pool.Submit(Priority::kSearch, [&] { searched = true; });
  pool.Submit(Priority::kControl, [&] { written.Down(); });
  written.Wait();
  EXPECT_FALSE(searched) << "a search would be stuck, too";
  gate.Down();
  while (!searched) std::this_thread::yield();
}

TEST(ThreadPool, SearchesThatFollowOneAnotherDoNotKeepIngestWaiting) {
  ThreadPool pool(2, ThreadPool::Background{.spare = true}, "t");
  Latch written(1), ended(8);
  std::atomic<bool> stop{false};
  std::atomic<int> searches{0};
  std::function<void()> search = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (stop || ++searches > 20'000) return ended.Down();
    pool.Submit(Priority::kSearch, search);
  };
  for (int i = 0; i < 8; ++i) pool.Submit(Priority::kSearch, search);
  pool.Submit(Priority::kIngest, [&] {
    stop = true;
    written.Down();
  });
  written.Wait();
  ended.Wait();
  EXPECT_LT(searches, 20'000) << "only when there were no more searches";
}

TEST(ThreadPool, TasksMaySubmitTasks) {
  ThreadPool pool(2, 1, "t");
  Latch done(1);
  std::atomic<int> depth{0};
  std::function<void()> next = [&] {
    if (depth.fetch_add(1) == 50) {
      done.Down();
    } else {
      pool.Submit(Priority::kBackground, next);
    }
  };
  pool.Submit(Priority::kBackground, next);
  done.Wait();
  EXPECT_EQ(depth.load(), 51);
}

// True once the pool's destructor has begun: from then on Submit destroys its task at once.
bool IsStopping(ThreadPool& pool) {
  const auto probe = std::make_shared<int>(0);
  pool.Submit(Priority::kBackground, [probe] {});
  return probe.use_count() == 1;
}

TEST(ThreadPool, DestructorDropsQueuedTasksAndWaitsForRunningOnes) {
  const auto token = std::make_shared<int>(1);
  std::atomic<bool> finished{false};
  std::atomic<bool> queued_ran{false};
  Latch started(1);
  {
    ThreadPool pool(1, 1, "t");
    pool.Submit(Priority::kSearch, [&] {
      started.Down();
      while (!IsStopping(pool)) std::this_thread::yield();
      finished = true;
    });
    started.Wait();
    pool.Submit(Priority::kSearch, [&queued_ran, token] { queued_ran = true; });
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_TRUE(finished.load());
  EXPECT_FALSE(queued_ran.load());
  EXPECT_EQ(token.use_count(), 1);
}

TEST(InlineExecutor, RunsAtOnce) {
  InlineExecutor executor;
  int ran = 0;
  executor.Submit(Priority::kBackground, [&] { ++ran; });
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(executor.ShouldYield());
}

}  // namespace
}  // namespace redkite
