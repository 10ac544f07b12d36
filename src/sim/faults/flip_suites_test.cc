#include "sim/faults/flip_suites.h"

#include <gtest/gtest.h>

namespace redkite::sim {
namespace {

// All of them: ./dev crash flips ends.
TEST(FlipSuites, EachKindOfFileTellsOfDamage) {
  for (const auto& suite : {MakeFlipSuite(), MakeEndSuite()}) {
    for (uint64_t round = 0; round < 8 * kFileKindCount; ++round) {
      EXPECT_EQ(suite->Run(round), "") << "round " << round;
    }
    for (const std::string_view kind : kFileKinds) {
      const std::string name(kind);
      // A damaged index is built again, so answers are right.
      const bool is_mended = name == "index";
      EXPECT_GT(
          suite->counts[name + (is_mended ? ": told by check alone" : ": told by a start or an answer")], 0u)
          << name;
    }
  }
}

}  // namespace
}  // namespace redkite::sim
