#include "segment/key_filter.h"

#include <gtest/gtest.h>

#include <string>

#include "base/thread.h"
#include "segment/row_block.h"

namespace redkite::segment {
namespace {

constexpr FieldId kField{100};

TEST(KeyFilter, EveryKeyPassesAndFewOthersDo) {
  for (const int64_t step : {1, 7, 1 << 20}) {
    Column keys(kField, DataType::kInt64, 0);
    for (int64_t i = 0; i < 20'000; ++i) keys.Append<int64_t>(i * step - 5000);
    const KeyFilter filter(keys.view());
    for (int64_t i = 0; i < 20'000; ++i) ASSERT_TRUE(filter.MayContain({false, i * step - 5000, {}})) << i;
    int passed = 0;
    for (int64_t i = 0; i < 100'000; ++i) passed += filter.MayContain({false, (int64_t{1} << 50) + i, {}});
    EXPECT_LT(passed, 2500) << "with step " << step;
  }
}

TEST(KeyFilter, Texts) {
  Column keys(kField, DataType::kVarChar, 0);
  for (int i = 0; i < 3000; ++i) keys.AppendText("key" + std::to_string(i));
  const KeyFilter filter(keys.view());
  int passed = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string present = "key" + std::to_string(i), absent = "kex" + std::to_string(i);
    ASSERT_TRUE(filter.MayContain({true, 0, present}));
    passed += filter.MayContain({true, 0, absent});
  }
  EXPECT_LT(passed, 100);
}

TEST(KeyFilter, NothingPassesWhereNothingIs) {
  const Column none(kField, DataType::kInt64, 0);
  const KeyFilter filter(none.view());
  for (int64_t i = 0; i < 100; ++i) EXPECT_FALSE(filter.MayContain({false, i, {}}));
}

TEST(KeyFilter, TheFirstQuestionMayComeFromManyThreads) {
  Column keys(kField, DataType::kInt64, 0);
  for (int64_t i = 0; i < 50'000; ++i) keys.Append<int64_t>(i);
  const KeyFilter filter(keys.view());
  std::atomic<int> wrong{0};
  std::vector<Thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back("ask", [&, t] {
      for (int64_t i = t; i < 50'000; i += 97) wrong += !filter.MayContain({false, i, {}});
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace redkite::segment
