#include "sim/faults/disk_fault_suites.h"

#include <array>
#include <functional>

#include "base/random.h"
#include "io/file_paths.h"
#include "sim/simulation.h"

namespace redkite::sim {
namespace {

constexpr size_t kStepsMax = 2500;
constexpr uint64_t kStepsAfter = 12;
constexpr size_t kMixedSteps = 200;
constexpr uint64_t kEioSeed = 4;
constexpr size_t kStepsBeforeStart = 120;
constexpr uint64_t kStartScripts = 10;

// A script without the faults that it draws itself; its requests go on for as long as they are asked for.
class CalmScript {
 public:
  explicit CalmScript(uint64_t seed) : random_(seed * 77 + 5) {
    Script drawn = MakeScript(seed);
    config_ = drawn.config;
    config_.flip_permille = config_.open_fault_permille = config_.nested_cut_permille = 0;
    for (const Step& step : drawn.steps) {
      if (IsRequest(step.kind)) steps_.push_back(step);
    }
  }
  SimConfig& config() { return config_; }
  Step Next() {
    if (at_ < steps_.size()) return steps_[at_++];
    // The collections are made once; what follows is drawn from the same mixture.
    return {steps_[random_.Below(steps_.size())].kind, random_.Next()};
  }

 private:
  Random random_;
  SimConfig config_;
  std::vector<Step> steps_;
  size_t at_ = 0;
};

class DiskSuite : public FaultSuite {
 protected:
  /// Steps until `done`, then some more.
  void RunUntil(uint64_t seed, Simulation* simulation, CalmScript* script,
                const std::function<bool()>& done) {
    Random random(seed * 31 + 7);
    size_t i = 0;
    while (i < kStepsMax && !done() && simulation->failure().empty())
      simulation->RunStep(script->Next(), i++);
    const size_t more = random.Below(kStepsAfter);
    for (size_t n = 0; n < more && simulation->failure().empty(); ++n) {
      simulation->RunStep(script->Next(), i++);
    }
    counts["faults that never struck"] += i == kStepsMax + more;
  }
  void Add(const SimCounters& from) {
    counts["requests"] += from.requests;
    counts["answers checked"] += from.answers;
    counts["unknown outcomes"] += from.unknown;
    counts["starts"] += from.opens;
    counts["cuts"] += from.crashes;
    counts["cuts while starting"] += from.nested_crashes;
    counts["full disks"] += from.full_disks;
    counts["clock jumps"] += from.clock_jumps;
  }
};

class CutSuite final : public DiskSuite {
 public:
  std::string Run(uint64_t round) override {
    CalmScript script(round + 1);
    script.config().nested_cut_permille = 600;
    SimCounters counters;
    Simulation simulation(round + 1, script.config(), &counters, false);
    Random random(round * 17 + 3);
    simulation.Begin();
    simulation.CutAt(1 + random.Below(random.Below(3) == 0 ? 1500 : 200), false);
    RunUntil(round, &simulation, &script, [&] { return counters.crashes > 0; });
    simulation.Finish();
    Add(counters);
    return simulation.failure();
  }
};

// What a change of the disk is called: the call and the kind of file, whatever its numbers.
std::string PointName(const io::MemFileSystem::Call& call) {
  static constexpr std::array<const char*, io::kFileOpCount> kOps = {
      "create", "open", "open",   "map",    "read",     "write",       "sync",       "allocate",
      "close",  "list", "rename", "remove", "truncate", "sync of dir", "create dir",
  };
  std::string kind;
  for (const char c : io::BaseName(call.path)) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit || kind.empty() || kind.back() != '#') kind += is_digit ? '#' : c;
  }
  return std::string(kOps[static_cast<size_t>(call.op)]) + " " + kind;
}

// The process ends there; what it wrote stays, since the machine goes on.
class AbortSuite final : public DiskSuite {
 public:
  std::string Run(uint64_t round) override {
    const uint64_t seed = 1 + round % kAbortSeeds;
    CalmScript script(seed);
    script.config().nested_cut_permille = 200;
    SimCounters counters;
    Simulation simulation(seed, script.config(), &counters, false);
    simulation.Begin();
    simulation.CutAt(1 + round / kAbortSeeds, true);
    RunUntil(round, &simulation, &script, [&] { return counters.crashes > 0; });
    if (simulation.cut_call()) ++counts["at " + PointName(*simulation.cut_call())];
    simulation.Finish();
    Add(counters);
    return simulation.failure();
  }
};

