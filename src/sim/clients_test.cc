#include "sim/clients.h"

#include <gtest/gtest.h>

#include "sim/answers.h"

namespace redkite::sim {
namespace {

class ClientsTest : public testing::Test {
 protected:
  ClientsTest() : machine_(1, Config()), clients_(&machine_, &counters_) {
    EXPECT_TRUE(machine_.Open().ok());
  }
  ~ClientsTest() override { machine_.Close(); }
  static SimConfig Config() {
    SimConfig config;
    config.slot_count = 1;
    return config;
  }
  void Ask(StepKind kind) {
    clients_.Start({kind, ++seed_}, seed_);
    machine_.RunAllTasks();
  }
  void Prepare() {
    for (const StepKind kind : {StepKind::kCreate, StepKind::kCreateIndex, StepKind::kLoad}) Ask(kind);
  }

  SimCounters counters_;
  Machine machine_;
  Clients clients_;
  uint64_t seed_ = 0;
};

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
  machine_.proxy().Insert(MakeInsert({"c0", false, machine_.config().dim}, foreign), [](auto) {});
  machine_.RunAllTasks();
  Ask(StepKind::kQueryAll);
  EXPECT_NE(clients_.failure(), "");
}

TEST_F(ClientsTest, ACatalogThatSomebodyElseChangedIsSeen) {
  Prepare();
  ASSERT_TRUE(machine_.proxy().ReleaseCollection({"", "c0"}).ok());
  Ask(StepKind::kDescribe);
  EXPECT_NE(clients_.failure().find("catalog says"), std::string::npos) << clients_.failure();
}

}  // namespace
}  // namespace redkite::sim
