#include "sim/simulation.h"

#include <algorithm>

#include "io/file_paths.h"
#include "storage/manifest.h"

namespace redkite::sim {
namespace {

constexpr std::array<io::FileOp, 14> kFailingOps = {
    io::FileOp::kCreate,  io::FileOp::kOpenForWrite, io::FileOp::kOpenForRead, io::FileOp::kMap,
    io::FileOp::kRead,    io::FileOp::kWrite,        io::FileOp::kSync,        io::FileOp::kAllocate,
    io::FileOp::kList,    io::FileOp::kRename,       io::FileOp::kRemove,      io::FileOp::kTruncate,
    io::FileOp::kSyncDir, io::FileOp::kCreateDirs};
constexpr std::array<io::FileOp, 5> kReadingOps = {io::FileOp::kOpenForRead, io::FileOp::kMap,
                                                   io::FileOp::kRead, io::FileOp::kList,
                                                   io::FileOp::kOpenForWrite};
constexpr int64_t kHourMs = 3'600'000;
constexpr int kFlipsPerStart = 2;

bool Chance(Random* random, int permille) { return random->Below(1000) < static_cast<uint64_t>(permille); }

}  // namespace

Simulation::Simulation(uint64_t seed, const SimConfig& config, SimCounters* counters, bool log)
    : seed_(seed),
      config_(config),
      counters_(counters),
      machine_(seed, config),
      clients_(&machine_, counters),
      pick_random_(seed) {
  clients_.set_log(log);
  if (log) machine_.LogEngine();
  machine_.scheduler().SetRandom(&pick_random_);
}

uint64_t Simulation::trace_hash() const {
  return clients_.trace_hash() ^ (const_cast<Simulation*>(this)->machine_.scheduler().trace_hash() * 31);
}

void Simulation::Begin() {
  Random random(seed_ ^ 0xabcdef);
  Start(&random);
}

void Simulation::RunStep(const Step& step, size_t index) {
  // Who goes on between this step and the next follows from the step, not from those before.
  pick_random_ = Random(step.seed ^ 0x2545f4914f6cdd1dULL);
  Random random(step.seed ^ 0x9e3779b97f4a7c15ULL);
  clients_.Log("step " + std::to_string(index) + " " + std::string(StepName(step.kind)));
  clients_.set_disturbed(IsDisturbed());
  if (IsRequest(step.kind)) {
    while (machine_.requests_under_way >= config_.requests_max && !machine_.is_stuck() && !failed()) {
      machine_.RunTasks(8);
    }
    clients_.Start(step, index);
  } else {
    ArmFault(step.kind, &random);
  }
  machine_.clock().AdvanceMs(static_cast<int64_t>(random.Below(40)));
  machine_.RunTasks(random.Below(static_cast<uint64_t>(config_.picks_max) + 1));
  if (machine_.is_stuck()) return clients_.Fail("tasks wait for each other");
  if (failed()) return;
  if (machine_.power_is_cut()) {
    ++counters_->crashes;
    if (!cut_call_) cut_call_ = machine_.fs().cut_call();
    Restart(!cut_keeps_writes_, &random);
  } else if (is_damaged_ && !is_armed_ && random.Below(12) == 0) {
    ++counters_->restarts;
    Restart(false, &random);
  }
}

void Simulation::ArmFault(StepKind kind, Random* random) {
  switch (kind) {
    case StepKind::kCutPower:
      machine_.CutPowerAt(1 + random->Below(random->Below(2) == 0 ? 12 : 150));
      is_damaged_ = true;
      break;
    case StepKind::kCrashNow:
      // Half of them end the process only: what it wrote stays.
      ++counters_->crashes;
      machine_.CutPowerAt(1);
      return Restart(random->Below(2) == 0, random);
    case StepKind::kRestart:
      ++counters_->restarts;
      return Restart(false, random);
    case StepKind::kFailOp:
      FailOp(random);
      break;
    case StepKind::kFillDisk:
      FillDisk(random);
      break;
    case StepKind::kFreeDisk:
      machine_.fs().SetDiskBytes(UINT64_MAX);
      disk_is_full_ = false;
      break;
    case StepKind::kSettle:
      SettleTasks();
      break;
    default:
      MoveClock(kind, random);
      break;
  }
  clients_.set_disturbed(IsDisturbed());
}

void Simulation::FailOp(Random* random) {
  const io::FileOp op = kFailingOps[random->Below(kFailingOps.size())];
  const bool for_ever = random->Below(8) == 0;
  const uint64_t nth = 1 + random->Below(25);
  machine_.fs().FailNth(op, nth, Status::Io("injected fault"), for_ever);
  clients_.Log("call " + std::to_string(nth) + " of kind " + std::to_string(static_cast<int>(op)) +
               " from now fails" + (for_ever ? ", and all later ones" : ""));
  ++counters_->failed_ops;
  is_damaged_ = true;
}

void Simulation::CutAt(uint64_t nth, bool keeps_writes) {
  machine_.CutPowerAt(nth);
  is_armed_ = true;
  cut_keeps_writes_ = keeps_writes;
}

void Simulation::FailCall(io::FileOp op, uint64_t nth, Status error) {
  machine_.fs().FailNth(op, nth, std::move(error));
  is_armed_ = true;
}

void Simulation::StartOver(bool power_lost, uint64_t seed) {
  Random random(seed);
  ++counters_->restarts;
  clients_.set_disturbed(true);
  Restart(power_lost, &random);
}

void Simulation::StartOverFailing(io::FileOp op, uint64_t nth, bool power_lost, uint64_t seed) {
  Random random(seed);
  clients_.set_disturbed(true);
  End();
  if (failed()) return;
  if (power_lost) machine_.LosePower();
  machine_.DisarmPower();
  ++counters_->failed_ops;
  machine_.fs().FailNth(op, nth, Status::Io("injected fault"));
  StartAndEnd(&random);
  if (!failed()) Restart(power_lost, &random);
}

void Simulation::FillDisk(Random* random) {
  machine_.fs().SetDiskBytes(UINT64_MAX);
  const auto free = machine_.fs().FreeBytes(kDataDir);
  if (!free.ok()) return;
  machine_.fs().SetDiskBytes(UINT64_MAX - *free + random->Below(random->Below(2) == 0 ? 300 : 20'000));
  ++counters_->full_disks;
  disk_is_full_ = true;
}

void Simulation::MoveClock(StepKind kind, Random* random) {
  ++counters_->clock_jumps;
  ManualClock& clock = machine_.clock();
  const auto part = static_cast<int64_t>(random->Below(kHourMs));
  if (kind == StepKind::kClockBack) {
    clock.SetWallMs(std::max<int64_t>(0, clock.WallMs() - part));
  } else if (kind == StepKind::kClockFar) {
    clock.SetWallMs(clock.WallMs() + 24 * 365 * 10 * kHourMs);
  } else if (random->Below(2) == 0) {
    clock.SetWallMs(clock.WallMs() + part);
  } else {
    clock.AdvanceMs(part);
  }
}

void Simulation::SettleTasks() {
  machine_.RunAllTasks();
  if (machine_.is_stuck()) return clients_.Fail("tasks wait for each other");
  if (!machine_.power_is_cut()) clients_.VerifyAtRest();
}

void Simulation::Heal() {
  machine_.fs().ClearFaults();
  machine_.fs().SetDiskBytes(UINT64_MAX);
  disk_is_full_ = false;
}

void Simulation::End() {
  machine_.Close();
  if (machine_.is_stuck()) return clients_.Fail("tasks wait for each other at the end");
  clients_.EndOfLife();
}

void Simulation::Restart(bool power_lost, Random* random) {
  if (machine_.power_is_armed()) clients_.set_disturbed(true);
  End();
  if (failed()) return;
  if (power_lost) machine_.LosePower();
  machine_.DisarmPower();
  Heal();
  machine_.clock().AdvanceMs(static_cast<int64_t>(random->Below(2000)));
  Start(random);
}

void Simulation::StartDisturbed(Random* random) {
  const bool cut = Chance(random, config_.nested_cut_permille);
  const bool fault = Chance(random, config_.open_fault_permille);
  if (!cut && !fault) return;
  if (cut) machine_.CutPowerAt(1 + random->Below(30));
  if (fault) {
    machine_.fs().FailNth(kReadingOps[random->Below(kReadingOps.size())], 1 + random->Below(12),
                          Status::Io("injected fault"), random->Below(4) == 0);
    ++counters_->failed_ops;
  }
  StartAndEnd(random);
}

// What was armed is disarmed afterwards.
void Simulation::StartAndEnd(Random* random) {
  ++counters_->opens;
  const Status status = machine_.Open();
  if (status.ok()) {
    machine_.RunTasks(random->Below(30));
    End();
  } else {
    ++counters_->failed_opens;
  }
  clients_.Log("disturbed start: " + status.ToString());
  if (machine_.power_is_cut()) {
    ++counters_->nested_crashes;
    machine_.LosePower();
  }
  machine_.DisarmPower();
  machine_.fs().ClearFaults();
}

void Simulation::Start(Random* random) {
  for (int i = 0; i < 3 && !failed(); ++i) StartDisturbed(random);
  is_damaged_ = is_armed_ = cut_keeps_writes_ = false;
  clients_.set_disturbed(false);
  StartAgain();
  if (failed()) return;
  // A start after a start finds and leaves the same.
  if (random->Below(3) == 0) {
    End();
    const std::string before = Listing();
    StartAgain();
    if (!failed() && Listing() != before) {
      clients_.Fail("an idle restart changed the files: " + before + "; now " + Listing());
    }
  }
  if (!failed() && Chance(random, config_.flip_permille)) CheckFlippedBits(random);
}

void Simulation::StartAgain() {
  ++counters_->opens;
  const Status status = machine_.Open();
  clients_.Log("start: " + status.ToString());
  if (!status.ok()) return clients_.Fail("the engine does not start: " + status.ToString());
  clients_.VerifyAfterStart();
  if (!failed()) CheckDisk();
}

// Every row is in files: no memory is held for rows that is not told as resident, and of the log only its
// newest file.
void Simulation::CheckNothingIsKept() {
  const int64_t held =
      machine_.Gauge("redkite_memory_accounted_bytes") - machine_.Gauge("redkite_memory_resident_bytes");
  if (held != 0) clients_.Fail("memory is held for rows that are in files: " + std::to_string(held));
  const auto files = machine_.fs().List(std::string(kDataDir) + "/wal");
  // The log is trimmed after flushes, so there must be somebody who flushes.
  const bool somebody_flushed = !clients_.CollectionIds().empty();
  if (somebody_flushed && files.ok() && files->size() > 1)
    clients_.Fail("the log was not trimmed: " + Listing());
}

// ---- the disk

void Simulation::CheckDisk() {
  io::MemFileSystem& fs = machine_.fs();
  const std::string root = kDataDir;
  std::vector<int64_t> expected = clients_.CollectionIds();
  std::sort(expected.begin(), expected.end());
  std::vector<int64_t> found;
  const auto collections = fs.List(root + "/collections");
  if (collections.ok()) {
    for (const io::FileInfo& info : *collections) found.push_back(std::stoll(info.name));
  }
  std::sort(found.begin(), found.end());
  if (found != expected)
    clients_.Fail("directories of collections that are not in the catalog, or missing ones");
  for (const int64_t id : expected) {
    const std::string name = std::to_string(id);
    CheckShardFiles(root + "/collections/" + name + "/" + name);
  }
  for (const char* dir : {"/wal", "/meta"}) {
    const auto files = fs.List(root + dir);
    if (!files.ok()) return clients_.Fail("no " + root + dir);
    size_t others = 0;
    for (const io::FileInfo& info : *files) others += info.name.ends_with(".log") ? 0 : 1;
    if (others != (std::string(dir) == "/wal" ? 0 : 2)) {
      clients_.Fail("a file that nobody needs in " + root + dir + ": " + Listing());
    }
  }
}

void Simulation::CheckShardFiles(const std::string& dir) {
  io::MemFileSystem& fs = machine_.fs();
  const auto manifests = storage::ManifestStore::Open(&fs, dir);
  const auto files = fs.List(dir);
  if (!manifests.ok() || !files.ok() || (*manifests)->current() == nullptr) {
    return clients_.Fail("no manifest in " + dir);
  }
  for (const std::string& name : storage::FindGarbage(*(*manifests)->current(), *files)) {
    clients_.Fail("after a start a file is left that no manifest names: " + dir + "/" + name);
  }
}

std::vector<std::string> Simulation::AllFiles(io::MemFileSystem* fs) const {
  std::vector<std::string> files, dirs = {kDataDir};
  while (!dirs.empty()) {
    const std::string dir = dirs.back();
    dirs.pop_back();
    const auto listing = fs->List(dir);
    if (!listing.ok()) continue;
    for (const io::FileInfo& info : *listing) {
      const std::string path = io::JoinPath(dir, info.name);
      if (info.is_dir) {
        dirs.push_back(path);
      } else if (info.size_bytes > 0) {
        files.push_back(path);
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string Simulation::Listing() const {
  io::MemFileSystem& fs = const_cast<Simulation*>(this)->machine_.fs();
  std::string text;
  for (const std::string& path : AllFiles(&fs)) {
    const auto bytes = fs.ReadAll(path);
    text += path + " " + std::to_string(bytes.ok() ? bytes->size() : 0) + "; ";
  }
  return text;
}

void Simulation::CheckFlippedBits(Random* random) {
  // At rest, so that the model knows the state exactly and nobody writes.
  End();
  if (failed()) return;
  for (int i = 0; i < kFlipsPerStart && !failed(); ++i) FlipOneBit(random);
  if (!failed()) StartAgain();
}

void Simulation::FlipOneBit(Random* random) {
  const auto copy = machine_.fs().Clone(random->Next());
  const auto files = AllFiles(copy.get());
  const std::string& file = files[random->Below(files.size())];
  const auto bytes = copy->ReadAll(file);
  if (!bytes.ok()) return;
  const uint64_t bit = random->Below(bytes->size() * 8);
  copy->FlipBit(file, bit);
  ++counters_->flips;
  const Status status = machine_.OpenOn(copy.get());
  clients_.Log("start with bit " + std::to_string(bit) + " of " + file + " flipped: " + status.ToString());
  if (status.ok()) {
    clients_.VerifyDamaged(file + " bit " + std::to_string(bit));
    machine_.Close();
    return;
  }
  ++counters_->flips_found;
  const bool named = status.message().find(io::BaseName(file)) != std::string::npos;
  const bool is_damage =
      status.code() == Code::kDataIntegrity || status.code() == Code::kOperationNotSupported;
  if (!is_damage || !named) {
    clients_.Fail("a start with damage in " + file + " bit " + std::to_string(bit) + " answered " +
                  status.ToString());
  }
}

void Simulation::Finish() {
  if (failed()) return;
  Random random(seed_ ^ 0xfeed);
  clients_.Log("finish");
  const bool healthy = !is_damaged_ && !is_armed_ && machine_.is_open();
  Heal();
  if (!healthy) {
    ++counters_->restarts;
    Restart(machine_.power_is_cut() && !cut_keeps_writes_, &random);
  }
  if (failed()) return;
  clients_.set_disturbed(false);
  SettleTasks();
  if (failed()) return;
  clients_.FlushAll();
  SettleTasks();
  if (failed()) return;
  // The last flush trims the log below what anybody needs, once all have flushed.
  clients_.FlushAll();
  SettleTasks();
  if (!failed()) CheckNothingIsKept();
  End();
  if (!failed()) StartAgain();
  if (!failed()) End();
  counters_->picks += machine_.scheduler().pick_count();
  counters_->changes += machine_.fs().change_count();
}

// ---- seeds

SeedReport RunSeed(const SeedOptions& options) {
  const Script script = MakeScript(options.seed);
  SeedReport report;
  report.seed = options.seed;
  report.step_count = script.steps.size();
  std::vector<size_t> kept;
  for (size_t i = 0; i < script.steps.size(); ++i) kept.push_back(i);
  if (options.kept) kept = *options.kept;
  Simulation simulation(options.seed, script.config, &report.counters, options.log);
  simulation.Begin();
  for (const size_t i : kept) {
    if (!simulation.failure().empty()) break;
    report.failed_at = i;
    simulation.RunStep(script.steps[i], i);
  }
  simulation.Finish();
  report.failure = simulation.failure();
  report.trace_hash = simulation.trace_hash();
  return report;
}

std::vector<size_t> ShrinkSeed(uint64_t seed, size_t runs_max) {
  SeedReport whole = RunSeed({seed, std::nullopt, false});
  std::vector<size_t> kept;
  for (size_t i = 0; i < whole.step_count && i <= whole.failed_at; ++i) kept.push_back(i);
  size_t runs = 1;
  const auto fails = [&](const std::vector<size_t>& steps) {
    ++runs;
    return !RunSeed({seed, steps, false}).failure.empty();
  };
  // Leaves out runs of steps, long ones first, as long as the rest fails.
  for (size_t length = std::max<size_t>(1, kept.size() / 2); length >= 1 && runs < runs_max; length /= 2) {
    for (size_t at = 0; at < kept.size() && runs < runs_max;) {
      std::vector<size_t> fewer(kept.begin(), kept.begin() + static_cast<ptrdiff_t>(at));
      const size_t end = std::min(kept.size(), at + length);
      fewer.insert(fewer.end(), kept.begin() + static_cast<ptrdiff_t>(end), kept.end());
      if (fails(fewer)) {
        kept = std::move(fewer);
      } else {
        at = end;
      }
    }
    if (length == 1) break;
  }
  return kept;
}

}  // namespace redkite::sim
