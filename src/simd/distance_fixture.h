// DistanceTest: the cases of distance_test.cc run once per instruction set; each set's own test file names
// it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "simd/distance.h"

namespace redkite::simd {

class DistanceTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    for (size_t d = 0; d < kDistanceCount; ++d)
      count_ += KernelOf(GetParam(), static_cast<Distance>(d)) != nullptr;
    if (count_ == 0) GTEST_SKIP() << "this machine lacks " << IsaName(GetParam());
  }
  /// Calls f(distance, kernel) for each kernel that the set has.
  template <class F>
  void ForEachKernel(F f) const {
    for (size_t d = 0; d < kDistanceCount; ++d) {
      const auto distance = static_cast<Distance>(d);
      if (const DistanceKernel* kernel = KernelOf(GetParam(), distance)) {
        SCOPED_TRACE(std::string(DistanceName(distance)));
        f(distance, *kernel);
      }
    }
  }

 private:
  size_t count_ = 0;
};

}  // namespace redkite::simd
