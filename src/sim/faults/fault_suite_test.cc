#include "sim/faults/fault_suite.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

TEST(FaultSuite, NamesDiffer) {
  std::map<std::string_view, int> names;
  for (const FaultSuiteInfo& info : FaultSuites()) {
    EXPECT_EQ(++names[info.name], 1) << info.name;
    EXPECT_GT(info.rounds, 0u);
  }
}

}  // namespace
}  // namespace redkite::sim
