#include "rest/json_value.h"

#include <gtest/gtest.h>

#include <vector>

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

TEST(JsonBody, RefusesWhatIsNoJson) {
  for (const char* text : {"", " ", "{", "{\"a\":}", "[1,]", "nul", "\"\xff\"", "1 2"}) {
    const auto body = JsonBody::Parse(text);
    ASSERT_FALSE(body.ok()) << text;
    EXPECT_EQ(body.status().code(), Code::kRestBadFormat);
    EXPECT_NE(body.status().message().find("can only accept json format request, error: "),
              std::string::npos);
  }
}

TEST(JsonBody, RefusesWhatIsNestedTooDeeply) {
  EXPECT_FALSE(JsonBody::Parse(std::string(100'000, '[') + std::string(100'000, ']')).ok());
}

TEST(JsonValue, KeepsKindsAndValues) {
  const auto body = JsonBody::Parse(R"({"a":null,"b":true,"c":-9223372036854775808,"d":18446744073709551615,
      "e":0.5,"f":"text","g":[1,2,3],"h":{"x":1}})");
  ASSERT_TRUE(body.ok());
  const JsonValue root = body->root();
  EXPECT_EQ(root.size(), 8u);
  EXPECT_TRUE(root.Find("none").is(Kind::kAbsent));
  EXPECT_TRUE(root.Find("none").empty());
  EXPECT_TRUE(root.Find("a").is(Kind::kNull));
  EXPECT_TRUE(root.Find("a").empty());
  EXPECT_TRUE(root.Find("b").boolean());
  EXPECT_EQ(root.Find("c").integer(), INT64_MIN);
  EXPECT_TRUE(root.Find("d").is(Kind::kUnsigned));
  EXPECT_EQ(root.Find("d").real(), 18446744073709551615.0);
  EXPECT_EQ(root.Find("e").real(), 0.5);
  EXPECT_EQ(root.Find("f").text(), "text");
  EXPECT_EQ(root.Find("h").Find("x").integer(), 1);
  std::vector<int64_t> items;
  EXPECT_TRUE(
      root.Find("g").EachItem([&](const JsonValue& v) { return items.push_back(v.integer()), true; }));
  EXPECT_EQ(items, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_FALSE(root.Find("g").EachItem([&](const JsonValue& v) { return v.integer() < 2; }));
}

TEST(JsonValue, OfMembersWithOneNameTheLastCounts) {
  const auto body = JsonBody::Parse(R"({"a":1,"a":2})");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->root().Find("a").integer(), 2);
}

TEST(JsonValue, IsSafeOfAnotherKind) {
  const auto body = JsonBody::Parse(R"(["x"])");
  ASSERT_TRUE(body.ok());
  const JsonValue root = body->root();
  EXPECT_TRUE(root.Find("a").is(Kind::kAbsent));
  EXPECT_EQ(root.integer(), 0);
  EXPECT_EQ(root.text(), "");
  EXPECT_FALSE(root.boolean());
  EXPECT_EQ(root.KindName(), "an array");
}

TEST(JsonValue, GivesItsTextWithoutBlanks) {
  const auto body = JsonBody::Parse(R"( { "a" : [ 1 , 1.5 , "\u00e4\n" ] } )");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->root().Json(), "{\"a\":[1,1.5,\"ä\\n\"]}");
}

TEST(JsonBody, MovesWithItsValues) {
  auto body = JsonBody::Parse(R"({"a":"text"})");
  ASSERT_TRUE(body.ok());
  const JsonValue value = body->root().Find("a");
  const JsonBody moved = std::move(body).value();
  EXPECT_EQ(value.text(), "text");
}

TEST(JsonValue, CopiesFloats) {
  const auto body =
      JsonBody::Parse(R"({"a":[1,2.5,-3,18446744073709551615],"b":[1,"2"],"c":[1e39],"d":[],"e":5})");
  ASSERT_TRUE(body.ok());
  const JsonValue root = body->root();
  float floats[4] = {7, 7, 7, 7};
  const auto bytes = reinterpret_cast<char*>(floats);
  EXPECT_EQ(root.Find("a").CopyFloats(bytes, 2), 4u);
  EXPECT_EQ(std::vector<float>(floats, floats + 4), (std::vector<float>{1, 2.5, 7, 7}));
  EXPECT_EQ(root.Find("a").CopyFloats(bytes, 4), 4u);
  EXPECT_EQ(std::vector<float>(floats, floats + 4),
            (std::vector<float>{1, 2.5, -3, 18446744073709551616.0f}));
  EXPECT_EQ(root.Find("d").CopyFloats(bytes, 4), 0u);
  for (const char* key : {"b", "c", "e", "none"})
    EXPECT_EQ(root.Find(key).CopyFloats(bytes, 4), std::nullopt) << key;
}

TEST(JsonBody, KnowsWhatAParsedTextTakes) {
  EXPECT_GT(JsonBody::ParsedBytes("[1,1,1,1,1,1,1,1]"), 8 * 16);
  EXPECT_LT(JsonBody::ParsedBytes(std::string(1000, 'x')), 1100);
}

}  // namespace
}  // namespace redkite::rest
