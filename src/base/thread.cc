#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace redkite {

Thread::Thread(std::string name, std::function<void()> body)
    : thread_([name = name.substr(0, 15), body = std::move(body)] {
        pthread_setname_np(pthread_self(), name.c_str());
        body();
      }) {}

// On Linux a priority belongs to a thread. A system that refuses leaves it as it was.
void LowerThreadPriority(int niceness) {
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
  // Niceness alone leaves a thread its time slice when another one wakes up.
  const sched_param none{};
  if (niceness >= 19) (void)sched_setscheduler(0, SCHED_IDLE, &none);
}

int HardwareThreadCount() {
  int n = static_cast<int>(std::thread::hardware_concurrency());
  return n > 0 ? n : 1;
}

}  // namespace redkite
