#include <gtest/gtest.h>

#include "sim/clients.h"

namespace redkite::sim {
namespace {

// What the clients say after a start, when the disk was changed behind their back.
std::string AfterStart(const std::function<void(io::MemFileSystem*)>& damage) {
  SimConfig config;
  config.slot_count = 1;
  SimCounters counters;
  Machine machine(1, config);
  Clients clients(&machine, &counters);
  EXPECT_TRUE(machine.Open().ok());
  uint64_t seed = 0;
  std::unique_ptr<io::MemFileSystem> early;
  for (const StepKind kind :
       {StepKind::kCreate, StepKind::kCreateIndex, StepKind::kLoad, StepKind::kInsert, StepKind::kInsert}) {
    early = machine.fs().Clone(1);
    ++seed;
    clients.Start({kind, seed}, seed);
    machine.RunAllTasks();
  }
  machine.Close();
  clients.EndOfLife();
  EXPECT_EQ(clients.failure(), "");
  // Either the disk as it is, or as it was before the last insert.
  io::MemFileSystem* disk = damage ? early.get() : &machine.fs();
  if (damage) damage(disk);
  EXPECT_TRUE(machine.OpenOn(disk).ok());
  clients.VerifyAfterStart();
  machine.Close();
  return clients.failure();
}

TEST(ClientsRecovery, TheSameDiskPassesAndAnOlderOneDoesNot) {
  EXPECT_EQ(AfterStart({}), "");
  const std::string failure = AfterStart([](io::MemFileSystem*) {});
  EXPECT_NE(failure.find("after a start"), std::string::npos) << failure;
}

}  // namespace
}  // namespace redkite::sim
