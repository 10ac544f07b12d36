// A short run of the differential test; the long one is filter_differential.cc.
#include <gtest/gtest.h>

#include "exec/differential/differential_fixture.h"

namespace redkite::exec::differential {
namespace {

TEST(FilterDifferential, ShortRun) {
  DifferentialOptions options;
  options.queries = 6000;
  const DifferentialResult result = RunDifferential(options);
  EXPECT_EQ(result.difference, "");
  // The filters say something: they keep neither all rows nor none.
  EXPECT_GT(result.kept, result.rows / 20);
  EXPECT_LT(result.kept, result.rows / 2);
}

}  // namespace
}  // namespace redkite::exec::differential
