#include "base/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <memory>

namespace redkite {
namespace {

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(Executor* executor, size_t count, const std::function<void(size_t)>& body)
      : executor_(executor), count_(count), body_(body) {}

  void StartHelpers() {
    const size_t helpers = std::min(static_cast<size_t>(executor_->concurrency()) - 1, count_ - 1);
    for (size_t i = 0; i < helpers; ++i) SubmitHelper();
  }
  /// False when no item was left to begin.
  bool RunOne() {
    const size_t item = next_.fetch_add(1, std::memory_order_relaxed);
    if (item >= count_) return false;
    body_(item);
    MutexLock lock(mutex_);
    if (++ended_ == count_) all_ended_.NotifyAll();
    return true;
  }
  void AwaitEnd() {
    MutexLock lock(mutex_);
    while (ended_ < count_) all_ended_.Wait(mutex_);
  }

 private:
  void SubmitHelper() {
    executor_->Submit(Priority::kSearch, [self = shared_from_this()] {
      if (self->RunOne() && self->next_.load(std::memory_order_relaxed) < self->count_) self->SubmitHelper();
    });
  }

  Executor* const executor_;
  const size_t count_;
  const std::function<void(size_t)>& body_;  // alive while an item that has begun has not ended
  std::atomic<size_t> next_{0};
  Mutex mutex_;
  CondVar all_ended_;
  size_t ended_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

void ParallelFor(Executor* executor, size_t count, const std::function<void(size_t)>& body) {
  if (executor == nullptr || executor->concurrency() < 2 || count < 2) {
    for (size_t i = 0; i < count; ++i) body(i);
    return;
  }
  auto loop = std::make_shared<Loop>(executor, count, body);
  loop->StartHelpers();
  while (loop->RunOne()) {
  }
  loop->AwaitEnd();
}

}  // namespace redkite
