// Fiber: a stack of its own that runs in turns with the thread that resumes it. The only place that switches
// stacks. Thread safety: one thread. Ownership: a fiber that is destroyed while its body has not ended leaks
// what the body holds.
#pragma once

#include <functional>
#include <memory>

namespace redkite::sim {

class Fiber {
 public:
  static constexpr size_t kStackBytes = size_t{512} << 10;
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  /// Takes the next body; the one before has ended. Resume runs it.
  void SetBody(std::function<void()> body);
  /// From outside: runs the body until it suspends or ends. True when it ended.
  bool Resume();
  /// From inside the body: goes back to Resume.
  void Suspend();

 private:
  struct State;
  static void Entry(unsigned high, unsigned low);
  void Loop();
  std::unique_ptr<State> state_;
};

}  // namespace redkite::sim
