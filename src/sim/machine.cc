#include "sim/machine.h"

#include <cstdlib>

namespace redkite::sim {
namespace {

constexpr uint64_t kPicksMax = 3'000'000;  // a whole seed takes some thousand

}  // namespace

Machine::Machine(uint64_t seed, const SimConfig& config)
    : config_(config),
      fs_(seed),
      scheduler_(std::make_unique<SimScheduler>(config.scheduler)),
      compute_(scheduler_.get(), config.compute_width),
      files_(scheduler_.get(), config.file_width),
      log_(scheduler_.get(), 1),
      client_lane_(scheduler_->AddLane(1 << 20)),
      engine_random_(seed ^ 0x5bd1e995) {}

Machine::~Machine() {
  if (stuck_) {
    // Parked tasks hold what they hold; nothing can be ended in order.
    (void)engine_.release();
    (void)scheduler_.release();
    (void)metrics_.release();
    (void)logger_.release();
    ThreadModel::SetCurrent(nullptr);
    return;
  }
  Close();
}

engine::EngineOptions Machine::Options() const {
  engine::EngineOptions options;
  options.data_dir = kDataDir;
  options.seal_bytes = config_.seal_bytes;
  options.seal_age_ms = config_.seal_age_ms;
  options.seal_idle_ms = config_.seal_idle_ms;
  options.scan = {config_.scan_rows_min, config_.scans_per_row};
  options.residency.bytes_min = config_.resident_bytes_min;
  options.log_pin_bytes_max = config_.log_pin_bytes_max;
  options.log_file_bytes = config_.log_file_bytes;
  options.log_group_bytes_max = config_.log_group_bytes_max;
  options.catalog_log_bytes = config_.catalog_log_bytes;
  options.index_rows_min = config_.index_rows_min;
  options.compaction.fan_in = config_.compaction_fan_in;
  options.compaction.target_bytes = config_.compaction_target_bytes;
  options.compaction.retention_ms = config_.retention_ms;
  options.compaction.retention_ratio = config_.retention_ratio;
  options.compaction.retention_bytes = config_.retention_bytes;
  return options;
}

Status Machine::OpenOn(io::MemFileSystem* fs) {
  scheduler_->Accept();
  metrics_ = std::make_unique<MetricsRegistry>();
  logger_ = std::make_unique<Logger>(&clock_, LogLevel::kInfo, logger_fd_);
  engine::EngineSeams seams;
  seams.fs = fs;
  seams.clock = &clock_;
  seams.random = &engine_random_;
  seams.logger = logger_.get();
  seams.metrics = metrics_.get();
  seams.executor = &compute_;
  seams.file_executor = &files_;
  seams.log_executor = &log_;
  auto opened = engine::Engine::Open(seams, Options());
  if (!opened.ok()) {
    scheduler_->Drop();
    return opened.status();
  }
  engine_ = std::move(*opened);
  return Status::Ok();
}

void Machine::Close() {
  if (engine_ == nullptr) return;
  engine_->BeginStopJobs();
  RunAllTasks();
  if (stuck_) return;
  engine_->StopJobs();
  scheduler_->Drop();
  engine_->Close();
  engine_.reset();
}

int64_t Machine::Gauge(const std::string& name) const {
  const std::string text = metrics_->PrometheusText();
  const size_t at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + name.size() + 2);
}

void Machine::Spawn(std::function<void()> request) {
  ++requests_under_way;
  scheduler_->Spawn(client_lane_, Priority::kSearch, [this, request = std::move(request)] {
    request();
    --requests_under_way;
  });
}

void Machine::RunTasks(uint64_t count) {
  for (uint64_t i = 0; i < count && !stuck_; ++i) {
    const auto outcome = scheduler_->RunOne();
    if (outcome == SimScheduler::Outcome::kNothing) return;
    stuck_ = outcome == SimScheduler::Outcome::kStuck || scheduler_->pick_count() > kPicksMax;
  }
}

void Machine::RunAllTasks() {
  while (scheduler_->task_count() > 0 && !stuck_) RunTasks(1000);
}

void Machine::CutPowerAt(uint64_t nth) {
  fs_.CutPowerAt(nth);
  cut_at_ = fs_.change_count() + nth;
}

void Machine::DisarmPower() {
  cut_at_ = 0;
  fs_.ClearFaults();
}

void Machine::LosePower() {
  cut_at_ = 0;
  fs_.Crash();
}

}  // namespace redkite::sim
