#include "access/hash_queue.h"

#include <deque>
#include <utility>

#include "base/mutex.h"

namespace redkite::access {

struct HashQueue::State {
  State(Executor* e, const Options& o) : executor(e), options(o) {}
  Executor* const executor;
  const Options options;
  Mutex mutex;
  size_t running GUARDED_BY(mutex) = 0;
  std::deque<std::function<void()>> waiting GUARDED_BY(mutex);
};

HashQueue::HashQueue(Executor* executor, const Options& options)
    : state_(std::make_shared<State>(executor, options)) {}

bool HashQueue::TrySubmit(std::function<void()> task) {
  {
    MutexLock lock(state_->mutex);
    if (state_->running >= state_->options.concurrency) {
      if (state_->waiting.size() >= state_->options.waiting_max) return false;
      state_->waiting.push_back(std::move(task));
      return true;
    }
    ++state_->running;
  }
  Start(state_, std::move(task));
  return true;
}

void HashQueue::Start(const std::shared_ptr<State>& state, std::function<void()> task) {
  state->executor->Submit(state->options.priority, [state, task = std::move(task)] {
    task();
    std::function<void()> next;
    {
      MutexLock lock(state->mutex);
      if (state->waiting.empty()) {
        --state->running;
        return;
      }
      next = std::move(state->waiting.front());
      state->waiting.pop_front();
    }
    Start(state, std::move(next));
  });
}

}  // namespace redkite::access
