#include "plan/lexer.h"

#include <gtest/gtest.h>

namespace redkite::plan {
namespace {

Token Only(std::string_view text) {
  Lexer lexer(text);
  Token token = lexer.Next();
  if (token.kind != TokenKind::kError) {
    EXPECT_EQ(lexer.Next().kind, TokenKind::kEnd) << text;
  }
  return token;
}

TEST(Lexer, Integers) {
  const std::pair<const char*, int64_t> kCases[] = {{"0", 0},
                                                    {"42", 42},
                                                    {"017", 15},
                                                    {"0x1F", 31},
                                                    {"0b101", 5},
                                                    {"00", 0},
                                                    {"9223372036854775807", INT64_MAX},
                                                    {"0x7fffffffffffffff", INT64_MAX}};
  for (const auto& [text, value] : kCases) {
    const Token token = Only(text);
    EXPECT_EQ(token.kind, TokenKind::kInteger) << text;
    EXPECT_EQ(token.int_value, value) << text;
  }
  EXPECT_EQ(Only("9223372036854775808").kind, TokenKind::kIntegerMinMagnitude);
  for (const char* bad : {"9223372036854775809", "99999999999999999999", "0x10000000000000000", "089", "0x",
                          "0b", "0b2", "12ab", "1_000", "0b102"}) {
    EXPECT_EQ(Only(bad).kind, TokenKind::kError) << bad;
  }
}

TEST(Lexer, Floats) {
  const std::pair<const char*, double> kCases[] = {{"1.5", 1.5},   {".5", 0.5},      {"5.", 5},
                                                   {"1e3", 1000},  {"1.5E-2", .015}, {"0x1.8p1", 3.0},
                                                   {"0x1p-1", .5}, {"0.1", 0.1}};
  for (const auto& [text, value] : kCases) {
    const Token token = Only(text);
    EXPECT_EQ(token.kind, TokenKind::kFloat) << text;
    EXPECT_EQ(token.float_value, value) << text;
  }
  for (const char* bad : {"1.2.3", "1e999", "1.5x", "1.5e"})
    EXPECT_EQ(Only(bad).kind, TokenKind::kError) << bad;
}

TEST(Lexer, Strings) {
  const std::pair<const char*, std::string> kCases[] = {{R"("ab")", "ab"},
                                                        {R"('a"b')", "a\"b"},
                                                        {R"("a'b")", "a'b"},
                                                        {R"("\n\t\\\"\'")", "\n\t\\\"'"},
                                                        {R"("\x41\101")", "AA"},
                                                        {R"("\u4e2d")", "\xE4\xB8\xAD"},
                                                        {R"("\U0001F600")", "\xF0\x9F\x98\x80"},
                                                        {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
                                                        {R"(r"a\%")", "a\\%"},
                                                        {R"(R'\n')", "\\n"},
                                                        {"''", ""},
                                                        {"\"\xE4\xB8\xAD\"", "\xE4\xB8\xAD"}};
  for (const auto& [text, value] : kCases) {
    const Token token = Only(text);
    EXPECT_EQ(token.kind, TokenKind::kString) << text;
    EXPECT_EQ(token.string_value, value) << text;
  }
  for (const char* bad : {R"("a)", R"("\q")", R"("\%")", R"("\x4")", R"("\ud800")", R"("\u12")", R"("\)",
                          R"("\9")", R"("\08")", "'", R"("\UFFFFFFFF")"}) {
    EXPECT_EQ(Only(bad).kind, TokenKind::kError) << bad;
  }
}

TEST(Lexer, APatternKeepsItsBackslashes) {
  const auto pattern = [](const std::string& text) {
    Lexer lexer(text);
    const TokenKind op = lexer.Next().kind;
    EXPECT_TRUE(op == TokenKind::kRegexMatch || op == TokenKind::kRegexNotMatch) << text;
    const Token token = lexer.Next();
    return token.kind == TokenKind::kString ? token.string_value : "error: " + token.string_value;
  };
  EXPECT_EQ(pattern(R"(=~ "\d+\.\"x'")"), R"(\d+\.\"x')");
  EXPECT_EQ(pattern(R"(!~'a\'b\\')"), R"(a\'b\\)");
  EXPECT_EQ(pattern(R"(=~ r"\d\")"), R"(\d\)");
  EXPECT_EQ(pattern("=~\n''"), "");
  for (const char* bad : {R"(=~ "a\")", R"(=~ "a\)", "=~ '"}) {
    EXPECT_EQ(pattern(bad), "error: string is not closed") << bad;
  }
  // Only the string right behind the operator.
  Lexer lexer(R"(=~ ("\d"))");
  EXPECT_EQ(lexer.Next().kind, TokenKind::kRegexMatch);
  EXPECT_EQ(lexer.Next().kind, TokenKind::kLeftParen);
  EXPECT_EQ(lexer.Next().kind, TokenKind::kError);
}

TEST(Lexer, Words) {
  const std::pair<const char*, TokenKind> kCases[] = {
      {"and", TokenKind::kAnd},         {"AND", TokenKind::kAnd},
      {"And", TokenKind::kIdentifier},  {"&&", TokenKind::kAnd},
      {"||", TokenKind::kOr},           {"!", TokenKind::kNot},
      {"not", TokenKind::kNot},         {"LIKE", TokenKind::kLike},
      {"Like", TokenKind::kIdentifier}, {"is null", TokenKind::kIsNull},
      {"IS NULL", TokenKind::kIsNull},  {"is not null", TokenKind::kIsNotNull},
      {"TRUE", TokenKind::kBool},       {"True", TokenKind::kBool},
      {"tRue", TokenKind::kIdentifier}, {"$meta", TokenKind::kMeta},
      {"{x}", TokenKind::kTemplate},    {"{ x }", TokenKind::kTemplate},
      {"_a1", TokenKind::kIdentifier},  {"r", TokenKind::kIdentifier},
      {"null", TokenKind::kNull},       {"**", TokenKind::kPower},
      {"=~", TokenKind::kRegexMatch}};
  for (const auto& [text, kind] : kCases) EXPECT_EQ(Only(text).kind, kind) << text;
  EXPECT_EQ(Only("{ x }").text, "x");
  for (const char* two : {"is  null", "IS null", "is nullx", "isnull a"}) {
    Lexer lexer(two);
    EXPECT_EQ(lexer.Next().kind, TokenKind::kIdentifier) << two;
  }
  for (const char* bad : {"{}", "{1}", "{x", "#", ".", "\xE4\xB8\xAD"})
    EXPECT_EQ(Only(bad).kind, TokenKind::kError) << bad;
}

TEST(Lexer, Position) {
  EXPECT_EQ(PositionText("a b", 2), "line 1:2 ");
  EXPECT_EQ(PositionText("a\nbc", 3), "line 2:1 ");
  EXPECT_EQ(PositionText("\xE4\xB8\xAD x", 4), "line 1:2 ");
}

}  // namespace
}  // namespace redkite::plan
