#include "sim/clients.h"

#include "sim/answers.h"
#include "sim/clients_test_kit.h"

namespace redkite::sim {
namespace {

TEST_F(ClientsTest, RightAnswersPass) {
  Prepare();
  for (int round = 0; round < 30; ++round) {
    for (int kind = 0; kind <= static_cast<int>(StepKind::kFlush); ++kind) Ask(static_cast<StepKind>(kind));
  }
  clients_.VerifyAtRest();
  EXPECT_EQ(clients_.failure(), "");
  EXPECT_GT(counters_.answers, 250u);
}

TEST_F(ClientsTest, ARowThatNobodyWroteIsSeen) {
  Prepare();
  Ask(StepKind::kInsert);
  Mutation foreign;
  foreign.keys = {77};
  foreign.version = 1;
  machine_.proxy().Insert(MakeInsert({{"", "c0"}, false, machine_.config().dim}, foreign), [](auto) {});
  machine_.RunAllTasks();
  Ask(StepKind::kQueryAll);
  EXPECT_NE(clients_.failure(), "");
}

}  // namespace
}  // namespace redkite::sim
