#include "types/bitset.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace redkite {
namespace {

TEST(ExcludeBitset, StartsWithEveryRowKept) {
  const ExcludeBitset bits(130);
  EXPECT_EQ(bits.size(), 130u);
  EXPECT_EQ(bits.CountExcluded(), 0u);
  EXPECT_EQ(bits.CountKept(), 130u);
}

TEST(ExcludeBitset, AgreesWithASet) {
  constexpr uint64_t kSeed = 11;
  Random random(kSeed);
  for (const size_t size : {1u, 63u, 64u, 65u, 1000u}) {
    ExcludeBitset bits(size);
    std::set<size_t> model;
    for (size_t i = 0; i < size / 2 + 1; ++i) {
      const size_t row = random.Below(size);
      bits.Exclude(row);
      model.insert(row);
    }
    for (size_t row = 0; row < size; ++row) {
      ASSERT_EQ(bits.Test(row), model.contains(row)) << "seed " << kSeed << " row " << row;
      ASSERT_EQ(bits.view().Test(row), model.contains(row));
    }
    EXPECT_EQ(bits.CountExcluded(), model.size());
    EXPECT_EQ(bits.CountKept(), size - model.size());
  }
}

TEST(ExcludeBitset, ExcludeAllLeavesTheTailClear) {
  for (const size_t size : {0u, 1u, 63u, 64u, 65u, 128u}) {
    ExcludeBitset bits(size);
    bits.ExcludeAll();
    EXPECT_EQ(bits.CountExcluded(), size);
    EXPECT_EQ(bits.CountKept(), 0u);
  }
}

TEST(ExcludeBitset, AddIsUnion) {
  ExcludeBitset a(100);
  ExcludeBitset b(100);
  a.Exclude(3);
  b.Exclude(3);
  b.Exclude(99);
  a.Add(b);
  EXPECT_TRUE(a.Test(3) && a.Test(99));
  EXPECT_EQ(a.CountExcluded(), 2u);
}

TEST(ExcludeView, WithoutWordsNothingIsExcluded) {
  const ExcludeView none;
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.Test(12345));
}

}  // namespace
}  // namespace redkite
