// FaultSuite: a proof in rounds. A round is one damage or one fault and what is asked after it; its number
// says all about it, so that rounds can be counted over many runs and one can be had again. The suites are
// the catalogue of docs/testing.md. Thread safety: one thread, one suite at a time in a process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace redkite::sim {

class FaultSuite {
 public:
  virtual ~FaultSuite() = default;
  /// Runs round `round`, the first is 0; what is wrong, or an empty text. Adds to `counts`.
  virtual std::string Run(uint64_t round) = 0;
  /// What happened in the rounds so far, by name.
  std::map<std::string, uint64_t> counts;
};

struct FaultSuiteInfo {
  std::string_view name;
  uint64_t rounds;  // that make the proof whole
  std::string_view what;
  std::unique_ptr<FaultSuite> (*make)();
};
const std::vector<FaultSuiteInfo>& FaultSuites();

}  // namespace redkite::sim
