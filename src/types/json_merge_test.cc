#include "types/json_merge.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(JsonMerge, MembersOfTheUpdateWin) {
  const auto merged = [](const char* object, const char* update) {
    return MergeJsonObjects(object, update).value();
  };
  EXPECT_EQ(merged(R"({"a":1,"b":"x"})", R"({"b":[2, 3],"c":null})"), R"({"a":1,"b":[2,3],"c":null})");
  EXPECT_EQ(merged("{}", R"({"a":1.5})"), R"({"a":1.5})");
  EXPECT_EQ(merged(R"({ "a" : 1 })", "{}"), R"({ "a" : 1 })");
  EXPECT_EQ(merged(R"({"deep":{"x":1}})", R"({"deep":{"y":2}})"), R"({"deep":{"y":2}})");
  EXPECT_EQ(merged(R"({"q\"\\\n":1,"k":"\"\\"})", R"({"\u0071":2})"),
            R"({"q\"\\\u000a":1,"k":"\"\\","q":2})");
  EXPECT_EQ(merged(R"({"a":1})", R"({"\u0061":2})"), R"({"a":2})");
  EXPECT_EQ(merged(R"({"n":18446744073709551615})", R"({"é":"ü"})"), R"({"n":18446744073709551615,"é":"ü"})");
}

TEST(JsonMerge, OnlyObjects) {
  for (const char* text : {"", "[1]", "1", "{\"a\"", "null"}) {
    EXPECT_EQ(MergeJsonObjects("{}", text).status().code(), Code::kParameterInvalid) << text;
    EXPECT_EQ(MergeJsonObjects(text, "{\"a\":1}").status().code(), Code::kParameterInvalid) << text;
  }
}

}  // namespace
}  // namespace redkite
