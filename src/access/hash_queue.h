// HashQueue: lets only a few password hashes run at a time, each on the executor, and refuses more than can
// wait: a flood of logins must take neither the processor nor the memory of 19 MiB each. Thread safety: any
// thread. A task may outlive the queue; what it uses is its submitter's care. Tasks that the executor drops
// are lost, so stop the executor only with the server.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/executor.h"

namespace redkite::access {

class HashQueue {
 public:
  struct Options {
    size_t concurrency = 2;
    size_t waiting_max = 64;
    Priority priority = Priority::kIngest;
  };
  HashQueue(Executor* executor, const Options& options);
  /// False, and the task is gone, when too many wait.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);

 private:
  struct State;
  static void Start(const std::shared_ptr<State>& state, std::function<void()> task);
  std::shared_ptr<State> state_;
};

}  // namespace redkite::access
