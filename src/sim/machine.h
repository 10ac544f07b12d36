// Machine: the simulated computer: disk, clock, threads and the engine that runs on them. Thread safety: one
// real thread; one Machine at a time, since its scheduler is the process's ThreadModel.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "engine/engine.h"
#include "io/mem_file_system.h"
#include "sim/script.h"
#include "sim/sim_scheduler.h"

namespace redkite::sim {

inline constexpr char kDataDir[] = "/data";

class Machine {
 public:
  Machine(uint64_t seed, const SimConfig& config);
  ~Machine();

  /// Opens the engine on the machine's disk, or on a copy of it.
  Status Open() { return OpenOn(&fs_); }
  Status OpenOn(io::MemFileSystem* fs);
  /// Lets what has begun come to its end, drops what has not, and closes the engine.
  void Close();
  bool is_open() const { return engine_ != nullptr; }
  engine::Engine& engine() { return *engine_; }
  proxy::Proxy& proxy() { return engine_->proxy(); }

  /// A gauge of the engine's metrics; -1: there is none.
  int64_t Gauge(const std::string& name) const;

  /// A thread of a client.
  void Spawn(std::function<void()> request);
  /// Lets tasks go on up to `count` times.
  void RunTasks(uint64_t count);
  /// Until there is none.
  void RunAllTasks();
  /// Tasks wait for each other for ever, or do not come to an end.
  bool is_stuck() const { return stuck_; }

  /// The power goes at the `nth` change of the disk from now.
  void CutPowerAt(uint64_t nth);
  bool power_is_armed() const { return cut_at_ != 0; }
  bool power_is_cut() const { return cut_at_ != 0 && fs_.change_count() >= cut_at_; }
  /// The disk after the power cut; the engine is closed.
  void LosePower();
  /// A cut or a fault that has not struck does not.
  void DisarmPower();

  io::MemFileSystem& fs() { return fs_; }
  ManualClock& clock() { return clock_; }
  SimScheduler& scheduler() { return *scheduler_; }
  /// The engine's own log goes to standard error.
  void LogEngine() { logger_fd_ = 2; }
  const SimConfig& config() const { return config_; }
  int requests_under_way = 0;

 private:
  engine::EngineOptions Options() const;

  const SimConfig config_;
  io::MemFileSystem fs_;
  ManualClock clock_;
  int logger_fd_ = -1;  // it is on all the same, since its lock is a place to change tasks
  std::unique_ptr<Logger> logger_;
  std::unique_ptr<SimScheduler> scheduler_;
  SimExecutor compute_, files_, log_;
  int client_lane_;
  Random engine_random_;
  std::unique_ptr<MetricsRegistry> metrics_;
  std::unique_ptr<engine::Engine> engine_;
  uint64_t cut_at_ = 0;  // value of change_count()
  bool stuck_ = false;
};

}  // namespace redkite::sim
