// For tests of the clients: a machine that nothing happens to, and clients that ask one thing after another.
// Thread safety: as Machine.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "sim/clients.h"

namespace redkite::sim {

class ClientsTest : public testing::Test {
 protected:
  explicit ClientsTest(const SimConfig& config = OneCollection())
      : machine_(1, config), clients_(&machine_, &counters_) {
    EXPECT_TRUE(machine_.Open().ok());
  }
  ~ClientsTest() override { machine_.Close(); }
  static SimConfig OneCollection() {
    SimConfig config;
    config.slot_count = 1;
    return config;
  }
  void Ask(StepKind kind) {
    ++seed_;
    clients_.Start({kind, seed_}, seed_);
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

/// Several collections in two databases, whose names may meet.
class ClientsNames : public ClientsTest {
 protected:
  ClientsNames() : ClientsTest(Config()) {}
  static SimConfig Config() {
    SimConfig config;
    config.slot_count = 3;
    config.database_count = 2;
    config.shared_names = 2;
    config.alias_permille = 500;
    return config;
  }
};

}  // namespace redkite::sim
