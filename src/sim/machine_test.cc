#include "sim/machine.h"

#include <gtest/gtest.h>

#include "sim/answers.h"

namespace redkite::sim {
namespace {

TEST(Machine, LosesPowerAndStartsAgain) {
  SimConfig config;
  Machine machine(3, config);
  ASSERT_TRUE(machine.Open().ok());
  const Shape shape{{"", "c"}, false, config.dim};
  ASSERT_TRUE(machine.proxy().CreateCollection(MakeCreate(shape)).ok());
  Mutation insert;
  insert.keys = {1, 2, 3};
  insert.version = 1;
  int answers = 0;
  for (int i = 0; i < 2; ++i) {
    machine.Spawn([&] {
      machine.proxy().Insert(MakeInsert(shape, insert), [&](Result<MutationResult> r) { answers += r.ok(); });
    });
    machine.RunAllTasks();
    EXPECT_EQ(answers, 1);  // the second one comes after the power cut
    if (i == 0) machine.CutPowerAt(1);
  }
  EXPECT_TRUE(machine.power_is_cut());
  machine.Close();
  machine.LosePower();
  EXPECT_FALSE(machine.power_is_cut());
  ASSERT_TRUE(machine.Open().ok());
  const auto rows = machine.proxy().RowCount({"", "c"});
  ASSERT_TRUE(rows.ok());
  EXPECT_TRUE(*rows == 3 || *rows == 6) << *rows;
  EXPECT_FALSE(machine.is_stuck());
}

TEST(Machine, AStartTrimsTheLogOfDroppedCollections) {
  SimConfig config;
  config.log_file_bytes = 5000;
  config.seal_bytes = size_t{1} << 20;
  Machine machine(3, config);
  ASSERT_TRUE(machine.Open().ok());
  const Shape shape{{"", "c"}, false, config.dim};
  ASSERT_TRUE(machine.proxy().CreateCollection(MakeCreate(shape)).ok());
  Mutation insert;
  for (int64_t key = 0; key < 5; ++key) insert.keys.push_back(key);
  for (int i = 0; i < 10; ++i) {
    machine.proxy().Insert(MakeInsert(shape, insert), [](auto) {});
    machine.RunAllTasks();
  }
  machine.fs().FailNth(io::FileOp::kRemove, 1, Status::Io("injected"), true);
  ASSERT_TRUE(machine.proxy().DropCollection({"", "c"}).ok());
  machine.Close();
  machine.fs().ClearFaults();
  EXPECT_GT(machine.fs().List("/data/wal")->size(), 3u);
  ASSERT_TRUE(machine.Open().ok());
  EXPECT_EQ(machine.fs().List("/data/wal")->size(), 1u);
}

}  // namespace
}  // namespace redkite::sim
