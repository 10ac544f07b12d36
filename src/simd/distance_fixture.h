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
    kernels_ = KernelsOf(GetParam());
    if (kernels_ == nullptr) GTEST_SKIP() << "this machine lacks " << IsaName(GetParam());
  }
  const DistanceKernels* kernels_ = nullptr;
};

}  // namespace redkite::simd
