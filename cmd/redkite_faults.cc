// redkite_faults: runs rounds of one fault suite (sim/faults/fault_suite.h). `./dev crash` runs them in
// slices and keeps the counts.
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/planted.h"
#include "sim/faults/fault_suite.h"

namespace {

using redkite::sim::FaultSuiteInfo;

constexpr int kExitUsage = 2;
constexpr uint64_t kFailuresMax = 20;

constexpr char kUsage[] =
    "usage: redkite_faults --list\n"
    "       redkite_faults SUITE [--from R] [--rounds N] [--limit-s T] [--trace] [--planted NAME]\n"
    "Runs rounds R, R+1, ... (N of them, or until T seconds are over), prints those that fail, then the "
    "counts\n"
    "and one line of totals. --trace: also the number of each round, before it runs.\n";

struct Arguments {
  std::string_view suite, planted;
  uint64_t from = 0, rounds = UINT64_MAX, limit_s = UINT64_MAX;
  bool trace = false;
};

bool Parse(const std::vector<std::string_view>& texts, Arguments* out) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string_view text = texts[i];
    uint64_t* number = text == "--from"      ? &out->from
                       : text == "--rounds"  ? &out->rounds
                       : text == "--limit-s" ? &out->limit_s
                                             : nullptr;
    if (text == "--trace") {
      out->trace = true;
    } else if (text == "--planted" && i + 1 < texts.size()) {
      out->planted = texts[++i];
    } else if (number != nullptr) {
      if (++i == texts.size()) return false;
      const auto [end, error] = std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), *number);
      if (error != std::errc() || end != texts[i].data() + texts[i].size()) return false;
    } else if (out->suite.empty()) {
      out->suite = text;
    } else {
      return false;
    }
  }
  return !out->suite.empty();
}

unsigned long long Number(uint64_t value) { return value; }

int List() {
  for (const FaultSuiteInfo& info : redkite::sim::FaultSuites()) {
    std::printf("%s\t%llu\t%s\n", std::string(info.name).c_str(), Number(info.rounds),
                std::string(info.what).c_str());
  }
  return 0;
}

int Run(const FaultSuiteInfo& info, const Arguments& arguments) {
  redkite::SystemClock clock;
  const int64_t begin_ns = clock.MonotonicNs();
  const auto seconds = [&] { return static_cast<double>(clock.MonotonicNs() - begin_ns) * 1e-9; };
  const auto suite = info.make();
  uint64_t done = 0, failed = 0;
  while (done < arguments.rounds && failed < kFailuresMax) {
    if (seconds() > static_cast<double>(arguments.limit_s)) break;
    const uint64_t round = arguments.from + done;
    if (arguments.trace) std::printf("round %llu\n", Number(round));
    if (arguments.trace) std::fflush(stdout);
    const std::string text = suite->Run(round);
    ++done;
    if (text.empty()) continue;
    ++failed;
    std::printf("failed round %llu: %s\n", Number(round), text.c_str());
    std::fflush(stdout);
  }
  for (const auto& [name, count] : suite->counts) std::printf("count %llu %s\n", Number(count), name.c_str());
  std::printf("totals rounds=%llu failed=%llu seconds=%.2f\n", Number(done), Number(failed), seconds());
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!Parse({argv + 1, argv + argc}, &arguments)) {
    std::fputs(kUsage, stderr);
    return kExitUsage;
  }
  if (arguments.suite == "--list") return List();
  if (!arguments.planted.empty()) {
#ifdef REDKITE_PLANTED_BUGS
    redkite::PlantBug(arguments.planted);
#else
    std::fputs("redkite_faults: this build has no planted bugs; use ./dev build planted redkite_faults\n",
               stderr);
    return kExitUsage;
#endif
  }
  for (const FaultSuiteInfo& info : redkite::sim::FaultSuites()) {
    if (info.name == arguments.suite) return Run(info, arguments);
  }
  std::fprintf(stderr, "redkite_faults: no such suite: %s\n", std::string(arguments.suite).c_str());
  return kExitUsage;
}
