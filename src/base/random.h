// Random: the only source of randomness. Passed in; the same seed gives the same sequence on every platform.
// Thread safety: not thread-safe; one per owner.
#pragma once

#include <cstdint>

namespace redkite {

/// xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64.
class Random {
 public:
  explicit Random(uint64_t seed);
  /// Seeded from the operating system, for identifiers that must differ between processes.
  static Random FromSystem();
  uint64_t Next();
  /// Uniform in [0, n); n > 0.
  uint64_t Below(uint64_t n);
  /// Uniform in [0, 1).
  double Unit();

 private:
  uint64_t s_[4];
};

}  // namespace redkite
