#include "base/parallel_for.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <vector>

namespace redkite {
namespace {

// Keeps tasks until somebody runs them.
class HeldExecutor final : public Executor {
 public:
  explicit HeldExecutor(int concurrency) : concurrency_(concurrency) {}
  void Submit(Priority, std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  int concurrency() const override { return concurrency_; }
  bool ShouldYield() const override { return false; }
  size_t waiting() const { return tasks_.size(); }
  void RunAll() {
    while (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }

 private:
  const int concurrency_;
  std::deque<std::function<void()>> tasks_;
};

std::vector<int> CountRuns(Executor* executor, size_t count) {
  std::vector<std::atomic<int>> runs(count);
  ParallelFor(executor, count, [&](size_t i) { runs[i].fetch_add(1); });
  return {runs.begin(), runs.end()};
}

TEST(ParallelForTest, EachItemRunsOnce) {
  ThreadPool pool(4, 4, "test");
  InlineExecutor one;
  for (Executor* executor : std::initializer_list<Executor*>{nullptr, &one, &pool}) {
    for (size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{1000}}) {
      EXPECT_EQ(CountRuns(executor, count), std::vector<int>(count, 1));
    }
  }
}

TEST(ParallelForTest, OneThreadRunsInOrder) {
  InlineExecutor executor;
  std::vector<size_t> order;
  ParallelFor(&executor, 5, [&](size_t i) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelForTest, EndsWhenNoHelperEverRuns) {
  HeldExecutor executor(3);
  EXPECT_EQ(CountRuns(&executor, 10), std::vector<int>(10, 1));
  EXPECT_EQ(executor.waiting(), 2u);
  executor.RunAll();  // too late: nothing is left, and the body is gone
  EXPECT_EQ(executor.waiting(), 0u);
}

// Every thread of the pool is inside a loop that would like helpers.
TEST(ParallelForTest, TasksOfABusyPoolMayUseIt) {
  ThreadPool pool(2, 2, "test");
  std::atomic<int> items{0};
  ParallelFor(&pool, 8, [&](size_t) { ParallelFor(&pool, 16, [&](size_t) { items.fetch_add(1); }); });
  EXPECT_EQ(items.load(), 8 * 16);
}

TEST(ParallelForTest, AStoppedPoolLeavesTheWorkToTheCaller) {
  ThreadPool pool(4, 4, "test");
  pool.Stop();
  EXPECT_EQ(CountRuns(&pool, 20), std::vector<int>(20, 1));
}

}  // namespace
}  // namespace redkite
