#include "index/builder.h"

#include <gtest/gtest.h>

#include <atomic>

#include "index/index_fixture.h"

namespace redkite::index {
namespace {

/// Collects what `done` reports.
struct Outcome {
  Mutex mutex;
  CondVar ready;
  int calls GUARDED_BY(mutex) = 0;
  Status status GUARDED_BY(mutex);
  std::unique_ptr<AnyIndex> index GUARDED_BY(mutex);

  BuildDone Callback() {
    return [this](Result<std::unique_ptr<AnyIndex>> result) {
      MutexLock lock(mutex);
      ++calls;
      if (result.ok()) {
        index = std::move(*result);
      } else {
        status = result.status();
      }
      ready.NotifyAll();
    };
  }
  void Wait() {
    MutexLock lock(mutex);
    while (calls == 0) ready.Wait(mutex);
  }
};

double Recall(const AnyIndex& index, const TestVectors& data, Metric metric) {
  TopK top;
  SearchArgs args;
  args.ef = 80;
  EXPECT_TRUE(index.Search(data.queries(), args, {}, nullptr, nullptr, &top).ok());
  double sum = 0;
  for (size_t q = 0; q < top.query_count(); ++q) {
    sum += RecallOf(top.Of(q), OracleTopK(data.view(), metric, data.queries().Query(q), 10));
  }
  return sum / static_cast<double>(top.query_count());
}

TEST(BuilderTest, SeveralThreadsBuildAGraphAsGoodAsOne) {
  const TestVectors data(6000, 16, 41);
  for (const Metric metric : {Metric::kL2, Metric::kCosine}) {
    Outcome outcome;
    std::atomic<size_t> progress{0};
    ThreadPool pool(4, 4, "build");
    BuildOptions options;
    options.concurrency = 4;
    options.progress = [&](size_t rows) { progress.store(std::max(rows, progress.load())); };
    BuildIndexAsync(SpecOf(Structure::kHnsw, metric), data.view(), options, &pool, outcome.Callback());
    outcome.Wait();
    MutexLock lock(outcome.mutex);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.ToString();
    EXPECT_EQ(outcome.calls, 1);
    EXPECT_GE(Recall(*outcome.index, data, metric), 0.97);
    EXPECT_EQ(progress.load(), 6000u);
  }
}

/// Runs tasks in order, one at a time, and always asks background work to give way.
class ImpatientExecutor final : public Executor {
 public:
  void Submit(Priority priority, std::function<void()> task) override {
    EXPECT_EQ(priority, Priority::kBackground);
    tasks_.push_back(std::move(task));
  }
  int concurrency() const override { return 1; }
  bool ShouldYield() const override { return true; }
  size_t RunAll() {
    size_t count = 0;
    for (; !tasks_.empty(); ++count) {
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
    return count;
  }

 private:
  std::deque<std::function<void()>> tasks_;
};

TEST(BuilderTest, GivesWayAfterEveryRowWhenAsked) {
  const TestVectors data(500, 8, 42);
  Outcome outcome;
  ImpatientExecutor executor;
  BuildIndexAsync(SpecOf(Structure::kHnsw, Metric::kL2), data.view(), {}, &executor, outcome.Callback());
  EXPECT_EQ(executor.RunAll(), 501u);  // each row a task, and the one that finds nothing left
  MutexLock lock(outcome.mutex);
  ASSERT_EQ(outcome.calls, 1);
  EXPECT_EQ(outcome.index->info().row_count, 500u);
}

TEST(BuilderTest, CancelEndsTheBuildOnce) {
  const TestVectors data(3000, 8, 43);
  Outcome outcome;
  ImpatientExecutor executor;
  CancelToken cancel;
  BuildOptions options;
  options.concurrency = 3;
  options.cancel = &cancel;
  options.progress = [&](size_t) { cancel.Cancel(); };
  BuildIndexAsync(SpecOf(Structure::kHnsw, Metric::kL2), data.view(), options, &executor, outcome.Callback());
  EXPECT_LT(executor.RunAll(), 2500u);
  MutexLock lock(outcome.mutex);
  EXPECT_EQ(outcome.calls, 1);
  EXPECT_EQ(outcome.status.code(), Code::kCanceled);
}

TEST(BuilderTest, StepsOfAnySizeTakeEveryRowOnce) {
  const TestVectors data(777, 8, 44);
  for (const Structure structure : {Structure::kFlat, Structure::kHnsw}) {
    const auto builder = NewBuilder(SpecOf(structure, Metric::kCosine), data.view()).value();
    size_t steps = 0;
    while (builder->Step(100)) ++steps;
    EXPECT_EQ(steps, 8u);
    EXPECT_EQ(builder->rows_done(), 777u);
    EXPECT_GE(EstimateBuildBytes(SpecOf(structure, Metric::kCosine), 777, 8) * 2, builder->memory_bytes());
    EXPECT_EQ(Recall(*builder->Finish().value(), data, Metric::kCosine), 1.0);
  }
}

TEST(BuilderTest, FinishBeforeTheEndIsAnError) {
  const TestVectors data(10, 4, 45);
  for (const Structure structure : {Structure::kFlat, Structure::kHnsw}) {
    const auto builder = NewBuilder(SpecOf(structure, Metric::kL2), data.view()).value();
    builder->Step(5);
    EXPECT_EQ(builder->Finish().status().code(), Code::kInternal);
  }
}

}  // namespace
}  // namespace redkite::index
