#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <atomic>

namespace redkite {
namespace {

TEST(Thread, JoinsInItsDestructor) {
  std::atomic<bool> done{false};
  {
    Thread thread("worker", [&] { done = true; });
  }
  EXPECT_TRUE(done.load());
}

TEST(Thread, CarriesItsNameCutTo15Bytes) {
  char name[32] = {};
  {
    Thread thread("a name that is too long", [&] { pthread_getname_np(pthread_self(), name, sizeof name); });
  }
  EXPECT_STREQ(name, "a name that is ");
}

TEST(Thread, AssigningJoinsTheOldOne) {
  std::atomic<int> done{0};
  Thread thread("a", [&] { ++done; });
  thread = Thread("b", [&] { ++done; });
  thread.Join();
  EXPECT_EQ(done.load(), 2);
}

TEST(LowerThreadPriority, ConcernsTheCallingThreadAlone) {
  const int own = getpriority(PRIO_PROCESS, 0);
  int lowered = own;
  {
    Thread thread("low", [&] {
      LowerThreadPriority(19);
      lowered = getpriority(PRIO_PROCESS, 0);
    });
  }
  EXPECT_EQ(lowered, 19);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), own);
}

TEST(HardwareThreadCount, AtLeastOne) { EXPECT_GE(HardwareThreadCount(), 1); }

TEST(HardwareThreadCount, WhatThisThreadMayUse) {
  int count = 0;
  Thread thread("bound", [&] {
    cpu_set_t allowed, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &one);
      if (CPU_COUNT(&one) == 1) break;
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    count = HardwareThreadCount();
  });
  thread.Join();
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace redkite
