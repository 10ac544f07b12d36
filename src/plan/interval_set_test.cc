#include "plan/interval_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/random.h"

namespace redkite::plan {
namespace {

// A random set of small numbers, as boundaries and as a model.
struct Sample {
  Boundaries<int64_t> set;
  std::set<int64_t> model;
};

Sample RandomSample(Random* random) {
  Sample sample;
  std::vector<Boundaries<int64_t>> parts;
  for (uint64_t i = 0, n = random->Below(6); i < n; ++i) {
    const auto low = static_cast<int64_t>(random->Below(40));
    const auto high = low + 1 + static_cast<int64_t>(random->Below(8));
    parts.push_back({{low, false}, {high, false}});
    for (int64_t v = low; v < high; ++v) sample.model.insert(v);
  }
  sample.set = Unite(parts);
  return sample;
}

void ExpectSame(const Boundaries<int64_t>& set, const std::set<int64_t>& model) {
  const IntervalSet values(set);
  for (int64_t v = -2; v < 60; ++v) ASSERT_EQ(values.ContainsInt(v), model.count(v) > 0) << v;
  for (size_t i = 1; i < set.size(); ++i) ASSERT_TRUE(set[i - 1] < set[i]);
}

TEST(IntervalSetTest, SetOperationsAgreeWithAModel) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Sample a = RandomSample(&random), b = RandomSample(&random), c = RandomSample(&random);
    const int64_t bottom = -2;
    std::set<int64_t> all, any, none;
    for (int64_t v = bottom; v < 60; ++v) {
      const size_t count = a.model.count(v) + b.model.count(v) + c.model.count(v);
      if (count == 3) all.insert(v);
      if (count > 0) any.insert(v);
      if (a.model.count(v) == 0) none.insert(v);
    }
    ExpectSame(Unite<int64_t>({a.set, b.set, c.set}), any);
    ExpectSame(Intersect<int64_t>({a.set, b.set, c.set}, bottom), all);
    ExpectSame(Complement(a.set, bottom), none);
    ExpectSame(Complement(Complement(a.set, bottom), bottom), a.model);
  }
}

TEST(IntervalSetTest, EndsOfTheIntegers) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();
  const IntervalSet all(Boundaries<int64_t>{{kMin, false}, {kMax, true}});
  const IntervalSet last(Boundaries<int64_t>{{kMax, false}});
  const IntervalSet behind(Boundaries<int64_t>{{kMax, true}});
  for (int64_t v : {kMin, int64_t{0}, kMax}) {
    EXPECT_TRUE(all.ContainsInt(v));
    EXPECT_EQ(last.ContainsInt(v), v == kMax);
    EXPECT_FALSE(behind.ContainsInt(v));
  }
}

TEST(IntervalSetTest, Doubles) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const IntervalSet set(Boundaries<double>{{-kInfinity, false}, {0.0, false}, {1.5, true}, {2.5, true}});
  EXPECT_TRUE(set.ContainsDouble(-kInfinity));
  EXPECT_TRUE(set.ContainsDouble(-1e-300));
  EXPECT_FALSE(set.ContainsDouble(0.0));
  EXPECT_FALSE(set.ContainsDouble(-0.0));
  EXPECT_FALSE(set.ContainsDouble(1.5));
  EXPECT_TRUE(set.ContainsDouble(std::nextafter(1.5, 2.0)));
  EXPECT_TRUE(set.ContainsDouble(2.5));
  EXPECT_FALSE(set.ContainsDouble(kInfinity));
  EXPECT_FALSE(set.ContainsDouble(std::nan("")));
  const IntervalSet open(Boundaries<double>{{1.0, false}});
  EXPECT_TRUE(open.ContainsDouble(kInfinity));
  EXPECT_FALSE(open.ContainsDouble(std::nan("")));
}

TEST(IntervalSetTest, Texts) {
  const IntervalSet set(Boundaries<std::string>{{"b", false}, {"d", true}, {"x", true}});
  const std::pair<const char*, bool> kCases[] = {{"", false},  {"a", false}, {"b", true},
                                                 {"ba", true}, {"d", true},  {"da", false},
                                                 {"x", false}, {"xa", true}, {"zzz", true}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(set.ContainsText(text), expected) << text;
}

}  // namespace
}  // namespace redkite::plan
