#include "base/check.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(CheckDeathTest, NamesFileLineAndCondition) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "CHECK failed: .*check_test.cc:[0-9]+: 1 \\+ 1 == 3");
}

TEST(Check, EvaluatesOnce) {
  int n = 0;
  CHECK(++n == 1);
  EXPECT_EQ(n, 1);
}

TEST(CheckDeathTest, DcheckDependsOnTheBuild) {
#ifdef NDEBUG
  DCHECK(false);
#else
  EXPECT_DEATH(DCHECK(false), "CHECK failed");
#endif
}

}  // namespace
}  // namespace redkite
