// What the grammar and its precedence make of texts; refusals carry the position.
#include "plan/parser.h"

#include <gtest/gtest.h>

#include "plan/filter_test_schema.h"

namespace redkite::plan {
namespace {

TEST(ParseAst, Canonical) {
  const std::pair<const char*, const char*> kCases[] = {{"", "true"}, {" \n\t", "true"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(CanonicalFilter(text), expected) << text;
}

TEST(ParseAst, Refusals) {
  const std::pair<const char*, const char*> kCases[] = {
      {"i64 >", "line 1:5 unexpected end of the expression"},
      {"i64 > > 1", "line 1:6 mismatched input '>'"},
      {"i64 ==\n 5 5", "line 2:3 mismatched input '5'"},
      {"i64 = 5", "line 1:4 mismatched input '='"},
      {"(i64 == 5", "line 1:9 unexpected end"},
      {"i64 == 5)", "line 1:8 mismatched input ')'"},
      {"i64 == \"a", "line 1:7 string is not closed"},
      {"s == \"\\q\"", "line 1:6 invalid escape sequence"},
      {"i64 == 9223372036854775808", "line 1:7 integer is out of range"},
      {"i64 == #", "line 1:7 token recognition error"},
      {"i64 in [1, 2", "unexpected end"},
      {"i64 is  null", "line 1:4 mismatched input 'is'"},
      {"i64 and", "unexpected end"},
      {"and", "line 1:0 mismatched input 'and'"},
      {"s like 5", "line 1:7 mismatched input"},
      {"s like t", "line 1:7 mismatched input"},
      {"{}", "line 1:0 invalid template variable"}};
  for (const auto& [text, phrase] : kCases) {
    const std::string outcome = CanonicalFilter(text);
    EXPECT_TRUE(outcome.starts_with("error 1100: ")) << text << ": " << outcome;
    EXPECT_NE(outcome.find(phrase), std::string::npos) << text << ": " << outcome;
  }
}

TEST(ParseAst, ShapesOfTheTree) {
  const Result<Ast> chain = ParseAst("a == 1 and b == 2 and (c == 3 and d == 4)");
  ASSERT_TRUE(chain.ok());
  const AstNode& root = chain->At(chain->root);
  EXPECT_EQ(root.kind, AstKind::kAnd);
  size_t children = 0;
  for (AstId id = root.first_child; id != kNoAst; id = chain->At(id).next) ++children;
  EXPECT_EQ(children, 4u);
  const std::pair<const char*, AstKind> kRoots[] = {
      {"a == 1", AstKind::kBinary},         {"1 < a < 2", AstKind::kRange},
      {"1 < (a) < 2", AstKind::kBinary},    {"a in [1]", AstKind::kIn},
      {"a not in [1]", AstKind::kIn},       {"not a like 'x'", AstKind::kUnary},
      {"not a == 1", AstKind::kBinary},     {"exists a and b", AstKind::kAnd},
      {"a is null or b", AstKind::kOr},     {"a & 1 == 1", AstKind::kBinary},
      {"f(a, b = 2)", AstKind::kCall},      {"[1, 2]", AstKind::kList},
      {"a and b or c and d", AstKind::kOr}, {"-1 + 2 * 3", AstKind::kLiteral},
      {"a == b < c", AstKind::kBinary}};
  for (const auto& [text, kind] : kRoots) {
    const Result<Ast> ast = ParseAst(text);
    ASSERT_TRUE(ast.ok()) << text << ": " << ast.status().message();
    EXPECT_EQ(ast->At(ast->root).kind, kind) << text;
  }
}

TEST(ParseAst, LongListsKeepNoNodes) {
  const Result<Ast> ast = ParseAst("a in [1, -2, 'x', 2 ** 3, true,]");
  ASSERT_TRUE(ast.ok());
  EXPECT_EQ(ast->lists[0].literals.size(), 5u);
  EXPECT_EQ(std::get<int64_t>(ast->lists[0].literals[3]), 8);
  EXPECT_FALSE(ast->lists[0].mixed);
  EXPECT_LE(ast->nodes.size(), 3u);
  const Result<Ast> ints = ParseAst("a in [1, -2, 3]");
  ASSERT_TRUE(ints.ok());
  EXPECT_EQ(ints->lists[0].ints, (std::vector<int64_t>{1, -2, 3}));
  EXPECT_TRUE(ints->lists[0].literals.empty());
}

TEST(ParseAst, LongChainsKeepNoNodes) {
  std::string chain = "a == 0", sum = "a == 0";
  for (int i = 1; i < 1000; ++i) {
    chain += " or a == " + std::to_string(i);
    sum += " + 1";
  }
  const Result<Ast> ast = ParseAst(chain);
  ASSERT_TRUE(ast.ok());
  EXPECT_LT(ast->nodes.size(), 300u);
  EXPECT_EQ(ast->columns.size(), 1u);
  ASSERT_EQ(ast->lists.size(), 1u);
  EXPECT_EQ(ast->lists[0].ints.size(), 1000u - 63);
  EXPECT_EQ(ast->lists[0].ints.back(), 999);
  const Result<Ast> folded = ParseAst(sum);
  ASSERT_TRUE(folded.ok());
  EXPECT_LE(folded->literals.size(), 1u);
  const Result<Ast> others = ParseAst(chain + " or b == 1 or b == 2 or a == 7 or not (a == 1) or a == 'x'");
  ASSERT_TRUE(others.ok());
  EXPECT_EQ(others->lists.size(), 2u);
  EXPECT_FALSE(ParseAst("f(" + chain + std::string(200, ',') + ")").ok());
}

}  // namespace
}  // namespace redkite::plan
