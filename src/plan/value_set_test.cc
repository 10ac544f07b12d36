#include "plan/value_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.h"

namespace redkite::plan {
namespace {

TEST(TextPool, KeepsSortsAndForgetsRepetitions) {
  TextPool pool;
  EXPECT_TRUE(pool.empty());
  const std::vector<std::string> texts = {"b", "", "abc", "b", std::string("\0x", 2), "", "\xff"};
  for (const std::string& text : texts) pool.Append(text);
  EXPECT_EQ(pool.Strings(), texts);
  pool.SortUnique();
  EXPECT_EQ(pool.Strings(), (std::vector<std::string>{"", std::string("\0x", 2), "abc", "b", "\xff"}));
  std::string joined;
  for (const std::string_view text : pool) joined += text;
  EXPECT_EQ(joined, std::string("\0xabcb\xff", 7));
}

TEST(ValueSet, AgreesWithStdSet) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (uint64_t span : {uint64_t{10}, uint64_t{1000}, uint64_t{1} << 40, UINT64_MAX}) {
    for (size_t size : {0, 1, 2, 100, 3000}) {
      ValueSet set;
      std::set<int64_t> ints;
      std::set<double> doubles;
      std::set<std::string> texts;
      auto draw = [&] { return static_cast<int64_t>(random.Below(span)) - 5; };
      for (size_t i = 0; i < size; ++i) {
        const int64_t v = draw();
        ints.insert(v);
        set.AddInt(v);
        doubles.insert(static_cast<double>(v) / 2);
        set.AddDouble(static_cast<double>(v) / 2);
        texts.insert(std::to_string(v));
        set.AddText(std::to_string(v));
      }
      set.Seal();
      EXPECT_EQ(set.ints(), std::vector<int64_t>(ints.begin(), ints.end()));
      EXPECT_EQ(set.size(), ints.size() + doubles.size() + texts.size());
      for (int probe = 0; probe < 2000; ++probe) {
        const int64_t v =
            probe % 2 == 0 || ints.empty() ? draw() : *ints.lower_bound(std::min(draw(), *ints.rbegin()));
        ASSERT_EQ(set.ContainsInt(v), ints.contains(v)) << v;
        ASSERT_EQ(set.ContainsDouble(static_cast<double>(v) / 2),
                  doubles.contains(static_cast<double>(v) / 2))
            << v;
        ASSERT_EQ(set.ContainsText(std::to_string(v)), texts.contains(std::to_string(v))) << v;
      }
    }
  }
}

TEST(ValueSet, Corners) {
  ValueSet set;
  constexpr int64_t kEmptyMark = INT64_MIN + 0x5bd1e995;
  for (int64_t v : {INT64_MIN, INT64_MAX, int64_t{0}}) set.AddInt(v);
  set.AddDouble(-0.0);
  set.AddText("");
  set.Seal();
  EXPECT_TRUE(set.ContainsInt(INT64_MIN));
  EXPECT_TRUE(set.ContainsInt(INT64_MAX));
  EXPECT_FALSE(set.ContainsInt(1));
  EXPECT_FALSE(set.ContainsInt(kEmptyMark));
  EXPECT_TRUE(set.ContainsDouble(0.0));
  EXPECT_TRUE(set.ContainsText(""));
  EXPECT_FALSE(set.ContainsBool(true));
  ValueSet more;
  more.AddInt(kEmptyMark);
  more.AddBool(true);
  more.Merge(set);
  more.Seal();
  EXPECT_TRUE(more.ContainsInt(kEmptyMark));
  EXPECT_TRUE(more.ContainsInt(INT64_MAX));
  EXPECT_TRUE(more.ContainsBool(true));
  for (const double nan : {std::nan(""), -std::nan("")}) more.AddDouble(nan);
  more.Seal();
  EXPECT_FALSE(more.ContainsDouble(std::nan("")));
  EXPECT_EQ(more.doubles().size(), 1u);
  EXPECT_FALSE(ValueSet().ContainsText("a"));
  EXPECT_FALSE(ValueSet().ContainsInt(0));
}

}  // namespace
}  // namespace redkite::plan