struct FailingCall {
  io::FileOp op;
  const char* name;
  uint64_t rounds;
  bool at_start = false;  // made while the engine starts, and seldom afterwards
};
constexpr std::array<FailingCall, 14> kFailingCalls = {{
    {io::FileOp::kSync, "sync", 500},
    {io::FileOp::kWrite, "write", 500},
    {io::FileOp::kSyncDir, "sync of a directory", 100},
    {io::FileOp::kCreate, "create", 100},
    {io::FileOp::kOpenForWrite, "open to write", 100, true},
    {io::FileOp::kOpenForRead, "open to read", 100, true},
    {io::FileOp::kMap, "map", 100, true},
    {io::FileOp::kRead, "read", 100, true},
    {io::FileOp::kAllocate, "allocate", 100},
    {io::FileOp::kRename, "rename", 100},
    {io::FileOp::kRemove, "remove", 100},
    {io::FileOp::kTruncate, "truncate", 100, true},
    {io::FileOp::kList, "list", 100, true},
    {io::FileOp::kCreateDirs, "create directories", 5},
}};

// One call fails; then the process ends, and in a second run the power goes, too.
class EioSuite final : public DiskSuite {
 public:
  std::string Run(uint64_t round) override {
    uint64_t nth = round % kEioRounds;
    size_t which = 0;
    while (nth >= kFailingCalls[which].rounds) nth -= kFailingCalls[which++].rounds;
    const FailingCall& call = kFailingCalls[which];
    std::string text = RunOne(call, nth + 1, round / kEioRounds, false);
    if (text.empty()) text = RunOne(call, nth + 1, round / kEioRounds, true);
    ++counts[std::string("failed: ") + call.name];
    return text.empty() ? "" : std::string(call.name) + " " + std::to_string(nth + 1) + ": " + text;
  }

 private:
  std::string RunOne(const FailingCall& call, uint64_t nth, uint64_t turn, bool power_lost) {
    const uint64_t seed = kEioSeed + turn;
    CalmScript script(seed);
    script.config().open_fault_permille = 300;
    SimCounters counters;
    Simulation simulation(seed, script.config(), &counters, false);
    simulation.Begin();
    if (call.at_start) {
      FailAtStart(call, nth, power_lost, &simulation, &script);
    } else {
      const uint64_t at = simulation.disk().op_count(call.op) + nth;
      simulation.FailCall(call.op, nth, Status::Io("injected fault"));
      RunUntil(nth, &simulation, &script, [&] { return simulation.disk().op_count(call.op) >= at; });
      if (simulation.failure().empty()) simulation.StartOver(power_lost, nth);
    }
    simulation.Finish();
    Add(counters);
    return simulation.failure();
  }
  // The calls of a start are few, so that several scripts share the numbers.
  void FailAtStart(const FailingCall& call, uint64_t nth, bool power_lost, Simulation* simulation,
                   CalmScript* script) {
    const size_t steps = kStepsBeforeStart + nth % kStartScripts * 10;
    size_t i = 0;
    RunUntil(nth, simulation, script, [&] { return i++ == steps; });
    const uint64_t at = simulation->disk().op_count(call.op) + 1 + nth / kStartScripts;
    if (simulation->failure().empty())
      simulation->StartOverFailing(call.op, 1 + nth / kStartScripts, power_lost, nth);
    counts["faults that never struck"] += simulation->disk().op_count(call.op) < at;
  }
};

// Steps of the script, and every now and then one of the machine's.
class MixedSuite : public DiskSuite {
 public:
  explicit MixedSuite(std::vector<StepKind> kinds) : kinds_(std::move(kinds)) {}
  std::string Run(uint64_t round) override {
    CalmScript script(round + 1);
    SimCounters counters;
    Simulation simulation(round + 1, script.config(), &counters, false);
    Random random(round * 13 + 11);
    simulation.Begin();
    for (size_t i = 0; i < kMixedSteps && simulation.failure().empty(); ++i) {
      const bool is_fault = i > 10 && random.Below(12) == 0;
      simulation.RunStep(is_fault ? Step{kinds_[random.Below(kinds_.size())], random.Next()} : script.Next(),
                         i);
    }
    simulation.Finish();
    Add(counters);
    return simulation.failure();
  }

 private:
  const std::vector<StepKind> kinds_;
};

}  // namespace

std::unique_ptr<FaultSuite> MakeCutSuite() { return std::make_unique<CutSuite>(); }
std::unique_ptr<FaultSuite> MakeAbortSuite() { return std::make_unique<AbortSuite>(); }
std::unique_ptr<FaultSuite> MakeEioSuite() { return std::make_unique<EioSuite>(); }

std::unique_ptr<FaultSuite> MakeFullSuite() {
  return std::make_unique<MixedSuite>(std::vector<StepKind>{StepKind::kFillDisk, StepKind::kFillDisk,
                                                            StepKind::kFreeDisk, StepKind::kRestart});
}

std::unique_ptr<FaultSuite> MakeClockSuite() {
  return std::make_unique<MixedSuite>(std::vector<StepKind>{StepKind::kClockBack, StepKind::kClockAhead,
                                                            StepKind::kClockFar, StepKind::kRestart,
                                                            StepKind::kCrashNow});
}

}  // namespace redkite::sim
