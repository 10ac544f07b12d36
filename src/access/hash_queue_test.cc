#include "access/hash_queue.h"

#include <gtest/gtest.h>

#include "access/access_fixture.h"

namespace redkite::access {
namespace {

TEST(HashQueue, FewRunAndFewWait) {
  HeldExecutor executor;
  HashQueue queue(&executor, {.concurrency = 2, .waiting_max = 3});
  std::string order;
  for (const char c : {'a', 'b', 'c', 'd', 'e'}) EXPECT_TRUE(queue.TrySubmit([&order, c] { order += c; }));
  EXPECT_FALSE(queue.TrySubmit([&order] { order += 'x'; }));
  EXPECT_EQ(executor.waiting(), 2u);
  executor.RunOne();
  EXPECT_EQ(order, "a");
  EXPECT_EQ(executor.waiting(), 2u);
  EXPECT_TRUE(queue.TrySubmit([&order] { order += 'f'; }));
  EXPECT_FALSE(queue.TrySubmit([&order] { order += 'x'; }));
  executor.RunAll();
  EXPECT_EQ(order, "abcdef");
  EXPECT_TRUE(queue.TrySubmit([&order] { order += 'g'; }));
  EXPECT_EQ(executor.waiting(), 1u);
  executor.RunAll();
  EXPECT_EQ(order, "abcdefg");
}

TEST(HashQueue, TasksMayOutliveIt) {
  HeldExecutor executor;
  int runs = 0;
  {
    HashQueue queue(&executor, {.concurrency = 1, .waiting_max = 3});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.TrySubmit([&runs] { ++runs; }));
  }
  executor.RunAll();
  EXPECT_EQ(runs, 3);
}

}  // namespace
}  // namespace redkite::access
