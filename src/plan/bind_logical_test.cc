// and, or, not: checks, folding, merged lists, order.
#include "plan/bound.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(BindLogical, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {
      {"not (i64 == 5)", "not (#105 == 5)"},
      {"! (i64 == 5)", "not (#105 == 5)"},
      {"not not (i64 == 5)", "#105 == 5"},
      {"i64 > 1 and i32 > 2 or i16 > 3", "(#103 > 3 or (#105 > 1 and #104 > 2))"},
      {"i64 > 1 and (i32 > 2 or i16 > 3)", "(#105 > 1 and (#104 > 2 or #103 > 3))"},
      {"i64 > 1 and (i32 > 2 and i16 > 3)", "(#105 > 1 and #104 > 2 and #103 > 3)"},
      {"i64 == 1 or i64 == 3 or i64 in [2]", "#105 in [1, 2, 3]"},
      {"i64 == 1 or s == 'x' or i64 == 3", "(#105 in [1, 3] or #108 == \"x\")"},
      {"i64 != 1 and i64 not in [2]", "not (#105 in [1, 2])"},
      {"j['a'] == 1 or j['a'] == 3 or j['a'] in [2]", "#110[\"a\"] in [1, 2, 3]"},
      {"j['a'] == 'x' or j['a'] == 3 or j['a'] == 'y'",
       "(#110[\"a\"] == 3 or #110[\"a\"] in [\"x\", \"y\"])"},
      {"j['a'] == 1 or j['b'] == 1", "(#110[\"a\"] == 1 or #110[\"b\"] == 1)"},
      {"j['a'] != 1 and j['a'] != 2", "not (#110[\"a\"] in [1, 2])"},
      {"j['a'] == 1.5 or j['a'] == 2.5", "(#110[\"a\"] == 1.5 or #110[\"a\"] == 2.5)"},
      {"nothing == 1 or nothing == 2", "#113[\"nothing\"] in [1, 2]"},
      {"true or i64 > 1", "true"},
      {"false and i64 > 1", "false"},
      {"true and i64 > 1", "#105 > 1"},
      {"not true", "false"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text), expected) << text;
}

TEST(BindLogical, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"b and i64 > 1", "'and' can only be used between boolean expressions"},
      {"i64 > 1 or 1", "'or' can only be used between boolean expressions"},
      {"not i64 == 1", "not op can only be applied on boolean expression"},
      {"not b", "not op can only be applied on boolean expression"},
      {"not i64 in [5]", "not op can only be applied on boolean expression"}};
  for (const auto& [text, phrase] : kCases) {
    const std::string outcome = CanonicalFilter(text);
    EXPECT_TRUE(outcome.starts_with("error 1100: ")) << text << ": " << outcome;
    EXPECT_NE(outcome.find(phrase), std::string::npos) << text << ": " << outcome;
  }
}

}  // namespace
}  // namespace redkite::plan
