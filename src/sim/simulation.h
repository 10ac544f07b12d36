// Simulation: one seed from its first start to its last. Runs the steps of its script, lets the machine lose
// power and start again, and has everything checked by the clients and on the disk (see
// docs/design/0002-simulator.md). Thread safety: one thread, one simulation at a time in a process.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/clients.h"
#include "sim/machine.h"
#include "sim/script.h"

namespace redkite::sim {

struct SeedReport {
  uint64_t seed = 0;
  uint64_t trace_hash = 0;  // of every choice, request and answer
  std::string failure;      // empty: none
  size_t failed_at = 0;     // step
  size_t step_count = 0;
  SimCounters counters;
};

struct SeedOptions {
  uint64_t seed = 0;
  /// Steps to run; all when absent.
  std::optional<std::vector<size_t>> kept;
  bool log = false;  // prints what happens
};
SeedReport RunSeed(const SeedOptions& options);

/// The fewest steps found, by trying, with which the seed still fails; runs it at most `runs_max` times.
std::vector<size_t> ShrinkSeed(uint64_t seed, size_t runs_max);

class Simulation {
 public:
  Simulation(uint64_t seed, const SimConfig& config, SimCounters* counters, bool log);
  /// Requests that are still under way end here.
  ~Simulation() { machine_.Close(); }
  void Begin();
  void RunStep(const Step& step, size_t index);
  /// Heals everything; all that was begun must end, and the last state must survive.
  void Finish();

  // Faults at exact places (sim/faults), beside those of the script.

  /// At the `nth` change of the disk from now the power goes, or, when writes are kept, the process ends.
  void CutAt(uint64_t nth, bool keeps_writes);
  /// The `nth` call of that kind from now fails.
  void FailCall(io::FileOp op, uint64_t nth, Status error);
  /// Ends the engine, with or without loss of power, and starts it again.
  void StartOver(bool power_lost, uint64_t seed);
  /// The same, but first a start in which the `nth` call of that kind fails.
  void StartOverFailing(io::FileOp op, uint64_t nth, bool power_lost, uint64_t seed);
  /// The change that the first cut kept from being made.
  const std::optional<io::MemFileSystem::Call>& cut_call() const { return cut_call_; }
  io::MemFileSystem& disk() { return machine_.fs(); }
  const std::string& failure() const { return clients_.failure(); }
  uint64_t trace_hash() const;

 private:
  void ArmFault(StepKind kind, Random* random);
  void FailOp(Random* random);
  void FillDisk(Random* random);
  void MoveClock(StepKind kind, Random* random);
  void SettleTasks();
  void Heal();
  /// Ends the engine, with or without loss of power, and starts it again.
  void Restart(bool power_lost, Random* random);
  void Start(Random* random);
  /// One start under faults; false when it has to be repeated.
  void StartDisturbed(Random* random);
  void StartAndEnd(Random* random);
  void StartAgain();
  void CheckNothingIsKept();
  void CheckDisk();
  void CheckShardFiles(const std::string& dir);
  void CheckFlippedBits(Random* random);
  void FlipOneBit(Random* random);
  std::vector<std::string> AllFiles(io::MemFileSystem* fs) const;
  std::string Listing() const;
  void End();
  bool IsDisturbed() const { return is_damaged_ || disk_is_full_ || is_armed_; }
  bool failed() const { return !clients_.failure().empty(); }

  const uint64_t seed_;
  const SimConfig config_;
  SimCounters* const counters_;
  Machine machine_;
  Clients clients_;
  Random pick_random_;
  bool disk_is_full_ = false;
  bool is_armed_ = false;  // a fault at an exact place waits or has struck
  bool cut_keeps_writes_ = false;
  std::optional<io::MemFileSystem::Call> cut_call_;
  bool is_damaged_ = false;  // a call failed since the last start, so the engine may have stopped for good
};

}  // namespace redkite::sim
