#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

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

ThreadCpuClock ThreadCpuClock::OfThisThread() {
  ThreadCpuClock clock;
  clockid_t id{};
  if (pthread_getcpuclockid(pthread_self(), &id) == 0) clock.id_ = id;
  return clock;
}

int64_t ThreadCpuClock::Ns() const {
  timespec time{};
  return clock_gettime(id_, &time) == 0 ? time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec : 0;
}

// std::thread::hardware_concurrency counts those of the machine, whatever this process was given of them.
int HardwareThreadCount() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace redkite
