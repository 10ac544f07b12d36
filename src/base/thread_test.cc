#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
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

}  // namespace
}  // namespace redkite
