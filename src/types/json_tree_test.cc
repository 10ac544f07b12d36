#include "types/json_tree.h"

#include "gtest/gtest.h"

namespace redkite {
namespace {

TEST(JsonTree, EveryKind) {
  const auto tree =
      JsonTree::Parse(R"({"a":[1,-2.5,true,null,"x\u00e9"],"b":{"c":18446744073709551615},"a":0})");
  ASSERT_TRUE(tree.ok()) << tree.status().message();
  ASSERT_TRUE(tree->is(JsonTree::Kind::kObject));
  EXPECT_EQ(tree->members.size(), 3u);
  const JsonTree* a = tree->Find("a");  // the first of that name
  ASSERT_TRUE(a != nullptr && a->is(JsonTree::Kind::kArray));
  ASSERT_EQ(a->items.size(), 5u);
  EXPECT_EQ(a->items[0].integer, 1);
  EXPECT_EQ(a->items[1].real, -2.5);
  EXPECT_TRUE(a->items[2].is(JsonTree::Kind::kBool) && a->items[2].integer == 1);
  EXPECT_TRUE(a->items[3].is(JsonTree::Kind::kNull));
  EXPECT_EQ(a->items[4].text, "x\u00e9");
  EXPECT_TRUE(tree->Find("b")->Find("c")->is(JsonTree::Kind::kReal));
  EXPECT_EQ(tree->Find("z"), nullptr);
  EXPECT_EQ(a->Find("a"), nullptr);
}

TEST(JsonTree, Refusals) {
  std::vector<std::string> texts = {"", "{", "{\"a\":}", "\"\xff\""};
  texts.push_back(std::string(34, '[') + std::string(34, ']'));
  texts.emplace_back(1 << 20, ' ');
  texts.back() += "{}";
  for (const std::string& text : texts) {
    const auto tree = JsonTree::Parse(text);
    EXPECT_EQ(tree.status().code(), Code::kParameterInvalid);
    EXPECT_TRUE(tree.status().message().starts_with("invalid JSON: "));
  }
}

}  // namespace
}  // namespace redkite
