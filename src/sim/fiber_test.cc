#include "sim/fiber.h"

#include <gtest/gtest.h>

#include <vector>

namespace redkite::sim {
namespace {

TEST(Fiber, RunsInTurnsAndIsUsedAgain) {
  Fiber a, b;
  std::vector<int> order;
  for (int round = 0; round < 3; ++round) {
    for (Fiber* fiber : {&a, &b}) {
      const int first = fiber == &a ? 1 : 2;
      fiber->SetBody([&order, fiber, first] {
        order.push_back(first);
        fiber->Suspend();
        order.push_back(first + 10);
      });
    }
    EXPECT_FALSE(a.Resume());
    EXPECT_FALSE(b.Resume());
    EXPECT_TRUE(b.Resume());
    EXPECT_TRUE(a.Resume());
  }
  EXPECT_EQ(order, (std::vector<int>{1, 2, 12, 11, 1, 2, 12, 11, 1, 2, 12, 11}));
}

}  // namespace
}  // namespace redkite::sim
