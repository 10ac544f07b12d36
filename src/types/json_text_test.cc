#include "types/json_text.h"

#include <gtest/gtest.h>

namespace redkite {
namespace {

TEST(JsonTextTest, Checks) {
  EXPECT_TRUE(CheckJson("[1, {\"a\": null}]").ok());
  EXPECT_FALSE(CheckJson("{\"a\":}").ok());
  EXPECT_FALSE(CheckJson("").ok());
  EXPECT_FALSE(CheckJson({}).ok());  // a text that points nowhere: an all-empty column has such
  EXPECT_FALSE(CheckJsonObject({}).ok());
  EXPECT_EQ(ProjectJsonObject({}, {}), "{}");
  EXPECT_TRUE(CheckJsonObject("{}").ok());
  EXPECT_FALSE(CheckJsonObject("[1]").ok());
  EXPECT_FALSE(CheckJsonObject("{\"a\":1} x").ok());
  EXPECT_FALSE(CheckJson(std::string(100'000, '[')).ok());  // deep, must not exhaust the stack
  EXPECT_TRUE(IsValidUtf8("gr\xc3\xbc\xc3\x9f"));
  EXPECT_FALSE(IsValidUtf8("\xc3"));
}

TEST(JsonTextTest, FlattenAndMerge) {
  auto flat = FlattenJsonObject(R"({"M":16,"metric_type":"L2","x":{"y":[1,2]},"t":true})");
  ASSERT_TRUE(flat.ok());
  EXPECT_EQ(*flat, (Params{{"M", "16"}, {"metric_type", "L2"}, {"x", "{\"y\":[1,2]}"}, {"t", "true"}}));
  const Params merged = MergeJsonParams({{"M", "8"}, {"params", R"({"M":16,"ef":"x"})"}});
  EXPECT_EQ(merged, (Params{{"M", "8"}, {"ef", "x"}}));
  EXPECT_EQ(MergeJsonParams({{"a", "1"}, {"params", "no json"}}), (Params{{"a", "1"}}));
}

TEST(JsonTextTest, Project) {
  const std::vector<std::string> keys = {"a", "q\"uote"};
  EXPECT_EQ(ProjectJsonObject(R"({"a":{"b":1},"c":2,"q\"uote":"x\ny"})", keys),
            R"({"a":{"b":1},"q\"uote":"x\ny"})");
  EXPECT_EQ(ProjectJsonObject("{\"c\":2}", keys), "{}");
  EXPECT_EQ(ProjectJsonObject("garbage", keys), "{}");
}

}  // namespace
}  // namespace redkite
