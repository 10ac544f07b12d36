// redkite_sim: runs seeds of the deterministic simulation (sim/simulation.h). `./dev sim` runs several of
// them side by side and sums up what they print.
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/planted.h"
#include "sim/planted_bugs.h"
#include "sim/simulation.h"

namespace {

using redkite::sim::SeedReport;
using redkite::sim::SimCounters;

constexpr int kExitUsage = 2;
constexpr uint64_t kTwiceEvery = 100;  // one seed of so many runs a second time and must do the same
constexpr size_t kShrinkRuns = 400;

constexpr char kUsage[] =
    "usage: redkite_sim [--from S] [--seeds N] [--stride K] [--keep STEPS] [--log] [--no-shrink]\n"
    "                   [--stop-at-failure] [--limit-s T] [--planted NAME]\n"
    "Runs seeds S, S+K, ... (N of them), prints those that fail and one line of totals.\n";

struct Arguments {
  uint64_t from = 1, seeds = 100, stride = 1, limit_s = 0;
  std::string keep, planted;
  bool has_keep = false, log = false, shrink = true, stop_at_failure = false;
};

bool ParseNumber(std::string_view text, uint64_t* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

bool Parse(const std::vector<std::string_view>& texts, Arguments* out) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string_view name = texts[i];
    if (name == "--log") {
      out->log = true;
    } else if (name == "--no-shrink") {
      out->shrink = false;
    } else if (name == "--stop-at-failure") {
      out->stop_at_failure = true;
    } else if (i + 1 == texts.size()) {
      return false;
    } else if (name == "--keep") {
      out->keep = texts[++i];
      out->has_keep = true;
    } else if (name == "--planted") {
      out->planted = texts[++i];
    } else {
      uint64_t* number = name == "--from"      ? &out->from
                         : name == "--seeds"   ? &out->seeds
                         : name == "--stride"  ? &out->stride
                         : name == "--limit-s" ? &out->limit_s
                                               : nullptr;
      if (number == nullptr || !ParseNumber(texts[++i], number)) return false;
    }
  }
  return true;
}

void PrintTotals(const SimCounters& c, uint64_t seeds, uint64_t failed, double seconds) {
  const auto n = [](uint64_t v) { return static_cast<unsigned long long>(v); };
  std::printf(
      "totals seeds=%llu failed=%llu seconds=%.2f requests=%llu answers=%llu refused=%llu unknown=%llu "
      "picks=%llu disk_changes=%llu crashes=%llu nested_crashes=%llu restarts=%llu opens=%llu "
      "failed_opens=%llu failed_ops=%llu full_disks=%llu flips=%llu flips_found=%llu clock_jumps=%llu "
      "hits_wanted=%llu hits_found=%llu\n",
      n(seeds), n(failed), seconds, n(c.requests), n(c.answers), n(c.refused), n(c.unknown), n(c.picks),
      n(c.changes), n(c.crashes), n(c.nested_crashes), n(c.restarts), n(c.opens), n(c.failed_opens),
      n(c.failed_ops), n(c.full_disks), n(c.flips), n(c.flips_found), n(c.clock_jumps), n(c.hits_wanted),
      n(c.hits_found));
}

void Add(const SimCounters& from, SimCounters* to) {
  // Plain counters of one type: added as an array.
  static_assert(sizeof(SimCounters) % sizeof(uint64_t) == 0);
  const auto* a = reinterpret_cast<const uint64_t*>(&from);
  auto* b = reinterpret_cast<uint64_t*>(to);
  for (size_t i = 0; i < sizeof(SimCounters) / sizeof(uint64_t); ++i) b[i] += a[i];
}

void PrintFailure(const Arguments& arguments, const SeedReport& report) {
  std::printf("seed %llu failed at step %zu of %zu: %s\n", static_cast<unsigned long long>(report.seed),
              report.failed_at, report.step_count, report.failure.c_str());
  std::string command = "./dev sim --from " + std::to_string(report.seed) + " --seeds 1";
  if (!arguments.planted.empty()) command += " --planted " + arguments.planted;
  if (arguments.shrink && !arguments.has_keep) {
    const auto kept = redkite::sim::ShrinkSeed(report.seed, kShrinkRuns);
    command += " --keep " + redkite::sim::FormatKept(kept);
    std::printf("  %zu steps are enough\n", kept.size());
  }
  std::printf("  again: %s --log\n", command.c_str());
  std::fflush(stdout);
}

int Run(const Arguments& arguments) {
  redkite::SystemClock clock;
  const int64_t begin_ns = clock.MonotonicNs();
  const auto seconds = [&] { return static_cast<double>(clock.MonotonicNs() - begin_ns) * 1e-9; };
  SimCounters sum;
  uint64_t done = 0, failed = 0;
  for (uint64_t i = 0; i < arguments.seeds; ++i) {
    if (arguments.limit_s != 0 && seconds() > static_cast<double>(arguments.limit_s)) break;
    redkite::sim::SeedOptions options;
    options.seed = arguments.from + i * arguments.stride;
    options.log = arguments.log;
    if (arguments.has_keep) {
      const size_t count = redkite::sim::MakeScript(options.seed).steps.size();
      auto kept = redkite::sim::ParseKept(arguments.keep, count);
      if (!kept.ok()) {
        std::fprintf(stderr, "redkite_sim: %s\n", kept.status().message().c_str());
        return kExitUsage;
      }
      options.kept = std::move(*kept);
    }
    SeedReport report = redkite::sim::RunSeed(options);
    ++done;
    Add(report.counters, &sum);
    if (report.failure.empty() && options.seed % kTwiceEvery == 0) {
      const SeedReport again = redkite::sim::RunSeed(options);
      if (again.trace_hash != report.trace_hash) report.failure = "a second run of the seed went another way";
    }
    if (arguments.log) std::printf("trace %016llx\n", static_cast<unsigned long long>(report.trace_hash));
    if (report.failure.empty()) continue;
    ++failed;
    PrintFailure(arguments, report);
    if (arguments.stop_at_failure) break;
  }
  PrintTotals(sum, done, failed, seconds());
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!Parse({argv + 1, argv + argc}, &arguments)) {
    std::fputs(kUsage, stderr);
    return kExitUsage;
  }
  if (!arguments.planted.empty()) {
    bool is_known = false;
    for (const auto& bug : redkite::sim::kPlantedBugs) is_known = is_known || bug.name == arguments.planted;
    if (!is_known) {
      std::fprintf(stderr, "redkite_sim: no such planted bug: %s\n", arguments.planted.c_str());
      return kExitUsage;
    }
#ifdef REDKITE_PLANTED_BUGS
    redkite::PlantBug(arguments.planted);
#else
    std::fputs("redkite_sim: this build has no planted bugs; use ./dev sim --planted NAME\n", stderr);
    return kExitUsage;
#endif
  }
  return Run(arguments);
}
