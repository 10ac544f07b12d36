#include <gtest/gtest.h>

#include "plan/expr.h"
#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(ExprText, CutsLongListsAndTexts) {
  std::string list = "i64 in [0";
  for (int i = 1; i < 100; ++i) list += "," + std::to_string(i);
  EXPECT_EQ(CanonicalFilter(list + "]"), "#105 in [0, 1, 2, 3, 4, 5, 6, 7, ... 100 values]");
  EXPECT_EQ(CanonicalFilter("s == '" + std::string(100, 'x') + "'"),
            "#108 == \"" + std::string(64, 'x') + "...\"");
  EXPECT_EQ(CanonicalFilter("json_contains_any(j," + list.substr(6) + "])"),
            "json_contains_any(#110, [0, 1, 2, 3, 4, 5, 6, 7, ... 100 values])");
  std::string chain = "i64 > 1";
  for (int i = 0; i < 10000; ++i) chain += " or i64 > 1";
  EXPECT_LT(CanonicalFilter(chain).size(), 5000u);
}

TEST(ExprText, EveryNode) {
  EXPECT_EQ(CanonicalFilter(
                "not (i64 % 3 == 1 or s like 'a' or 1 <= d < 2 or i8 < i16 or exists j['k'] or f is null)"),
            "not (((#105 % 3) == 1 or 1 <= #107 < 2 or #106 is null or #102 < #103 or #108 like \"a\" or "
            "exists #110[\"k\"]))");
  EXPECT_EQ(CanonicalFilter("s =~ r'\\d' or starts_with(s, t) or json_contains_all(j, [1, [2.5, 'a']]) or "
                            "array_length(j['k']) < 3"),
            "(starts_with(#108, #109) or #108 =~ \"\\d\" or json_contains_all(#110, [[2.5, \"a\"], 1]) or "
            "array_length(#110[\"k\"]) < 3)");
  EXPECT_EQ(ExprText(Expr{ConstantExpr{false}}), "false");
}

}  // namespace
}  // namespace redkite::plan
