#include "sim/clients_test_kit.h"

namespace redkite::sim {
namespace {

TEST_F(ClientsNames, RightAnswersPass) {
  for (int round = 0; round < 60; ++round) {
    for (int kind = static_cast<int>(StepKind::kCreate); kind <= static_cast<int>(StepKind::kDescribe);
         ++kind) {
      if (static_cast<StepKind>(kind) == StepKind::kDrop && round % 4 != 0) continue;
      Ask(static_cast<StepKind>(kind));
      Ask(StepKind::kUpsert);
      Ask(StepKind::kQueryAll);
    }
  }
  EXPECT_EQ(clients_.failure(), "");
  EXPECT_GT(counters_.answers, 1000u);
}

}  // namespace
}  // namespace redkite::sim
