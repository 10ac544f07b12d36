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

std::string PartsOf(std::string_view text) {
  std::string out;
  const Status status = VisitJsonConstant(text, [&](const JsonPart& part) {
    switch (part.kind) {
      case JsonPart::Kind::kBool:
        out += part.truth ? "true " : "false ";
        break;
      case JsonPart::Kind::kInt:
        out += std::to_string(part.integer) + " ";
        break;
      case JsonPart::Kind::kDouble:
        out += std::to_string(part.real) + " ";
        break;
      case JsonPart::Kind::kText:
        out += "'" + std::string(part.text) + "' ";
        break;
      case JsonPart::Kind::kBeginArray:
        out += "[ ";
        break;
      case JsonPart::Kind::kEndArray:
        out += "] ";
        break;
      case JsonPart::Kind::kOther:
        ADD_FAILURE();
    }
  });
  return status.ok() ? out : status.message();
}

TEST(JsonTextTest, Constants) {
  EXPECT_EQ(PartsOf("true"), "true ");
  EXPECT_EQ(PartsOf(" -7 "), "-7 ");
  EXPECT_EQ(PartsOf("1.0"), "1.000000 ");
  EXPECT_EQ(PartsOf("18446744073709551615"), "18446744073709551616.000000 ");
  EXPECT_EQ(PartsOf(R"(["a\n",[],[1,[false]]])"), "[ 'a\n' [ ] [ 1 [ false ] ] ] ");
  for (const char* text : {"null", "{}", "[1,null]", "[{\"a\":1}]"}) {
    EXPECT_NE(PartsOf(text).find("a JSON constant is"), std::string::npos) << text;
  }
  for (const char* text : {"", "[1", "1 2", "x", "'a'"}) {
    EXPECT_NE(PartsOf(text).find("invalid JSON"), std::string::npos) << text;
  }
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(PartsOf(nested(kJsonConstantDepthMax)).size(), 4u * kJsonConstantDepthMax);
  EXPECT_NE(PartsOf(nested(kJsonConstantDepthMax + 1)).find("nested too deeply"), std::string::npos);
  EXPECT_NE(PartsOf(std::string((1 << 20) + 1, ' ')).find("is longer than"), std::string::npos);
}

}  // namespace
}  // namespace redkite
