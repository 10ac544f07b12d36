#include "plan/element_set.h"

#include <gtest/gtest.h>

#include "types/json_text.h"

namespace redkite::plan {
namespace {

std::string KeyOf(std::string_view json) {
  std::string key;
  EXPECT_TRUE(VisitJsonConstant(json, [&](const JsonPart& part) { AppendElementPart(part, &key); }).ok())
      << json;
  return key;
}

TEST(ElementKey, IsSharedByWhatIsEqual) {
  const std::vector<std::vector<const char*>> kClasses = {
      {"1", "1.0", "1e0", "10e-1"},
      {"0", "-0", "0.0", "-0.0"},
      {"9007199254740993"},
      {"9007199254740992", "9007199254740992.0"},
      {"9223372036854775807"},
      {"9223372036854775808", "9223372036854775808.0"},
      {"-9223372036854775808", "-9223372036854775808.0"},
      {"18446744073709551615", "18446744073709551616.0"},
      {"1.5", "15e-1"},
      {"1e300"},
      {"true"},
      {"false"},
      {"\"1\""},
      {"\"\""},
      {"\"é\"", "\"\\u00e9\""},
      {"[]"},
      {"[[]]"},
      {"[1]", "[1.0]"},
      {"[1,2]"},
      {"[2,1]"},
      {"[[1],2]"},
      {"[[1,2]]"},
      {"[\"a\",\"b\"]"},
      {"[\"ab\"]"},
      {"[\"a\",[\"b\"]]"},
      {"[true]"},
      {"[\"]\"]"},
  };
  std::vector<std::string> keys;
  for (const auto& equal : kClasses) {
    for (const char* json : equal) EXPECT_EQ(KeyOf(json), KeyOf(equal[0])) << json;
    for (const std::string& other : keys) EXPECT_NE(KeyOf(equal[0]), other) << equal[0];
    keys.push_back(KeyOf(equal[0]));
  }
}

TEST(ElementKey, PartsComeBack) {
  EXPECT_EQ(ElementText(KeyOf(R"([1.0,[true,"a\"b",[]],-2.5,[false]])")),
            "[1, [true, \"a\"b\", []], -2.5, [false]]");
  EXPECT_EQ(ElementText(KeyOf("7")), "7");
  std::string many = "[0";
  for (int i = 1; i < 1000; ++i) many += "," + std::to_string(i);
  EXPECT_LT(ElementText(KeyOf(many + "]")).size(), 300u);
}

TEST(ElementSet, Finds) {
  TextPool pool;
  for (const char* json : {"1", "\"a\"", "1.0", "[1,[2]]", "true"}) pool.Append(KeyOf(json));
  const ElementSet set(std::move(pool));
  EXPECT_EQ(set.size(), 4u);
  EXPECT_TRUE(set.has_arrays());
  EXPECT_NE(set.Find(KeyOf("1")), ElementSet::kNone);
  EXPECT_EQ(set.Find(KeyOf("1")), set.Find(KeyOf("1.0")));
  EXPECT_NE(set.Find(KeyOf("[1.0,[2]]")), ElementSet::kNone);
  EXPECT_EQ(set.Find(KeyOf("[1,2]")), ElementSet::kNone);
  EXPECT_EQ(set.Find(KeyOf("\"b\"")), ElementSet::kNone);
  std::string other;
  AppendElementPart({}, &other);
  EXPECT_EQ(set.Find(other), ElementSet::kNone);
  const ElementSet none{TextPool()};
  EXPECT_EQ(none.size(), 0u);
  EXPECT_FALSE(none.has_arrays());
  EXPECT_EQ(none.Find(KeyOf("1")), ElementSet::kNone);
}

}  // namespace
}  // namespace redkite::plan
