#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

std::vector<std::string> WordsOf(const RunAnalyzerResult& result, size_t text) {
  std::vector<std::string> words;
  for (const AnalyzerToken& token : result.tokens[text]) words.push_back(token.word);
  return words;
}

struct Analyzers : testing::Test {
  Analyzers() {
    auto request = MemProxyKit::Items();
    request.schema.fields[1].type_params.push_back({"enable_analyzer", "true"});
    request.schema.fields[1].type_params.push_back({"analyzer_params", R"({"type":"english"})"});
    MemProxyKit::Expect(kit.proxy.CreateCollection(request));
  }
  MemProxyKit kit;
};

TEST_F(Analyzers, ByParamsOrByField) {
  RunAnalyzerRequest request;
  request.texts = {"Running kites", ""};
  const auto standard = kit.proxy.RunAnalyzer(request, nullptr);
  ASSERT_TRUE(standard.ok()) << standard.status().ToString();
  EXPECT_EQ(WordsOf(*standard, 0), (std::vector<std::string>{"running", "kites"}));
  EXPECT_TRUE(standard->tokens[1].empty());
  EXPECT_EQ(standard->tokens[0][1].begin, 8u);
  request.name.collection = "items";
  request.field = "tag";
  EXPECT_EQ(WordsOf(kit.proxy.RunAnalyzer(request, nullptr).value(), 0),
            (std::vector<std::string>{"run", "kite"}));
  request.params = "{}";
  ExpectRefused(kit.proxy.RunAnalyzer(request, nullptr).status(), Code::kParameterInvalid,
                "at the same time");
  request.params = "";
  request.field = "n";
  ExpectRefused(kit.proxy.RunAnalyzer(request, nullptr).status(), Code::kParameterInvalid,
                "not enabled for field n");
  request.field = "none";
  ExpectRefused(kit.proxy.RunAnalyzer(request, nullptr).status(), Code::kFieldNotFound, "field=none");
  request.analyzer_names = {"x"};
  ExpectRefused(kit.proxy.RunAnalyzer(request, nullptr).status(), Code::kUnimplemented, "analyzer_names");
}

TEST_F(Analyzers, AnswersHaveABound) {
  Limits limits;
  limits.output_bytes_max = 1000;
  MemProxyKit small(limits);
  RunAnalyzerRequest request;
  request.texts = {std::string(200, 'a')};
  MemProxyKit::Expect(small.proxy.RunAnalyzer(request, nullptr).status());
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a ";
  request.texts = {many};
  ExpectRefused(small.proxy.RunAnalyzer(request, nullptr).status(), Code::kParameterTooLarge,
                "limits.output_size");
}

TEST_F(Analyzers, SlopOfPhrases) {
  const auto slops = kit.proxy.ComputePhraseSlop({"", "a b", {"a b", "b a", "b"}}, nullptr);
  ASSERT_TRUE(slops.ok());
  ASSERT_EQ(slops->size(), 3u);
  EXPECT_TRUE((*slops)[0].matches && (*slops)[0].slop == 0);
  EXPECT_TRUE((*slops)[1].matches && (*slops)[1].slop == 2);
  EXPECT_FALSE((*slops)[2].matches);
  ExpectRefused(kit.proxy.ComputePhraseSlop({"{", "a", {}}, nullptr).status(), Code::kParameterInvalid,
                "invalid JSON");
}

}  // namespace
}  // namespace redkite::proxy
