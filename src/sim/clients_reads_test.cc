#include "sim/clients_test_kit.h"

namespace redkite::sim {
namespace {

// Every request names partitions.
class ClientsPartitionReads : public ClientsTest {
 protected:
  ClientsPartitionReads() : ClientsTest(Config()) {}
  static SimConfig Config() {
    SimConfig config = OneCollection();
    config.partition_permille = 1000;
    return config;
  }
};

TEST_F(ClientsPartitionReads, RightAnswersPass) {
  Prepare();
  for (int round = 0; round < 40; ++round) {
    Ask(StepKind::kCreatePartition);
    for (int kind = 0; kind <= static_cast<int>(StepKind::kFlush); ++kind) Ask(static_cast<StepKind>(kind));
    Ask(round % 2 == 0 ? StepKind::kReleasePartitions : StepKind::kLoadPartitions);
  }
  EXPECT_EQ(clients_.failure(), "");
  EXPECT_GT(counters_.answers, 400u);
}

TEST_F(ClientsPartitionReads, ARowInAnotherPartitionIsSeen) {
  Prepare();
  for (int i = 0; i < 5; ++i) Ask(StepKind::kCreatePartition);
  for (int i = 0; i < 10; ++i) Ask(StepKind::kInsert);
  ASSERT_EQ(clients_.failure(), "");
  // Somebody moves what the model has elsewhere.
  Mutation moved;
  moved.kind = MutationKind::kUpsert;
  moved.keys = {10'000 + 9 * 64};
  moved.version = 9;
  for (const char* partition : {"p0", "p1", "p2"}) {
    InsertRequest request = MakeInsert({{"", "c0"}, false, machine_.config().dim}, moved);
    request.partition = partition;
    machine_.proxy().Insert(std::move(request), [](auto) {});
    machine_.RunAllTasks();
  }
  for (int i = 0; i < 10; ++i) Ask(StepKind::kQueryAll);
  EXPECT_NE(clients_.failure(), "");
}

}  // namespace
}  // namespace redkite::sim
