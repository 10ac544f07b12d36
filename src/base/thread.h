// Thread: a named operating-system thread that joins in its destructor. The only place where threads are
// made; engine code uses Executor instead.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace redkite {

class Thread {
 public:
  Thread() = default;
  /// `name` shows in top and gdb; at most 15 bytes are kept.
  Thread(std::string name, std::function<void()> body);
  Thread(Thread&&) = default;
  Thread& operator=(Thread&& o) noexcept {
    Join();
    thread_ = std::move(o.thread_);
    return *this;
  }
  ~Thread() { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

/// The calling thread gets less time than others when the cores are busy: 0 changes nothing, 19 is the least.
void LowerThreadPriority(int niceness);

/// The processor time that one thread has had; for as long as that thread exists.
class ThreadCpuClock {
 public:
  static ThreadCpuClock OfThisThread();
  int64_t Ns() const;

 private:
  int id_ = 0;
};

/// Hardware threads that the calling thread may use, at least 1.
int HardwareThreadCount();

}  // namespace redkite
