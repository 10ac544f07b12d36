// Comparisons of one column joined by and / or.
#include "plan/fold_intervals.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(FoldIntervals, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"i64 > 1 and i64 > 5", "#105 >= 6"},
      {"i64 > 1 and i64 <= 5", "2 <= #105 < 6"},
      {"i64 > 1 or i64 > 5", "#105 >= 2"},
      {"i64 >= 5 and i64 <= 5", "#105 == 5"},
      {"i64 > 5 and i64 < 3", "#105 in []"},
      {"i64 > 5 or i64 < 9", "#105 >= -9223372036854775808"},
      {"i64 in [1, 5, 9] and i64 > 3", "#105 in [5, 9]"},
      {"i64 == 5 and i64 != 5", "#105 in []"},
      {"i64 == 5 and not (i64 > 7)", "#105 == 5"},
      {"1 < i64 < 4 or 4 <= i64 < 9", "2 <= #105 < 9"},
      {"d > 1.5 and d <= 2.5", "1.5 < #107 <= 2.5"},
      {"f >= 1.5 or f > 0.5", "#106 > 0.5"},
      {"s > 'b' and s <= 'd'", "\"b\" < #108 <= \"d\""},
      {"s >= 'b' and s <= 'b'", "#108 == \"b\""},
      {"i64 > 9223372036854775807 and i64 > 5", "#105 in []"},
      // Nothing to gain, or not the same.
      {"i64 < 5 or i64 > 9", "(#105 < 5 or #105 > 9)"},
      {"i64 > 100 and i64 not in [105, 107]", "(#105 > 100 and not (#105 in [105, 107]))"},
      {"d > 1.5 and d != 2.5", "(#107 > 1.5 and #107 != 2.5)"},
      {"d > 1.5 and not (d > 2.5)", "(#107 > 1.5 and not (#107 > 2.5))"},
      {"j['a'] > 1 and j['a'] > 5", "(#110[\"a\"] > 1 and #110[\"a\"] > 5)"},
      {"i64 + 1 > 5 and i64 + 1 > 6", "((#105 + 1) > 5 and (#105 + 1) > 6)"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text), expected) << text;
}

TEST(FoldIntervals, ManyRangesAreOnePredicate) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += (i > 0 ? " or " : "") + std::to_string(i * 10) + " <= i64 < " + std::to_string(i * 10 + 5);
  }
  EXPECT_EQ(CanonicalFilter(text), "#105 in 20000 ranges");
  std::string nested;
  for (int i = 0; i < 1000; ++i) {
    nested += (i > 0 ? " or " : "") + ("(i64 > " + std::to_string(i * 10)) + " and i64 < " +
              std::to_string(i * 10 + 5) + ")";
  }
  EXPECT_EQ(CanonicalFilter(nested), "#105 in 1000 ranges");
  std::string bounds;
  for (int i = 0; i < 20'000; ++i) bounds += (i > 0 ? " and " : "") + ("i64 > " + std::to_string(i));
  EXPECT_EQ(CanonicalFilter(bounds), "#105 >= 20000");
}

}  // namespace
}  // namespace redkite::plan
