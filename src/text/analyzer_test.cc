#include "text/analyzer.h"

#include "gtest/gtest.h"

namespace redkite::text {
namespace {

using List = std::vector<std::string>;

List Words(std::string_view params, std::string_view text) {
  const auto analyzer = Analyzer::Make(params);
  EXPECT_TRUE(analyzer.ok()) << params << ": " << analyzer.status().message();
  if (!analyzer.ok()) return {};
  Analysis analysis(**analyzer);
  List out;
  const Tokens& tokens = analysis.Run(text);
  for (size_t i = 0; i < tokens.size(); ++i) out.emplace_back(tokens.Word(i));
  return out;
}

TEST(Analyzer, BuiltInOnes) {
  const std::string_view text = "The Runners are running to 3 Caf\u00c9s";
  const List standard = {"the", "runners", "are", "running", "to", "3", "caf\u00e9s"};
  for (const char* params : {"", " ", "{}", R"({"type":"standard"})"})
    EXPECT_EQ(Words(params, text), standard);
  EXPECT_EQ(Words(R"({"type":"standard","stop_words":["the","_english_"]})", text),
            (List{"runners", "running", "3", "caf\u00e9s"}));
  EXPECT_EQ(Words(R"({"type":"english"})", text), (List{"runner", "run", "3", "caf\u00e9"}));
  EXPECT_EQ(Words(R"({"type":"english","stop_words":["run"]})", text),
            (List{"the", "runner", "are", "to", "3", "caf\u00e9"}));
}

TEST(Analyzer, Filters) {
  const auto with = [](const std::string& filter) {
    return R"({"tokenizer":"whitespace","filter":[)" + filter + "]}";
  };
  EXPECT_EQ(Words(with(""), "A b\u00c9"), (List{"A", "b\u00c9"}));
  EXPECT_EQ(Words(with(R"("lowercase")"), "A b\u00c9 \u0416"), (List{"a", "b\u00e9", "\u0436"}));
  EXPECT_EQ(
      Words(with(R"("asciifolding")"), "\u00c9t\u00e9 Stra\u00dfe \u00d8re e\u0301 \u4e16 \uff21 \u2019"),
      (List{"Ete", "Strasse", "Ore", "e", "\u4e16", "A", "'"}));
  EXPECT_EQ(Words(with(R"({"type":"length","min":2,"max":3})"), "a \u00e9\u00e9 abc abcd"),
            (List{"\u00e9\u00e9", "abc"}));
  EXPECT_EQ(Words(with(R"("alphanumonly")"), "ab1 a-b \u00e9"), (List{"ab1"}));
  EXPECT_EQ(Words(with(R"("cnalphanumonly")"), "ab1 \u4e16a a-b"), (List{"ab1", "\u4e16a"}));
  EXPECT_EQ(Words(with(R"("cncharonly")"), "ab1 \u4e16\u754c \u4e16a"), (List{"\u4e16\u754c"}));
  EXPECT_EQ(Words(with(R"("removepunct")"), "a ... ! a."), (List{"a", "a."}));
  EXPECT_EQ(Words(with(R"("decimaldigit")"), "\u0661\u0662 x\u09e9"), (List{"12", "x3"}));
  EXPECT_EQ(Words(with(R"({"type":"stop","stop_words":["x","y"]})"), "x a y"), (List{"a"}));
  EXPECT_EQ(Words(with(R"("lowercase",{"type":"stemmer","language":"german"})"), "H\u00e4user laufend"),
            (List{"haus", "laufend"}));
  // In the order in which they stand.
  EXPECT_EQ(Words(with(R"({"type":"stop","stop_words":["a"]},"lowercase")"), "A a b"), (List{"a", "b"}));
}

TEST(Analyzer, EveryLanguageHasItsStemmer) {
  for (const char* language : {"arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek",
                               "hungarian", "italian", "norwegian", "portuguese", "romanian", "russian",
                               "spanish", "swedish", "tamil", "turkish", "English"}) {
    const std::string params =
        std::string(R"({"filter":[{"type":"stemmer","language":")") + language + R"("}]})";
    EXPECT_EQ(Words(params, "kite").size(), 1u) << language;
  }
}

TEST(Analyzer, PlacesAndOffsets) {
  const auto analyzer = Analyzer::Make(R"({"type":"standard","stop_words":["of"]})");
  Analysis analysis(**analyzer);
  const Tokens& tokens = analysis.Run("Sea of \u00c9toiles");
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[0].begin, 0u);
  EXPECT_EQ(tokens[0].end, 3u);
  EXPECT_EQ(tokens[1].position, 2u);  // the word that was dropped has a place
  EXPECT_EQ(tokens[1].begin, 7u);
  EXPECT_EQ(tokens[1].end, 15u);
  EXPECT_EQ(analysis.Run("").size(), 0u);
}

TEST(Analyzer, Refusals) {
  const auto refused = [](std::string_view params, Code code, std::string_view phrase) {
    const auto made = Analyzer::Make(params);
    EXPECT_EQ(made.status().code(), code) << params;
    EXPECT_NE(made.status().message().find(phrase), std::string::npos) << made.status().message();
  };
  refused("[]", Code::kParameterInvalid, "should be a JSON object");
  refused("{", Code::kParameterInvalid, "invalid JSON");
  refused(R"({"type":"klingon"})", Code::kParameterInvalid, "unknown type of analyzer_params: klingon");
  refused(R"({"type":"standard","tokenizer":"icu"})", Code::kParameterInvalid, "tokenizer");
  refused(R"({"type":"standard","x":1})", Code::kParameterInvalid,
          "unknown parameter of analyzer standard: x");
  refused(R"({"type":5})", Code::kParameterInvalid, "should be a text");
  refused(R"({"tokens":"icu"})", Code::kParameterInvalid, "unknown key of analyzer_params: tokens");
  refused(R"({"filter":"lowercase"})", Code::kParameterInvalid, "should be a list");
  refused(R"({"filter":["shout"]})", Code::kParameterInvalid, "unknown filter of analyzer_params: shout");
  refused(R"({"filter":[{"type":"length"}]})", Code::kParameterInvalid, "needs max");
  refused(R"({"filter":[{"type":"stop"}]})", Code::kParameterInvalid, "needs stop_words");
  refused(R"({"filter":[{"type":"stop","stop_words":[1]}]})", Code::kParameterInvalid, "list of words");
  refused(R"({"filter":[{"type":"stemmer","language":"latin"}]})", Code::kParameterInvalid, "language");
  refused(R"({"filter":[{"type":"lowercase","x":1}]})", Code::kParameterInvalid,
          "unknown parameter of filter");
  refused(R"({"type":"chinese"})", Code::kUnimplemented, "analyzer chinese is not implemented");
  refused(R"({"tokenizer":"jieba"})", Code::kUnimplemented, "tokenizer jieba is not implemented");
  refused(R"({"filter":["pinyin"]})", Code::kUnimplemented, "filter pinyin");
  refused(R"({"filter":[{"type":"stop","stop_words":["_french_"]}]})", Code::kUnimplemented, "_french_");
  refused(R"({"filter":[{"type":"stop","stop_words_file":{}}]})", Code::kUnimplemented, "stop_words_file");
  std::string many = R"({"filter":["lowercase")";
  for (int i = 0; i < 40; ++i) many += R"(,"lowercase")";
  refused(many + "]}", Code::kParameterInvalid, "more than 32 filters");
}

}  // namespace
}  // namespace redkite::text
