#include "text/tokenizer.h"

#include "base/random.h"
#include "gtest/gtest.h"
#include "text/characters.h"

namespace redkite::text {
namespace {

std::vector<std::string> Words(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<WordSpan> spans;
  BreakIterator breaks;
  tokenizer.FindWords(text, &breaks, &spans);
  std::vector<std::string> out;
  for (const WordSpan span : spans) out.emplace_back(text.substr(span.begin, span.end - span.begin));
  return out;
}

Tokenizer Made(std::string_view json) {
  const auto tree = JsonTree::Parse(json);
  EXPECT_TRUE(tree.ok()) << json;
  auto made = Tokenizer::Make(*tree);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return std::move(*made);
}

using List = std::vector<std::string>;

TEST(StandardTokenizer, WordsOfManyScripts) {
  const Tokenizer standard;
  EXPECT_EQ(Words(standard, "The quick-brown fox, can't jump 32.3 feet!"),
            (List{"The", "quick", "brown", "fox", "can't", "jump", "32.3", "feet"}));
  EXPECT_EQ(Words(standard, "snake_case a_1 _ __ 1,000.5 3. .5"),
            (List{"snake_case", "a_1", "1,000.5", "3", "5"}));
  EXPECT_EQ(Words(standard, "向量数据库 Milvus 2.6"), (List{"向", "量", "数", "据", "库", "Milvus", "2.6"}));
  EXPECT_EQ(Words(standard, "カタカナ ひら"), (List{"カタカナ", "ひ", "ら"}));
  EXPECT_EQ(Words(standard, "cafe\u0301 na\u00efve"), (List{"cafe\u0301", "na\u00efve"}));
  EXPECT_EQ(Words(standard, "привет, мир"), (List{"привет", "мир"}));
  EXPECT_EQ(Words(standard, "\u05d0\u05d1\"\u05d2 \u05d0'"), (List{"\u05d0\u05d1\"\u05d2", "\u05d0'"}));
  EXPECT_EQ(Words(standard, "title:kite"), (List{"title", "kite"}));
  EXPECT_EQ(Words(standard, "\U0001F600 \t\n ... "), List{});
  EXPECT_EQ(Words(standard, ""), List{});
  EXPECT_EQ(Words(standard,
                  "a\xff\xfe"
                  "b"),
            (List{"a", "b"}));
}

// The whole of UAX #29 against the library's, without its dictionaries: characters of scripts that have one
// are left out, and so are emoji, whose sequences only matter without a word.
TEST(StandardTokenizer, AgreesWithIcuOnRandomTexts) {
  const std::vector<int32_t> alphabet = {'a',   'Z',   '0',    '9',    '_',    '\'', '"',    '.',
                                         ',',   ';',   ':',    ' ',    '\n',   '-',  0x5D0,  0x5D1,
                                         0x301, 0xAD,  0x200D, 0x30A2, 0x30FC, 0xB7, 0x2019, 0x387,
                                         0x66C, 0x661, 0x203F, 0xFF0E, 0x430};
  Random random(7);
  BreakIterator breaks;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (uint64_t n = 1 + random.Below(12); n > 0; --n)
      AppendCharacter(alphabet[random.Below(alphabet.size())], &text);
    std::vector<WordSpan> own, theirs;
    FindStandardWords(text, &own);
    breaks.FindWords(text, &theirs);
    std::string a, b;
    for (const WordSpan s : own) a += text.substr(s.begin, s.end - s.begin) + "|";
    for (const WordSpan s : theirs) b += text.substr(s.begin, s.end - s.begin) + "|";
    ASSERT_EQ(a, b) << "text: " << text;
  }
}

TEST(OtherTokenizers, Split) {
  EXPECT_EQ(Words(Made("\"whitespace\""), " a,b\tc\u3000d\n"), (List{"a,b", "c", "d"}));
  EXPECT_EQ(Words(Made(R"({"type":"ngram","min_gram":2,"max_gram":3})"), "ab\u00e9d"),
            (List{"ab", "ab\u00e9", "b\u00e9", "b\u00e9d", "\u00e9d"}));
  EXPECT_EQ(Words(Made(R"({"type":"char_group","delimiters":["whitespace",",","-","\u00e9"]})"),
                  "a,b-c d\u00e9f.g"),
            (List{"a", "b", "c", "d", "f.g"}));
  EXPECT_EQ(Words(Made(R"({"type":"char_group","delimiters":["ascii_digit"]})"), "a1b\u0661c"),
            (List{"a", "b\u0661c"}));
  const List icu = Words(Made("\"icu\""), "Hello 世界你好!");
  ASSERT_GE(icu.size(), 2u);
  EXPECT_EQ(icu[0], "Hello");
}

TEST(OtherTokenizers, Refusals) {
  const auto refused = [](std::string_view json, Code code) {
    const auto made = Tokenizer::Make(JsonTree::Parse(json).value());
    EXPECT_EQ(made.status().code(), code) << json;
  };
  for (const char* json :
       {"\"nothing\"", "5", "{}", R"({"type":"standard","x":1})", R"({"type":"ngram"})",
        R"({"type":"ngram","min_gram":3,"max_gram":2})", R"({"type":"ngram","min_gram":62,"max_gram":65})",
        R"({"type":"ngram","min_gram":1,"max_gram":5})", R"({"type":"char_group"})",
        R"({"type":"char_group","delimiters":["ab"]})", R"({"type":"char_group","delimiters":[1]})"})
    refused(json, Code::kParameterInvalid);
  for (const char* json : {"\"jieba\"", R"({"type":"lindera"})", R"({"type":"thai"})",
                           R"({"type":"ngram","min_gram":1,"max_gram":2,"token_chars":["letter"]})"})
    refused(json, Code::kUnimplemented);
}

}  // namespace
}  // namespace redkite::text
